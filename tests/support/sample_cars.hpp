#pragma once

#include <string>

#include "toyota2mqtt/vehicle/car.hpp"

/// Invented cars, complete enough that every row of the catalogue has something to say.
namespace toyota2mqtt::test {

/// 2026-03-01T08:00:00Z plus minutes: the day on which all samples live.
base::Time sample_time(int minutes = 0);

/// A car as it is before anything but the vehicle list was read.
vehicle::Car new_car(vehicle::Brand brand, vehicle::Drive drive);

/// The same after every route that such a car has answered with everything. The drive `unknown` is
/// a car of which neither list nor reports tell what drives it.
vehicle::Car full_car(vehicle::Brand brand, vehicle::Drive drive);

}  // namespace toyota2mqtt::test
