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
  std::optional<Figure> electric_consumption;  ///< kWh/100 km, of the distance driven electrically
  std::optional<Figure> fuel_consumption;      ///< L/100 km, of the whole distance
  std::optional<Figure> ev_share;              ///< %, of the distance
  std::optional<Figure> distance;              ///< km
  std::optional<Figure> energy;                ///< kWh charged, estimated from the level
  std::optional<Figure> fuel;                  ///< L
  std::optional<Figure> cost;                  ///< in the currency of the configuration
  std::optional<Figure> co2;                   ///< kg
  /// %: the range that the car shows at full, against capacity divided by consumption.
  std::optional<Figure> range_ratio;
  std::optional<Figure> battery_capacity;  ///< kWh, from charging sessions of known energy
  friend bool operator==(const Figures&, const Figures&) = default;
};

}  // namespace toyota2mqtt::vehicle
