#include "history/period.hpp"

#include <chrono>
#include <cstdint>

namespace toyota2mqtt::history {

using base::ErrorCode;
using base::fail;

namespace {

// The difference of two times that are far apart does not fit into a duration.
std::uint64_t milliseconds_of(const Period& period) {
  return static_cast<std::uint64_t>(period.to.time_since_epoch().count()) -
         static_cast<std::uint64_t>(period.from.time_since_epoch().count());
}

}  // namespace

base::Result<void> check(const Period& period) {
  if (period.to < period.from) {
    return fail(ErrorCode::config_invalid, "the period ends before it begins");
  }
  if (milliseconds_of(period) >
      static_cast<std::uint64_t>(std::chrono::milliseconds(kLongestPeriod).count())) {
    return fail(ErrorCode::config_invalid, "the period is longer than 400 days",
                "Ask for shorter ones, one after another.");
  }
  return {};
}

}  // namespace toyota2mqtt::history
