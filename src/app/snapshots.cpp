#include "app/snapshots.hpp"

#include <chrono>

namespace toyota2mqtt::app {

namespace {

constexpr auto kAfterStart = std::chrono::seconds(10);
constexpr auto kDay = std::chrono::hours(24);
constexpr auto kLook = std::chrono::hours(1);
constexpr auto kLongest = std::chrono::seconds(60);
constexpr auto kWorthATry = std::chrono::milliseconds(100);

/// Whether a snapshot is there afterwards.
base::Task<bool> take(Runtime& runtime, std::chrono::milliseconds limit) {
  const auto taken = co_await runtime.database().snapshot(limit);
  if (taken && *taken) co_return true;
  if (!taken && taken.error().code == base::ErrorCode::cancelled) co_return false;
  runtime.log.warning("storage", "no snapshot of the database was made: " +
                                     (taken ? "it took too long" : taken.error().message));
  co_return false;
}

base::Task<bool> is_due(Runtime& runtime) {
  const auto last = co_await runtime.database().snapshot_time();
  co_return !last || snapshot_is_due(*last, runtime.clock.now());
}

}  // namespace

bool snapshot_is_due(std::optional<base::Time> last, base::Time now) {
  return !last || *last > now || now - *last >= kDay;
}

base::Task<void> keep_snapshots(Runtime& runtime) {
  if (!co_await base::sleep_for(runtime.clock, kAfterStart)) co_return;
  while (true) {
    const bool failed = co_await is_due(runtime) && !co_await take(runtime, kLongest);
    // The wall clock may jump, so it is looked at more often than once a day.
    if (!co_await base::sleep_for(runtime.clock, failed ? kDay : kLook)) co_return;
  }
}

base::Task<void> last_snapshot(Runtime& runtime, base::SteadyTime deadline) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - runtime.clock.steady());
  if (left < kWorthATry) co_return;
  (void)co_await runtime.database().snapshot(left);
}

}  // namespace toyota2mqtt::app
