#pragma once

#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::toyota {

/// The memory that keeps an account from being locked: what was refused, and when passwords were
/// posted. It lives in the store (space "account"), so it holds across restarts and commands.
///
/// Only a keyed fingerprint of (brand, name, password) is stored; its key is random and made once
/// per installation. Call the writing functions while TokenStore's lock is held.
class Rejections {
 public:
  Rejections(const Services& services, const Credentials& credentials, std::string account_key);

  /// The refusal on record for exactly these credentials. Errors: storage_failed, cancelled.
  Task<Result<std::optional<base::Error>>> standing();
  /// Kept beside those of other passwords of the same account, the newest 8: somebody who types
  /// another wrong one must not bring back the first.
  Task<Result<void>> record(base::Error refusal);
  /// Forgets the refusal of exactly these credentials.
  Task<Result<void>> erase();

  /// Writes down that a password is about to be posted; call before it is. Errors: rate_limited
  /// with retry_after when 3 were posted in the past 24 h; storage_failed; cancelled.
  Task<Result<void>> note_post();
  /// Whether note_post() would allow one, without writing it down.
  Task<Result<void>> may_post();

 private:
  struct Record {
    std::string fingerprint;
    base::Error refusal;
    std::string at;
  };
  Task<Result<std::vector<Record>>> records();
  Task<Result<void>> write(std::vector<Record> records);
  Task<Result<std::vector<base::Time>>> recent_posts();
  Task<Result<std::optional<std::string>>> fingerprint();
  Task<Result<std::string>> fingerprint_or_new();
  [[nodiscard]] std::string fingerprint_with(const std::string& key) const;

  const Services& services_;
  const Credentials& credentials_;
  std::string account_key_;
  /// What could not be written down; it holds at least for this process.
  std::optional<base::Error> unwritten_;
};

}  // namespace toyota2mqtt::toyota
