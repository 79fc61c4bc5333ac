#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/sqlite_history.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"

namespace toyota2mqtt::test {

/// A history in the one database of a directory.
struct OpenHistory {
  OpenHistory(WorkerLoop& loop, const std::string& directory)
      : database(loop.worker, loop.clock, loop.log, directory) {}
  platform::Database database;
  platform::SqliteHistory history{database};
};

/// The same with a directory and a loop of its own.
struct HistoryRig {
  WorkerLoop loop;
  TemporaryDirectory directory;
  OpenHistory opened{loop, directory.path()};
  platform::SqliteHistory& history = opened.history;

  template <class T>
  T ask(base::Task<base::Result<T>> task) {
    auto result = loop.run(std::move(task));
    if (!result) FAIL(result.error().message);
    return std::move(*result);
  }
  void tell(base::Task<base::Result<void>> task) {
    const auto result = loop.run(std::move(task));
    if (!result) FAIL(result.error().message);
  }
};

inline const base::CarId kCar{"d099433f50"};
inline const base::CarId kOtherCar{"123d6a41b1"};

/// 2026-01-01T00:00:00Z and so many minutes.
base::Time minute(std::int64_t count);
/// All time.
history::Period always();

/// A plug-in hybrid's trip, sample and so on, different for each `number`, at that minute.
history::TripRecord trip(std::int64_t number, std::size_t points = 0);
history::ChargeRecord charge(std::int64_t number);
history::SampleRecord sample(std::int64_t number);
history::EventRecord event(std::int64_t number);

/// Every entry, read in parts of `limit`.
template <class Read>
auto read_all(Read read, std::size_t limit) {
  history::Window window{.period = always(), .limit = limit};
  auto slice = read(window);
  auto entries = slice.entries;
  while (slice.next) {
    REQUIRE(slice.entries.size() == limit);
    window.before = slice.next;
    slice = read(window);
    entries.insert(entries.end(), slice.entries.begin(), slice.entries.end());
  }
  return entries;
}

}  // namespace toyota2mqtt::test
