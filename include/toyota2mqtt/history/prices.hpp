#pragma once

#include <optional>
#include <string>

#include "toyota2mqtt/history/figures.hpp"

namespace toyota2mqtt::history {

/// What the owner says about prices, as it stands in the configuration (`history`). Unset =
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

}  // namespace toyota2mqtt::history
