#include "toyota2mqtt/platform/sqlite_history.hpp"

#include <string>

#include "platform/history_encoding.hpp"
#include "platform/sqlite_connection.hpp"
#include "platform/sqlite_history_rows.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::platform {

using base::Result;
using base::Task;
using history::ChargeRecord;
using history::EventRecord;
using history::SampleRecord;
using history::TripRecord;

namespace {

constexpr std::size_t kLongestSeriesName = 200;
constexpr std::size_t kLongestDetail = 1000;

// Not in the middle of a character.
std::string cut(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  const auto continues = [](char byte) { return base::continues_character(byte); };
  while (most > 0 && continues(text[most])) --most;
  text.resize(most);
  return text;
}

std::int64_t number_of(SqliteConnection& connection, const std::string& car) {
  {
    auto found = connection.query("SELECT number FROM history_cars WHERE id = ?", car);
    if (found.step()) return found.number(0);
  }
  connection.query("INSERT INTO history_cars (id) VALUES (?)", car).execute();
  return connection.last_id();
}

std::optional<vehicle::Trip> stored_trip(SqliteConnection& connection, std::int64_t car,
                                         const std::string& id) {
  auto found = connection.query(
      "SELECT id, start, finish, distance, duration, ev_distance, fuel, average_speed, score"
      " FROM history_trips WHERE car = ? AND id = ?",
      car, id);
  return found.step() ? std::optional(trip_of(found)) : std::nullopt;
}

void write_trip(SqliteConnection& connection, std::int64_t car, const vehicle::Trip& trip) {
  connection.query("DELETE FROM history_trips WHERE car = ? AND id = ?", car, trip.id).execute();
  connection
      .query(
          "INSERT INTO history_trips (car, start, id, finish, distance, duration, ev_distance,"
          " fuel, average_speed, score) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          car, to_number(trip.start), trip.id, to_number(trip.end), plain(trip.distance),
          plain(trip.duration), plain(trip.ev_distance), plain(trip.fuel),
          plain(trip.average_speed), plain(trip.score))
      .execute();
}

void write_route(SqliteConnection& connection, std::int64_t car, const TripRecord& record) {
  if (record.route.size() < 2) return;
  connection
      .query(
          "INSERT INTO history_routes (car, trip, points) VALUES (?, ?, ?)"
          " ON CONFLICT DO UPDATE SET points = excluded.points WHERE points <> excluded.points",
          car, record.trip.id, encode_polyline(record.route))
      .execute();
}

}  // namespace

Task<Result<std::size_t>> SqliteHistory::put_trips(base::CarId car, std::vector<TripRecord> trips) {
  std::erase_if(trips, [](const TripRecord& record) {
    return record.trip.id.empty() || record.trip.id.size() > kLongestSeriesName;
  });
  if (trips.empty()) co_return std::size_t{0};
  std::function<Result<std::size_t>(SqliteConnection&)> work =
      [car, trips](SqliteConnection& connection) -> Result<std::size_t> {
    auto change = connection.begin(Durability::crash);
    const auto number = number_of(connection, car.text);
    std::size_t added = 0;
    for (const auto& record : trips) {
      const auto before = stored_trip(connection, number, record.trip.id);
      if (!before) ++added;
      if (before != record.trip) write_trip(connection, number, record.trip);
      write_route(connection, number, record);
    }
    change.commit();
    return added;
  };
  const auto added = co_await database_.use(std::move(work));
  if (added) database_.note_history("trips", *added);
  co_return added;
}

