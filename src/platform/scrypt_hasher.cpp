#include "toyota2mqtt/platform/scrypt_hasher.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <charconv>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::platform {

namespace {

constexpr std::size_t kHashSize = 32;
constexpr std::uint64_t kMostMemory = std::uint64_t{64} << 20U;
constexpr std::uint64_t kUsualWork = (std::uint64_t{1} << 15U) * 8 * 3;  // N r p
// What OpenSSL needs beside the large table.
constexpr std::uint64_t kMargin = std::uint64_t{1} << 20U;

struct Cost {
  unsigned log_n = 15;
  unsigned r = 8;
  unsigned p = 3;

  [[nodiscard]] std::uint64_t n() const { return std::uint64_t{1} << log_n; }
  [[nodiscard]] std::uint64_t memory() const { return 128 * n() * r; }
  [[nodiscard]] std::uint64_t work() const { return n() * r * p; }
};

struct Parsed {
  Cost cost;
  std::string salt;
  std::string hash;
};

std::string derive(const base::Secret& password, std::string_view salt, const Cost& cost) {
  std::array<unsigned char, kHashSize> key{};
  const auto& text = password.reveal();
  // OpenSSL's interface wants bytes; the text is only read.
  const auto* bytes = reinterpret_cast<const unsigned char*>(salt.data());
  if (EVP_PBE_scrypt(text.data(), text.size(), bytes, salt.size(), cost.n(), cost.r, cost.p,
                     kMostMemory + kMargin, key.data(), key.size()) != 1) {
    throw std::runtime_error("OpenSSL could not compute scrypt");
  }
  return {key.begin(), key.end()};
}

std::string encoded(std::string_view bytes) {
  return base::base64url(
      std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

std::optional<std::string_view> take_part(std::string_view& text) {
  const auto end = text.find('$');
  if (end == std::string_view::npos) return std::nullopt;
  const auto part = text.substr(0, end);
  text.remove_prefix(end + 1);
  return part;
}

std::optional<unsigned> take_number(std::string_view& text) {
  const auto part = take_part(text);
  if (!part || part->empty() || part->size() > 3) return std::nullopt;
  unsigned number = 0;
  const char* begin = part->data();
  const char* end = begin + part->size();
  const auto read = std::from_chars(begin, end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

/// The parts, whatever they ask for.
std::optional<Parsed> parse(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  if (text.size() > kLongest || take_part(text) != "scrypt") return std::nullopt;
  const auto log_n = take_number(text);
  const auto r = take_number(text);
  const auto p = take_number(text);
  const auto salt = take_part(text);
  if (!log_n || !r || !p || !salt) return std::nullopt;
  auto salt_bytes = base::base64_decode(*salt);
  auto hash = base::base64_decode(text);
  if (!salt_bytes || salt_bytes->size() < 8 || !hash || hash->size() != kHashSize) {
    return std::nullopt;
  }
  return Parsed{.cost = {.log_n = *log_n, .r = *r, .p = *p},
                .salt = std::move(*salt_bytes),
                .hash = std::move(*hash)};
}

std::string problem_of(const Cost& cost) {
  const bool sane = cost.log_n >= 1 && cost.log_n <= 30 && cost.r >= 1 && cost.p >= 1;
  if (!sane || cost.memory() > kMostMemory || cost.work() > 4 * kUsualWork) {
    return "a hash of at most 64 MiB (log2 N 15, r 8, p 3), so that a sign-in cannot stall this "
           "machine";
  }
  if (cost.work() < kUsualWork / 4) return "a hash that is not so easily guessed";
  return {};
}

}  // namespace

std::string password_hash_problem(std::string_view hash) {
  const auto parsed = parse(hash);
  if (!parsed) return "a hash as `toyota2mqtt hash-password` prints it";
  return problem_of(parsed->cost);
}

base::Result<std::string> scrypt_hash(const base::Secret& password, const Salt& salt) {
  if (auto usable = base::check_password(password.reveal()); !usable) {
    return base::fail(usable.error());
  }
  const Cost cost;
  const std::string salt_text(salt.begin(), salt.end());
  return "scrypt$" + std::to_string(cost.log_n) + "$" + std::to_string(cost.r) + "$" +
         std::to_string(cost.p) + "$" + encoded(salt_text) + "$" +
         encoded(derive(password, salt_text, cost));
}

bool scrypt_matches(const base::Secret& password, std::string_view hash) {
  auto parsed = parse(hash);
  if (parsed && !problem_of(parsed->cost).empty()) parsed.reset();
  if (!parsed) {
    derive(password, "nobody's salt", {});
    return false;
  }
  const auto found = derive(password, parsed->salt, parsed->cost);
  return CRYPTO_memcmp(found.data(), parsed->hash.data(), kHashSize) == 0;
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
