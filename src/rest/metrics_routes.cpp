#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/address.hpp"
#include "rest/arrival.hpp"
#include "rest/auth.hpp"
#include "rest/context.hpp"
#include "rest/problem.hpp"
#include "rest/router.hpp"
#include "rest/traffic.hpp"

/// `GET /metrics` (docs/metrics.md).
namespace toyota2mqtt::rest {

namespace {

constexpr std::string_view kTextFormat = "text/plain; version=0.0.4; charset=utf-8";

/// Whether a Host header names this machine, with or without a port.
bool is_this_machine(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && !host.ends_with(']')) host = host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") return true;
  const auto address = plain_address(host);
  return address && is_loopback(*address);
}

/// A program on this machine asks, and no web page that a browser here shows: any page can give
/// this machine's address another name, but then that name stands in the Host header.
bool comes_from_here(const Context& context) {
  return is_loopback(context.client) && !is_forwarded(context.request) &&
         is_this_machine(context.request.header("Host").value_or(""));
}

Response unsigned_answer() {
  auto response = problem_response(
      unauthorized("From another machine an administrator has to sign in for the metrics."));
  response.headers.push_back(
      {.name = "WWW-Authenticate", .value = R"(Basic realm="metrics", charset="UTF-8")"});
  return response;
}

/// nullopt: whoever asks may see the metrics.
base::Task<std::optional<Response>> refusal(Context& context) {
  if (context.who.kind == Principal::Kind::administrator) co_return std::nullopt;
  if (context.who.kind == Principal::Kind::guest) {
    co_return problem_response(forbidden("Only administrators may see the metrics."));
  }
  if (!is_basic(context.request)) {
    if (comes_from_here(context)) co_return std::nullopt;
    co_return unsigned_answer();
  }
  auto who = co_await context.inside.auth.administrator_of(*context.request.header("Authorization"),
                                                           context.client, context.arrived);
  if (!who) co_return problem_response(who.error());
  context.who = std::move(*who);
  co_return std::nullopt;
}

base::Task<Response> metrics(Context& context) {
  if (auto refused = co_await refusal(context)) co_return std::move(*refused);
  auto& inside = context.inside;
  std::vector<Family> families;
  inside.traffic.collect(families);
  inside.auth.collect(families);
  for (const auto* source : inside.services.figures) source->collect(families);
  co_return Response{.headers = {{.name = "Content-Type", .value = std::string(kTextFormat)}},
                     .body = inside.services.metrics.write(families)};
}

}  // namespace

std::span<const Route> metrics_routes() {
  static constexpr std::array kMetricsRoutes = {Route{.method = "GET",
                                                      .path = "/metrics",
                                                      .access = Access::open,
                                                      .handler = metrics,
                                                      .basic = true}};
  return kMetricsRoutes;
}

}  // namespace toyota2mqtt::rest
