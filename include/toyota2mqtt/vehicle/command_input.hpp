#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/vehicle/command_catalogue.hpp"

/// What may stand in a command, the same whether it comes by MQTT or by REST. Pure functions; any
/// thread.
namespace toyota2mqtt::vehicle {

/// The limits of a climate control that names none of its own (docs/toyota-protocol.md, "Climate").
inline constexpr ClimateLimits kUsualLimits{
    .lowest = Celsius{18}, .highest = Celsius{29}, .step = 1};
inline constexpr int kLongestMinutes = 20;

/// The car's own limits, else the usual ones: what the entity announces is what is checked.
ClimateLimits climate_limits(const Car& car);
/// "a number from 18 to 29, in steps of 0.5 (°C)"
std::string in_words(const ClimateLimits& limits);
/// The setting of the climate control that is nearest; nullopt outside the limits.
std::optional<Celsius> wanted_temperature(double celsius, const ClimateLimits& limits);
/// Whole minutes from 1 to the limit.
std::optional<std::chrono::minutes> wanted_duration(double minutes);
std::optional<SeatHeat> parse_seat_heat(std::string_view text);
/// `HH:MM` or `HH:MM:SS` of a day, since its midnight; seconds are dropped.
std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text);

/// The row by which `action` is asked of this car: the offered one where several ask for it.
/// nullptr when no entity does.
const CommandRow* row_for(Action action, const Car& car);

}  // namespace toyota2mqtt::vehicle
