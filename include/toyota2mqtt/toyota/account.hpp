#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::toyota {

using base::Result;
using base::Task;

/// Where the cloud is. No trailing slash.
struct Endpoints {
  std::string login_url = "https://b2c-login.toyota-europe.com";
  std::string api_url = "https://ctpa-oneapi.tceu-ctp-prd.toyotaconnectedeurope.io";
  std::string app_version = "2.23.0";  ///< sent as x-appversion and used as the HMAC key
  friend bool operator==(const Endpoints&, const Endpoints&) = default;
};

struct Credentials {
  std::string username;  ///< e-mail address: personal, never logged
  base::Secret password;
  vehicle::Brand brand = vehicle::Brand::toyota;
  friend bool operator==(const Credentials&, const Credentials&) = default;
};

/// A pseudonym for file names and topics: 10 hex digits of a hash of (brand, name in lower case).
/// Pure.
std::string account_key(const Credentials& credentials, const base::Crypto& crypto);

/// Same brand, and the same name: those are compared without case, as mail addresses are.
bool same_account(const Credentials& one, const Credentials& other);

/// `d…@e….com`: what logs and entities call an account.
std::string masked_account(std::string_view username);

struct Tokens {
  base::Secret access;
  base::Secret refresh;
  std::string guid;  ///< `uuid` claim of the id_token; sent with every call
  base::Time expires_at{};
};

/// Where tokens rest between runs: encrypted, 0600, replaced atomically; one file for all accounts.
/// Implemented in platform. Loop thread only.
class TokenStore {
 public:
  /// Held while refreshing or signing in; at most one holder across all processes that share the
  /// storage directory. Released by its destructor.
  class Lock {
   public:
    virtual ~Lock() = default;
  };

  virtual ~TokenStore() = default;
  virtual Task<Result<std::unique_ptr<Lock>>> lock() = 0;
  /// nullopt: nothing stored for this key (also when the file was unreadable: it is then set aside
  /// with a warning in the log).
  virtual Task<Result<std::optional<Tokens>>> load(std::string account_key) = 0;
  /// Durable when it returns.
  virtual Task<Result<void>> save(std::string account_key, Tokens tokens) = 0;
  virtual Task<Result<void>> erase(std::string account_key) = 0;
};

struct CloudMetrics;

/// What the part needs from outside; everything outlives the objects that hold it.
struct Services {
  base::HttpClient& http;
  base::Clock& clock;
  base::Random& random;
  const base::Crypto& crypto;
  base::Log& log;
  base::Store& store;
  TokenStore& tokens;
  CloudMetrics* metrics = nullptr;  ///< counts requests; may be nullptr
};

/// What an error of this part means for its caller: the one place that decides it.
enum class Disposition {
  retry,          ///< passing: back off and try again
  refresh_token,  ///< refresh once, then sign in once
  stop_account,   ///< tell the owner; no request until the owner acts
  drop_vehicle,   ///< the car left the account
  give_up_route,  ///< this car lacks it: remember, probe again after a day
  stop,           ///< shutting down
};
Disposition disposition(const base::Error& error);

/// One signed-in account: its sign-in, its tokens, and the promise that a rejected password is
/// never repeated (docs/toyota-protocol.md, "Sign-in"; docs/architecture.md, "Errors").
///
/// A keyed fingerprint of (brand, name, password) with the outcome is kept in the store, so that no
/// start of any command repeats a rejected sign-in until the password changes or allow_retry() is
/// called; at most 3 passwords that the cloud accepts or rejects are posted in 24 h in any case,
/// all brands of one realm and all accounts of this storage taken together. An answer that tells
/// nothing about the password (5xx, 429, HTML, none) does not count: the next try comes half a
/// minute to five minutes later.
///
/// An account without a password lives on stored tokens: it never posts anything, and when they
/// cannot be renewed any more it answers action_required. Loop thread only.
class Account {
 public:
  /// `key`: under which tokens and refusals are kept; empty = account_key() of the credentials.
  Account(Services services, Endpoints endpoints, Credentials credentials, std::string key = {});
  ~Account();
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  /// Tokens valid for at least 90 s more: the stored ones, refreshed ones, or those of a sign-in.
  /// Callers that come while one refresh or sign-in is under way share its outcome.
  /// Errors: credentials_rejected and action_required (with the remedy in plain words; repeated
  /// calls answer the same without any request), unreachable, timeout, rate_limited,
  /// unexpected_response, storage_failed, cancelled. When the host of the sign-in fails in passing,
  /// retry_after says when the next try makes sense; until then the same error is the answer.
  Task<Result<Tokens>> tokens();
  /// After a data call answered 401 to `rejected`: one refresh, then one sign-in. Answers the newer
  /// tokens at once when another caller has replaced `rejected` already.
  Task<Result<Tokens>> replace(Tokens rejected);
  /// Posts the password now, whatever is stored: for one that its owner has just typed. The tokens
  /// take the place of the stored ones. Errors as tokens(); a rejection on record is answered
  /// without any request.
  Task<Result<Tokens>> sign_in();
  /// The owner pressed "Try again": forgets the rejection, and that the next try should wait, so
  /// that one more sign-in may happen.
  Task<Result<void>> allow_retry();

  /// As given, or account_key() of the credentials.
  [[nodiscard]] const std::string& key() const;
  [[nodiscard]] const Credentials& credentials() const;
  [[nodiscard]] const Endpoints& endpoints() const;
  /// Passwords posted by this process, for tests and `doctor`.
  [[nodiscard]] int sign_ins() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Deletes rejections and times of password posts of accounts where nothing is newer than `before`;
/// keep at least the past 24 h. For accounts of guests who came once: the rejections of accounts
/// that stay (Account without a key given) are kept. `key_prefix`: with which the keys of the
/// visitors began under which version 0.1.0 stored this. Entries with times that cannot be read are
/// deleted, too. Returns how many entries there were. Errors: storage_failed, cancelled.
base::Task<base::Result<std::size_t>> forget_old_rejections(base::Store& store,
                                                            std::string key_prefix,
                                                            base::Time before);

}  // namespace toyota2mqtt::toyota
