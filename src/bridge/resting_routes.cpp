#include <fmt/format.h>

#include "toyota2mqtt/bridge/schedule.hpp"

namespace toyota2mqtt::bridge {

std::vector<std::string> resting_routes(const ReadHistory& history, base::Time now) {
  std::vector<std::string> lines;
  for (const auto source : vehicle::kAllSources) {
    const auto& entry = history.of(source);
    const auto state = breaker(entry, now);
    if (state == Breaker::closed) continue;
    auto line = fmt::format("{}: {}", vehicle::to_string(source), to_string(state));
    if (state == Breaker::open) {
      line += " until " + base::format_iso8601(*entry.retry_at);
    } else {
      line += ", asked once more now";
    }
    lines.push_back(line + fmt::format(", failed {} times", entry.failures));
  }
  return lines;
}

}  // namespace toyota2mqtt::bridge
