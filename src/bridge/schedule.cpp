#include "toyota2mqtt/bridge/schedule.hpp"

#include <algorithm>
#include <chrono>

namespace toyota2mqtt::bridge {

base::Time next_read(const ReadHistory& history, const Polling& polling, base::Time now) {
  if (!history.last_read) return now;
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(polling.parked);
  auto interval = whole;
  if (history.reads <= 1) {
    interval = std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(whole.count()) * (0.5 + history.phase / 2)));
  }
  const auto due = *history.last_read + interval;
  return std::min(due, now + whole);
}

}  // namespace toyota2mqtt::bridge