Task<Result<std::int64_t>> SqliteHistory::put_charge(base::CarId car, ChargeRecord charge) {
  charge.basis = cut(std::move(charge.basis), kLongestDetail);
  std::function<Result<std::int64_t>(SqliteConnection&)> work =
      [car, charge](SqliteConnection& connection) -> Result<std::int64_t> {
    auto change = connection.begin(Durability::crash);
    const auto number = number_of(connection, car.text);
    connection
        .query(
            "INSERT INTO history_charges (car, start, finish, level_start, level_end, basis)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (car, start) DO UPDATE SET"
            " finish = excluded.finish, level_start = excluded.level_start,"
            " level_end = excluded.level_end, basis = excluded.basis",
            number, to_number(charge.start), to_number(charge.end), known(charge.level_start),
            known(charge.level_end), charge.basis)
        .execute();
    std::int64_t id = 0;
    {
      auto found = connection.query("SELECT id FROM history_charges WHERE car = ? AND start = ?",
                                    number, to_number(charge.start));
      if (found.step()) id = found.number(0);
    }
    change.commit();
    return id;
  };
  const auto id = co_await database_.use(std::move(work));
  if (id) database_.note_history("charges", 1);
  co_return id;
}

Task<Result<void>> SqliteHistory::add_samples(base::CarId car, std::vector<SampleRecord> samples) {
  if (samples.empty()) co_return Result<void>();
  std::function<Result<void>(SqliteConnection&)> work =
      [car, samples](SqliteConnection& connection) -> Result<void> {
    auto change = connection.begin(Durability::crash);
    const auto number = number_of(connection, car.text);
    for (const auto& sample : samples) {
      connection
          .query(
              "INSERT OR REPLACE INTO history_samples (car, at, battery_level, ev_range,"
              " fuel_level, fuel_range, odometer) VALUES (?, ?, ?, ?, ?, ?, ?)",
              number, to_number(sample.at), known(sample.battery_level), known(sample.ev_range),
              known(sample.fuel_level), known(sample.fuel_range), known(sample.odometer))
          .execute();
    }
    change.commit();
    return {};
  };
  const auto written = co_await database_.use(std::move(work));
  if (written) database_.note_history("samples", samples.size());
  co_return written;
}

namespace {

std::string word(EventRecord::Kind kind) {
  switch (kind) {
    case EventRecord::Kind::wake: return "wake";
    case EventRecord::Kind::command: return "command";
    case EventRecord::Kind::error: return "error";
  }
  return "error";
}

}  // namespace

Task<Result<void>> SqliteHistory::add_event(base::CarId car, EventRecord event) {
  event.name = cut(std::move(event.name), kLongestSeriesName);
  event.outcome = cut(std::move(event.outcome), kLongestSeriesName);
  event.detail = cut(std::move(event.detail), kLongestDetail);
  std::function<Result<void>(SqliteConnection&)> work =
      [car, event](SqliteConnection& connection) -> Result<void> {
    auto change = connection.begin(Durability::crash);
    const auto number = number_of(connection, car.text);
    // Several of one time stay in the order in which they came.
    connection
        .query(
            "INSERT INTO history_events (car, at, number, kind, name, outcome, detail)"
            " VALUES (?1, ?2, (SELECT coalesce(max(number), 0) + 1 FROM history_events"
            " WHERE car = ?1 AND at = ?2), ?3, ?4, ?5, ?6)",
            number, to_number(event.at), word(event.kind), event.name, event.outcome, event.detail)
        .execute();
    change.commit();
    return {};
  };
  const auto written = co_await database_.use(std::move(work));
  if (written) database_.note_history("events", 1);
  co_return written;
}

Task<Result<void>> SqliteHistory::put_backfill(base::CarId car,
                                               history::BackfillProgress progress) {
  progress.state = cut(std::move(progress.state), kLongestSeriesName);
  std::function<Result<void>(SqliteConnection&)> work =
      [car, progress](SqliteConnection& connection) -> Result<void> {
    // Without a sync: the log is in order, so a power cut takes the trips before it takes this.
    auto change = connection.begin(Durability::crash);
    const auto number = number_of(connection, car.text);
    connection
        .query(
            "INSERT OR REPLACE INTO history_backfill (car, state, trips, reached)"
            " VALUES (?, ?, ?, ?)",
            number, progress.state, static_cast<std::int64_t>(progress.trips),
            to_number(progress.reached))
        .execute();
    change.commit();
    return {};
  };
  co_return co_await database_.use(std::move(work));
}

}  // namespace toyota2mqtt::platform
