#include "simulator/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "simulator/plan.hpp"
#include "simulator/time_and_chance.hpp"

namespace toyota2mqtt::simulator {

namespace {

const std::set<std::string> kUsualCommands = {"door-lock",      "door-unlock",       "trunk-lock",
                                              "trunk-unlock",   "hazard-on",         "sound-horn",
                                              "buzzer-warning", "power-window-close"};

CarSpec bz4x() {
  CarSpec car;
  car.stem = "JTMSIMBZ4X";
  car.fuel_type = "E";
  car.model_name = "bZ4X";
  car.model_code = "EA10";
  car.car_line = "bZ4X";
  car.nick_name = "Blitz";
  car.color = "Platinum White Pearl";
  car.usable_kwh = 64;
  car.kwh_per_km = 0.172;
  car.charger_kw = 7.4;
  car.first_odometer_km = 9;
  car.old_electric_route = true;
  car.plug_unseen = true;
  car.commands = kUsualCommands;
  car.climate = true;
  return car;
}

CarSpec rav4() {
  CarSpec car;
  car.stem = "JTMSIMRAV4";
  car.drive = Drive::phev;
  car.fuel_type = "I";
  car.model_name = "RAV4 Plug-in";
  car.model_code = "RE";
  car.car_line = "RAV4 PHEV";
  car.nick_name = "Familie";
  car.color = "Dark Blue Metallic";
  car.generation = "17CYPLUS";
  car.usable_kwh = 14.5;
  car.hidden_kwh = 2.4;
  car.kwh_per_km = 0.185;
  car.charger_kw = 3.3;
  car.target_level = 1.0;
  car.tank_l = 55;
  car.l_per_100km = 6.1;
  car.first_odometer_km = 8120;
  car.old_electric_route = true;
  car.odometer_in_miles = true;
  car.endless_charge_time = true;
  car.commands = kUsualCommands;
  car.climate = true;
  return car;
}

CarSpec corolla() {
  CarSpec car;
  car.stem = "SB1SIMCORO";
  car.drive = Drive::hev;
  car.fuel_type = "B";
  car.model_name = "Corolla TS Hybrid";
  car.model_code = "ZE";
  car.car_line = "Corolla";
  car.nick_name = "Corolla";
  car.color = "Scarlet Flare";
  car.model_year = 2023;
  car.tank_l = 43;
  car.l_per_100km = 4.6;
  car.electric_share = 0.46;
  car.first_odometer_km = 21500;
  car.capital_km = true;
  car.silent_lock = true;
  car.climate_settings_fail = true;
  car.commands = {"door-lock", "door-unlock", "hazard-on", "sound-horn"};
  car.climate = true;
  return car;
}

CarSpec aygo() {
  CarSpec car;
  car.stem = "JTDSIMAYGO";
  car.drive = Drive::ice;
  car.fuel_type = "G";
  car.model_name = "Aygo X";
  car.model_code = "KG";
  car.car_line = "Aygo X";
  car.nick_name = "Floh";
  car.color = "Cardamom";
  car.generation = "17CYPLUS";
  car.tank_l = 35;
  car.l_per_100km = 5.0;
  car.first_odometer_km = 4400;
  car.needs_user_region = true;
  car.left_hand_drive_unknown = true;
  return car;
}

CarSpec lexus() {
  CarSpec car;
  car.stem = "JTJSIMRZ45";
  car.brand = "L";
  car.model_name = "RZ 450e";
  car.model_code = "EB10";
  car.car_line = "RZ";
  car.nick_name = "RZ";
  car.color = "Sonic Copper";
  car.generation = "24MM";
  car.usable_kwh = 64;
  car.kwh_per_km = 0.181;
  car.charger_kw = 11;
  car.target_level = 0.9;
  car.first_odometer_km = 15;
  car.cold_cache = true;
  car.commands = kUsualCommands;
  car.commands.erase("trunk-lock");
  car.commands.erase("trunk-unlock");
  car.climate = true;
  return car;
}

CarSpec solterra() {
  CarSpec car;
  car.stem = "JF1SIMSOLT";
  car.brand = "S";
  car.model_name = "Solterra";
  car.model_code = "EA15";
  car.car_line = "Solterra";
  car.nick_name = "Solterra";
  car.color = "Harbor Mist Grey";
  car.usable_kwh = 64;
  car.kwh_per_km = 0.19;
  car.charger_kw = 6.6;
  car.first_odometer_km = 11;
  car.old_electric_route = true;
  car.realtime_forbidden = true;
  car.commands = {"door-lock", "door-unlock", "hazard-on", "sound-horn"};
  car.climate = true;
  return car;
}

}  // namespace

std::optional<CarSpec> kind_named(std::string_view name) {
  if (name == "bz4x") return bz4x();
  if (name == "rav4") return rav4();
  if (name == "corolla") return corolla();
  if (name == "aygo") return aygo();
  if (name == "rz") return lexus();
  if (name == "solterra") return solterra();
  return std::nullopt;
}

std::vector<CarSpec> multiply(const std::vector<CarSpec>& cars, std::size_t count,
                              std::uint64_t seed, base::Time start) {
  constexpr std::size_t kPerAccount = 100;
  constexpr int kDaysOfPast = 8;
  const auto days = std::chrono::floor<std::chrono::days>(start - first_day()).count();
  std::map<std::string, int> of_stem;
  std::vector<CarSpec> fleet;
  fleet.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto car = cars[i % cars.size()];
    const auto round = i / cars.size();
    car.vin = fmt::format("{}{:07}", car.stem, ++of_stem[car.stem]);
    if (round > 0) car.nick_name += fmt::format(" {}", round + 1);
    car.plate = fmt::format("SIM {:03}", i + 1);
    car.seed = Chance(seed).with(car.vin).number();
    const Chance chance(car.seed);
    car.home_lat = chance.with("home lat").between(48.0, 51.5);
    car.home_lon = chance.with("home lon").between(8.0, 12.0);
    car.account = static_cast<int>(i / kPerAccount);
    if (car.account > 0) car.born = static_cast<int>(std::max<long>(0, days - kDaysOfPast));
    fleet.push_back(std::move(car));
  }
  return fleet;
}

std::vector<CarSpec> make_fleet(std::size_t count, std::uint64_t seed, base::Time start) {
  return multiply({bz4x(), rav4(), corolla(), aygo(), lexus(), solterra()}, count, seed, start);
}

}  // namespace toyota2mqtt::simulator
