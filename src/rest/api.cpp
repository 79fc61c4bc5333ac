#include "toyota2mqtt/rest/api.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "rest/audit.hpp"
#include "rest/auth.hpp"
#include "rest/context.hpp"
#include "rest/events.hpp"
#include "rest/problem.hpp"
#include "rest/resources.hpp"
#include "rest/router.hpp"
#include "rest/traffic.hpp"

namespace toyota2mqtt::rest {

namespace {

constexpr std::string_view kPrefix = "/api/v1";

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// nullopt: `who` may use the route.
std::optional<Problem> refusal(const Route& route, const Principal& who) {
  if (route.access == Access::open) return std::nullopt;
  if (who.kind == Principal::Kind::nobody) {
    return unauthorized("Sign in with POST /api/v1/auth/login first.");
  }
  if (route.access == Access::administrator && who.kind != Principal::Kind::administrator) {
    return forbidden("Only administrators may do this.");
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> Request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const Header& header) {
    return std::ranges::equal(header.name, name, {}, lower, lower);
  });
  if (found == headers.end()) return std::nullopt;
  return found->value;
}

struct Api::Impl {
  Impl(Services with, Options how)
      : services(std::move(with)),
        options(std::move(how)),
        auth(services, options),
        events(services, traffic),
        resources(services),
        inside{.services = services,
               .options = options,
               .auth = auth,
               .events = events,
               .audit = audit,
               .traffic = traffic,
               .resources = resources} {}

  base::Task<Response> answer(Context& context);

  Services services;
  Options options;
  Auth auth;
  AuditLog audit;
  Traffic traffic;
  EventHub events;
  Resources resources;
  Inside inside;
};

base::Task<Response> Api::Impl::answer(Context& context) {
  const auto path = std::string_view(context.request.path).substr(kPrefix.size());
  auto found = match(context.request.method, path);
  if (found.route == nullptr) {
    co_return problem_response(
        not_found("There is no such route; /api/v1/openapi.json lists all."));
  }
  context.parameters = std::move(found.parameters);
  auto who = auth.who(context.request);
  if (!who) co_return problem_response(unauthorized("The access token does not hold."));
  context.who = std::move(*who);
  if (const auto refused = refusal(*found.route, context.who)) co_return problem_response(*refused);
  co_return co_await found.route->handler(context);
}

Api::Api(Services services, Options options)
    : impl_(std::make_unique<Impl>(std::move(services), std::move(options))) {}
Api::~Api() = default;

base::Task<base::Result<void>> Api::load() { co_return co_await impl_->auth.load(); }

bool Api::owns(std::string_view path) { return path.starts_with(kPrefix); }

base::Task<Response> Api::handle(Request request) {
  Context context{.inside = impl_->inside, .request = std::move(request)};
  co_return co_await impl_->answer(context);
}

void Api::stop() { impl_->events.stop(); }

}  // namespace toyota2mqtt::rest
