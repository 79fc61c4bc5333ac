#include "simulator/fleet.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>

namespace toyota2mqtt::simulator {

namespace {

using std::chrono::minutes;

constexpr std::size_t kLongestFile = std::size_t{64} * 1024;
constexpr std::size_t kMostCars = 100;
constexpr std::size_t kMostDrives = 100;
constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// What is wrong with the file; thrown inside this file only, where yaml-cpp throws as well.
struct Wrong {
  std::string text;
};

[[noreturn]] void wrong(const YAML::Node& node, const std::string& what) {
  throw Wrong{fmt::format("line {}: {}", node.Mark().line + 1, what)};
}

void allow(const YAML::Node& map, std::initializer_list<std::string_view> keys) {
  if (!map.IsMap()) wrong(map, "a section with keys is expected");
  for (const auto& entry : map) {
    const auto key = entry.first.as<std::string>();
    if (std::ranges::find(keys, key) == keys.end()) {
      wrong(entry.first, fmt::format("the key '{}' is not known here", key));
    }
  }
}

double number(const YAML::Node& node, double least, double most) {
  double value = 0;
  if (!YAML::convert<double>::decode(node, value) || !std::isfinite(value) || value < least ||
      value > most) {
    wrong(node, fmt::format("a number from {} to {} is expected", least, most));
  }
  return value;
}

/// "07:30", in quotation marks: bare, YAML would read it as a number of base 60.
minutes time_of_day(const YAML::Node& node) {
  const auto text = node.as<std::string>();
  int hour = 0;
  int minute = 0;
  const bool shape = text.size() == 5 && text[2] == ':' && std::ranges::all_of(text, [](char c) {
                       return (c >= '0' && c <= '9') || c == ':';
                     });
  if (shape) {
    hour = (text[0] - '0') * 10 + text[1] - '0';
    minute = (text[3] - '0') * 10 + text[4] - '0';
  }
  if (!shape || hour > 23 || minute > 59) wrong(node, "a time such as \"07:30\" is expected");
  return minutes(hour * 60 + minute);
}

std::array<bool, 7> days(const YAML::Node& node) {
  std::array<bool, 7> list{};
  if (!node.IsSequence()) wrong(node, "a list of days such as [mon, tue] is expected");
  for (const auto& entry : node) {
    const auto day = std::ranges::find(kDays, entry.as<std::string>());
    if (day == kDays.end()) wrong(entry, "a day is one of mon, tue, wed, thu, fri, sat, sun");
    list.at(static_cast<std::size_t>(day - kDays.begin())) = true;
  }
  return list;
}

Habit drive(const YAML::Node& node) {
  allow(node, {"days", "leave", "spread", "to", "km", "fast_charge"});
  Habit habit;
  if (!node["days"] || !node["leave"] || !node["to"]) wrong(node, "a drive has days, leave and to");
  habit.days = days(node["days"]);
  habit.leave = time_of_day(node["leave"]);
  habit.to = node["to"].as<std::string>();
  if (node["spread"]) habit.spread = static_cast<int>(number(node["spread"], 0, 120));
  if (node["km"]) habit.km = number(node["km"], 0.5, 400);
  if (const auto fast = node["fast_charge"]) {
    allow(fast, {"kw", "to_percent"});
    FastCharge charge;
    if (fast["kw"]) charge.kw = number(fast["kw"], 20, 400);
    if (fast["to_percent"]) charge.target_level = number(fast["to_percent"], 10, 100) / 100;
    habit.fast = charge;
  }
  return habit;
}

void charging(const YAML::Node& node, CarSpec& car) {
  allow(node, {"from", "kw", "to_percent"});
  if (car.charger_kw <= 0) wrong(node, "this kind of car cannot be charged");
  if (node["from"]) car.charge_from = time_of_day(node["from"]);
  if (node["kw"]) car.charger_kw = number(node["kw"], 1, 22);
  if (node["to_percent"]) car.target_level = number(node["to_percent"], 10, 100) / 100;
}

CarSpec car_of(const YAML::Node& node) {
  allow(node,
        {"kind", "name", "drives", "charging", "twelve_volt_percent", "silent_lock", "cold_cache"});
  if (!node["kind"]) wrong(node, "a car has a kind");
  auto known = kind_named(node["kind"].as<std::string>());
  if (!known) wrong(node["kind"], "a kind is one of bz4x, rav4, corolla, aygo, rz, solterra");
  auto car = std::move(*known);
  if (node["name"]) car.nick_name = node["name"].as<std::string>().substr(0, 60);
  if (const auto list = node["drives"]) {
    if (!list.IsSequence() || list.size() > kMostDrives)
      wrong(list, "a list of drives is expected");
    car.habits.emplace();
    for (const auto& entry : list) car.habits->push_back(drive(entry));
  }
  if (node["charging"]) charging(node["charging"], car);
  if (const auto percent = node["twelve_volt_percent"]) {
    car.twelve_volt_percent = number(percent, 0, 98);
  }
  if (node["silent_lock"]) car.silent_lock = node["silent_lock"].as<bool>();
  if (node["cold_cache"]) car.cold_cache = node["cold_cache"].as<bool>();
  return car;
}

Scenario read(const YAML::Node& root) {
  allow(root, {"about", "cars", "faults"});
  Scenario scenario;
  if (root["about"]) scenario.about = root["about"].as<std::string>();
  const auto cars = root["cars"];
  if (!cars || !cars.IsSequence() || cars.size() == 0 || cars.size() > kMostCars) {
    wrong(cars ? cars : root, fmt::format("a list of 1 to {} cars is expected", kMostCars));
  }
  for (const auto& entry : cars) scenario.cars.push_back(car_of(entry));
  if (const auto faults = root["faults"]) {
    for (const auto& entry : faults) {
      auto fault = entry.as<std::string>();
      if (fault != "cold-cache" && fault != "never-applied") {
        wrong(entry, "a fault is cold-cache or never-applied");
      }
      scenario.faults.push_back(std::move(fault));
    }
  }
  return scenario;
}

}  // namespace

std::expected<Scenario, std::string> parse_scenario(std::string_view yaml) {
  if (yaml.size() > kLongestFile) return std::unexpected("the scenario is too long");
  try {
    return read(YAML::Load(std::string(yaml)));
  } catch (const Wrong& problem) {
    return std::unexpected(problem.text);
  } catch (const YAML::Exception& problem) {
    return std::unexpected(fmt::format("line {}: {}", problem.mark.line + 1, problem.msg));
  }
}

}  // namespace toyota2mqtt::simulator
