#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
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

inline std::string Chance::uuid() const {
  const auto high = with("high").number();
  const auto low = with("low").number();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}", high >> 32U,
                     (high >> 16U) & 0xFFFFU, high & 0xFFFU, 8U + (low >> 62U),
                     (low >> 48U) & 0xFFFU, low & 0xFFFFFFFFFFFFU);
}

}  // namespace toyota2mqtt::simulator
