#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/time.hpp"

/// The small ports that several parts need. Their adapters live in `platform`, their fakes in
/// `tests/support`. Larger ports have a header each: http_client.hpp, mqtt_client.hpp, store.hpp.
namespace toyota2mqtt::base {

/// Where time comes from. Used only on the loop's thread.
class Clock {
 public:
  using TimerId = std::uint64_t;

  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
  /// Calls `callback` once on the loop, not before `when` and never from inside this call.
  /// Callbacks due at the same time run in the order in which they were asked for.
  virtual TimerId call_at(SteadyTime when, std::function<void()> callback) = 0;
  /// Forgets the callback. Unknown and already called ids are ignored.
  virtual void cancel(TimerId id) = 0;
};

enum class LogLevel { debug, info, warning, error };

/// Where messages for people go. Messages hold no secrets, e-mail addresses, full VINs or
/// coordinates; the adapter's last-chance filter is a net, not a licence. Loop thread only.
class Log {
 public:
  virtual ~Log() = default;
  /// `component` is the part that speaks, for example "toyota".
  virtual void write(LogLevel level, std::string_view component, std::string_view message) = 0;

  void debug(std::string_view component, std::string_view m) {
    write(LogLevel::debug, component, m);
  }
  void info(std::string_view component, std::string_view m) { write(LogLevel::info, component, m); }
  void warning(std::string_view component, std::string_view m) {
    write(LogLevel::warning, component, m);
  }
  void error(std::string_view component, std::string_view m) {
    write(LogLevel::error, component, m);
  }
};

/// Unpredictable bytes (the adapter uses OpenSSL's generator); tests inject a fixed sequence.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
  /// A number in [low, high), from `fill`.
  double uniform(double low, double high);
};

using Digest = std::array<std::uint8_t, 32>;

/// The two hash functions that the protocol needs. Pure; any thread.
class Crypto {
 public:
  virtual ~Crypto() = default;
  [[nodiscard]] virtual Digest sha256(std::string_view message) const = 0;
  [[nodiscard]] virtual Digest hmac_sha256(std::string_view key,
                                           std::string_view message) const = 0;
};

}  // namespace toyota2mqtt::base
