#include "toyota2mqtt/history/retention.hpp"

#include <fmt/format.h>

#include <chrono>

namespace toyota2mqtt::history {

namespace {

constexpr auto kAfterStart = std::chrono::minutes(1);
constexpr auto kRetentionPeriod = std::chrono::hours(24);

}  // namespace

base::Time forget_before(const Options& options, base::Time now) {
  return options.retention.count() == 0 ? base::Time::max() : now - options.retention;
}

base::Task<base::Result<void>> Retention::clean() {
  if (!options_.routes) {
    const auto routes = co_await store_.drop_routes();
    if (!routes) co_return base::fail(routes.error());
    if (*routes > 0) {
      log_.info("history", fmt::format("{} routes were deleted: history.routes is off", *routes));
    }
  }
  const auto gone = co_await store_.prune(forget_before(options_, clock_.now()));
  if (!gone) co_return base::fail(gone.error());
  if (*gone > 0) {
    log_.info("history", fmt::format("{} entries were deleted that are older than "
                                     "history.retention",
                                     *gone));
  }
  co_return base::Result<void>();
}

base::Task<void> Retention::run() {
  if (!co_await base::sleep_for(clock_, kAfterStart)) co_return;
  while (true) {
    const auto cleaned = co_await clean();
    if (!cleaned && cleaned.error().code == base::ErrorCode::cancelled) co_return;
    if (!cleaned) {
      log_.warning("history", "nothing old was deleted: " + cleaned.error().message);
    }
    if (!co_await base::sleep_for(clock_, kRetentionPeriod)) co_return;
  }
}

}  // namespace toyota2mqtt::history
