#pragma once

#include <optional>
#include <string>

#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::fleet {

/// The code that must be typed before a car is opened, and the patience with wrong ones: after each
/// wrong code no code at all is looked at for a while, from 2 s doubling up to 15 min; a right one
/// starts over. One for all cars, so that guesses cannot be spread over them. Pure but for itself.
class UnlockCode {
 public:
  explicit UnlockCode(base::Secret code) : code_(std::move(code)) {}

  [[nodiscard]] bool asked() const { return !code_.empty(); }
  /// Why the car is not opened; nullopt = the code is right, or none is asked for.
  std::optional<std::string> refusal(const base::Secret& typed, base::SteadyTime now);

 private:
  base::Secret code_;
  int wrong_ = 0;  // in a row
  base::SteadyTime not_before_{};
};

}  // namespace toyota2mqtt::fleet
