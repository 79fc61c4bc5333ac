#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/secret.hpp"

/// What a stored password looks like: scrypt (RFC 7914), written as
/// `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`, salt and hash in base64url without padding.
namespace toyota2mqtt::base {

/// N = 2^15, r = 8, p = 3 is OWASP's recommendation of the least memory: 32 MiB for about a third
/// of a second, which a small home server has to spare.
struct ScryptCost {
  unsigned log_n = 15;
  unsigned r = 8;
  unsigned p = 3;

  [[nodiscard]] constexpr std::uint64_t n() const { return std::uint64_t{1} << log_n; }
  [[nodiscard]] constexpr std::uint64_t memory() const { return 128 * n() * r; }
  [[nodiscard]] constexpr std::uint64_t work() const { return n() * r * p; }
};

struct ScryptHash {
  static constexpr std::size_t kSize = 32;                                ///< of `hash`
  static constexpr std::uint64_t kMostMemory = std::uint64_t{64} << 20U;  ///< bytes

  ScryptCost cost;
  std::string salt;
  std::string hash;
};

/// A hash may ask for at most 64 MiB and four times the usual work, and for no less than a quarter
/// of it. Pure. The error says what was expected instead, for the owner.
std::expected<ScryptHash, std::string> parse_scrypt_hash(std::string_view text);

/// Makes and compares such hashes. They are slow and run on the worker. Loop thread only.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;
  /// Returns a new hash in the form above.
  virtual Task<Result<std::string>> hash(Secret password) = 0;
  /// Whether `password` is the one of `hash`. A malformed hash never matches, and takes as long.
  virtual Task<Result<bool>> matches(Secret password, std::string hash) = 0;
};

}  // namespace toyota2mqtt::base
