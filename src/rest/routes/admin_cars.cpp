#include <algorithm>
#include <chrono>
#include <cstddef>

#include "rest/http/problem.hpp"
#include "rest/routes/admin.hpp"
#include "rest/routes/car_views.hpp"

/// What is kept of the owner's cars: caches, breakers, the past year.
namespace toyota2mqtt::rest::admin {

namespace {

using vehicle::Source;

Json age_or_null(const std::optional<base::Time>& at, base::Time now) {
  if (!at) return nullptr;
  const auto age = std::chrono::floor<std::chrono::seconds>(now - *at).count();
  return std::max<std::int64_t>(age, 0);
}

/// Answers about a car, by where they came from.
struct Uses {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t stale = 0;
};

/// Those that showed what this source says. One view may show several sources.
Uses uses_of(const std::vector<CacheFigures>& figures, const FleetCar& car, Source source) {
  Uses sum;
  for (const auto& view : figures) {
    if (view.car != car.car->identity.id || view.account_key != car.account_key) continue;
    const auto shown = sources_of(view.view);
    if (std::ranges::find(shown, source) == shown.end()) continue;
    sum.hits += view.hits;
    sum.misses += view.misses;
    sum.stale += view.stale;
  }
  return sum;
}

/// nullopt: no source has that name.
std::optional<Source> source_named(std::string_view name) {
  for (const auto source : vehicle::kAllSources) {
    if (to_string(source) == name) return source;
  }
  return std::nullopt;
}

/// What of the car may be cleared: the cloud has it, and the query does not mean another source.
std::vector<Source> clearable(const Fleet& fleet, const base::CarId& car,
                              std::optional<Source> only) {
  std::vector<Source> list;
  for (const auto& view : fleet.sources(car)) {
    if (view.breaker == "not_there" || (only && view.source != *only)) continue;
    list.push_back(view.source);
  }
  return list;
}

}  // namespace

base::Task<Response> list_caches(Context& context) {
  const auto& services = context.deps.services;
  const auto now = services.clock.now();
  const auto figures = context.deps.car_caches.cache.figures();
  Json list = Json::array();
  for (const auto& car : services.fleet.cars(context.who.scope)) {
    const auto& id = car.car->identity.id;
    for (const auto& view : services.fleet.sources(id)) {
      const auto counts = uses_of(figures, car, view.source);
      list.push_back({{"vehicle", id.text},
                      {"source", to_string(view.source)},
                      {"hits", counts.hits},
                      {"misses", counts.misses},
                      {"stale", counts.stale},
                      {"asked_at", json_io::iso_or_null(view.asked_at)},
                      {"age_s", age_or_null(view.reported_at, now)},
                      {"cleared", view.cleared}});
    }
  }
  co_return json_response(200, {{"caches", std::move(list)}});
}

base::Task<Response> clear_caches(Context& context) {
  auto& fleet = context.deps.services.fleet;
  const auto& query = context.request.query;
  std::optional<Source> only;
  if (const auto named = query.find("source"); named != query.end()) {
    only = source_named(named->second);
    if (!only) co_return problem_response(bad_request("\"source\" is none that there is."));
  }
  std::vector<base::CarId> cars;
  if (const auto named = query.find("vehicle"); named != query.end()) {
    const auto car = fleet.find(context.who.scope, named->second);
    if (!car) co_return problem_response(not_found("There is no such car."));
    cars.push_back(car->car->identity.id);
    context.audit_target = cars.back().text;
  } else {
    for (const auto& car : fleet.cars(context.who.scope)) cars.push_back(car.car->identity.id);
  }
  std::size_t cleared = 0;
  for (const auto& car : cars) {
    const auto sources = clearable(fleet, car, only);
    if (sources.empty()) continue;  // an empty list would mean all
    fleet.clear(car, sources);
    cleared += sources.size();
  }
  co_return json_response(200, {{"cleared", cleared}});
}

base::Task<Response> list_breakers(Context& context) {
  const auto& fleet = context.deps.services.fleet;
  Json list = Json::array();
  for (const auto& car : fleet.cars(context.who.scope)) {
    const auto& id = car.car->identity.id;
    for (const auto& view : fleet.sources(id)) {
      list.push_back({{"vehicle", id.text},
                      {"source", to_string(view.source)},
                      {"state", view.breaker},
                      {"failures", view.failures},
                      {"asked_again_at", json_io::iso_or_null(view.asked_again_at)}});
    }
  }
  co_return json_response(200, {{"breakers", std::move(list)}});
}

base::Task<Response> list_backfill(Context& context) {
  const auto& services = context.deps.services;
  Json list = Json::array();
  for (const auto& car : services.fleet.cars(context.who.scope)) {
    const auto& id = car.car->identity.id;
    const auto progress = services.archive.backfill(id);
    list.push_back({{"vehicle", id.text},
                    {"state", progress.state},
                    {"trips", progress.trips},
                    {"reached", json_io::iso_or_null(progress.reached)}});
  }
  co_return json_response(200, {{"backfill", std::move(list)}});
}

}  // namespace toyota2mqtt::rest::admin
