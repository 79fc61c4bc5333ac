#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace toyota2mqtt::simulator {

enum class Drive { bev, phev, hev, ice };

/// Everything about one invented car that never changes. Quirks are those of real cars listed in
/// the protocol notes (sections 4, 5 and 10).
struct CarSpec {
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
  bool climate_settings_fail = false;
  bool needs_user_region = false;
  bool realtime_forbidden = false;
  bool left_hand_drive_unknown = false;
  std::set<std::string> commands;  ///< remote commands that work
  bool climate = false;
};

/// The six kinds in order, again and again with other VINs and homes.
std::vector<CarSpec> make_fleet(std::size_t count, std::uint64_t seed);

}  // namespace toyota2mqtt::simulator
