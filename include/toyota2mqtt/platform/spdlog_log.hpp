#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/secret.hpp"

namespace toyota2mqtt::platform {

struct LogOptions {
  base::LogLevel level = base::LogLevel::info;  ///< what is less important is not written
  bool json = false;
};

/// base::Log by spdlog, one line per message, written before write() returns:
/// `2026-11-20T12:00:00.123Z info toyota: signed in`, or with `json` an object with the keys time,
/// level, component, message. Every line has passed the last-chance filter (redaction.hpp): no
/// secret patterns, no forged lines, at most 4 KiB of message. Loop thread only.
class SpdLog final : public base::Log {
 public:
  /// Writes to `out` (in the program: std::cerr, so that standard output stays for results); both
  /// references must outlive the log.
  SpdLog(LogOptions options, const base::Clock& clock, std::ostream& out);
  ~SpdLog() override;
  SpdLog(const SpdLog&) = delete;
  SpdLog& operator=(const SpdLog&) = delete;

  void write(base::LogLevel level, std::string_view component, std::string_view message) override;
  /// Redacts this text from now on: configured passwords, keys and tokens.
  void add_secret(const base::Secret& secret);

  [[nodiscard]] base::LogLevel level() const;
  /// From now on; the next start begins as LogOptions say.
  void set_level(base::LogLevel level);
  /// The newest kRemembered lines as they were written, oldest first.
  [[nodiscard]] std::vector<std::string> recent() const;
  static constexpr std::size_t kRemembered = 500;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
