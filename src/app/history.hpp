#pragma once

#include <memory>

#include "app/runtime.hpp"
#include "toyota2mqtt/history/backfill.hpp"
#include "toyota2mqtt/history/fleet_feed.hpp"
#include "toyota2mqtt/history/options.hpp"
#include "toyota2mqtt/history/recorder.hpp"
#include "toyota2mqtt/history/retention.hpp"
#include "toyota2mqtt/history/stored_archive.hpp"
#include "toyota2mqtt/platform/sqlite_history.hpp"

namespace toyota2mqtt::app {

/// What is remembered of the cars, on the database of the runtime: recorded from what the bridge
/// tells, the past year fetched if the owner wants that, and cleaned up. With a retention of 0
/// nothing is recorded. Loop thread only; what is passed in outlives it.
class History {
 public:
  History(Runtime& runtime, fleet::AccountSet& accounts, const history::Options& options);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  history::Archive& archive() { return archive_; }
  /// After the storage was opened; what goes on ends with `tasks` and by stop().
  void start(base::TaskGroup& tasks);
  /// Writes what waits, and ends; after the bridge, which may tell something to its end.
  base::Task<void> stop();

 private:
  history::StoredArchive::Services for_archive();

  Runtime& runtime_;
  history::Options options_;
  platform::SqliteHistory store_;
  history::Recorder recorder_;
  history::PastTrips past_;
  std::unique_ptr<history::Backfill> backfill_;  // null unless the owner wants it
  history::FleetFeed feed_;
  history::StoredArchive archive_;
  history::Retention retention_;
};

}  // namespace toyota2mqtt::app
