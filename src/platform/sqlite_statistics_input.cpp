#include "platform/sqlite_statistics_input.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "platform/sqlite_history_rows.hpp"

namespace toyota2mqtt::platform {

namespace {

using history::KnownHistory;
using history::StatisticsInput;

// No charging session is longer.
constexpr std::int64_t kLongestSession = std::chrono::milliseconds(std::chrono::days(7)).count();

std::optional<base::Time> oldest(SqliteConnection& connection, std::int64_t car, const char* sql) {
  auto found = connection.query(sql, car);
  return found.step() ? optional_time(found, 0) : std::nullopt;
}

bool any(SqliteConnection& connection, std::int64_t car, const char* sql) {
  auto found = connection.query(sql, car);
  return found.step() && found.number(0) != 0;
}

KnownHistory known_history(SqliteConnection& connection, std::int64_t car) {
  const auto time = [&](const char* sql) { return oldest(connection, car, sql); };
  KnownHistory known{
      .trips = time("SELECT MIN(start) FROM history_trips WHERE car = ?"),
      .samples = time("SELECT MIN(at) FROM history_samples WHERE car = ?"),
      .levels = time("SELECT at FROM history_samples WHERE car = ? AND battery_level IS NOT NULL"
                     " ORDER BY at LIMIT 1")};
  const auto reached = time("SELECT reached FROM history_backfill WHERE car = ?");
  if (reached) known.trips = std::min(known.trips.value_or(*reached), *reached);
  known.tank =
      any(connection, car,
          "SELECT EXISTS (SELECT 1 FROM history_samples WHERE car = ? AND fuel_level > 0)") ||
      any(connection, car,
          "SELECT EXISTS (SELECT 1 FROM history_trips WHERE car = ?"
          " AND (fuel > 0 OR ev_distance IS NOT NULL))");
  return known;
}

}  // namespace

StatisticsInput read_statistics_input(SqliteConnection& connection, const std::string& id,
                                      std::int64_t from, std::int64_t to) {
  StatisticsInput input;
  std::int64_t car = 0;
  {
    auto found = connection.query("SELECT number FROM history_cars WHERE id = ?", id);
    if (!found.step()) return input;
    car = found.number(0);
  }
  auto trips = connection.query(
      "SELECT id, start, finish, distance, duration, ev_distance, fuel, average_speed, score"
      " FROM history_trips WHERE car = ?1 AND start >= ?2 AND start < ?3 ORDER BY start, id",
      car, from, to);
  while (trips.step()) input.trips.push_back({.trip = trip_of(trips)});
  auto charges = connection.query(
      "SELECT id, start, finish, level_start, level_end, basis FROM history_charges"
      " WHERE car = ?1 AND start >= ?2 - ?4 AND start < ?3"
      " AND (start >= ?2 OR finish IS NULL OR finish > ?2) ORDER BY start",
      car, from, to, kLongestSession);
  while (charges.step()) input.charges.push_back(charge_of(charges));
  auto samples = connection.query(
      "SELECT at, battery_level, ev_range, fuel_level, fuel_range, odometer FROM history_samples"
      " WHERE car = ?1 AND at >= ?2 AND at < ?3 ORDER BY at",
      car, from, to);
  while (samples.step()) input.samples.push_back(sample_of(samples));
  auto before = connection.query(
      "SELECT at, battery_level, ev_range, fuel_level, fuel_range, odometer FROM history_samples"
      " WHERE car = ?1 AND at < ?2 ORDER BY at DESC LIMIT 1",
      car, from);
  if (before.step()) input.before = sample_of(before);
  input.known = known_history(connection, car);
  return input;
}

}  // namespace toyota2mqtt::platform
