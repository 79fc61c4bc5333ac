#include "rest/auth/login_throttle.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace toyota2mqtt::rest {

namespace {

using std::chrono::seconds;

constexpr auto kForgiven = std::chrono::hours(24);
constexpr seconds kLongestThrottle{900};

seconds pause_after(std::uint32_t failures) {
  if (failures < LoginThrottle::kFree) return seconds(0);
  const auto doublings = std::min<std::uint32_t>(failures - LoginThrottle::kFree, 20);
  return std::min(kLongestThrottle, seconds(std::int64_t{1} << doublings));
}

long seconds_until(base::SteadyTime when, base::SteadyTime now) {
  return static_cast<long>(
      std::max<seconds>(std::chrono::ceil<seconds>(when - now), seconds(1)).count());
}

}  // namespace

std::optional<long> LoginThrottle::begin(const std::string& who, base::SteadyTime now) {
  auto found = entries_.find(who);
  if (found == entries_.end()) {
    if (entries_.size() >= kMost) make_room(now);
    found = entries_.try_emplace(who).first;
  }
  auto& entry = found->second;
  if (entry.count > 0 && now - entry.last >= kForgiven) entry = {};
  if (now < entry.free_at) return seconds_until(entry.free_at, now);
  ++entry.count;
  entry.last = now;
  entry.free_at = now + pause_after(entry.count);
  return std::nullopt;
}

void LoginThrottle::failed(const std::string& who, base::SteadyTime now) {
  const auto found = entries_.find(who);
  if (found == entries_.end()) return;
  found->second.last = now;
  found->second.free_at = now + pause_after(found->second.count);
}

void LoginThrottle::undo(const std::string& who) {
  const auto found = entries_.find(who);
  if (found == entries_.end()) return;
  auto& entry = found->second;
  if (--entry.count == 0) {
    entries_.erase(found);
  } else {
    entry.free_at = entry.last + pause_after(entry.count);
  }
}

std::size_t LoginThrottle::blocked(base::SteadyTime now) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      entries_, [now](const auto& entry) { return now < entry.second.free_at; }));
}

void LoginThrottle::make_room(base::SteadyTime now) {
  std::erase_if(entries_,
                [now](const auto& entry) { return now - entry.second.last >= kForgiven; });
  if (entries_.size() < kMost) return;
  // A flood of new names must not push out the one that is being guessed at.
  entries_.erase(std::ranges::min_element(entries_, {}, [](const auto& entry) {
    return std::tuple(entry.second.count, entry.second.last);
  }));
}

}  // namespace toyota2mqtt::rest
