#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

// The form of what is encrypted at rest: a header that names kind and version, 12 bytes nonce,
// AES-256-GCM of the content, 16 bytes tag. The header is authenticated too, so that one kind of
// file cannot take the place of another. Pure.

using Nonce = std::array<std::uint8_t, 12>;
constexpr std::size_t kSealKeySize = 32;
constexpr std::size_t kLargestSealedFile = std::size_t{1} << 20U;

/// `key` has kSealKeySize bytes; a nonce is never used twice with one key.
std::string seal(std::string_view header, std::string_view plain, std::string_view key,
                 const Nonce& nonce);
/// nullopt for everything that seal() did not make with this header and key.
std::optional<std::string> open_sealed(std::string_view header, std::string_view file,
                                       std::string_view key);
/// Overwrites the text, so that it does not stay in freed memory.
void wipe(std::string& text);

}  // namespace toyota2mqtt::platform
