#include "toyota2mqtt/platform/crypto.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace toyota2mqtt::platform {

base::Digest OpenSslCrypto::sha256(std::string_view message) const {
  base::Digest digest{};
  unsigned int size = digest.size();
  if (EVP_Digest(message.data(), message.size(), digest.data(), &size, EVP_sha256(), nullptr) !=
      1) {
    throw std::runtime_error("OpenSSL could not compute SHA-256");
  }
  return digest;
}

base::Digest OpenSslCrypto::hmac_sha256(std::string_view key, std::string_view message) const {
  base::Digest digest{};
  unsigned int size = digest.size();
  // OpenSSL's interface wants bytes; the text is only read.
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, message.size(),
           digest.data(), &size) == nullptr) {
    throw std::runtime_error("OpenSSL could not compute HMAC-SHA-256");
  }
  return digest;
}

void OpenSslRandom::fill(std::span<std::uint8_t> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("OpenSSL's random generator is not ready");
  }
}

}  // namespace toyota2mqtt::platform
