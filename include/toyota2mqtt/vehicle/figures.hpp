#pragma once

#include <optional>
#include <string>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::vehicle {

/// One figure that was computed from what a car reported, with what it stands on.
struct Figure {
  double value = 0;
  std::string basis = {};  ///< one sentence: "12 trips, 431 km; 3 charging sessions, 58.2 kWh"
  base::Time since{};      ///< of what was taken into account
  base::Time until{};
  friend bool operator==(const Figure&, const Figure&) = default;
};

/// What history makes of a car's trips, charging sessions and samples (docs/history.md). Unset =
/// too little is known.
struct Figures {
  std::optional<Figure> electric_consumption =
      {};                                       ///< kWh/100 km, of the distance driven electrically
  std::optional<Figure> fuel_consumption = {};  ///< L/100 km, of the whole distance
  std::optional<Figure> ev_share = {};          ///< %, of the distance
  std::optional<Figure> distance = {};          ///< km
  std::optional<Figure> energy = {};            ///< kWh charged, estimated from the level
  std::optional<Figure> fuel = {};              ///< L
  std::optional<Figure> cost = {};              ///< in the currency of the configuration
  std::optional<Figure> co2 = {};               ///< kg
  /// %: the range that the car shows at full, against capacity divided by consumption.
  std::optional<Figure> range_ratio = {};
  /// km: the range that the car shows, scaled to a full battery. Its course over the years stands
  /// in for the capacity, which levels alone do not tell.
  std::optional<Figure> range_at_full = {};
  friend bool operator==(const Figures&, const Figures&) = default;
};

/// What is published of a car's figures: ratios of the last 30 days, sums of the owner's month.
struct CarFigures {
  Figures recent = {};
  Figures month = {};
  base::Time month_began{};
  std::string currency = {};  ///< of Figures::cost; empty = none is configured
  friend bool operator==(const CarFigures&, const CarFigures&) = default;
};

}  // namespace toyota2mqtt::vehicle
