#include "toyota2mqtt/platform/scrypt_hasher.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <functional>
#include <span>
#include <stdexcept>
#include <utility>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/password_hash.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::platform {

namespace {

using base::ScryptCost;
using base::ScryptHash;

// What OpenSSL needs beside the large table.
constexpr std::uint64_t kMargin = std::uint64_t{1} << 20U;

std::string derive(const base::Secret& password, std::string_view salt, const ScryptCost& cost) {
  std::array<unsigned char, ScryptHash::kSize> key{};
  const auto& text = password.reveal();
  // OpenSSL's interface wants bytes; the text is only read.
  const auto* bytes = reinterpret_cast<const unsigned char*>(salt.data());
  if (EVP_PBE_scrypt(text.data(), text.size(), bytes, salt.size(), cost.n(), cost.r, cost.p,
                     ScryptHash::kMostMemory + kMargin, key.data(), key.size()) != 1) {
    throw std::runtime_error("OpenSSL could not compute scrypt");
  }
  return {key.begin(), key.end()};
}

std::string encoded(std::string_view bytes) {
  return base::base64url(
      std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

}  // namespace

base::Result<std::string> scrypt_hash(const base::Secret& password, const Salt& salt) {
  if (auto usable = base::check_password(password.reveal()); !usable) {
    return base::fail(usable.error());
  }
  const ScryptCost cost;
  const std::string salt_text(salt.begin(), salt.end());
  return "scrypt$" + std::to_string(cost.log_n) + "$" + std::to_string(cost.r) + "$" +
         std::to_string(cost.p) + "$" + encoded(salt_text) + "$" +
         encoded(derive(password, salt_text, cost));
}

bool scrypt_matches(const base::Secret& password, std::string_view hash) {
  const auto parsed = base::parse_scrypt_hash(hash);
  if (!parsed) {
    derive(password, "nobody's salt", {});
    return false;
  }
  const auto found = derive(password, parsed->salt, parsed->cost);
  return CRYPTO_memcmp(found.data(), parsed->hash.data(), ScryptHash::kSize) == 0;
}

base::Task<base::Result<std::string>> ScryptHasher::hash(base::Secret password) {
  Salt salt{};
  random_.fill(salt);
  std::function<base::Result<std::string>()> job = [password = std::move(password), salt] {
    return scrypt_hash(password, salt);
  };
  co_return co_await worker_.run<std::string>(std::move(job));
}

base::Task<base::Result<bool>> ScryptHasher::matches(base::Secret password, std::string hash) {
  std::function<base::Result<bool>()> job = [password = std::move(password),
                                             hash = std::move(hash)]() -> base::Result<bool> {
    return scrypt_matches(password, hash);
  };
  co_return co_await worker_.run<bool>(std::move(job));
}

}  // namespace toyota2mqtt::platform
