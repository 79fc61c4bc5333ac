#pragma once

#include "toyota2mqtt/base/ports.hpp"

namespace toyota2mqtt::platform {

/// base::Crypto by OpenSSL. Stateless; any thread.
class OpenSslCrypto final : public base::Crypto {
 public:
  [[nodiscard]] base::Digest sha256(std::string_view message) const override;
  [[nodiscard]] base::Digest hmac_sha256(std::string_view key,
                                         std::string_view message) const override;
};

/// base::Random by OpenSSL's generator.
class OpenSslRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

}  // namespace toyota2mqtt::platform
