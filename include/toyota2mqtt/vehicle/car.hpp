#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/vehicle/command.hpp"
#include "toyota2mqtt/vehicle/state.hpp"
#include "toyota2mqtt/vehicle/statistics.hpp"

namespace toyota2mqtt::vehicle {

enum class Brand : std::uint8_t { toyota, lexus, subaru };
inline constexpr std::array kAllBrands{Brand::toyota, Brand::lexus, Brand::subaru};
std::string_view to_string(Brand brand);     ///< "toyota"
std::string_view display_name(Brand brand);  ///< "Toyota"
/// The brand that to_string() calls so; nullopt for any other text.
std::optional<Brand> parse_brand(std::string_view name);

/// Battery E, plug-in hybrid P, hybrid H, combustion I of docs/entities.md.
enum class Drive : std::uint8_t { bev, phev, hev, ice, unknown };
std::string_view to_string(Drive drive);

/// What the vehicle list says a car is (docs/toyota-protocol.md, "Vehicle list"). Texts are the
/// cloud's, cut to sensible lengths; empty = not said.
struct Identity {
  base::Vin vin;
  base::CarId id;
  Brand brand = Brand::toyota;
  std::string model;     ///< modelDescription, else modelName, else carlineName
  std::string nickname;  ///< nickName; the configuration's name replaces it
  std::string model_year;
  std::string fuel_type;                 ///< the cloud's code: E, I, B, …
  std::string image_url;                 ///< https only
  std::string remote_display;            ///< "7" = remote services activated
  std::string remote_subscription = {};  ///< remoteSubscriptionStatus: "ACTIVE", …
  bool ev_vehicle = false;
  std::map<std::string, bool> flags = {};  ///< every capability flag, both spellings, by name
};

/// What was learnt about a car across reports and restarts; persisted as one small text. Pure data,
/// advanced only by observe() and by the bridge's note of which routes answered.
struct Evidence {
  struct Reading {
    double odometer_km = 0;
    base::Time at{};
    friend bool operator==(const Reading&, const Reading&) = default;
  };

  bool ever_plugged = false;       ///< a plugged state was reported once
  bool ever_usable_level = false;  ///< a usable battery level was reported once
  bool ever_fuel_level = false;
  bool ever_battery_level = false;
  std::optional<Reading> previous_odometer;  ///< the report before the latest one
  std::optional<Reading> latest_odometer;
  std::optional<Reading> odometer_changed;       ///< the first report with the latest value
  std::optional<Reading> doubted_odometer = {};  ///< held back (odometer.hpp)
  std::optional<base::Time> parked_at;           ///< time of the newest location
  std::set<std::string> reported = {};           ///< entity ids that ever had a value
  std::set<std::string> announced =
      {};                          ///< ids of entities that were ever announced to Home Assistant
  std::set<Source> answered = {};  ///< sources that ever answered
  std::set<Source> refused = {};   ///< sources that the cloud says this car lacks
  std::set<Action> rejected = {};  ///< commands that the cloud says this car lacks
  /// The lamps (key_of()) of the newest list of warnings; nullopt until one came.
  std::optional<std::set<std::string>> warned = {};
  /// Of the newest trip that was ever listed; nullopt until a list came.
  std::optional<base::Time> last_trip_end = {};
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// Bridge-side facts about a car, published apart from its state so that they do not republish it.
struct Diagnostics {
  std::optional<base::Time> next_read;
  std::string next_read_source;  ///< what is read then, in the cloud's parts: "telemetry"
  std::string resting_routes;    ///< those that are not asked for now; empty = none
  std::string mode;         ///< of the schedule (docs/schedule.md); empty before the first read
  std::string mode_reason;  ///< one sentence
  std::optional<base::Time> day_began;  ///< the owner's midnight that wakes_today counts from
  std::optional<int> wakes_today;       ///< since the owner's midnight
  std::optional<int> refreshes_left;    ///< how often the owner may still wake it until the next
  std::optional<base::Time> last_wake;
  std::string last_wake_reason;               ///< stopped, charging, owner, command, idle
  std::string waking;                         ///< on, off, paused, rejected
  std::string wake_refusal;                   ///< why the owner's last wish was refused, if it was
  std::optional<base::Time> wake_allowed_at;  ///< when it may be repeated
  std::optional<base::Time> last_read;        ///< last successful read of any source
  std::string abrp_status = "off";  ///< off, ok, waiting, key_rejected, token_rejected, unreachable
  std::optional<base::Time> abrp_last_accepted;
  std::string abrp_vehicle;  ///< as ABRP calls the vehicle of the token; empty until known
  std::string abrp_remedy;   ///< what the owner can do; empty when all is well
  bool reading = true;       ///< the `reading` switch
  std::string backfill =
      {};  ///< how far the trips of the past year were fetched; empty = not at all
};

/// What the owner allows, and what is under way with the car's commands: shown beside what the car
/// said, never instead of it. Written by the car's command queue.
struct CommandView {
  Allowed allowed;                   ///< commands.allow, and `overruled`
  Allowed overruled = {};            ///< vehicles[].commands: offered whatever the flags say
  bool asks_code = false;            ///< commands.unlock_code is set
  std::optional<Action> under_way;   ///< asked for, and neither confirmed nor given up
  ClimateOptions climate_wish = {};  ///< set by the owner, and not yet said by the car
  friend bool operator==(const CommandView&, const CommandView&) = default;
};

/// One car as the rest of the program sees it.
struct Car {
  Identity identity;
  std::string name;  ///< what people call it: configuration, else nickname, else model
  VehicleState state;
  Evidence evidence;
  Diagnostics diagnostics;
  CommandView commands = {};
  bool uses_abrp = false;
  double usable_capacity = 0;                    ///< kWh, as the owner says; 0 = unknown
  int namesake = 1;                              ///< 2, 3, … when cars before it have the same name
  std::optional<CarStatistics> statistics = {};  ///< what history made of it, once it has
};

/// What drives the car: reported data beats flags, flags beat the code (docs/toyota-protocol.md,
/// "Drive").
Drive drive_of(const Identity& identity, const Evidence& evidence);

}  // namespace toyota2mqtt::vehicle
