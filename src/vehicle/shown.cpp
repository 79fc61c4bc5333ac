#include "toyota2mqtt/vehicle/shown.hpp"

#include "json/json_io.hpp"

#include <variant>

namespace toyota2mqtt::vehicle {

namespace {

using json_io::OrderedJson;

OrderedJson to_json(const Value& value) {
  struct Printer {
    OrderedJson operator()(std::monostate) const { return nullptr; }
    OrderedJson operator()(bool flag) const { return flag; }
    OrderedJson operator()(std::int64_t number) const { return number; }
    OrderedJson operator()(double number) const { return number; }
    OrderedJson operator()(const std::string& text) const { return text; }
    OrderedJson operator()(base::Time time) const { return base::format_iso8601(time); }
    OrderedJson operator()(std::chrono::year_month_day day) const { return base::format_date(day); }
  };
  return std::visit(Printer{}, value);
}

OrderedJson reading_json(const Row& row, const Car& car, const base::Zone& zone) {
  const auto reading = row.read(car, zone);
  const auto unit = row.unit_of != nullptr ? row.unit_of(car) : std::string(row.unit);
  return {{"value", to_json(reading.value)},
          {"unit", unit.empty() ? OrderedJson(nullptr) : OrderedJson(unit)},
          {"measured_at", json_io::iso_or_null(reading.measured_at)}};
}

/// The place is one value with two numbers; everything else is what the catalogue reads.
OrderedJson location(const Car& car) {
  const auto& position = car.state.position;
  OrderedJson value = nullptr;
  if (position) {
    value = {{"latitude", position->value.latitude}, {"longitude", position->value.longitude}};
  }
  return {{"value", value},
          {"unit", "°"},
          {"measured_at", position ? json_io::iso_or_null(position->at) : OrderedJson(nullptr)}};
}

}  // namespace

std::string values_json(const Car& car, const base::Zone& zone, RowFilter wanted) {
  OrderedJson values = OrderedJson::object();
  for (const auto& row : catalogue()) {
    if (wanted != nullptr && !wanted(row)) continue;
    if (!applies(row, car)) continue;
    if (row.topic == Topic::location) {
      values[row.id] = location(car);
    } else if (row.topic == Topic::state && row.read != nullptr) {
      values[row.id] = reading_json(row, car, zone);
    }
  }
  return json_io::to_text(values);
}

std::string diagnostics_json(const Car& car, const base::Zone& zone) {
  OrderedJson values = OrderedJson::object();
  for (const auto& row : catalogue()) {
    if (row.topic != Topic::diagnostics || row.read == nullptr || !applies(row, car)) continue;
    values[row.id] = reading_json(row, car, zone);
  }
  return json_io::to_text(values);
}

}  // namespace toyota2mqtt::vehicle
