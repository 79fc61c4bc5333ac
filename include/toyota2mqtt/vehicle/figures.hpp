#pragma once

#include <expected>
#include <optional>
#include <string>
#include <utility>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::vehicle {

/// One figure that was computed from what a car reported, with what it stands on.
struct Figure {
  double value = 0;
  std::string basis = {};  ///< one sentence: "12 trips, 431 km; 3 charging sessions, 58.2 kWh"
  /// Of a sum: the span in which all of it is known. Of a ratio: of what was taken into account.
  base::Time since{};
  base::Time until{};
  friend bool operator==(const Figure&, const Figure&) = default;
};

/// Why there is no figure, in words for people; empty = nothing was computed yet.
struct NoFigure {
  std::string reason = {};
  friend bool operator==(const NoFigure&, const NoFigure&) = default;
};
using KnownFigure = std::expected<Figure, NoFigure>;
inline std::unexpected<NoFigure> no_figure(std::string reason = {}) {
  return std::unexpected(NoFigure{.reason = std::move(reason)});
}

/// What history makes of a car's trips, charging sessions and samples (docs/history-figures.md).
struct Figures {
  KnownFigure electric_consumption =
      no_figure();                             ///< kWh/100 km, of the distance driven electrically
  KnownFigure fuel_consumption = no_figure();  ///< L/100 km, of the whole distance
  KnownFigure ev_share = no_figure();          ///< %, of the distance
  KnownFigure distance = no_figure();          ///< km
  KnownFigure energy = no_figure();            ///< kWh charged, estimated from the level
  KnownFigure fuel = no_figure();              ///< L
  KnownFigure cost = no_figure();              ///< in the currency of the configuration
  KnownFigure co2 = no_figure();               ///< kg
  /// %: the range that the car shows at full, against capacity divided by consumption.
  KnownFigure range_ratio = no_figure();
  /// km: the range that the car shows, scaled to a full battery. Its course over the years stands
  /// in for the capacity, which levels alone do not tell.
  KnownFigure range_at_full = no_figure();

  // Since when each kind of entry is known without a hole, not only in this period; unset = none
  // is.
  std::optional<base::Time> trips_since = {};
  std::optional<base::Time> charges_since = {};
  std::optional<base::Time> samples_since = {};
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
