#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/history/statistics.hpp"

/// The parts of statistics(): from when on each kind of entry is known, how much left the battery,
/// and what is added up over a span in which everything is known. Private to this part; pure.
namespace toyota2mqtt::history {

/// The begin of the newest span of the period in which everything is known, up to its end; else why
/// there is none.
using KnownFrom = std::expected<base::Time, vehicle::NoStatistic>;

/// Every trip. The odometer tells when some are missing: the cloud lists the newest ones only.
KnownFrom trips_known(const StatisticsInput& input, Period period);
/// Every trip, and how far it went.
KnownFrom distances_known(const StatisticsInput& input, Period period);
/// Every trip, and what it burned. A car without a tank has none.
KnownFrom fuel_known(const StatisticsInput& input, Period period);
/// Every charging session, with its levels. The levels and the odometer tell when one was not seen.
/// `capacity`: as for figures().
KnownFrom charges_known(const StatisticsInput& input, std::optional<double> capacity,
                        Period period);

/// % points: a rise by so much is a descent or rounding; more is a charge.
inline constexpr double kMostRise = 3;

struct ElectricUse {
  double level = 0;  ///< % points that left the battery while it did not charge
  /// The part of it between samples that both tell the odometer, and the way between them, km.
  double measured_level = 0;
  double km = 0;
  std::vector<Period> skipped = {};  ///< about which the samples tell nothing certain
  base::Time since{};
  base::Time until{};
};

/// From sample to sample, without those between which the battery was charged: known sessions, and
/// rises without a known session.
ElectricUse electric_use(const StatisticsInput& input, Period period);

struct ElectricWay {
  double km = 0;
  double level = 0;              ///< % points that were used for it
  std::string_view source = {};  ///< in words
};
/// The distance that belongs to the use: of a plug-in hybrid what its trips say, of a car without a
/// tank the odometer. nullopt when a trip of a hybrid does not say.
std::optional<ElectricWay> electric_way(const StatisticsInput& input, const ElectricUse& use);

/// Distance and fuel of trips that begin at `since` or later.
struct TripSum {
  double km = 0;
  double litres = 0;
  std::size_t trips = 0;
  /// "12 trips, 431 km"; "no trips"
  [[nodiscard]] std::string said() const;
  /// "12 trips, 24.1 L"; "no trips"
  [[nodiscard]] std::string said_of_fuel() const;
};
TripSum sum_of_trips(const StatisticsInput& input, base::Time since);

/// Energy and cost of charging sessions that begin at `since` or later.
struct ChargeSum {
  double kwh = 0;
  double cost = 0;
  std::size_t sessions = 0;
  std::size_t estimated = 0;  ///< with an energy: all, unless the capacity is not known
  std::size_t priced = 0;
  double step = 0;  ///< kWh of 1 % of the level; 0 = not known
  /// "2 charging sessions, 38.4 kWh from their levels, each ± 1 % of the level (0.6 kWh)"
  [[nodiscard]] std::string said() const;
};
ChargeSum sum_of_charges(const StatisticsInput& input, const Tariff& tariff,
                         std::optional<double> capacity, base::Time since);

/// What the figures of a period are made of.
struct Ingredients {
  const StatisticsInput& input;
  const Tariff& tariff;
  std::optional<double> capacity;  ///< kWh
  Period period;
  KnownFrom fuel;
  KnownFrom charges;
};

vehicle::KnownStatistic energy_statistic(const Ingredients& of);
vehicle::KnownStatistic fuel_statistic(const Ingredients& of);
/// Of energy and fuel together, over the span in which both are known.
vehicle::KnownStatistic cost_statistic(const Ingredients& of);
vehicle::KnownStatistic co2_statistic(const Ingredients& of);

}  // namespace toyota2mqtt::history
