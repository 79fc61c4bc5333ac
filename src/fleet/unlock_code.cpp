#include "toyota2mqtt/fleet/unlock_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace toyota2mqtt::fleet {

namespace {

constexpr std::chrono::seconds kFirstDelay{2};
constexpr std::chrono::seconds kLongestDelay{900};
constexpr int kMostDoublings = 9;

/// Takes the same time for every wrong text of one length.
bool same(const std::string& one, const std::string& other) {
  if (one.size() != other.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) {
    difference |= static_cast<unsigned>(one[i]) ^ static_cast<unsigned>(other[i]);
  }
  return difference == 0;
}

}  // namespace

std::optional<std::string> UnlockCode::refusal(const base::Secret& typed, base::SteadyTime now) {
  if (!asked()) return std::nullopt;
  if (now < not_before_) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(not_before_ - now);
    return fmt::format("After wrong codes no code is looked at for another {} s", left.count());
  }
  if (typed.empty()) return "The car is opened only with the code; none was given";
  if (same(typed.reveal(), code_.reveal())) {
    wrong_ = 0;
    return std::nullopt;
  }
  const auto delay = std::min<std::chrono::seconds>(
      kFirstDelay * (1LL << std::min(wrong_, kMostDoublings)), kLongestDelay);
  ++wrong_;
  not_before_ = now + delay;
  return fmt::format("The code is wrong; the next one is looked at in {} s", delay.count());
}

}  // namespace toyota2mqtt::fleet
