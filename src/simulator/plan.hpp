#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulator/fleet.hpp"
#include "toyota2mqtt/base/time.hpp"

/// What energy does in a car, by tables: consumption, charging power, and the 12 V battery.
namespace toyota2mqtt::simulator {

using base::Time;

struct Place {
  double lat = 0;
  double lon = 0;
};

/// Great-circle distance in metres.
double distance_m(Place a, Place b);

/// One drive. Distance is the length of its path; energy and fuel follow from the distance.
struct Leg {
  std::string id;  ///< uuid of the trip
  Time begin;
  Time end;
  std::vector<Place> path;
  std::vector<double> metres_at;  ///< distance from the start at each point of the path
  double metres = 0;
  double electric_metres = 0;  ///< driven on the battery (all of it in an electric car)
  double kwh = 0;
  double fuel_ml = 0;

  /// The part of the way that is done at `when`, 0..1: pulls away, cruises, slows down.
  [[nodiscard]] double done(Time when) const;
  /// km/h at `when`.
  [[nodiscard]] double speed(Time when) const;
  [[nodiscard]] Place place(double fraction) const;
  /// kWh and ml used after `fraction` of the way. A plug-in hybrid drives its electric part first.
  [[nodiscard]] double kwh_used(double fraction) const;
  [[nodiscard]] double fuel_used(double fraction) const;
  [[nodiscard]] double electric_done(double fraction) const;  ///< metres
  [[nodiscard]] double average_kmh() const;
};

struct Charge {
  struct Step {
    Time at;
    double kwh = 0;  ///< in the battery then
    double kw = 0;   ///< from then to the next step
  };
  Time begin;
  Time end;
  double from_kwh = 0;
  double to_kwh = 0;
  std::vector<Step> steps = {};

  /// What is in the battery at `when`, as far as this session decides it.
  [[nodiscard]] double kwh_at(Time when) const;
  [[nodiscard]] double kw_at(Time when) const;
};

/// What a day begins with.
struct Stock {
  double metres = 0;
  double kwh = 0;
  double fuel_ml = 0;
};

/// One car's day, midnight to midnight UTC. Everything about the car at any minute follows from it.
struct DayPlan {
  Time begin;
  Stock start;
  Stock end;
  std::vector<Leg> legs;
  std::optional<Charge> charge;   ///< at home, in the evening or at night
  std::vector<Charge> fast = {};  ///< on the way
  std::optional<Time> refuelled;  ///< the tank was filled to kFullTank, before a drive
  double refuelled_ml = 0;
  Time unplugged;               ///< in the morning; `begin` when not plugged overnight
  std::optional<Time> plugged;  ///< in the evening
  bool window_open = false;     ///< the driver's window, during the drives
};

constexpr double kFullTank = 0.95;

/// The first day of the world; a car's life may begin later (CarSpec::born).
Time first_day();
Stock first_stock(const CarSpec& spec);
Place home(const CarSpec& spec);
/// Pure. `charge_at`: the owner asked to charge then instead of at the usual hour.
DayPlan plan_day(const CarSpec& spec, int day, const Stock& start, bool plugged_overnight,
                 std::optional<Time> charge_at);

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
