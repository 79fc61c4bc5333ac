#pragma once

#include <expected>
#include <optional>
#include <string>
#include <utility>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::vehicle {

/// One figure that was computed from what a car reported, with what it stands on.
struct Statistic {
  double value = 0;
  std::string basis = {};  ///< one sentence: "12 trips, 431 km; 3 charging sessions, 58.2 kWh"
  /// Of a sum: the span in which all of it is known. Of a ratio: of what was taken into account.
  base::Time since{};
  base::Time until{};
  friend bool operator==(const Statistic&, const Statistic&) = default;
};

/// Why there is no figure, in words for people; empty = nothing was computed yet.
struct NoStatistic {
  std::string reason = {};
  friend bool operator==(const NoStatistic&, const NoStatistic&) = default;
};
using KnownStatistic = std::expected<Statistic, NoStatistic>;
inline std::unexpected<NoStatistic> no_statistic(std::string reason = {}) {
  return std::unexpected(NoStatistic{.reason = std::move(reason)});
}

/// What history makes of a car's trips, charging sessions and samples (docs/history-figures.md).
struct Statistics {
  KnownStatistic electric_consumption =
      no_statistic();  ///< kWh/100 km, of the distance driven electrically
  KnownStatistic fuel_consumption = no_statistic();  ///< L/100 km, of the whole distance
  KnownStatistic ev_share = no_statistic();          ///< %, of the distance
  KnownStatistic distance = no_statistic();          ///< km
  KnownStatistic energy = no_statistic();            ///< kWh charged, estimated from the level
  KnownStatistic fuel = no_statistic();              ///< L
  KnownStatistic cost = no_statistic();              ///< in the currency of the configuration
  KnownStatistic co2 = no_statistic();               ///< kg
  /// %: the range that the car shows at full, against capacity divided by consumption.
  KnownStatistic range_ratio = no_statistic();
  /// km: the range that the car shows, scaled to a full battery. Its course over the years stands
  /// in for the capacity, which levels alone do not tell.
  KnownStatistic range_at_full = no_statistic();

  // Since when each kind of entry is known without a hole, not only in this period; unset = none
  // is.
  std::optional<base::Time> trips_since = {};
  std::optional<base::Time> charges_since = {};
  std::optional<base::Time> samples_since = {};
  friend bool operator==(const Statistics&, const Statistics&) = default;
};

/// What is published of a car's figures: ratios of the last 30 days, sums of the owner's month.
struct CarStatistics {
  Statistics recent = {};
  Statistics month = {};
  base::Time month_began{};
  std::string currency = {};  ///< of Statistics::cost; empty = none is configured
  friend bool operator==(const CarStatistics&, const CarStatistics&) = default;
};

}  // namespace toyota2mqtt::vehicle
