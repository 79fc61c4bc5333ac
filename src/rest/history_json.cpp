#include "rest/history_json.hpp"

#include <array>
#include <string_view>

namespace toyota2mqtt::rest {

namespace {

template <class Quantity>
Json number(const std::optional<Quantity>& quantity) {
  return quantity ? Json(quantity->value) : Json(nullptr);
}

std::string_view word(history::EventRecord::Kind kind) {
  switch (kind) {
    case history::EventRecord::Kind::wake: return "wake";
    case history::EventRecord::Kind::command: return "command";
    case history::EventRecord::Kind::error: return "error";
  }
  return "error";
}

Json statistic(const vehicle::KnownStatistic& known, std::string_view unit) {
  if (!known) return nullptr;
  return {{"value", known->value},
          {"unit", text_or_null(unit)},
          {"basis", known->basis},
          {"since", base::format_iso8601(known->since)},
          {"until", base::format_iso8601(known->until)}};
}

struct NamedFigure {
  const char* name;
  vehicle::KnownStatistic vehicle::Statistics::* which;
  std::string_view unit;  ///< empty: the currency
};
constexpr auto kFigureNames = std::to_array<NamedFigure>({
    {"electric_consumption", &vehicle::Statistics::electric_consumption, "kWh/100 km"},
    {"fuel_consumption", &vehicle::Statistics::fuel_consumption, "L/100 km"},
    {"ev_share", &vehicle::Statistics::ev_share, "%"},
    {"distance", &vehicle::Statistics::distance, "km"},
    {"energy", &vehicle::Statistics::energy, "kWh"},
    {"fuel", &vehicle::Statistics::fuel, "L"},
    {"cost", &vehicle::Statistics::cost, ""},
    {"co2", &vehicle::Statistics::co2, "kg"},
    {"range_ratio", &vehicle::Statistics::range_ratio, "%"},
    {"range_at_full", &vehicle::Statistics::range_at_full, "km"},
});

}  // namespace

Json entry_json(const history::TripRecord& record) {
  const auto& trip = record.trip;
  Json entry{{"id", trip.id},
             {"start", base::format_iso8601(trip.start)},
             {"end", base::format_iso8601(trip.end)},
             {"distance", number(trip.distance)},
             {"duration", number(trip.duration)},
             {"ev_distance", number(trip.ev_distance)},
             {"fuel", number(trip.fuel)},
             {"average_speed", number(trip.average_speed)},
             {"score", number(trip.score)}};
  if (record.route.empty()) return entry;
  Json route = Json::array();
  for (const auto& point : record.route) {
    route.push_back({{"latitude", point.latitude}, {"longitude", point.longitude}});
  }
  entry["route"] = std::move(route);
  return entry;
}

Json entry_json(const history::ChargeRecord& record) {
  return {{"id", record.id},
          {"start", base::format_iso8601(record.start)},
          {"end", json_io::iso_or_null(record.end)},
          {"level_start", or_null(record.level_start)},
          {"level_end", or_null(record.level_end)},
          {"energy", or_null(record.energy)},
          {"cost", or_null(record.cost)},
          {"basis", record.basis}};
}

Json entry_json(const history::SampleRecord& record) {
  return {
      {"at", base::format_iso8601(record.at)},    {"battery_level", or_null(record.battery_level)},
      {"ev_range", or_null(record.ev_range)},     {"fuel_level", or_null(record.fuel_level)},
      {"fuel_range", or_null(record.fuel_range)}, {"odometer", or_null(record.odometer)}};
}

Json entry_json(const history::EventRecord& record) {
  return {{"kind", word(record.kind)},
          {"at", base::format_iso8601(record.at)},
          {"name", record.name},
          {"outcome", record.outcome},
          {"detail", record.detail}};
}

Json figures_json(const vehicle::Statistics& statistics, std::string_view currency) {
  Json json = Json::object();
  for (const auto& [name, which, unit] : kFigureNames) {
    json[name] = statistic(statistics.*which, unit.empty() ? currency : unit);
  }
  return json;
}

Json reasons_json(const vehicle::Statistics& statistics) {
  Json json = Json::object();
  for (const auto& [name, which, unit] : kFigureNames) {
    if (const auto& known = statistics.*which; !known) json[name] = known.error().reason;
  }
  return json;
}

Json known_since_json(const vehicle::Statistics& statistics) {
  return {{"trips", json_io::iso_or_null(statistics.trips_since)},
          {"charges", json_io::iso_or_null(statistics.charges_since)},
          {"samples", json_io::iso_or_null(statistics.samples_since)}};
}

}  // namespace toyota2mqtt::rest
