#pragma once

#include <optional>
#include <string>
#include <vector>

#include "toyota/password_posts.hpp"
#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::toyota {

/// The memory that keeps an account from being locked: what was refused, and when passwords were
/// posted. It lives in the store (space "account"), so it holds across restarts and commands, and
/// under the account of the cloud (cloud_account.hpp): whichever brand or part of the program asks,
/// it finds the same. What version 0.1.0 stored is taken over. Call the functions while
/// TokenStore's lock is held.
class Rejections {
 public:
  /// `key`: of the account; under it, and under that of the name as typed, 0.1.0 stored this.
  /// `lasting`: the account is one of the configuration or the page, which
  /// forget_old_refusals() leaves alone.
  Rejections(const Services& services, const Credentials& credentials, std::string key,
             bool lasting);

  /// The refusal on record for exactly these credentials. Errors: storage_failed, cancelled.
  Task<Result<std::optional<base::Error>>> standing();
  /// Kept beside those of other passwords of the same account, the newest 8: somebody who types
  /// another wrong one must not bring back the first.
  Task<Result<void>> record(base::Error refusal);
  /// Forgets the refusal of exactly these credentials, and how long the last tries told nothing.
  Task<Result<void>> erase();

  /// Writes down that a password is about to be posted; call before it is. Errors: as may_post().
  Task<Result<void>> note_post();
  /// Whether note_post() would allow one, without writing it down. Errors: see reason_to_wait();
  /// storage_failed; cancelled.
  Task<Result<void>> may_post();
  /// The cloud judged the password that note_post() wrote down.
  Task<Result<void>> post_was_judged(bool rejected);
  /// The answer to it told nothing about the password: it does not count, but the next one waits,
  /// unless the conversation `starts_over` at once.
  Task<Result<void>> post_was_unclear(bool starts_over);

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
  Task<Result<void>> take_records(const std::string& place, Known& into);
  Task<Result<void>> write(Known known);
  Task<Result<PasswordPosts>> posts();
  Task<Result<bool>> take_posts(const std::string& account, PasswordPosts& into);
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
