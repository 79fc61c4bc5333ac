#include <algorithm>
#include <cstdint>

#include "platform/sqlite_connection.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"

namespace toyota2mqtt::platform {

using base::Result;
using base::Task;

Task<Result<void>> SqlitePointQueue::append(std::string car, std::vector<std::string> tlms) {
  if (tlms.empty()) co_return Result<void>();
  std::function<Result<void>(SqliteConnection&)> work =
      [car, tlms](SqliteConnection& connection) -> Result<void> {
    // The sender's progress is stored right after its points, with a sync that covers both: the log
    // is written in order. This saves a third of the bytes that a point costs.
    auto change = connection.begin(Durability::crash);
    for (const auto& tlm : tlms) {
      connection.query("INSERT INTO abrp_queue (car, tlm) VALUES (?, ?)", car, tlm).execute();
    }
    // The point behind the newest kCapacity ones, if there is one, and all before it.
    connection
        .query(
            "DELETE FROM abrp_queue WHERE car = ?1 AND id <= (SELECT id FROM abrp_queue"
            " WHERE car = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            car, static_cast<std::int64_t>(kCapacity))
        .execute();
    change.commit();
    return {};
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<std::vector<abrp::PointQueue::Entry>>> SqlitePointQueue::front(std::string car,
                                                                           std::size_t limit) {
  std::function<Result<std::vector<Entry>>(SqliteConnection&)> work =
      [car, limit](SqliteConnection& connection) -> Result<std::vector<Entry>> {
    std::vector<Entry> entries;
    auto found =
        connection.query("SELECT id, tlm FROM abrp_queue WHERE car = ? ORDER BY id LIMIT ?", car,
                         static_cast<std::int64_t>(std::min(limit, kCapacity)));
    while (found.step()) entries.push_back({.id = found.number(0), .tlm = found.text(1)});
    return entries;
  };
  co_return co_await database_.use(std::move(work));
}

Task<Result<void>> SqlitePointQueue::remove(std::string car, std::vector<long long> ids) {
  if (ids.empty()) co_return Result<void>();
  std::function<Result<void>(SqliteConnection&)> work =
      [car, ids](SqliteConnection& connection) -> Result<void> {
    // Without a sync: the worst that a power cut does is to send these points once more.
    auto change = connection.begin(Durability::crash);
    for (const auto id : ids) {
      connection
          .query("DELETE FROM abrp_queue WHERE id = ? AND car = ?", static_cast<std::int64_t>(id),
                 car)
          .execute();
    }
    change.commit();
    return {};
  };
  co_return co_await database_.use(std::move(work));
}

}  // namespace toyota2mqtt::platform
