#include "toyota2mqtt/vehicle/command_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace toyota2mqtt::vehicle {

namespace {

bool asks_for(const CommandRow& row, Action action) {
  // A wish for the climate control is no word of its own: it goes with the entity's attributes.
  if (action == Action::climate_set) return row.platform == Platform::climate;
  return std::ranges::any_of(row.taken(),
                             [action](const Ask& ask) { return ask.action == action; });
}

}  // namespace

ClimateLimits climate_limits(const Car& car) {
  return car.state.climate_limits ? car.state.climate_limits->value : kUsualLimits;
}

std::string in_words(const ClimateLimits& limits) {
  return fmt::format("a number from {} to {}, in steps of {} (°C)", limits.lowest.value,
                     limits.highest.value, limits.step);
}

std::optional<Celsius> wanted_temperature(double celsius, const ClimateLimits& limits) {
  const double lowest = limits.lowest.value;
  if (!(celsius >= lowest && celsius <= limits.highest.value)) return std::nullopt;
  const double nearest = lowest + std::round((celsius - lowest) / limits.step) * limits.step;
  return Celsius{std::min(nearest, limits.highest.value)};
}

std::optional<std::chrono::minutes> wanted_duration(double minutes) {
  const bool whole = std::trunc(minutes) == minutes;
  if (!whole || !(minutes >= 1 && minutes <= kLongestMinutes)) return std::nullopt;
  return std::chrono::minutes(static_cast<int>(minutes));
}

std::optional<SeatHeat> parse_seat_heat(std::string_view text) {
  for (const auto heat : {SeatHeat::off, SeatHeat::low, SeatHeat::medium, SeatHeat::high}) {
    if (to_string(heat) == text) return heat;
  }
  return std::nullopt;
}

std::optional<std::chrono::minutes> parse_time_of_day(std::string_view text) {
  constexpr std::size_t kShort = 5;
  constexpr std::size_t kLong = 8;
  const bool shape = (text.size() == kShort || text.size() == kLong) && text[2] == ':' &&
                     (text.size() == kShort || text[5] == ':');
  if (!shape) return std::nullopt;
  const auto part = [text](std::size_t at, int most) -> std::optional<int> {
    int value = 0;
    const char* begin = text.data() + at;
    const auto read = std::from_chars(begin, begin + 2, value);
    if (read.ec != std::errc() || read.ptr != begin + 2) return std::nullopt;
    return value >= 0 && value <= most ? std::optional(value) : std::nullopt;
  };
  const auto hour = part(0, 23);
  const auto minute = part(3, 59);
  if (!hour || !minute || (text.size() == kLong && !part(6, 59))) return std::nullopt;
  return std::chrono::minutes(*hour * 60 + *minute);
}

const CommandRow* row_for(Action action, const Car& car) {
  const CommandRow* found = nullptr;
  for (const auto& row : command_catalogue()) {
    if (!asks_for(row, action)) continue;
    if (offered(row, car)) return &row;
    if (found == nullptr) found = &row;
  }
  return found;
}

}  // namespace toyota2mqtt::vehicle
