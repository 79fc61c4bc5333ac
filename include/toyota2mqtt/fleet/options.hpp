#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/toyota/account.hpp"
#include "toyota2mqtt/vehicle/command.hpp"

/// What the owner configures of accounts and cars. The configuration's table writes into these
/// structs, and the sessions read them there.
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

/// What holds for every car of the accounts.
struct CarPolicy {
  Polling polling = {};
  WakeLimits wake = {};
  CommandOptions commands = {};
  abrp::Options abrp = {};    ///< `token` is empty, or for the only car
  std::string currency = {};  ///< history.currency: known before there are costs, so a unit stays
  bool trip_tracks = false;   ///< history.routes: trips are read with where they led
  friend bool operator==(const CarPolicy&, const CarPolicy&) = default;
};
/// What of it holds for guests' cars. They are woken only when a guest asks for it: nobody but the
/// owner of the 12 V battery decides that it is spent by a schedule. Nothing of them goes to ABRP.
CarPolicy guest_policy(const CarPolicy& policy);

/// The accounts of the owner and their cars.
struct Options {
  std::vector<toyota::Credentials> accounts = {};
  toyota::Endpoints endpoints = {};
  std::vector<VehicleOptions> vehicles = {};
  CarPolicy policy = {};
  /// Name and brand of those of `accounts` that were entered on the page.
  std::set<std::pair<std::string, vehicle::Brand>> entered = {};
  friend bool operator==(const Options&, const Options&) = default;
};

}  // namespace toyota2mqtt::fleet
