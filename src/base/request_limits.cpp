#include "toyota2mqtt/base/request_limits.hpp"

#include <algorithm>
#include <chrono>

namespace toyota2mqtt::base {

namespace {

constexpr auto kWindowLength = std::chrono::minutes(1);

long whole_seconds_until(SteadyTime when, SteadyTime now) {
  using std::chrono::seconds;
  return static_cast<long>(
      std::max<seconds>(std::chrono::ceil<seconds>(when - now), seconds(1)).count());
}

}  // namespace

Quota RequestLimits::take(RequestWindow& window, SteadyTime now) const {
  if (per_minute_ == 0) return {};
  if (now - window.began >= kWindowLength || window.count == 0) window = {.began = now};
  ++window.count;
  return {.limit = per_minute_,
          .left = per_minute_ - std::min(per_minute_, window.count),
          .reset = whole_seconds_until(window.began + kWindowLength, now),
          .exceeded = window.count > per_minute_};
}

Quota RequestLimits::take(const std::string& address, SteadyTime now) {
  if (per_minute_ == 0) return {};
  auto found = addresses_.find(address);
  if (found == addresses_.end()) {
    if (addresses_.size() >= kMostAddresses) make_room(now);
    found = addresses_.try_emplace(address).first;
  }
  return take(found->second, now);
}

void RequestLimits::make_room(SteadyTime now) {
  std::erase_if(addresses_,
                [now](const auto& entry) { return now - entry.second.began >= kWindowLength; });
  if (addresses_.size() < kMostAddresses) return;
  // Who has asked least loses least by being forgotten.
  addresses_.erase(std::ranges::min_element(addresses_, {},
                                            [](const auto& entry) { return entry.second.count; }));
}

}  // namespace toyota2mqtt::base
