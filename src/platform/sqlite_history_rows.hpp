#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>

#include "platform/sqlite_connection.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/history/archive.hpp"

/// Between the columns of the history's tables and its records.
namespace toyota2mqtt::platform {

inline std::int64_t to_number(base::Time time) { return time.time_since_epoch().count(); }
inline base::Time to_time(std::int64_t number) {
  return base::Time(std::chrono::milliseconds(number));
}
inline std::optional<std::int64_t> to_number(std::optional<base::Time> time) {
  return time ? std::optional(to_number(*time)) : std::nullopt;
}
inline std::optional<base::Time> optional_time(const Query& found, int column) {
  return found.is_null(column) ? std::nullopt : std::optional(to_time(found.number(column)));
}

/// Unknown when it is no finite number: SQLite, JSON and CSV have none of the others.
inline std::optional<double> known(std::optional<double> value) {
  return value && std::isfinite(*value) ? value : std::nullopt;
}
template <class Unit>
std::optional<double> plain(const std::optional<Unit>& value) {
  return value ? known(value->value) : std::nullopt;
}
template <class Unit>
std::optional<Unit> unit(const Query& found, int column) {
  const auto value = found.real(column);
  return value ? std::optional(Unit{*value}) : std::nullopt;
}

/// Of columns in the order id, start, finish, distance, duration, ev_distance, fuel, average_speed,
/// score.
vehicle::Trip trip_of(const Query& found);
/// id, start, finish, level_start, level_end, basis.
history::ChargeRecord charge_of(const Query& found);
/// at, battery_level, ev_range, fuel_level, fuel_range, odometer.
history::SampleRecord sample_of(const Query& found);

}  // namespace toyota2mqtt::platform
