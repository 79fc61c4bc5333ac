#pragma once

#include <optional>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/bridge/options.hpp"

namespace toyota2mqtt::bridge {

/// What the schedule knows about one car.
struct ReadHistory {
  std::optional<base::Time> last_read;  ///< when the last full read ended, in whatever way
  double phase = 0;                     ///< 0 to 1, fixed per car: spreads the cars of an account
  int reads = 0;                        ///< full reads since the start
};

/// When the car is to be read next. Pure. Never read yet: now. The first interval is shortened by
/// the car's phase, so that cars that started together do not stay together. A wall clock that
/// jumped backwards never delays a read by more than one interval.
base::Time next_read(const ReadHistory& history, const Polling& polling, base::Time now);

}  // namespace toyota2mqtt::bridge
