#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "platform/history_encoding.hpp"
#include "platform/sqlite_connection.hpp"
#include "platform/sqlite_history_rows.hpp"
#include "platform/sqlite_statistics_input.hpp"
#include "toyota2mqtt/platform/sqlite_history.hpp"

namespace toyota2mqtt::platform {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;
using history::ChargeRecord;
using history::EventRecord;
using history::Period;
using history::SampleRecord;
using history::Slice;
using history::StatisticsInput;
using history::TripRecord;
using history::Window;

vehicle::Trip trip_of(const Query& found) {
  return {.id = found.text(0),
          .start = to_time(found.number(1)),
          .end = to_time(found.number(2)),
          .distance = unit<vehicle::Kilometres>(found, 3),
          .duration = unit<vehicle::Minutes>(found, 4),
          .ev_distance = unit<vehicle::Kilometres>(found, 5),
          .fuel = unit<vehicle::Litres>(found, 6),
          .average_speed = unit<vehicle::KilometresPerHour>(found, 7),
          .score = unit<vehicle::Percent>(found, 8)};
}

ChargeRecord charge_of(const Query& found) {
  return {.id = found.number(0),
          .start = to_time(found.number(1)),
          .end = optional_time(found, 2),
          .level_start = found.real(3),
          .level_end = found.real(4),
          .basis = found.text(5)};
}

SampleRecord sample_of(const Query& found) {
  return {.at = to_time(found.number(0)),
          .battery_level = found.real(1),
          .ev_range = found.real(2),
          .fuel_level = found.real(3),
          .fuel_range = found.real(4),
          .odometer = found.real(5)};
}

namespace {

constexpr std::size_t kMostEntries = 1000;

/// A window in the terms of the tables.
struct Part {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::size_t limit = 0;
  HistoryCursor before = {};  ///< only what stands behind it

  /// One more tells whether something follows.
  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(limit) + 1; }
};

Result<Part> part_of(const Window& window, char list) {
  constexpr auto kEnd = std::numeric_limits<std::int64_t>::max();
  Part part{.from = to_number(window.period.from),
            .to = to_number(window.period.to),
            .limit = std::clamp(window.limit, std::size_t{1}, kMostEntries),
            .before = {.list = list, .at = kEnd}};
  if (!window.before) return part;
  const auto cursor = parse_cursor(*window.before, list);
  if (!cursor) {
    return fail(ErrorCode::config_invalid, "the cursor is none of this list",
                "Leave it out to begin with the newest entry.");
  }
  part.before = *cursor;
  // The index is entered at the cursor, not at the end of the period.
  part.to = std::min(part.to, cursor->at == kEnd ? kEnd : cursor->at + 1);
  return part;
}

/// `read` makes an entry of a row, `mark` the cursor that stands at it.
template <class T, class Read, class Mark>
Slice<T> slice_of(Query& found, std::size_t limit, Read read, Mark mark) {
  Slice<T> slice;
  std::string last;
  while (found.step()) {
    if (slice.entries.size() == limit) {
      slice.next = last;
      break;
    }
    slice.entries.push_back(read(found));
    if (slice.entries.size() == limit) last = to_text(mark(found));
  }
  return slice;
}

EventRecord::Kind kind_of(const std::string& word) {
  if (word == "wake") return EventRecord::Kind::wake;
  if (word == "command") return EventRecord::Kind::command;
  return EventRecord::Kind::error;
}

EventRecord event_of(const Query& found) {
  return {.kind = kind_of(found.text(2)),
          .at = to_time(found.number(0)),
          .name = found.text(3),
          .outcome = found.text(4),
          .detail = found.text(5)};
}

}  // namespace

