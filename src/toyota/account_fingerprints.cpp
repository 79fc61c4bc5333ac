#include "toyota/lockout_guard.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "toyota/routes.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

namespace {

constexpr const char* kFingerprintSpace = "account";
constexpr const char* kFingerprintKeyName = "fingerprint_key";
constexpr std::size_t kCloudAccountDigits = 20;
constexpr std::size_t kAccountKeyDigits = 10;

// The length keeps name and password apart, whatever characters they hold.
std::string mark_of(const Services& services, const std::string& key, std::string_view where,
                    const std::string& username, const base::Secret& password) {
  const auto message =
      fmt::format("{}\n{}\n{}{}", where, username.size(), username, password.reveal());
  return base::hex(services.crypto.hmac_sha256(key, message));
}

}  // namespace

Task<Result<std::string>> fingerprint_key(const Services& services) {
  auto known = co_await services.store.get(kFingerprintSpace, kFingerprintKeyName);
  if (!known) co_return base::fail(known.error());
  if (*known) co_return **known;
  std::array<std::uint8_t, 32> bytes{};
  services.random.fill(bytes);
  const auto key = base::hex(bytes);
  auto put = co_await services.store.put(kFingerprintSpace, kFingerprintKeyName, key);
  if (!put) co_return base::fail(put.error());
  co_return key;
}

std::string cloud_account(const Services& services, const std::string& key,
                          const Credentials& credentials) {
  const auto message = fmt::format("account\n{}\n{}", constants_of(credentials.brand).realm,
                                   base::lower_case(credentials.username));
  return base::hex(services.crypto.hmac_sha256(key, message)).substr(0, kCloudAccountDigits);
}

std::string fingerprint(const Services& services, const std::string& key,
                        const Credentials& credentials) {
  return mark_of(services, key, fmt::format("realm {}", constants_of(credentials.brand).realm),
                 base::lower_case(credentials.username), credentials.password);
}

std::string fingerprint_of_0_1_0(const Services& services, const std::string& key,
                                 const Credentials& credentials) {
  return mark_of(services, key, vehicle::to_string(credentials.brand), credentials.username,
                 credentials.password);
}

std::string account_key(const Credentials& credentials, const base::Crypto& crypto) {
  auto folded = credentials;
  folded.username = base::lower_case(credentials.username);
  return account_key_of_0_1_0(folded, crypto);
}

std::string account_key_of_0_1_0(const Credentials& credentials, const base::Crypto& crypto) {
  const auto digest = crypto.sha256(
      fmt::format("{}\n{}", vehicle::to_string(credentials.brand), credentials.username));
  return base::hex(digest).substr(0, kAccountKeyDigits);
}

}  // namespace toyota2mqtt::toyota
