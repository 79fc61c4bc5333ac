#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::base {

/// Keeps a flood out of the log, for what others can cause at will: of each cause one line a
/// minute, and how many more there were. Bounded memory; the time is passed in. Loop thread only;
/// the log outlives it.
class LogLimit {
 public:
  explicit LogLimit(Log& log) : log_(log) {}

  /// Writes `message`, or counts it when the last line of the same `cause` is younger than a
  /// minute.
  void write(LogLevel level, std::string_view component, const std::string& cause,
             std::string message, SteadyTime now);
  /// Where the message is the cause.
  void write(LogLevel level, std::string_view component, const std::string& message,
             SteadyTime now) {
    write(level, component, message, message, now);
  }
  /// Writes how many were counted of causes that are quiet for a minute: for a timer, so that the
  /// count of a flood that has ended is told, too.
  void tell(SteadyTime now);

  /// Further causes are counted as one.
  static constexpr std::size_t kMostCauses = 32;

 private:
  struct Counted {
    LogLevel level = LogLevel::info;
    std::string component = {};
    std::string message = {};  ///< the last one
    SteadyTime next{};         ///< before it none is written
    std::size_t left_out = 0;
  };
  void say(const Counted& counted);

  Log& log_;
  std::map<std::string, Counted, std::less<>> causes_ = {};
};

}  // namespace toyota2mqtt::base
