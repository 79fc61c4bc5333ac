#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rest/auth/login_throttle.hpp"
#include "rest/auth/sessions.hpp"
#include "rest/auth/signing_keys.hpp"
#include "rest/context.hpp"
#include "rest/http/problem.hpp"

namespace toyota2mqtt::rest {

/// What a user typed to sign in.
struct SignIn {
  std::string username;
  base::Secret password;
  vehicle::Brand brand = vehicle::Brand::toyota;
};

/// How many sign-ins are under way in a place; shared with those that are.
using PlaceCount = std::shared_ptr<std::size_t>;

/// Who signed in well from where: they keep a place of their own, so that a crowd that guesses from
/// elsewhere cannot keep them out. Bounded; the oldest are forgotten. Loop thread only.
class KnownPlaces {
 public:
  static constexpr std::size_t kMost = 256;

  void record(const std::string& name, const std::string& address);
  /// nullptr: this name never signed in well from this address.
  [[nodiscard]] PlaceCount find(const std::string& name, const std::string& address) const;

 private:
  struct Place {
    std::string name;
    std::string address;
    PlaceCount under_way;
  };
  std::deque<Place> places_ = {};
};

/// What a sign-in or a renewal gives.
struct Issued {
  std::string access;
  std::string refresh;
  std::chrono::seconds expires_in{};  ///< of the access token
  Principal who;
};

/// Whom a request's token belongs to.
struct Caller {
  Principal who = {};            ///< nobody: no token, or one that does not hold
  SessionPtr session = nullptr;  ///< set when the token holds
  bool refused = false;          ///< there was a token, and it does not hold
};

/// One session as administrators see it.
struct SessionView {
  std::string id;
  Principal::Kind kind = Principal::Kind::administrator;
  std::string name;         ///< a user of the configuration, or a masked e-mail address
  std::string account_key;  ///< of a guest
  std::string client;       ///< numeric address
  base::Time created{};
  base::Time last_used{};
  base::Time expires{};
};

/// A client or a name that guessed, as administrators see it.
struct LimitView {
  std::string kind;  ///< name, address
  std::string who;   ///< a pseudonym, or an address
  std::uint32_t failures = 0;
  std::optional<base::Time> free_at = {};  ///< unset: may try now
};

/// Whether the request carries a name and a password (HTTP Basic), which only routes with
/// Route::basic look at.
bool is_basic(const Request& request);

/// Sign-ins, sessions and tokens (docs/rest.md, "Sign in"). Loop thread only.
class Auth {
 public:
  Auth(Services& services, const Options& options);

  /// Keys and sessions from the store; goes on with guests' accounts. Errors: storage_failed,
  /// cancelled.
  base::Task<base::Result<void>> load();
  /// Ends what is due and writes down what was used: once a minute.
  base::Task<void> tidy();

  /// The options name other users: ends the sessions of those who may not go on.
  base::Task<void> users_changed();

  /// By the Authorization header. Notes that the session is used.
  Caller identify(const Request& request);

  /// One attempt, limited by name and by address. An unknown name and a wrong password give the
  /// same problem at the same time after `arrived`.
  base::Task<std::expected<Issued, Problem>> sign_in(SignIn entry, std::string client,
                                                     base::SteadyTime arrived);
  /// The administrator whose name and password the request carries (HTTP Basic), for programs that
  /// cannot renew tokens. Limited and slow as sign_in(), but no session begins; a user who was
  /// right is believed for kBelieved without another look.
  base::Task<std::expected<Principal, Problem>> administrator_of(std::string_view basic,
                                                                 std::string client,
                                                                 base::SteadyTime arrived);
  static constexpr std::chrono::minutes kBelieved{5};

  /// New tokens for a refresh token, which holds no more. One that was used before ends its
  /// session: another client has it.
  base::Task<std::expected<Issued, Problem>> refresh(std::string token);

