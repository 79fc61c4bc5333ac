#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "toyota2mqtt/history/figures.hpp"

/// How much left the battery, and how far the car got with it. Private to this part; pure.
namespace toyota2mqtt::history {

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
/// rises that nobody saw coming.
ElectricUse electric_use(const FigureInput& input, Period period);

struct ElectricWay {
  double km = 0;
  double level = 0;              ///< % points that were used for it
  std::string_view source = {};  ///< in words
};
/// The distance that belongs to the use: of a plug-in hybrid what its trips say, of a car without a
/// tank the odometer. nullopt when a trip of a hybrid does not say.
std::optional<ElectricWay> electric_way(const FigureInput& input, const ElectricUse& use);

}  // namespace toyota2mqtt::history
