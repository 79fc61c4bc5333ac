#include <array>
#include <string>
#include <utility>
#include <vector>

#include "rest/address.hpp"
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
  return is_loopback(context.client) &&
         is_this_machine(context.request.header("Host").value_or(""));
}

std::optional<Problem> refusal(const Context& context) {
  if (context.who.kind == Principal::Kind::administrator) return std::nullopt;
  if (comes_from_here(context)) return std::nullopt;
  if (context.who.kind == Principal::Kind::guest) {
    return forbidden("Only administrators may see the metrics.");
  }
  return unauthorized("From another machine an administrator has to sign in for the metrics.");
}

base::Task<Response> metrics(Context& context) {
  if (const auto refused = refusal(context)) co_return problem_response(*refused);
  std::vector<Family> families;
  context.inside.traffic.collect(families);
  for (const auto* source : context.inside.services.figures) source->collect(families);
  co_return Response{.headers = {{.name = "Content-Type", .value = std::string(kTextFormat)}},
                     .body = context.inside.services.metrics.write(families)};
}

}  // namespace

std::span<const Route> metrics_routes() {
  static constexpr std::array kRoutes = {
      Route{.method = "GET", .path = "/metrics", .access = Access::open, .handler = metrics}};
  return kRoutes;
}

}  // namespace toyota2mqtt::rest
