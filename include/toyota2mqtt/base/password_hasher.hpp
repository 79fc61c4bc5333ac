#pragma once

#include <string>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/secret.hpp"

namespace toyota2mqtt::base {

/// Slow hashes of passwords (scrypt, RFC 7914), run on the worker. Loop thread only.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;
  /// Returns `scrypt$<log2 N>$<r>$<p>$<salt, base64>$<hash, base64>`.
  virtual Task<Result<std::string>> hash(Secret password) = 0;
  /// Whether `password` is the one of `hash`. A malformed hash never matches, and takes as long.
  virtual Task<Result<bool>> matches(Secret password, std::string hash) = 0;
};

}  // namespace toyota2mqtt::base
