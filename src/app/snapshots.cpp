#include "app/snapshots.hpp"

#include <chrono>

namespace toyota2mqtt::app {

namespace {

constexpr auto kAfterStart = std::chrono::seconds(10);
constexpr auto kSnapshotPeriod = std::chrono::hours(24);
constexpr auto kSnapshotCheckPeriod = std::chrono::hours(1);
constexpr auto kWorthATry = std::chrono::milliseconds(100);

/// Sets a flag when the time is up, unless it is gone before.
class Alarm {
 public:
  Alarm(base::Clock& clock, base::SteadyTime when, std::shared_ptr<std::atomic<bool>> flag)
      : clock_(clock), id_(clock.call_at(when, [flag = std::move(flag)] { *flag = true; })) {}
  ~Alarm() { clock_.cancel(id_); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  base::Clock& clock_;
  base::Clock::TimerId id_;
};

}  // namespace

bool snapshot_is_due(std::optional<base::Time> last, base::Time now) {
  return !last || *last > now || now - *last >= kSnapshotPeriod;
}

/// Whether a snapshot is there afterwards.
base::Task<bool> Snapshots::take() {
  const auto taken = co_await runtime_.database().snapshot(given_up_);
  if (!taken && taken.error().code != base::ErrorCode::cancelled) {
    runtime_.log.warning("storage",
                         "no snapshot of the database was made: " + taken.error().message);
  }
  co_return taken && *taken;
}

base::Task<bool> Snapshots::is_due() {
  const auto last = co_await runtime_.database().snapshot_time();
  co_return !last || snapshot_is_due(*last, runtime_.clock.now());
}

base::Task<void> Snapshots::keep() {
  if (!co_await base::sleep_for(runtime_.clock, kAfterStart)) co_return;
  while (true) {
    const bool failed = co_await is_due() && !co_await take();
    // The wall clock may jump, so it is looked at more often than once a day.
    if (!co_await base::sleep_for(runtime_.clock, failed ? kSnapshotPeriod : kSnapshotCheckPeriod))
      co_return;
  }
}

base::Task<void> Snapshots::last(base::SteadyTime deadline) {
  if (deadline - runtime_.clock.steady() < kWorthATry) co_return;
  const auto late = std::make_shared<std::atomic<bool>>(false);
  const Alarm alarm(runtime_.clock, deadline, late);
  (void)co_await runtime_.database().snapshot(late);
}

}  // namespace toyota2mqtt::app
