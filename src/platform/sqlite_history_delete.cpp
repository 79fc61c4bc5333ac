#include <atomic>
#include <memory>
#include <string>

#include "platform/sqlite_connection.hpp"
#include "platform/sqlite_history_rows.hpp"
#include "toyota2mqtt/platform/sqlite_history.hpp"

namespace toyota2mqtt::platform {

using base::Result;
using base::Task;

namespace {

// More than a few cars leave in a day: the retention was shortened, and the space is wanted back.
constexpr std::size_t kWorthCompacting = 5000;

std::size_t count(int rows) { return static_cast<std::size_t>(rows); }

std::size_t delete_before(SqliteConnection& connection, std::int64_t before) {
  // By car, because every key begins with it.
  connection
      .query(
          "DELETE FROM history_routes WHERE (car, trip) IN (SELECT car, id FROM history_trips"
          " WHERE car IN (SELECT number FROM history_cars) AND start < ?)",
          before)
      .execute();
  std::size_t gone = 0;
  gone +=
      count(connection
                .query("DELETE FROM history_trips WHERE car IN (SELECT number FROM history_cars)"
                       " AND start < ?",
                       before)
                .execute());
  gone +=
      count(connection
                .query("DELETE FROM history_charges WHERE car IN (SELECT number FROM history_cars)"
                       " AND start < ?",
                       before)
                .execute());
  gone +=
      count(connection
                .query("DELETE FROM history_samples WHERE car IN (SELECT number FROM history_cars)"
                       " AND at < ?",
                       before)
                .execute());
  gone +=
      count(connection
                .query("DELETE FROM history_events WHERE car IN (SELECT number FROM history_cars)"
                       " AND at < ?",
                       before)
                .execute());
  // Nothing older is there any more, so the trips are not known further back.
  connection
      .query("UPDATE history_backfill SET reached = ?1 WHERE state = 'done' AND reached < ?1",
             before)
      .execute();
  return gone;
}

std::size_t delete_car(SqliteConnection& connection, std::int64_t car) {
  connection.query("DELETE FROM history_routes WHERE car = ?", car).execute();
  std::size_t gone = 0;
  gone += count(connection.query("DELETE FROM history_trips WHERE car = ?", car).execute());
  gone += count(connection.query("DELETE FROM history_charges WHERE car = ?", car).execute());
  gone += count(connection.query("DELETE FROM history_samples WHERE car = ?", car).execute());
  gone += count(connection.query("DELETE FROM history_events WHERE car = ?", car).execute());
  // Else the past year would come back by itself: it is to be fetched once.
  const int fetched = connection
                          .query(
                              "UPDATE history_backfill SET state = 'done', trips = 0,"
                              " reached = NULL WHERE car = ?",
                              car)
                          .execute();
  if (fetched == 0) connection.query("DELETE FROM history_cars WHERE number = ?", car).execute();
  return gone;
}

}  // namespace

Task<Result<std::size_t>> SqliteHistory::prune(base::Time before) {
  std::function<Result<std::size_t>(SqliteConnection&)> work =
      [before](SqliteConnection& connection) -> Result<std::size_t> {
    auto change = connection.begin(Durability::power_cut);
    const auto gone = delete_before(connection, to_number(before));
    change.commit();
    if (gone >= kWorthCompacting) {
      connection.compact();
    } else if (gone > 0) {
      connection.empty_log();
    }
    return gone;
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<std::size_t>> SqliteHistory::drop_routes() {
  std::function<Result<std::size_t>(SqliteConnection&)> work =
      [](SqliteConnection& connection) -> Result<std::size_t> {
    auto change = connection.begin(Durability::power_cut);
    const auto gone = count(connection.query("DELETE FROM history_routes").execute());
    change.commit();
    if (gone > 0) connection.compact();
    return gone;
  };
  auto gone = co_await database_.use(std::move(work));
  if (!gone || *gone == 0) co_return gone;
  if (auto renewed = co_await renew_snapshot(); !renewed) co_return base::fail(renewed.error());
  co_return gone;
}

Task<Result<std::size_t>> SqliteHistory::erase(base::CarId car) {
  std::function<Result<std::size_t>(SqliteConnection&)> work =
      [car](SqliteConnection& connection) -> Result<std::size_t> {
    std::int64_t number = 0;
    {
      auto found = connection.query("SELECT number FROM history_cars WHERE id = ?", car.text);
      if (!found.step()) return std::size_t{0};
      number = found.number(0);
    }
    auto change = connection.begin(Durability::power_cut);
    const auto gone = delete_car(connection, number);
    change.commit();
    connection.compact();
    return gone;
  };
  auto gone = co_await database_.use(std::move(work));
  if (!gone) co_return gone;
  if (auto renewed = co_await renew_snapshot(); !renewed) co_return base::fail(renewed.error());
  co_return gone;
}

// The snapshot holds what was deleted, too, and would bring it back.
Task<Result<void>> SqliteHistory::renew_snapshot() {
  const auto last = co_await database_.snapshot_time();
  if (!last) co_return base::fail(last.error());
  if (!*last) co_return Result<void>();
  const auto never = std::make_shared<const std::atomic<bool>>(false);
  const auto taken = co_await database_.snapshot(never);
  if (!taken) co_return base::fail(taken.error());
  co_return Result<void>();
}

}  // namespace toyota2mqtt::platform
