#include "simulator/chance.hpp"

#include <fmt/format.h>

namespace toyota2mqtt::simulator {

std::string Chance::uuid() const {
  const auto high = with("high").number();
  const auto low = with("low").number();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}", high >> 32U,
                     (high >> 16U) & 0xFFFFU, high & 0xFFFU, 8U + (low >> 62U),
                     (low >> 48U) & 0xFFFU, low & 0xFFFFFFFFFFFFU);
}

}  // namespace toyota2mqtt::simulator
