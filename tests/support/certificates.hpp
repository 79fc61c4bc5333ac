#pragma once

#include <memory>
#include <string>

#include "support/temporary_directory.hpp"

namespace toyota2mqtt::test {

/// PEM files of one certificate and its key.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

/// A certificate authority made for one test; every call makes fresh keys.
class CertificateAuthority {
 public:
  CertificateAuthority();
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  /// The PEM file that clients have to trust.
  [[nodiscard]] const std::string& file() const { return file_; }
  /// A certificate for one name, given as OpenSSL writes alternative names: `DNS:localhost` or
  /// `IP:127.0.0.1`.
  CertificateFiles issue(const std::string& alternative_name);

 private:
  struct Inside;
  TemporaryDirectory directory_;
  std::unique_ptr<Inside> inside_;
  std::string file_;
  int issued_ = 0;
};

}  // namespace toyota2mqtt::test
