#pragma once

#include <string>
#include <vector>

#include "toyota2mqtt/history/recorder.hpp"

/// Short words for what a car's history is made of.
namespace toyota2mqtt::test {

/// A time of 2026-11-20, or of another day when `text` begins with one.
inline base::Time at(const std::string& text) {
  const auto whole = text.size() > 5 ? text : "2026-11-20T" + text + ":00Z";
  return base::parse_iso8601(whole).value();
}

/// A car of which nothing is known but its names.
inline vehicle::Car unknown_car(const base::CarId& id) {
  return {.identity = {.vin = base::Vin::parse("JTMTEST0000000001").value(),
                       .id = id,
                       .model = {},
                       .nickname = {},
                       .model_year = {},
                       .fuel_type = {},
                       .image_url = {},
                       .remote_display = {}},
          .name = {},
          .state = {},
          .evidence = {},
          .diagnostics = {}};
}

inline vehicle::Trip trip(const std::string& id, base::Time start, base::Time end, double km) {
  return {.id = id,
          .start = start,
          .end = end,
          .distance = vehicle::Kilometres{km},
          .duration = {},
          .ev_distance = {},
          .fuel = {},
          .average_speed = {},
          .score = {}};
}

inline vehicle::Trip hybrid_trip(const std::string& id, base::Time start, base::Time end, double km,
                                 double electric_km, double litres) {
  auto made = trip(id, start, end, km);
  made.ev_distance = vehicle::Kilometres{electric_km};
  made.fuel = vehicle::Litres{litres};
  return made;
}

inline history::SampleRecord sample(base::Time when, double level, double odometer) {
  return {.at = when,
          .battery_level = level,
          .ev_range = level * 3.75,
          .fuel_level = {},
          .fuel_range = {},
          .odometer = odometer};
}

/// A report of the car, all values of the same time.
inline history::Seen seen(base::Time when, bool charging, double level, double odometer = 10000) {
  history::Seen report;
  report.battery_level = {.value = level, .at = when};
  report.odometer = {.value = odometer, .at = when};
  report.charging = {.charging = charging, .at = when};
  report.usable_capacity = 50;
  return report;
}

template <class T>
std::vector<T> only(const std::vector<history::Write>& writes) {
  std::vector<T> found;
  for (const auto& write : writes) {
    if (const auto* entry = std::get_if<T>(&write)) found.push_back(*entry);
  }
  return found;
}

}  // namespace toyota2mqtt::test