  /// Calls `told` with the id of each session that ends, before the first wait.
  void when_ended(std::function<void(const std::string&)> told) { ended_ = std::move(told); }
  /// Ordered by id.
  [[nodiscard]] std::vector<SessionView> sessions() const;
  /// Its tokens hold no more, even when the store fails. False: there is no such session. Errors:
  /// storage_failed, cancelled.
  base::Task<base::Result<bool>> end_session(std::string id);
  [[nodiscard]] std::vector<LimitView> limits() const;
  /// Lifts the limits of a client or a name: `who` is a LimitView::who or a name as it is typed;
  /// empty: all. Returns whether anything was held back or counted.
  bool reset_limits(std::string_view who);
  /// Errors as SigningKeys::rotate().
  base::Task<base::Result<void>> rotate_keys() { return keys_.rotate(); }
  [[nodiscard]] std::vector<SigningKeys::View> keys() const { return keys_.list(); }
  void collect(std::vector<base::MetricFamily>& into) const;

  /// How long a failed sign-in takes, by what was typed and the configuration alone; one that took
  /// longer by itself takes a multiple.
  [[nodiscard]] std::chrono::milliseconds failure_time(std::string_view username) const;

 private:
  struct Proof {
    Principal::Kind kind = Principal::Kind::nobody;
    std::string name = {};
    std::string account_key = {};
    std::string credential = {};
  };
  struct Known {
    SessionPtr session;
    base::Time expires{};
  };
  /// Who was right lately, by a keyed hash of name and password.
  struct Believed {
    struct Entry {
      std::string name;
      base::SteadyTime until{};
    };
    std::string key = {};  ///< made at the first use
    std::map<std::string, Entry> entries = {};
  };
  struct TextHash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library's name
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Counts {
    std::uint64_t done = 0;
    std::uint64_t rejected = 0;
    std::uint64_t limited = 0;
    std::uint64_t failed = 0;
    std::uint64_t refused_tokens = 0;
    std::uint64_t stolen = 0;
  };

  [[nodiscard]] const User* user_of(std::string_view name) const;
  [[nodiscard]] bool is_toyota(std::string_view username) const;
  /// One attempt: whose password is tried, from where, and what is counted for both.
  struct Attempt {
    std::string name = {};     ///< pseudonym
    std::string address = {};  ///< counted_address()
    std::string counted = {};  ///< what the failures of the name are counted under
    PlaceCount place = {};     ///< where it may take place; nullptr: nowhere now
  };
  [[nodiscard]] Attempt attempt_of(std::string_view username, std::string_view client) const;
  std::optional<Problem> hold_back(const Attempt& attempt);
  /// `users_only`: nobody of Toyota is asked.
  base::Task<base::Result<Proof>> prove(const SignIn& entry, bool users_only);
  base::Task<std::expected<Proof, Problem>> attempt(SignIn entry, std::string client,
                                                    base::SteadyTime arrived, bool users_only);
  base::Task<Problem> failure(base::Error error, std::string username, base::SteadyTime arrived);
  base::Task<std::expected<Issued, Problem>> begin_session(Proof proof, std::string pseudonym,
                                                           std::string client);
  base::Task<base::Result<void>> end(SessionPtr session);
  [[nodiscard]] bool holds(const Session& session, base::Time now) const;
  [[nodiscard]] bool may_go_on(const Session& session) const;
  SessionPtr session_of(std::string_view token, base::Time now);
  Issued issue(const Session& session);
  static Principal principal_of(const Session& session);
  std::string new_id();

  Services& services_;
  const Options& options_;
  SigningKeys keys_;
  Sessions sessions_;
  LoginThrottle names_;
  LoginThrottle addresses_;
  std::unordered_map<std::string, Known, TextHash, std::equal_to<>> known_ = {};
  std::uint64_t known_version_ = 0;                          ///< of the keys that signed `known_`
  PlaceCount under_way_ = std::make_shared<std::size_t>(0);  ///< of the places for everybody
  KnownPlaces places_;
  Counts counts_ = {};
  Believed believed_ = {};
  std::function<void(const std::string&)> ended_ = {};
};

}  // namespace toyota2mqtt::rest
