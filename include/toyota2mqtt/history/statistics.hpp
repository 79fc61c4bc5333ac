#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/history/archive.hpp"
#include "toyota2mqtt/vehicle/statistics.hpp"

/// What trips, charging sessions and samples add up to. Pure functions; any thread. What each
/// figure stands on, and from when on there is one, is in docs/history.md.
namespace toyota2mqtt::history {

/// What a car's whole history says of itself.
struct KnownHistory {
  /// Since when trips are there: the oldest one, or how far the past year was fetched.
  std::optional<base::Time> trips = {};
  std::optional<base::Time> samples = {};  ///< the oldest one
  std::optional<base::Time> levels = {};   ///< the oldest sample with a battery level
  bool tank = false;                       ///< it burns fuel, as far as anything says so
};

/// What figures are made of. Each list in the order of time, oldest first.
struct StatisticsInput {
  std::vector<TripRecord> trips = {};  ///< begun in the period; without their routes
  /// Begun in the period, or in the week before it and not ended when it began.
  std::vector<ChargeRecord> charges = {};
  std::vector<SampleRecord> samples = {};   ///< of the period
  std::optional<SampleRecord> before = {};  ///< the newest sample before the period
  KnownHistory known = {};
};

/// A part of each day, in local wall-clock time: from `from` up to, but not including, `to`. It may
/// reach over midnight.
struct DayWindow {
  std::chrono::minutes from{};  ///< since midnight, under 24 h
  std::chrono::minutes to{};
  friend bool operator==(const DayWindow&, const DayWindow&) = default;
};
/// `22:00-06:00`; nullopt for anything else, also for a window without length.
std::optional<DayWindow> parse_day_window(std::string_view text);

/// Litres of petrol to grams of CO2 from the tailpipe (docs/history.md names the source).
inline constexpr double kPetrolCo2 = 2310;

/// What energy costs. Unset = not known, never 0.
struct Tariff {
  std::optional<double> electricity_price = {};  ///< per kWh
  std::optional<double> night_price = {};        ///< per kWh, in `night`
  std::optional<DayWindow> night = {};
  std::optional<double> fuel_price = {};       ///< per litre
  std::string currency = {};                   ///< three letters; empty = none
  std::optional<double> electricity_co2 = {};  ///< g/kWh
  double fuel_co2 = kPetrolCo2;                ///< g/L
  base::Zone zone = base::Zone::utc();         ///< in which the night begins and ends
};

/// The share of a period that lies in the window, from 0 to 1. The clock's changes count as they
/// are: a night of nine hours has nine. An empty period lies where it begins.
double share_in(const DayWindow& window, Period period, const base::Zone& zone);
/// What `kwh` cost that flowed evenly over the period; nullopt without a price.
std::optional<double> price_of(double kwh, Period period, const Tariff& tariff);
/// Energy, cost and basis of a session from its levels: the same rule for one that goes on, one
/// that has ended and one that was recorded before the capacity was known. `capacity` in kWh, unset
/// or 0 = unknown. Leaves what the basis says of gaps as it is.
void estimate(ChargeRecord& charge, const Tariff& tariff, std::optional<double> capacity);

/// Statistics of the period from what is known of it; a period that lies in part in the future ends
/// now, which is the caller's to see to. `capacity` as above. A sum covers the newest span of the
/// period in which all of its parts are known, and is 0 when nothing happened in it.
vehicle::Statistics statistics(const StatisticsInput& input, const Tariff& tariff,
                               std::optional<double> capacity, Period period);

}  // namespace toyota2mqtt::history
