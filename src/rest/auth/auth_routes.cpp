#include <array>
#include <utility>

#include "rest/auth/auth.hpp"
#include "rest/http/json_body.hpp"
#include "rest/http/router.hpp"

namespace toyota2mqtt::rest {

namespace {

constexpr std::size_t kLongestUserName = 254;  // of an e-mail address
constexpr std::size_t kLongestToken = 1024;

Response issued_response(const Issued& issued) {
  return json_response(200, {{"access_token", issued.access},
                             {"refresh_token", issued.refresh},
                             {"token_type", "Bearer"},
                             {"expires_in", issued.expires_in.count()}});
}

std::expected<SignIn, Problem> sign_in_of(const Request& request) {
  const auto body = JsonBody::read(request, {"username", "password", "brand"});
  if (!body) return std::unexpected(body.error());
  auto name = body->text("username", kLongestUserName);
  if (!name) return std::unexpected(std::move(name.error()));
  auto password = body->password();
  if (!password) return std::unexpected(std::move(password.error()));
  const auto brand = body->brand();
  if (!brand) return std::unexpected(brand.error());
  return SignIn{.username = std::move(*name),
                .password = base::Secret(std::move(*password)),
                .brand = *brand};
}

base::Task<Response> login(Context& context) {
  auto entry = sign_in_of(context.request);
  if (!entry) co_return problem_response(entry.error());
  auto issued =
      co_await context.deps.auth.sign_in(std::move(*entry), context.client, context.arrived);
  if (!issued) co_return problem_response(issued.error());
  context.who = issued->who;
  context.audit_target = issued->who.session;
  co_return issued_response(*issued);
}

base::Task<Response> refresh_tokens(Context& context) {
  const auto body = JsonBody::read(context.request, {"refresh_token"});
  if (!body) co_return problem_response(body.error());
  auto token = body->text("refresh_token", kLongestToken);
  if (!token) co_return problem_response(token.error());
  auto issued = co_await context.deps.auth.refresh(std::move(*token));
  if (!issued) co_return problem_response(issued.error());
  context.who = issued->who;
  context.audit_target = issued->who.session;
  co_return issued_response(*issued);
}

base::Task<Response> logout(Context& context) {
  if (context.who.session.empty()) {
    co_return problem_response(conflict("Home Assistant has signed you in: sign out there."));
  }
  context.audit_target = context.who.session;
  const auto ended = co_await context.deps.auth.end_session(context.who.session);
  if (!ended) co_return problem_response(problem_of(ended.error()));
  co_return Response{.status = 204};
}

}  // namespace

std::span<const Route> auth_routes() {
  static constexpr std::array kAuthRoutes = {
      Route{.method = "POST", .path = "/auth/login", .access = Access::open, .handler = login},
      Route{.method = "POST",
            .path = "/auth/refresh",
            .access = Access::open,
            .handler = refresh_tokens},
      Route{.method = "POST", .path = "/auth/logout", .access = Access::user, .handler = logout}};
  return kAuthRoutes;
}

}  // namespace toyota2mqtt::rest
