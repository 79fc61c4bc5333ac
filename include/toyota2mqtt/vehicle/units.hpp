#pragma once

#include <compare>

/// Units as types: a number from the cloud becomes one of these in the decoder and nowhere else.
/// Published units never change: km, %, °C, min, L, km/h (docs/mqtt.md, "What is published").
namespace toyota2mqtt::vehicle {

template <class Tag>
struct Quantity {
  double value = 0;
  friend auto operator<=>(const Quantity&, const Quantity&) = default;
};

using Kilometres = Quantity<struct KilometresTag>;
using Percent = Quantity<struct PercentTag>;
using Celsius = Quantity<struct CelsiusTag>;
using Minutes = Quantity<struct MinutesTag>;
using Litres = Quantity<struct LitresTag>;
using KilometresPerHour = Quantity<struct KilometresPerHourTag>;
using LitresPer100Km = Quantity<struct LitresPer100KmTag>;

struct Position {
  double latitude = 0;   ///< degrees, -90 to 90
  double longitude = 0;  ///< degrees, -180 to 180
  friend bool operator==(const Position&, const Position&) = default;
};

}  // namespace toyota2mqtt::vehicle
