#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/auth.hpp"
#include "rest/context.hpp"
#include "rest/problem.hpp"
#include "rest/router.hpp"
#include "rest/traffic.hpp"

/// `GET /metrics` (docs/metrics.md).
namespace toyota2mqtt::rest {

namespace {

constexpr std::string_view kTextFormat = "text/plain; version=0.0.4; charset=utf-8";

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
    if (context.from_this_machine) co_return std::nullopt;
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
  std::vector<base::MetricFamily> families;
  inside.traffic.collect(families);
  inside.auth.collect(families);
  for (const auto* source : inside.services.metrics_sources) source->collect(families);
  co_return Response{.headers = {{.name = "Content-Type", .value = std::string(kTextFormat)}},
                     .body = inside.services.metrics_text(families)};
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
