#include "app/fetch_document.hpp"

#include <nlohmann/json.hpp>
#include <variant>

#include "toyota2mqtt/vehicle/catalogue.hpp"

namespace toyota2mqtt::app {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const vehicle::Value& value) {
  struct Printer {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(bool flag) const { return flag; }
    Json operator()(std::int64_t number) const { return number; }
    Json operator()(double number) const { return number; }
    Json operator()(const std::string& text) const { return text; }
    Json operator()(base::Time time) const { return base::format_iso8601(time); }
    Json operator()(std::chrono::year_month_day day) const { return base::format_date(day); }
  };
  return std::visit(Printer{}, value);
}

Json optional_time(const std::optional<base::Time>& time) {
  return time ? Json(base::format_iso8601(*time)) : Json(nullptr);
}

/// The place is one value with two numbers; everything else is what the catalogue reads.
Json location(const vehicle::Car& car) {
  const auto& position = car.state.position;
  Json value = nullptr;
  if (position) {
    value = {{"latitude", position->value.latitude}, {"longitude", position->value.longitude}};
  }
  return {{"value", value},
          {"unit", "°"},
          {"measured_at", position ? optional_time(position->at) : Json(nullptr)}};
}

Json values_of(const vehicle::Car& car, const base::Zone& zone) {
  Json values = Json::object();
  for (const auto& row : vehicle::catalogue()) {
    if (!vehicle::applies(row, car)) continue;
    if (row.topic == vehicle::Topic::location) {
      values[row.id] = location(car);
    } else if (row.topic == vehicle::Topic::state && row.read != nullptr) {
      const auto reading = row.read(car, zone);
      values[row.id] = {{"value", to_json(reading.value)},
                        {"unit", row.unit.empty() ? Json(nullptr) : Json(row.unit)},
                        {"measured_at", optional_time(reading.measured_at)}};
    }
  }
  return values;
}

std::string outcome(const toyota::RouteResult& result) {
  switch (result.kind) {
    case toyota::RouteResult::Kind::ok: return "ok";
    case toyota::RouteResult::Kind::not_supported: return "not_supported";
    case toyota::RouteResult::Kind::failed: break;
  }
  return "failed: " + (result.error ? result.error->message : std::string("no reason given"));
}

}  // namespace

std::string fetch_document(const std::vector<FetchedCar>& cars, base::Time fetched_at,
                           const base::Zone& zone) {
  Json vehicles = Json::array();
  for (const auto& [car, routes] : cars) {
    Json outcomes = Json::object();
    for (const auto& [source, result] : routes) outcomes[to_string(source)] = outcome(result);
    vehicles.push_back({{"vin", car.identity.vin.reveal()},
                        {"brand", to_string(car.identity.brand)},
                        {"model", car.identity.model},
                        {"name", car.name},
                        {"drive", to_string(vehicle::drive_of(car.identity, car.evidence))},
                        {"values", values_of(car, zone)},
                        {"routes", outcomes}});
  }
  const Json document = {{"fetched_at", base::format_iso8601(fetched_at)}, {"vehicles", vehicles}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace toyota2mqtt::app
