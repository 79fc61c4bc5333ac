#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/vehicle/command.hpp"

namespace toyota2mqtt::fleet {

/// `polling` of docs/configuration.md: how often the cloud is asked for changes. Reading never
/// wakes the car.
struct Polling {
  std::chrono::seconds driving = std::chrono::minutes(5);
  std::chrono::seconds charging = std::chrono::minutes(5);
  std::chrono::seconds parked = std::chrono::minutes(15);
  std::chrono::seconds availability_after = std::chrono::hours(24);
  friend bool operator==(const Polling&, const Polling&) = default;
};

/// `commands` of docs/configuration.md: what may be asked of the cars.
struct CommandOptions {
  vehicle::Allowed allow = vehicle::default_allowed();
  base::Secret unlock_code = {};  ///< asked for before a car is opened; empty = not asked
  friend bool operator==(const CommandOptions&, const CommandOptions&) = default;
};

/// `wake` of docs/configuration.md: asking the car itself costs its 12 V battery. 0 = never, where
/// it says so.
struct WakeLimits {
  bool enabled = true;
  std::vector<std::chrono::seconds> after_stop = {std::chrono::minutes(3),
                                                  std::chrono::minutes(15)};  ///< ascending
  std::chrono::seconds while_charging = std::chrono::minutes(30);             ///< 0 = never
  std::chrono::seconds idle = std::chrono::seconds(0);                        ///< 0 = never
  std::chrono::seconds min_interval = std::chrono::minutes(15);
  std::uint16_t max_per_day = 8;
  std::uint16_t max_per_day_charging = 16;
  std::uint16_t reserved_for_commands = 4;  ///< of max_per_day
  friend bool operator==(const WakeLimits&, const WakeLimits&) = default;
};

/// `vehicles[]` of docs/configuration.md: what the owner says about one car.
struct VehicleOptions {
  base::Vin vin;
  std::string name;         ///< empty = the cloud's nickname
  base::Secret abrp_token;  ///< empty = abrp.token when there is one car only
  bool ignore = false;
  bool says_ignore = false;        ///< whether the owner wrote `ignore` at all, be it true or false
  double usable_capacity = 0;      ///< kWh; 0 = unknown
  vehicle::Allowed commands = {};  ///< allowed and offered whatever the car's flags say
  friend bool operator==(const VehicleOptions&, const VehicleOptions&) = default;
};

}  // namespace toyota2mqtt::fleet
