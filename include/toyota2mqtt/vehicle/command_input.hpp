#pragma once

#include <optional>
#include <string_view>

#include "toyota2mqtt/vehicle/command_catalogue.hpp"

/// What may stand in a command, the same whether it comes by MQTT or by REST. Pure functions; any
/// thread.
namespace toyota2mqtt::vehicle {

/// The limits of the climate control, as the entity announces them (toyota-cloud-api.md 3.9).
inline constexpr double kLowestTemperature = 18;  ///< °C
inline constexpr double kHighestTemperature = 29;
inline constexpr int kLongestMinutes = 20;

/// A temperature within the limits, rounded to the half degrees that the cloud takes.
std::optional<Celsius> wanted_temperature(double celsius);
/// Whole minutes from 1 to the limit.
std::optional<std::chrono::minutes> wanted_duration(double minutes);
std::optional<SeatHeat> parse_seat_heat(std::string_view text);
/// `HH:MM` or `HH:MM:SS` of a day, since its midnight; seconds are dropped.
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);

/// The row by which `action` is asked of this car: the offered one where several ask for it.
/// nullptr when no entity does.
const CommandRow* row_for(Action action, const Car& car);

}  // namespace toyota2mqtt::vehicle
