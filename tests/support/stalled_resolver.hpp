#pragma once

namespace toyota2mqtt::test {

/// The name whose resolution hangs in every program that uses this class.
constexpr auto kStalledName = "stalled.test";

/// While it exists, resolving kStalledName hangs (at most 30 s), also inside libcurl and Paho: this
/// program's getaddrinfo() stands before the C library's. Afterwards the name is unknown.
class StalledResolver {
 public:
  StalledResolver();
  ~StalledResolver();
  StalledResolver(const StalledResolver&) = delete;
  StalledResolver& operator=(const StalledResolver&) = delete;
  /// How many resolutions have begun.
  [[nodiscard]] int begun() const;
};

}  // namespace toyota2mqtt::test
