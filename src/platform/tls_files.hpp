#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/ports.hpp"

namespace toyota2mqtt::platform {

/// The certificate and key of a listener, read again when the files change (a certificate that is
/// renewed every few weeks needs no restart). Loop thread only: it looks at the files while a new
/// connection waits, but every few seconds at most.
class TlsFiles {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;

  /// Errors: config_invalid (a file that cannot be used, or a key of another certificate).
  static base::Result<std::unique_ptr<TlsFiles>> open(std::string certificate, std::string key,
                                                      base::Log& log);
  /// For the next connection.
  Context context();

 private:
  /// When a file was last changed, and its size: 0 when there is none.
  struct Stamp {
    std::int64_t changed_ns = 0;
    std::int64_t size = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  struct Stamps {
    Stamp certificate;
    Stamp key;
    friend bool operator==(const Stamps&, const Stamps&) = default;
  };

  TlsFiles(std::string certificate, std::string key, base::Log& log);
  [[nodiscard]] Stamps look() const;
  [[nodiscard]] base::Result<Context> load() const;
  static Stamp stamp_of(const std::string& file);

  std::string certificate_;
  std::string key_;
  base::Log& log_;
  Context context_;
  Stamps seen_;
  std::chrono::steady_clock::time_point next_look_{};
};

}  // namespace toyota2mqtt::platform
