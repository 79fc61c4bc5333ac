#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "toyota2mqtt/base/async_mutex.hpp"
#include "toyota2mqtt/fleet/account_set.hpp"
#include "toyota2mqtt/fleet/services.hpp"

namespace toyota2mqtt::fleet {

/// What of the options holds for guests, too.
struct GuestOptions {
  toyota::Endpoints endpoints;
  CarPolicy policy;  ///< as guest_policy() makes it
  friend bool operator==(const GuestOptions&, const GuestOptions&) = default;
};
inline GuestOptions guest_options(const Options& options) {
  return {.endpoints = options.endpoints, .policy = guest_policy(options.policy)};
}

/// What is remembered of a guest. The name itself is not: nothing needs it after the sign-in.
struct GuestAccount {
  std::string key = {};     ///< `g` and 20 hex digits: never that of an account of the owner's
  std::string masked = {};  ///< toyota::masked_account()
  vehicle::Brand brand = vehicle::Brand::toyota;
  friend bool operator==(const GuestAccount&, const GuestAccount&) = default;
};

/// Who may use a Toyota account that is not the owner's, for the REST interface alone: sign-in,
/// remembering, leaving. The accounts run in the AccountSet, from stored tokens, while a session of
/// the REST interface lasts; passwords are posted once and dropped. Nothing of them reaches the
/// broker or ABRP. Loop thread only.
///
/// Keys are a keyed hash of (brand, name), whose key is random and made once per installation, so
/// that nobody finds out from the files whose accounts these are. Names are compared without case.
class GuestAccounts {
 public:
  static constexpr std::size_t kMost = 50;
  /// Failed sign-ins in 24 h of people who are not known: nobody may try out names here, nor fill
  /// the store with what was refused.
  static constexpr std::size_t kMostStrangers = 100;

  /// `accounts` outlives it, and runs what signs in.
  GuestAccounts(Services services, AccountSet& accounts, GuestOptions options);
  ~GuestAccounts();
  GuestAccounts(const GuestAccounts&) = delete;
  GuestAccounts& operator=(const GuestAccounts&) = delete;

  /// Reads who was a guest in an earlier run; nobody is read until resume(). Before the first of
  /// the other calls. Errors: storage_failed, cancelled.
  base::Task<base::Result<void>> load();
  /// One post of the password at most (toyota::Account::sign_in()). When it was right, the guest's
  /// cars are read from now on, and were listed when this returns, or 10 s have passed. Errors: as
  /// toyota::Account::sign_in(), forbidden when there are kMost guests, and rate_limited after
  /// kMostStrangers.
  base::Task<base::Result<GuestAccount>> sign_in(toyota::Credentials credentials);
  /// Reads the guest's cars from now on. Errors: action_required (no such guest, or no tokens: sign
  /// in again), storage_failed, cancelled.
  base::Task<base::Result<void>> resume(std::string key);
  /// Stops reading, and forgets the guest and the tokens. What could not be erased is tried again
  /// by the next run's forget_others().
  base::Task<void> leave(std::string key);
  /// Every guest leaves whom nobody asked for in this run: after the sessions of an earlier run
  /// were resumed.
  base::Task<void> forget_others();
  /// Takes other options into use.
  base::Task<void> reconfigure(GuestOptions options);
  /// Lets nobody in any more and waits for what is under way; after AccountSet::cancel(), which
  /// ends the reading. The guests and their tokens stay for the next run.
  base::Task<void> stop();

  /// By key, all that are known.
  [[nodiscard]] const std::map<std::string, GuestAccount>& known() const { return known_; }

 private:
  [[nodiscard]] AccountOptions account_options(const GuestAccount& guest) const;
  base::Task<base::Result<std::string>> key_of(toyota::Credentials credentials);
  base::Task<base::Result<void>> remember(GuestAccount guest);
  base::Task<bool> forget(std::string key);
  [[nodiscard]] std::optional<base::Error> refusal_of_strangers();
  bool begin(const GuestAccount& guest);
  void notify_cars_changed(const std::string& key) const;

  Services services_;
  AccountSet& accounts_;
  GuestOptions options_;
  base::AsyncMutex signing_in_;
  base::AsyncMutex changing_;
  std::map<std::string, GuestAccount> known_;
  std::set<std::string> asked_for_;         // in this run, by sign_in() or resume()
  std::deque<base::SteadyTime> strangers_;  // when their sign-ins failed
  bool stopping_ = false;
};

}  // namespace toyota2mqtt::fleet
