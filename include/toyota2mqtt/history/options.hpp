#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "toyota2mqtt/history/statistics.hpp"

namespace toyota2mqtt::history {

/// What the owner says about prices, as in the configuration (`history`). Unset =
/// unknown.
struct Prices {
  std::optional<double> electricity_price = {};        ///< per kWh
  std::optional<double> electricity_price_night = {};  ///< per kWh
  std::string night = {};                              ///< see parse_day_window(); empty = none
  std::optional<double> fuel_price = {};               ///< per litre
  std::string currency = {};                           ///< three letters
  std::optional<double> electricity_co2 = {};          ///< g/kWh
  friend bool operator==(const Prices&, const Prices&) = default;
};

/// `zone`: in which the night begins and ends.
Tariff tariff_of(const Prices& prices, const base::Zone& zone);

/// `history` of docs/configuration.md: what is kept of the cars.
struct Options {
  std::chrono::seconds retention = std::chrono::days(365);  ///< 0 = nothing is kept
  bool routes = false;    ///< keep where trips went; false also deletes what was kept
  bool backfill = false;  ///< fetch the trips of the past year once
  Prices prices = {};
  friend bool operator==(const Options&, const Options&) = default;
};

}  // namespace toyota2mqtt::history
