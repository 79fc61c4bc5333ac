#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/async_mutex.hpp"
#include "toyota2mqtt/fleet/account_session.hpp"
#include "toyota2mqtt/fleet/listener.hpp"
#include "toyota2mqtt/fleet/services.hpp"
#include "toyota2mqtt/fleet/unlock_code.hpp"

namespace toyota2mqtt::fleet {

/// What was asked of the cloud since the start of the program, for the owner's accounts.
struct CloudCounts {
  std::uint64_t requests = 0;
  std::uint64_t unknown_values = 0;  ///< values in its answers that were not understood
};

/// The accounts that run: the owner's, which the options name, and those of guests
/// (GuestAccounts), whose cars the REST interface alone shows. Starts, ends and changes accounts
/// while the others go on. Loop thread only.
class AccountSet {
 public:
  using Sessions = std::vector<std::unique_ptr<AccountSession>>;

  /// Everything in `services` outlives it.
  AccountSet(Services services, Options options);
  ~AccountSet();
  AccountSet(const AccountSet&) = delete;
  AccountSet& operator=(const AccountSet&) = delete;

  /// Starts the owner's accounts, and every 30 s looks whether the machine slept or the owner's day
  /// began (Listener::time_passed()). Does nothing after cancel().
  base::Task<void> start();
  /// Gives up the owner's commands that are under way and cancels every account; none starts any
  /// more.
  void cancel();
  /// Returns when every task has ended, a token refresh that must not be torn included; after
  /// cancel().
  base::Task<void> join();
  /// cancel() was called.
  [[nodiscard]] bool stopping() const { return stopping_; }

  /// Takes other options into use while the accounts run, or before they start. The owner's
  /// accounts that are not in them any more end; new ones start; one whose password or endpoints
  /// changed starts anew; of the others only cars whose options changed start anew, and nothing is
  /// asked again. Returns when that is so; the first requests of new accounts are under way then.
  /// Calls wait for each other. Ends early when cancelled while it waits or when the set stops.
  base::Task<void> reconfigure(Options options);
  /// Of the owner's accounts, as used now.
  [[nodiscard]] const Options& options() const { return options_; }

  /// Lets a rejected sign-in of the owner's be tried once more, now. False: there is no such
  /// account, or it does not run.
  bool try_again(const std::string& account_key);
  /// Waits until the cloud was asked for the account's list of cars more often than `tries` times
  /// (AccountSession::tries()), the account is gone, or `deadline` has passed.
  base::Task<void> wait_for_try(std::string account_key, std::uint64_t tries,
                                base::SteadyTime deadline);
  /// Hands a request to the car's queue, or notifies of its refusal. False: there is no such
  /// account or car.
  bool command(const std::string& account_key, const base::CarId& car,
               const vehicle::CommandRequest& request);
  /// CarSession::forget_rejections() of one of the owner's cars, or of all. nullopt: there is no
  /// such car.
  std::optional<std::size_t> forget_rejections(const std::optional<base::CarId>& only);
  /// Shows what history made of one of the owner's cars. Nothing happens when there is no such car.
  void show_statistics(const base::CarId& car, const vehicle::CarStatistics& statistics);
  /// Shows how far the past trips were fetched, in words.
  void show_backfill(const base::CarId& car, std::string progress);

  /// The owner's accounts in the order of the options. Valid until the caller waits for anything.
  [[nodiscard]] const Sessions& owners() const { return owners_; }
  /// The owner's account with this key; nullptr: there is none.
  [[nodiscard]] AccountSession* find_owner(const std::string& key) const;
  /// The first of the owner's accounts that has the car; nullptr: none has.
  [[nodiscard]] AccountSession* owner_of(const base::CarId& car) const;
  /// The account with this key, the owner's or a guest's; nullptr: there is none.
  [[nodiscard]] AccountSession* find(const std::string& key) const;

  /// By key, those of guests. Valid until the caller waits for anything.
  [[nodiscard]] const std::map<std::string, std::unique_ptr<AccountSession>>& guests() const {
    return guests_;
  }
  [[nodiscard]] AccountSession* find_guest(const std::string& key) const;
  /// Starts an account of a guest; `options.key` is not that of any other account. False: the set
  /// stops.
  bool start_guest(AccountOptions options);
  /// Hands a guest's account other options; nothing happens when it does not run.
  void reconfigure_guest(AccountOptions options);
  /// Ends it and returns when its tasks have ended. False: it does not run.
  base::Task<bool> end_guest(std::string key);

  /// Of the owner's accounts, those that have left in this run included.
  [[nodiscard]] CloudCounts counts() const;
  /// One line per account of the owner's with a trouble, for `health`.
  [[nodiscard]] std::vector<std::string> troubles() const;
  /// One line per route of a car that is not asked for now because it failed, for `health`: no
  /// trouble of the program's.
  [[nodiscard]] std::vector<std::string> failing_routes() const;

 private:
  /// Ends what `wanted` does not name, or names with other credentials; true when any did.
  base::Task<bool> end_accounts(const std::vector<AccountOptions>& wanted);
  /// Starts what is new in `wanted` and hands the others their options; true when any is new.
  bool begin_accounts(std::vector<AccountOptions> wanted);
  base::Task<void> forget_cars();
  base::Task<void> watch_time();
  /// Whether the wall clock has run ahead since the last call, because the machine slept or its
  /// time was set; then every car is read.
  bool notice_sleep();
  /// Whether the owner's day has changed since the last call; then what counts from midnight begins
  /// anew.
  bool notice_day();
  [[nodiscard]] base::Time today() const;
  [[nodiscard]] std::vector<CarSession*> all_cars() const;

  Services services_;
  Options options_;
  base::TaskGroup tasks_;
  Sessions owners_;
  UnlockCode code_;  // one for all cars of the owner's
  std::map<std::string, std::unique_ptr<AccountSession>> guests_;
  std::map<std::string, UnlockCode> guest_codes_;  // each guest guesses alone
  base::AsyncMutex reconfiguring_;
  bool running_ = false;                      // accounts are started as soon as they are made
  bool stopping_ = false;                     // none is started any more
  CloudCounts counts_of_gone_ = {};           // of accounts that have left in this run
  std::chrono::milliseconds clocks_apart_{};  // wall clock less steady clock: grows in a sleep
  base::Time day_{};                          // the owner's midnight that the cars know of
};

}  // namespace toyota2mqtt::fleet
