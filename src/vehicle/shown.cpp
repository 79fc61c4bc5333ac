#include "toyota2mqtt/vehicle/shown.hpp"

#include <nlohmann/json.hpp>
#include <variant>

namespace toyota2mqtt::vehicle {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Value& value) {
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

Json reading_json(const Row& row, const Car& car, const base::Zone& zone) {
  const auto reading = row.read(car, zone);
  const auto unit = row.unit_of != nullptr ? row.unit_of(car) : std::string(row.unit);
  return {{"value", to_json(reading.value)},
          {"unit", unit.empty() ? Json(nullptr) : Json(unit)},
          {"measured_at", optional_time(reading.measured_at)}};
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The place is one value with two numbers; everything else is what the catalogue reads.
Json location(const Car& car) {
  const auto& position = car.state.position;
  Json value = nullptr;
  if (position) {
    value = {{"latitude", position->value.latitude}, {"longitude", position->value.longitude}};
  }
  return {{"value", value},
          {"unit", "°"},
          {"measured_at", position ? optional_time(position->at) : Json(nullptr)}};
}

}  // namespace

std::string values_json(const Car& car, const base::Zone& zone, RowFilter wanted) {
  Json values = Json::object();
  for (const auto& row : catalogue()) {
    if (wanted != nullptr && !wanted(row)) continue;
    if (!applies(row, car)) continue;
    if (row.topic == Topic::location) {
      values[row.id] = location(car);
    } else if (row.topic == Topic::state && row.read != nullptr) {
      values[row.id] = reading_json(row, car, zone);
    }
  }
  return text_of(values);
}

std::string diagnostics_json(const Car& car, const base::Zone& zone) {
  Json values = Json::object();
  for (const auto& row : catalogue()) {
    if (row.topic != Topic::diagnostics || row.read == nullptr || !applies(row, car)) continue;
    values[row.id] = reading_json(row, car, zone);
  }
  return text_of(values);
}

}  // namespace toyota2mqtt::vehicle
