#pragma once

#include "simulator/plan.hpp"

/// What energy does in a car, by tables: consumption, charging power, and the 12 V battery.
namespace toyota2mqtt::simulator {

/// How much more or less than rated a drive uses: by its average speed, and by the season (heating;
/// an engine has heat to spare).
double consumption_factor(double average_kmh, int day_of_year, bool electric);

/// Power into the battery at a level of 0 to 1. A wallbox gives what it can until almost full; a
/// fast charger tapers from the middle on.
double charging_kw(double charger_kw, double level, bool fast);

/// A whole session in steps of one percent: from what is in the battery until `target` (kWh), or
/// until `latest`.
Charge charge_session(const CarSpec& spec, double from_kwh, double target_kwh, double charger_kw,
                      bool fast, Time begin, Time latest);

/// The 12 V battery, in percent. Standing costs a little, each wake as much as most of a day;
/// driving and charging fill it. A car below kTooWeak answers no wake.
struct TwelveVolt {
  static constexpr double kFull = 98;
  static constexpr double kUsual = 85;
  static constexpr double kTooWeak = 40;
  static constexpr double kStandingPerDay = 1.0;
  static constexpr double kPerWake = 0.8;
  static constexpr double kDrivingPerHour = 18;
  static constexpr double kChargingPerHour = 10;
};

}  // namespace toyota2mqtt::simulator
