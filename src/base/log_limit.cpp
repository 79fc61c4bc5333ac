#include "toyota2mqtt/base/log_limit.hpp"

#include <chrono>
#include <utility>

namespace toyota2mqtt::base {

namespace {

constexpr auto kBetweenLines = std::chrono::minutes(1);
constexpr const char* kOtherCauses = "";

}  // namespace

void LogLimit::say(const Counted& counted) {
  auto line = counted.message;
  if (counted.left_out > 0) {
    line += " (" + std::to_string(counted.left_out) + " like it were left out in the last minute)";
  }
  log_.write(counted.level, counted.component, line);
}

void LogLimit::write(LogLevel level, std::string_view component, const std::string& cause,
                     std::string message, SteadyTime now) {
  auto found = causes_.find(cause);
  if (found == causes_.end()) {
    if (causes_.size() >= kMostCauses) tell(now);
    const bool room = causes_.size() < kMostCauses;
    found = causes_.try_emplace(room ? cause : kOtherCauses).first;
  }
  auto& counted = found->second;
  counted.level = level;
  counted.component = component;
  counted.message = std::move(message);
  if (now < counted.next) {
    ++counted.left_out;
    return;
  }
  say(counted);
  counted.left_out = 0;
  counted.next = now + kBetweenLines;
}

void LogLimit::tell(SteadyTime now) {
  std::erase_if(causes_, [&](const auto& entry) {
    const auto& counted = entry.second;
    if (now < counted.next) return false;
    if (counted.left_out > 0) say(counted);
    return true;
  });
}

}  // namespace toyota2mqtt::base
