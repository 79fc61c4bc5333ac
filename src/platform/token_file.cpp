#include "platform/token_file.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace toyota2mqtt::platform {

namespace {

constexpr std::string_view kHeader = "toyota2mqtt-tokens 1\n";
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

Cipher cipher_for(std::string_view key, std::string_view nonce, bool encrypt) {
  Cipher cipher(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  must(cipher != nullptr && EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key),
                                              bytes(nonce), encrypt ? 1 : 0) == 1);
  int ignored = 0;
  must(EVP_CipherUpdate(cipher.get(), nullptr, &ignored, bytes(kHeader),
                        static_cast<int>(kHeader.size())) == 1);
  return cipher;
}

std::string to_json(const TokenMap& tokens) {
  nlohmann::json all = nlohmann::json::object();
  for (const auto& [account, held] : tokens) {
    all[account] = {{"access", held.access.reveal()},
                    {"refresh", held.refresh.reveal()},
                    {"guid", held.guid},
                    {"expires_at", held.expires_at.time_since_epoch().count()}};
  }
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<std::string> text_of(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<toyota::Tokens> tokens_of(const nlohmann::json& entry) {
  if (!entry.is_object()) return std::nullopt;
  auto access = text_of(entry, "access");
  auto refresh = text_of(entry, "refresh");
  auto guid = text_of(entry, "guid");
  const auto expires = entry.find("expires_at");
  if (!access || !refresh || !guid || expires == entry.end() || !expires->is_number_integer()) {
    return std::nullopt;
  }
  return toyota::Tokens{
      .access = base::Secret(std::move(*access)),
      .refresh = base::Secret(std::move(*refresh)),
      .guid = std::move(*guid),
      .expires_at = base::Time(std::chrono::milliseconds(expires->get<std::int64_t>()))};
}

std::optional<TokenMap> from_json(std::string_view text) {
  const auto all = nlohmann::json::parse(text, nullptr, false);
  if (!all.is_object()) return std::nullopt;
  TokenMap tokens;
  for (const auto& [account, entry] : all.items()) {
    auto held = tokens_of(entry);
    if (!held) return std::nullopt;
    tokens.emplace(account, std::move(*held));
  }
  return tokens;
}

}  // namespace

std::string seal_tokens(const TokenMap& tokens, std::string_view key, const Nonce& nonce) {
  auto plain = to_json(tokens);
  const std::string nonce_text(nonce.begin(), nonce.end());
  const auto cipher = cipher_for(key, nonce_text, true);
  std::string hidden(plain.size(), '\0');
  std::string tag(kTagSize, '\0');
  int size = 0;
  must(EVP_EncryptUpdate(cipher.get(), bytes(hidden), &size, bytes(plain),
                         static_cast<int>(plain.size())) == 1);
  must(EVP_EncryptFinal_ex(cipher.get(), bytes(tag), &size) == 1);
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag.data()) == 1);
  OPENSSL_cleanse(plain.data(), plain.size());
  return std::string(kHeader) + nonce_text + hidden + tag;
}

std::optional<TokenMap> open_tokens(std::string_view file, std::string_view key) {
  constexpr std::size_t kNonceSize = std::tuple_size_v<Nonce>;
  if (key.size() != kTokenKeySize || file.size() > kLargestTokenFile ||
      !file.starts_with(kHeader) || file.size() < kHeader.size() + kNonceSize + kTagSize) {
    return std::nullopt;
  }
  file.remove_prefix(kHeader.size());
  const auto cipher = cipher_for(key, file.substr(0, kNonceSize), false);
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
  auto tokens = from_json(plain);
  OPENSSL_cleanse(plain.data(), plain.size());
  return tokens;
}

}  // namespace toyota2mqtt::platform
