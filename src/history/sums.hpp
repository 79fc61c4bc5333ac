#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "history/coverage.hpp"
#include "toyota2mqtt/history/figures.hpp"

/// What is added up over a span in which everything is known, and what that costs. Private to this
/// part; pure.
namespace toyota2mqtt::history {

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
TripSum sum_of_trips(const FigureInput& input, base::Time since);

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
ChargeSum sum_of_charges(const FigureInput& input, const Tariff& tariff,
                         std::optional<double> capacity, base::Time since);

/// What the figures of a period are made of.
struct Ingredients {
  const FigureInput& input;
  const Tariff& tariff;
  std::optional<double> capacity;  ///< kWh
  Period period;
  KnownFrom fuel;
  KnownFrom charges;
};

vehicle::KnownFigure energy_figure(const Ingredients& of);
vehicle::KnownFigure fuel_figure(const Ingredients& of);
/// Of energy and fuel together, over the span in which both are known.
vehicle::KnownFigure cost_figure(const Ingredients& of);
vehicle::KnownFigure co2_figure(const Ingredients& of);

}  // namespace toyota2mqtt::history
