#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::home_assistant {

/// What is counted from the owner's midnight on.
struct Counts {
  std::uint64_t requests = 0;  ///< to the cloud
  std::uint64_t unknown = 0;   ///< values that were not understood
  friend bool operator==(const Counts&, const Counts&) = default;
};

/// Turns counters that only grow while the program runs into those of the day, across restarts.
/// Pure data; any thread.
class DayCounts {
 public:
  /// Takes over what an earlier run stored, if it was of the day that is now; before the first
  /// advance() that counts anything.
  void restore(std::string_view stored);
  /// `total`: since the start of the program. A new day begins at 0.
  void advance(base::Time day_began, const Counts& total);
  /// Of the day, as of the last advance().
  [[nodiscard]] Counts today() const;
  [[nodiscard]] std::string serialize() const;

 private:
  std::optional<base::Time> day_;
  Counts carried_;  ///< of this day, by an earlier run
  Counts before_;   ///< `total` as the day began
  Counts total_;
  std::optional<base::Time> stored_day_;
  Counts stored_;
};

}  // namespace toyota2mqtt::home_assistant
