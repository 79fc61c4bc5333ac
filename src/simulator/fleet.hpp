#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::simulator {

enum class Drive { bev, phev, hev, ice };

/// A fast charger at the end of a drive.
struct FastCharge {
  double kw = 150;
  double target_level = 0.8;
};

/// Something that the driver does on some days of the week.
struct Habit {
  std::array<bool, 7> days = {};  ///< Monday first
  std::chrono::minutes leave{0};  ///< after midnight
  int spread = 0;                 ///< leaves up to so many minutes later
  std::string to;                 ///< "home", or any name: the same name is the same place
  double km = 10;                 ///< from home; the way itself is a little longer
  std::optional<FastCharge> fast = {};
};

/// Everything about one invented car that never changes. Quirks are those of real cars
/// (docs/toyota-protocol.md).
struct CarSpec {
  std::string stem;  ///< of the VIN: ten characters
  std::string vin;
  std::string brand = "T";      ///< T, L, S
  std::string fuel_type = "E";  ///< as the cloud says it: E, I, B, others combustion
  Drive drive = Drive::bev;
  std::string model_name;
  std::string model_code;
  std::string car_line;
  std::string nick_name;
  std::string plate;
  std::string color;
  std::string generation = "21MM";
  int model_year = 2024;

  double usable_kwh = 0;  ///< 0: no traction battery that the cloud reports
  double hidden_kwh = 0;  ///< below the usable window: gross level minus usable level
  double kwh_per_km = 0;
  double charger_kw = 0;
  double target_level = 0.8;  ///< charging ends here, 0..1 of the usable window
  double tank_l = 0;
  double l_per_100km = 0;
  double electric_share = 0;  ///< of a hybrid's distance

  std::optional<std::vector<Habit>> habits = {};         ///< instead of the usual week
  std::optional<std::chrono::minutes> charge_from = {};  ///< after midnight; 19:30 unless set
  double twelve_volt_percent = 85;

  int born = 0;     ///< day of the world on which this life begins
  int account = 0;  ///< cars are spread over accounts, a hundred each

  double first_odometer_km = 12;
  double home_lat = 0;
  double home_lon = 0;
  std::uint64_t seed = 0;

  bool odometer_in_miles = false;
  bool capital_km = false;           ///< says "Km"
  bool plug_unseen = false;          ///< chargingStatus "none" while plugged and not charging
  bool endless_charge_time = false;  ///< remainingChargeTime 65535 while not charging
  bool silent_lock = false;          ///< locking after parking is not reported
  bool cold_cache = false;           ///< the status cache goes cold after hours without interest
  bool old_electric_route = false;   ///< the retired electric status still answers
  bool climate_settings_fail = false;
  bool needs_user_region = false;
  bool realtime_forbidden = false;
  bool left_hand_drive_unknown = false;
  std::set<std::string> commands;  ///< remote commands that work
  bool climate = false;
};

/// The six kinds in order, again and again with other VINs and homes. What a hundred cars live is
/// always the same; those beyond are born a week before `start`, or planning their past would take
/// minutes.
std::vector<CarSpec> make_fleet(std::size_t count, std::uint64_t seed, base::Time start = {});
/// As make_fleet, with these cars again and again.
std::vector<CarSpec> multiply(const std::vector<CarSpec>& cars, std::size_t count,
                              std::uint64_t seed, base::Time start);
/// bz4x, rav4, corolla, aygo, rz, solterra; nullopt for any other name.
std::optional<CarSpec> kind_named(std::string_view name);

/// A scenario file (docs/simulator.md, "Scenarios"): which cars there are, what their drivers do,
/// and what is wrong with the cloud.
struct Scenario {
  std::string about;
  std::vector<CarSpec> cars;
  std::vector<std::string> faults;  ///< cold-cache, never-applied
};

/// The error is one sentence with the line.
std::expected<Scenario, std::string> parse_scenario(std::string_view yaml);
/// A shipped scenario by its name, else nullopt.
std::optional<std::string_view> shipped_scenario(std::string_view name);
/// The names of the shipped ones, sorted.
std::vector<std::string_view> shipped_scenarios();

}  // namespace toyota2mqtt::simulator
