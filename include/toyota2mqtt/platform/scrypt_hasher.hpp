#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/password_hash.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/platform/worker.hpp"

/// Makes and compares the hashes of base/password_hash.hpp. New ones have the usual cost.
namespace toyota2mqtt::platform {

using Salt = std::array<std::uint8_t, 16>;

/// Blocks for a third of a second. Errors: config_invalid (see base::check_password()).
base::Result<std::string> scrypt_hash(const base::Secret& password, const Salt& salt);
/// Blocks as long. A text that is no hash is never matched, and takes as long as one of
/// scrypt_hash() does.
bool scrypt_matches(const base::Secret& password, std::string_view hash);

/// base::PasswordHasher on a worker, which runs one hash at a time. Loop thread only; both outlive
/// it and its tasks.
class ScryptHasher final : public base::PasswordHasher {
 public:
  ScryptHasher(Worker& worker, base::Random& random) : worker_(worker), random_(random) {}

  base::Task<base::Result<std::string>> hash(base::Secret password) override;
  base::Task<base::Result<bool>> matches(base::Secret password, std::string hash) override;

 private:
  Worker& worker_;
  base::Random& random_;
};

}  // namespace toyota2mqtt::platform
