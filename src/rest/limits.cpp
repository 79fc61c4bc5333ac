#include "rest/limits.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace toyota2mqtt::rest {

namespace {

using std::chrono::seconds;

constexpr auto kMinute = std::chrono::minutes(1);
constexpr auto kForgiven = std::chrono::hours(24);
constexpr seconds kLongestThrottle{900};

seconds pause_after(std::uint32_t failures) {
  if (failures < Attempts::kFree) return seconds(0);
  const auto doublings = std::min<std::uint32_t>(failures - Attempts::kFree, 20);
  return std::min(kLongestThrottle, seconds(std::int64_t{1} << doublings));
}

long seconds_until(base::SteadyTime when, base::SteadyTime now) {
  return static_cast<long>(
      std::max<seconds>(std::chrono::ceil<seconds>(when - now), seconds(1)).count());
}

}  // namespace

Quota RequestLimits::take(RequestWindow& window, base::SteadyTime now) const {
  if (per_minute_ == 0) return {};
  if (now - window.began >= kMinute || window.count == 0) window = {.began = now};
  ++window.count;
  return {.limit = per_minute_,
          .left = per_minute_ - std::min(per_minute_, window.count),
          .reset = seconds_until(window.began + kMinute, now),
          .exceeded = window.count > per_minute_};
}

Quota RequestLimits::take(const std::string& address, base::SteadyTime now) {
  if (per_minute_ == 0) return {};
  auto found = addresses_.find(address);
  if (found == addresses_.end()) {
    if (addresses_.size() >= kMostAddresses) make_room(now);
    found = addresses_.try_emplace(address).first;
  }
  return take(found->second, now);
}

void RequestLimits::make_room(base::SteadyTime now) {
  std::erase_if(addresses_,
                [now](const auto& entry) { return now - entry.second.began >= kMinute; });
  if (addresses_.size() < kMostAddresses) return;
  // Who has asked least loses least by being forgotten.
  addresses_.erase(std::ranges::min_element(addresses_, {},
                                            [](const auto& entry) { return entry.second.count; }));
}

std::optional<long> Attempts::begin(const std::string& who, base::SteadyTime now) {
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

void Attempts::failed(const std::string& who, base::SteadyTime now) {
  const auto found = entries_.find(who);
  if (found == entries_.end()) return;
  found->second.last = now;
  found->second.free_at = now + pause_after(found->second.count);
}

void Attempts::undo(const std::string& who) {
  const auto found = entries_.find(who);
  if (found == entries_.end()) return;
  auto& entry = found->second;
  if (--entry.count == 0) {
    entries_.erase(found);
  } else {
    entry.free_at = entry.last + pause_after(entry.count);
  }
}

std::size_t Attempts::blocked(base::SteadyTime now) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      entries_, [now](const auto& entry) { return now < entry.second.free_at; }));
}

void Attempts::make_room(base::SteadyTime now) {
  std::erase_if(entries_,
                [now](const auto& entry) { return now - entry.second.last >= kForgiven; });
  if (entries_.size() < kMost) return;
  // A flood of new names must not push out the one that is being guessed at.
  entries_.erase(std::ranges::min_element(entries_, {}, [](const auto& entry) {
    return std::tuple(entry.second.count, entry.second.last);
  }));
}

}  // namespace toyota2mqtt::rest
