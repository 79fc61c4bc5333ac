#include <fmt/format.h>

#include "toyota2mqtt/fleet/schedule.hpp"

namespace toyota2mqtt::fleet {

namespace {

std::string describe(const SourceHistory& entry, Breaker state) {
  const auto at = base::format_iso8601(entry.retry_at.value_or(base::Time{}));
  if (entry.dead) return fmt::format("not there, asked again at {}", at);
  if (state == Breaker::open)
    return fmt::format("open until {}, failed {} times", at, entry.failures);
  return fmt::format("half open, failed {} times", entry.failures);
}

template <class Wanted>
std::vector<std::string> lines_of(const ReadHistory& history, base::Time now, Wanted wanted) {
  std::vector<std::string> lines;
  for (const auto source : vehicle::kAllSources) {
    const auto& entry = history.of(source);
    const auto state = breaker(entry, now);
    if (state == Breaker::closed || !wanted(entry)) continue;
    lines.push_back(fmt::format("{}: {}", vehicle::to_string(source), describe(entry, state)));
  }
  return lines;
}

}  // namespace

std::vector<std::string> resting_routes(const ReadHistory& history, base::Time now) {
  return lines_of(history, now, [](const SourceHistory&) { return true; });
}

std::vector<std::string> failing_routes(const ReadHistory& history, base::Time now) {
  return lines_of(history, now, [](const SourceHistory& entry) { return !entry.dead; });
}

}  // namespace toyota2mqtt::fleet
