#pragma once

#include <string>

#include "toyota2mqtt/vehicle/catalogue.hpp"

/// What is known of a car as JSON text, for whoever reads it other than by MQTT: `fetch`, REST.
/// Pure functions; any thread.
namespace toyota2mqtt::vehicle {

using RowFilter = bool (*)(const Row&);

/// `{"<entity id>": {"value": …, "unit": …, "measured_at": …}, …}`: every row of the catalogue that
/// applies to the car now and carries a value of its state, in the catalogue's order; with
/// `wanted`, only those that it accepts. What is unknown is null; `measured_at` is the car's own
/// time. The value of `location` is `{"latitude", "longitude"}`. Holds the place of the car.
std::string values_json(const Car& car, const base::Zone& zone, RowFilter wanted = nullptr);
/// The same for what the bridge says of itself about the car (`Topic::diagnostics`).
std::string diagnostics_json(const Car& car, const base::Zone& zone);

}  // namespace toyota2mqtt::vehicle
