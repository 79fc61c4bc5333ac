#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "app/runtime.hpp"

namespace toyota2mqtt::app {

/// What is due at `now`, for a snapshot of the time `last`. Pure. At most one day old; one from the
/// future (a clock that was wrong) counts as none.
bool snapshot_is_due(std::optional<base::Time> last, base::Time now);

/// When the database's snapshot is written: the copy that a backup of the storage directory holds.
/// Loop thread only; `runtime` outlives it.
class Snapshots {
 public:
  explicit Snapshots(Runtime& runtime) : runtime_(runtime) {}

  /// Runs until cancelled: a snapshot 10 s after the start when one is due, and then once a day.
  /// What goes wrong is logged once a day, and the bridge goes on.
  base::Task<void> keep();
  /// Ends a snapshot that is being written, so that cancelling keep() does not have to wait for it.
  void give_up() { *given_up_ = true; }
  /// The one before a clean end. Skipped when `deadline` is near; given up when it comes.
  base::Task<void> last(base::SteadyTime deadline);

 private:
  base::Task<bool> take();
  base::Task<bool> is_due();

  Runtime& runtime_;
  std::shared_ptr<std::atomic<bool>> given_up_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace toyota2mqtt::app
