#pragma once

#include <string>

#include "toyota2mqtt/toyota/account.hpp"

/// Under which names the store remembers an account of the cloud and a pair of name and password.
/// Brands of one realm share their accounts, so the realm counts here and not the brand; names are
/// compared without case. Only keyed hashes are stored; the key is random and made once per
/// installation.
namespace toyota2mqtt::toyota {

/// The key of the hashes, made when there is none. Errors: storage_failed, cancelled.
Task<Result<std::string>> fingerprint_key(const Services& services);

/// 20 hex digits that stand for the account.
std::string cloud_account(const Services& services, const std::string& key,
                          const Credentials& credentials);

/// Stands for the account and its password.
std::string fingerprint(const Services& services, const std::string& key,
                        const Credentials& credentials);

/// The same as version 0.1.0 wrote it: with the brand, and the name as it was typed.
std::string fingerprint_of_0_1_0(const Services& services, const std::string& key,
                                 const Credentials& credentials);

/// account_key() as version 0.1.0 made it: of the name as it was typed.
std::string account_key_of_0_1_0(const Credentials& credentials, const base::Crypto& crypto);

}  // namespace toyota2mqtt::toyota
