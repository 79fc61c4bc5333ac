#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "support/certificates.hpp"

namespace toyota2mqtt::test {

/// An HTTPS server on a free loopback port and a thread of its own: answers every request with 200
/// and "hello", one connection after the other.
class TlsServer {
 public:
  explicit TlsServer(const CertificateFiles& files);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace toyota2mqtt::test
