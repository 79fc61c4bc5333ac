#include "toyota2mqtt/platform/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>
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

namespace {

constexpr std::size_t kTagSize = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

// OpenSSL's interface wants bytes; the text is only read or filled.
const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void must(bool worked) {
  if (!worked) throw std::runtime_error("OpenSSL could not run AES-256-GCM");
}

Cipher cipher_for(std::string_view header, std::string_view key, std::string_view nonce,
                  bool encrypt) {
  Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  must(cipher != nullptr && EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key),
                                              bytes(nonce), encrypt ? 1 : 0) == 1);
  int ignored = 0;
  must(EVP_CipherUpdate(cipher.get(), nullptr, &ignored, bytes(header),
                        static_cast<int>(header.size())) == 1);
  return cipher;
}

}  // namespace

std::string seal(std::string_view header, std::string_view plain, std::string_view key,
                 const Nonce& nonce) {
  const std::string nonce_text(nonce.begin(), nonce.end());
  const auto cipher = cipher_for(header, key, nonce_text, true);
  std::string hidden(plain.size(), '\0');
  std::string tag(kTagSize, '\0');
  int size = 0;
  must(EVP_EncryptUpdate(cipher.get(), bytes(hidden), &size, bytes(plain),
                         static_cast<int>(plain.size())) == 1);
  must(EVP_EncryptFinal_ex(cipher.get(), bytes(tag), &size) == 1);
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag.data()) == 1);
  return std::string(header) + nonce_text + hidden + tag;
}

std::optional<std::string> open_sealed(std::string_view header, std::string_view file,
                                       std::string_view key) {
  constexpr std::size_t kNonceSize = std::tuple_size_v<Nonce>;
  if (key.size() != kSealKeySize || file.size() > kLargestSealedFile || !file.starts_with(header) ||
      file.size() < header.size() + kNonceSize + kTagSize) {
    return std::nullopt;
  }
  file.remove_prefix(header.size());
  const auto cipher = cipher_for(header, key, file.substr(0, kNonceSize), false);
  file.remove_prefix(kNonceSize);
  std::string tag(file.substr(file.size() - kTagSize));
  file.remove_suffix(kTagSize);

  std::string plain(file.size(), '\0');
  std::string rest(kTagSize, '\0');
  int size = 0;
  must(EVP_DecryptUpdate(cipher.get(), bytes(plain), &size, bytes(file),
                         static_cast<int>(file.size())) == 1);
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(cipher.get(), bytes(rest), &size) != 1) return std::nullopt;
  return plain;
}

void wipe(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }

}  // namespace toyota2mqtt::platform
