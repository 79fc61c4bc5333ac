#include "history/period.hpp"

namespace toyota2mqtt::history {

using base::ErrorCode;
using base::fail;

base::Result<void> check(const Period& period) {
  if (period.to < period.from) {
    return fail(ErrorCode::config_invalid, "the period ends before it begins");
  }
  if (period.to - period.from > kLongestPeriod) {
    return fail(ErrorCode::config_invalid, "the period is longer than 400 days",
                "Ask for shorter ones, one after another.");
  }
  return {};
}

}  // namespace toyota2mqtt::history
