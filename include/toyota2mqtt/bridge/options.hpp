#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/vin.hpp"

namespace toyota2mqtt::bridge {

/// contract.md, `polling`. Reading never wakes the car.
struct Polling {
  std::chrono::seconds parked = std::chrono::minutes(15);
  std::chrono::seconds availability_after = std::chrono::hours(24);
  friend bool operator==(const Polling&, const Polling&) = default;
};

/// contract.md, `vehicles[]`: what the owner says about one car.
struct VehicleOptions {
  base::Vin vin;
  std::string name;         ///< empty = the cloud's nickname
  base::Secret abrp_token;  ///< empty = abrp.token when there is one car only
  bool ignore = false;
  bool says_ignore = false;  ///< whether the owner wrote `ignore` at all, be it true or false
  friend bool operator==(const VehicleOptions&, const VehicleOptions&) = default;
};

}  // namespace toyota2mqtt::bridge
