#pragma once

#include "app/runtime.hpp"
#include "toyota2mqtt/history/options.hpp"
#include "toyota2mqtt/history/retention.hpp"
#include "toyota2mqtt/history/stored_archive.hpp"
#include "toyota2mqtt/platform/sqlite_history.hpp"

namespace toyota2mqtt::app {

/// What is remembered of the cars, on the database of the runtime. Loop thread only; `runtime`
/// outlives it.
class History {
 public:
  History(Runtime& runtime, const history::Options& options);

  history::Archive& archive() { return archive_; }
  /// Starts what goes on as long as the program runs; it ends with `tasks`.
  void start(base::TaskGroup& tasks);

 private:
  platform::SqliteHistory store_;
  history::StoredArchive archive_;
  history::Retention retention_;
};

}  // namespace toyota2mqtt::app
