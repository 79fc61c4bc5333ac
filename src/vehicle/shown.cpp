#include "toyota2mqtt/vehicle/shown.hpp"

#include "json/json_io.hpp"

namespace toyota2mqtt::vehicle {

namespace {

using json_io::OrderedJson;

OrderedJson reading_json(const Row& row, const Car& car, const base::Zone& zone) {
  const auto reading = row.read(car, zone);
  const auto unit = row.unit_of != nullptr ? row.unit_of(car) : std::string(row.unit);
  return {{"value", json_io::value_json(reading.value)},
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
