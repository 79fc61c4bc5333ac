#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rest/auth/auth.hpp"
#include "rest/context.hpp"
#include "rest/http/client_origin.hpp"
#include "rest/http/http_metrics.hpp"
#include "rest/http/json_body.hpp"
#include "rest/http/problem.hpp"
#include "rest/http/router.hpp"
#include "rest/routes/car_views.hpp"

// Whether the program lives, and whether it can do its work.
namespace toyota2mqtt::rest {

namespace {

base::Task<Response> health(Context& context) {
  const auto& deps = context.deps;
  const auto up = std::chrono::floor<std::chrono::seconds>(deps.services.clock.steady() -
                                                           deps.car_caches.started_steady);
  co_return json_response(200, Json{{"status", "ok"},
                                    {"version", deps.options.version},
                                    {"uptime_s", up.count()},
                                    {"started", base::format_iso8601(deps.car_caches.started)}});
}

bool may_see_parts(const Context& context) {
  return context.who.kind != Principal::Kind::nobody || context.from_this_machine;
}

std::string_view worst_of(const std::vector<PartState>& parts) {
  std::string_view worst = "ok";
  for (const auto& part : parts) {
    if (part.state == "down") return "down";
    if (part.state == "degraded") worst = "degraded";
  }
  return worst;
}

Json part_json(const PartState& part) {
  Json json{{"name", part.name}, {"state", part.state}};
  if (!part.reason.empty()) json["reason"] = part.reason;
  if (!part.remedy.empty()) json["remedy"] = part.remedy;
  json["since"] = json_io::iso_or_null(part.since);
  if (part.next_try) json["next_try"] = base::format_iso8601(*part.next_try);
  return json;
}

base::Task<Response> ready(Context& context) {
  const auto parts = context.deps.services.host.parts();
  const auto worst = worst_of(parts);
  Json body{{"status", worst}};
  if (may_see_parts(context)) {
    Json list = Json::array();
    for (const auto& part : parts) list.push_back(part_json(part));
    body["parts"] = std::move(list);
  }
  co_return json_response(worst == "down" ? 503 : 200, body);
}

constexpr auto kSystemRoutes = std::to_array<Route>({
    {.method = "GET", .path = "/health", .access = Access::open, .handler = health},
    {.method = "GET", .path = "/ready", .access = Access::open, .handler = ready},
});

}  // namespace

std::span<const Route> system_routes() { return kSystemRoutes; }

namespace {

constexpr std::string_view kTextFormat = "text/plain; version=0.0.4; charset=utf-8";

Response unsigned_answer() {
  auto response = problem_response(
      unauthorized("From another machine an administrator has to sign in for the metrics."));
  response.headers.push_back(
      {.name = "WWW-Authenticate", .value = R"(Basic realm="metrics", charset="UTF-8")"});
  return response;
}

/// Returns nullopt when the client may see the metrics.
base::Task<std::optional<Response>> refusal(Context& context) {
  if (context.who.kind == Principal::Kind::administrator) co_return std::nullopt;
  if (context.who.kind == Principal::Kind::guest) {
    co_return problem_response(forbidden("Only administrators may see the metrics."));
  }
  if (!is_basic(context.request)) {
    if (context.from_this_machine) co_return std::nullopt;
    co_return unsigned_answer();
  }
  auto who = co_await context.deps.auth.administrator_of(*context.request.header("Authorization"),
                                                         context.client, context.arrived);
  if (!who) co_return problem_response(who.error());
  context.who = std::move(*who);
  co_return std::nullopt;
}

base::Task<Response> metrics(Context& context) {
  if (auto refused = co_await refusal(context)) co_return std::move(*refused);
  auto& deps = context.deps;
  std::vector<base::MetricFamily> families;
  deps.http_metrics.collect(families);
  deps.auth.collect(families);
  for (const auto* source : deps.services.metrics_sources) source->collect(families);
  co_return Response{.headers = {{.name = "Content-Type", .value = std::string(kTextFormat)}},
                     .body = deps.services.metrics_text(families)};
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
