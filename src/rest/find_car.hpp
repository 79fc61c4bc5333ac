#pragma once

#include <optional>
#include <string_view>

#include "rest/context.hpp"
#include "rest/problem.hpp"

/// Cars by what a request calls them. Private to this part.
namespace toyota2mqtt::rest {

/// The car that whoever asks may see, by id or VIN. Its pointer is valid until the next wait.
std::optional<FleetCar> find_car(const Context& context, std::string_view id_or_vin);
/// The same answer for a car that does not exist and for one that is somebody else's.
Problem no_such_car();
/// 404: the car is theirs, but has not said this yet.
Problem nothing_known(std::string detail);

}  // namespace toyota2mqtt::rest
