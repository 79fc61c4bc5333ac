#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "support/certificates.hpp"

namespace toyota2mqtt::test {

struct MosquittoOptions {
  std::string username = {};  ///< empty = anybody may connect
  std::string password = {};
  CertificateFiles tls = {};        ///< empty = plain
  std::string client_ca_file = {};  ///< set = clients must show a certificate of that authority
  std::string more = {};            ///< further lines of the configuration
};

/// A real broker on a free loopback port, ready when the constructor returns.
class Mosquitto {
 public:
  explicit Mosquitto(MosquittoOptions options = {});
  ~Mosquitto();
  Mosquitto(const Mosquitto&) = delete;
  Mosquitto& operator=(const Mosquitto&) = delete;

  void start();  ///< on the same port as before; waits until it accepts connections
  void stop();   ///< politely (SIGTERM); waits until it has ended
  void restart();
  /// Stops answering without closing anything, until stop().
  void freeze();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  MosquittoOptions options_;
  TemporaryDirectory directory_;
  std::uint16_t port_;
  pid_t process_ = 0;
};

/// A loopback port that was free a moment ago.
std::uint16_t free_port();

}  // namespace toyota2mqtt::test
