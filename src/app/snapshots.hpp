#pragma once

#include "app/runtime.hpp"

/// When the database's snapshot is written: the copy that a backup of the storage directory holds.
namespace toyota2mqtt::app {

/// What is due at `now`, for a snapshot of the time `last`. Pure. At most one day old; one from the
/// future (a clock that was wrong) counts as none.
bool snapshot_is_due(std::optional<base::Time> last, base::Time now);

/// Runs until cancelled: a snapshot 10 s after the start when one is due, and then once a day.
/// What goes wrong is logged once a day, and the bridge goes on.
base::Task<void> keep_snapshots(Runtime& runtime);

/// The one before a clean end. Skipped when `deadline` is near; never goes on after it.
base::Task<void> last_snapshot(Runtime& runtime, base::SteadyTime deadline);

}  // namespace toyota2mqtt::app
