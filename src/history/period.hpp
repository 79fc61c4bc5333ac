#pragma once

#include <chrono>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/history/archive.hpp"

namespace toyota2mqtt::history {

inline constexpr auto kLongestPeriod = std::chrono::days(400);

/// config_invalid for a period that is too long or ends before it begins.
base::Result<void> check(const Period& period);

}  // namespace toyota2mqtt::history
