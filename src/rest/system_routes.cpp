#include <algorithm>
#include <array>

#include "rest/arrival.hpp"
#include "rest/json_text.hpp"
#include "rest/resources.hpp"
#include "rest/router.hpp"

// Whether the program lives, and whether it can do its work.
namespace toyota2mqtt::rest {

namespace {

base::Task<Response> health(Context& context) {
  const auto& inside = context.inside;
  const auto up = std::chrono::floor<std::chrono::seconds>(inside.services.clock.steady() -
                                                           inside.resources.started_steady);
  co_return json_response(200, Json{{"status", "ok"},
                                    {"version", inside.options.version},
                                    {"uptime_s", up.count()},
                                    {"started", base::format_iso8601(inside.resources.started)}});
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
  const auto& ask = context.inside.services.machine.parts;
  const auto parts = ask ? ask() : std::vector<PartState>();
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

}  // namespace toyota2mqtt::rest
