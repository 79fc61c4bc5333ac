#pragma once

#include <utility>

#include <cstddef>
#include <optional>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/history/options.hpp"
#include "toyota2mqtt/history/store.hpp"

namespace toyota2mqtt::history {

/// Everything that began before this is to go. Pure. With a retention of 0 that is everything.
base::Time forget_before(const Options& options, base::Time now);

/// Deletes what is older than the owner wants to keep, and routes that are not wanted. Loop thread
/// only; everything given outlives it.
class Retention {
 public:
  Retention(HistoryStore& store, base::Clock& clock, base::Log& log, Options options)
      : store_(store), clock_(clock), log_(log), options_(std::move(options)) {}

  /// Runs until cancelled: a minute after the start, and then once a day. What goes wrong is logged
  /// and tried again the next day.
  base::Task<void> run();

 private:
  base::Task<base::Result<void>> clean();

  HistoryStore& store_;
  base::Clock& clock_;
  base::Log& log_;
  Options options_;
};

}  // namespace toyota2mqtt::history
