#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace toyota2mqtt::simulator {

/// Repeatable chance: the same seed and the same question give the same answer in every run, in any
/// order of asking.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : seed_(seed) {}

  [[nodiscard]] Chance with(std::uint64_t more) const { return Chance(mix(seed_ ^ mix(more))); }
  [[nodiscard]] Chance with(std::string_view text) const {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return with(hash);
  }
  [[nodiscard]] std::uint64_t number() const { return mix(seed_); }
  /// In [low, high).
  [[nodiscard]] double between(double low, double high) const {
    return low + (high - low) * (static_cast<double>(number() >> 11U) / 9007199254740992.0);
  }
  [[nodiscard]] bool happens(double probability) const { return between(0, 1) < probability; }
  /// A version-4 UUID.
  [[nodiscard]] std::string uuid() const;

 private:
  static std::uint64_t mix(std::uint64_t x) {
    x += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
    return x ^ (x >> 31U);
  }
  std::uint64_t seed_;
};

}  // namespace toyota2mqtt::simulator
