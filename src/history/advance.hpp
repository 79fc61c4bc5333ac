#pragma once

#include <chrono>
#include <vector>

#include "toyota2mqtt/history/recorder.hpp"

/// The parts of advance(). Private to this part; pure.
namespace toyota2mqtt::history {

/// A clock of a car that runs ahead of ours tells nothing that could be put in order.
inline bool believable(base::Time at, base::Time now) {
  constexpr auto kAhead = std::chrono::minutes(5);
  return at <= now + kAhead;
}

void advance_session(CarMemory& memory, const Seen& seen, const Tariff& tariff, base::Time now,
                     std::vector<Write>& writes);

}  // namespace toyota2mqtt::history
