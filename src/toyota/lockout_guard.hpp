#pragma once

#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/toyota/account.hpp"

/// What keeps an account from being locked: fingerprints of what was rejected, and the times of
/// password posts.
namespace toyota2mqtt::toyota {

// Under which names the store remembers an account of the cloud and a pair of name and password.
// Brands of one realm share their accounts, so the realm counts here and not the brand; names are
// compared without case. Only keyed hashes are stored; the key is random and made once per
// installation.

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

/// What is remembered of the passwords that were sent to one account of the cloud.
struct PasswordPosts {
  /// Of the past 24 h: those that the cloud answered, and one that is under way or whose answer a
  /// killed process never saw.
  std::vector<base::Time> counted = {};
  int unclear = 0;                             ///< in a row, whose answer said nothing about it
  std::optional<base::Time> unclear_at = {};   ///< the last of these
  std::optional<base::Time> rejected_at = {};  ///< when the cloud last rejected one
  friend bool operator==(const PasswordPosts&, const PasswordPosts&) = default;
};

/// How long to wait after `failures` sign-ins in a row whose answers said nothing about the
/// password: half a minute, then one, then two for half an hour, then five. So an outage of any
/// length ends in a sign-in within five minutes of its end. 0 failures: 10 s, for an owner who asks
/// again.
std::chrono::seconds pause_after_unclear(int failures);

/// Why no password may be sent at `now`; nullopt: one may. Pure. rate_limited after three in 24 h,
/// unreachable while the pause after an unclear answer lasts (less a fifth, so that what a running
/// account planned with jitter is never late); both with retry_after.
std::optional<base::Error> reason_to_wait(const PasswordPosts& posts, base::Time now);
/// Whether one of the past 24 h was rejected: only then is advice about passwords called for.
bool rejected_lately(const PasswordPosts& posts, base::Time now);

/// JSON text for the store, and back; what cannot be read counts as nothing. Times that lie in
/// the future of `now` (a clock was wrong) count as now.
std::string serialize(const PasswordPosts& posts);
PasswordPosts parse_password_posts(const std::string& text, base::Time now);

/// Keeps an account from being locked: remembers what the cloud rejected, and when passwords were
/// posted. It lives in the store (space "account"), so it holds across restarts and commands, and
/// under the name cloud_account(): every brand and every part of the program finds the same. What
/// version 0.1.0 stored is taken over. Call the functions while TokenStore's lock is held.
class LockoutGuard {
 public:
  /// `key`: of the account; under it, and under that of the name as typed, 0.1.0 stored this.
  /// `lasting`: the account is one of the configuration or the page, which
  /// forget_old_rejections() leaves alone.
  LockoutGuard(const Services& services, const Credentials& credentials, std::string key,
               bool lasting);

  /// The refusal on record for exactly these credentials. Errors: storage_failed, cancelled.
  Task<Result<std::optional<base::Error>>> standing_rejection();
  /// Kept beside those of other passwords of the same account, the newest 8: an owner who types
  /// another wrong one must not bring back the first.
  Task<Result<void>> record(base::Error refusal);
  /// Forgets the refusal of exactly these credentials, and the count of answers that said nothing
  /// about the password.
  Task<Result<void>> erase();

  /// Writes down that a password is about to be posted; call before it is. Errors: as may_post().
  Task<Result<void>> record_post();
  /// Whether record_post() would allow one, without writing it down. Errors: see reason_to_wait();
  /// storage_failed; cancelled.
  Task<Result<void>> may_post();
  /// The cloud accepted or rejected the password that record_post() wrote down.
  Task<Result<void>> on_post_answered(bool rejected);
  /// The answer to it said nothing about the password: it does not count, but the next one waits,
  /// unless the conversation `starts_over` at once.
  Task<Result<void>> on_post_unclear(bool starts_over);

 private:
  struct Record {
    std::string fingerprint;
    base::Error refusal;
    std::string at;
  };
  struct Known {
    std::vector<Record> records = {};
    bool lasting = false;
  };
  /// Finds out under which names things are stored; once.
  Task<Result<void>> prepare();
  Task<Result<Known>> records();
  Task<Result<void>> read_records(const std::string& name, Known& into);
  Task<Result<void>> write(Known known);
  Task<Result<PasswordPosts>> posts();
  Task<Result<bool>> read_posts(const std::string& account, PasswordPosts& into);
  Task<Result<void>> write_posts(PasswordPosts posts);
  [[nodiscard]] bool is_mine(const Record& record) const;

  const Services& services_;
  const Credentials& credentials_;
  std::vector<std::string> old_keys_;
  bool lasting_;
  std::string account_;  ///< empty: prepare() has not succeeded yet
  std::string fingerprint_;
  std::string old_fingerprint_;
  /// What could not be written down; it holds at least for this process.
  std::optional<base::Error> unwritten_;
};

}  // namespace toyota2mqtt::toyota
