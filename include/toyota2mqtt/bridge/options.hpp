#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/vehicle/command.hpp"

namespace toyota2mqtt::bridge {

/// contract.md, `polling`. Reading never wakes the car.
struct Polling {
  std::chrono::seconds parked = std::chrono::minutes(15);
  std::chrono::seconds availability_after = std::chrono::hours(24);
};

/// contract.md, `commands`: what may be asked of the cars.
struct CommandOptions {
  vehicle::Allowed allow = vehicle::default_allowed();
  base::Secret unlock_code = {};  ///< asked for before a car is opened; empty = not asked
};

/// contract.md, `vehicles[]`: what the owner says about one car.
struct VehicleOptions {
  base::Vin vin;
  std::string name;         ///< empty = the cloud's nickname
  base::Secret abrp_token;  ///< empty = abrp.token when there is one car only
  bool ignore = false;
};

}  // namespace toyota2mqtt::bridge
