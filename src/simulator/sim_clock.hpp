#pragma once

#include <functional>
#include <utility>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::simulator {

/// The virtual world's time: a start, plus real time multiplied by a speed, plus jumps forward.
class SimClock {
 public:
  using Steady = std::function<base::SteadyTime()>;

  SimClock(base::Time start, double speed, Steady steady)
      : start_(start), speed_(speed), steady_(std::move(steady)), born_(steady_()) {}

  [[nodiscard]] base::Time now() const {
    const auto real = std::chrono::duration<double, std::milli>(steady_() - born_);
    const auto passed = std::chrono::milliseconds(static_cast<long long>(real.count() * speed_));
    return start_ + passed + jumped_;
  }
  /// Real time: tokens and sign-in conversations live in the client's time, not in the cars'.
  [[nodiscard]] base::SteadyTime real() const { return steady_(); }
  void advance(std::chrono::milliseconds by) { jumped_ += by; }
  [[nodiscard]] base::Time start() const { return start_; }
  [[nodiscard]] double speed() const { return speed_; }

 private:
  base::Time start_;
  double speed_;
  Steady steady_;
  base::SteadyTime born_;
  std::chrono::milliseconds jumped_{0};
};

}  // namespace toyota2mqtt::simulator
