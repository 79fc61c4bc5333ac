#include <array>
#include <cstdint>

#include "toyota2mqtt/base/ports.hpp"

namespace toyota2mqtt::base {

double Random::uniform(double low, double high) {
  constexpr double kSteps = 4294967296.0;  // 2^32
  std::array<std::uint8_t, 4> bytes{};
  fill(bytes);
  double number = 0;
  for (const auto byte : bytes) number = number * 256.0 + byte;
  return low + (high - low) * (number / kSteps);
}

}  // namespace toyota2mqtt::base