Task<Result<Slice<TripRecord>>> SqliteHistory::trips(base::CarId car, Window window) {
  const auto part = part_of(window, 't');
  if (!part) co_return fail(part.error());
  std::function<Result<Slice<TripRecord>>(SqliteConnection&)> work =
      [car, part = *part](SqliteConnection& connection) -> Result<Slice<TripRecord>> {
    auto found = connection.query(
        "SELECT t.id, t.start, t.finish, t.distance, t.duration, t.ev_distance, t.fuel,"
        " t.average_speed, t.score, r.points FROM history_trips t LEFT JOIN history_routes r"
        " ON r.car = t.car AND r.trip = t.id"
        " WHERE t.car = (SELECT number FROM history_cars WHERE id = ?1)"
        " AND t.start >= ?2 AND t.start < ?3 AND (t.start, t.id) < (?4, ?5)"
        " ORDER BY t.start DESC, t.id DESC LIMIT ?6",
        car.text, part.from, part.to, part.before.at, part.before.key, part.rows());
    const auto read = [](const Query& row) {
      TripRecord record{.trip = trip_of(row)};
      if (!row.is_null(9)) record.route = decode_polyline(row.text(9));
      return record;
    };
    const auto mark = [](const Query& row) {
      return HistoryCursor{.list = 't', .at = row.number(1), .key = row.text(0)};
    };
    return slice_of<TripRecord>(found, part.limit, read, mark);
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<Slice<ChargeRecord>>> SqliteHistory::charges(base::CarId car, Window window) {
  const auto part = part_of(window, 'c');
  if (!part) co_return fail(part.error());
  std::function<Result<Slice<ChargeRecord>>(SqliteConnection&)> work =
      [car, part = *part](SqliteConnection& connection) -> Result<Slice<ChargeRecord>> {
    auto found = connection.query(
        "SELECT id, start, finish, level_start, level_end, basis FROM history_charges"
        " WHERE car = (SELECT number FROM history_cars WHERE id = ?1)"
        " AND start >= ?2 AND start < ?3 AND start < ?4 ORDER BY start DESC LIMIT ?5",
        car.text, part.from, part.to, part.before.at, part.rows());
    const auto mark = [](const Query& row) {
      return HistoryCursor{.list = 'c', .at = row.number(1)};
    };
    return slice_of<ChargeRecord>(found, part.limit, charge_of, mark);
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<Slice<SampleRecord>>> SqliteHistory::samples(base::CarId car, Window window) {
  const auto part = part_of(window, 's');
  if (!part) co_return fail(part.error());
  std::function<Result<Slice<SampleRecord>>(SqliteConnection&)> work =
      [car, part = *part](SqliteConnection& connection) -> Result<Slice<SampleRecord>> {
    auto found = connection.query(
        "SELECT at, battery_level, ev_range, fuel_level, fuel_range, odometer FROM history_samples"
        " WHERE car = (SELECT number FROM history_cars WHERE id = ?1)"
        " AND at >= ?2 AND at < ?3 AND at < ?4 ORDER BY at DESC LIMIT ?5",
        car.text, part.from, part.to, part.before.at, part.rows());
    const auto mark = [](const Query& row) {
      return HistoryCursor{.list = 's', .at = row.number(0)};
    };
    return slice_of<SampleRecord>(found, part.limit, sample_of, mark);
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<Slice<EventRecord>>> SqliteHistory::events(base::CarId car, Window window) {
  auto part = part_of(window, 'e');
  if (!part) co_return fail(part.error());
  std::int64_t number = 0;
  if (!part->before.key.empty()) {
    const auto& key = part->before.key;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error != std::errc{} || end != key.data() + key.size()) {
      co_return fail(ErrorCode::config_invalid, "the cursor is none of this list");
    }
  }
  std::function<Result<Slice<EventRecord>>(SqliteConnection&)> work =
      [car, part = *part, number](SqliteConnection& connection) -> Result<Slice<EventRecord>> {
    auto found = connection.query(
        "SELECT at, number, kind, name, outcome, detail FROM history_events"
        " WHERE car = (SELECT number FROM history_cars WHERE id = ?1)"
        " AND at >= ?2 AND at < ?3 AND (at, number) < (?4, ?5)"
        " ORDER BY at DESC, number DESC LIMIT ?6",
        car.text, part.from, part.to, part.before.at, number, part.rows());
    const auto mark = [](const Query& row) {
      return HistoryCursor{.list = 'e', .at = row.number(0), .key = row.text(1)};
    };
    return slice_of<EventRecord>(found, part.limit, event_of, mark);
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<StatisticsInput>> SqliteHistory::statistics_input(base::CarId car, Period period) {
  std::function<Result<StatisticsInput>(SqliteConnection&)> work =
      [car, from = to_number(period.from),
       to = to_number(period.to)](SqliteConnection& connection) -> Result<StatisticsInput> {
    return read_statistics_input(connection, car.text, from, to);
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<std::optional<ChargeRecord>>> SqliteHistory::open_charge(base::CarId car) {
  std::function<Result<std::optional<ChargeRecord>>(SqliteConnection&)> work =
      [car](SqliteConnection& connection) -> Result<std::optional<ChargeRecord>> {
    auto found = connection.query(
        "SELECT id, start, finish, level_start, level_end, basis FROM history_charges"
        " WHERE car = (SELECT number FROM history_cars WHERE id = ?1) AND finish IS NULL"
        " ORDER BY start DESC LIMIT 1",
        car.text);
    return found.step() ? std::optional(charge_of(found)) : std::nullopt;
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<std::optional<SampleRecord>>> SqliteHistory::last_sample(base::CarId car) {
  std::function<Result<std::optional<SampleRecord>>(SqliteConnection&)> work =
      [car](SqliteConnection& connection) -> Result<std::optional<SampleRecord>> {
    auto found = connection.query(
        "SELECT at, battery_level, ev_range, fuel_level, fuel_range, odometer FROM history_samples"
        " WHERE car = (SELECT number FROM history_cars WHERE id = ?1) ORDER BY at DESC LIMIT 1",
        car.text);
    return found.step() ? std::optional(sample_of(found)) : std::nullopt;
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<history::BackfillProgress>> SqliteHistory::backfill(base::CarId car) {
  std::function<Result<history::BackfillProgress>(SqliteConnection&)> work =
      [car](SqliteConnection& connection) -> Result<history::BackfillProgress> {
    auto found = connection.query(
        "SELECT state, trips, reached FROM history_backfill"
        " WHERE car = (SELECT number FROM history_cars WHERE id = ?1)",
        car.text);
    history::BackfillProgress progress;
    if (!found.step()) return progress;
    progress.state = found.text(0);
    progress.trips = static_cast<std::size_t>(found.number(1));
    progress.reached = optional_time(found, 2);
    return progress;
  };
  co_return co_await database_.use(std::move(work));
}

}  // namespace toyota2mqtt::platform
