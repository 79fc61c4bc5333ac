#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/time.hpp"

/// How an account is, decided in one place from the outcomes of all its requests. Entities, page,
/// `ready`, `health`, metrics and the availability of cars show what condition_of() says. Pure.
namespace toyota2mqtt::fleet {

/// The words of the entity `status`.
enum class AccountStatus : std::uint8_t {
  ok,
  set_up,  ///< nothing has been answered yet
  credentials_rejected,
  action_required,
  rate_limited,
  unreachable,
};
std::string_view to_string(AccountStatus status);

/// What became of one request, repeats included.
struct RequestOutcome {
  enum class Kind : std::uint8_t {
    answered,
    failed,    ///< no answer that can be used, of a route that answers or may answer
    missing,   ///< the cloud has no such data for the car, as far as is known from the beginning
    no_token,  ///< nothing could be asked: neither a sign-in nor a renewal gave a token
  };
  enum class Of : std::uint8_t {
    list,     ///< the account's list of cars
    probe,    ///< the telemetry of a car: asked most often
    other,    ///< another route that reads a car
    command,  ///< a command or a wake: its answer says nothing about reading
  };
  Kind kind = Kind::answered;
  Of of = Of::other;
  std::string route = {};                 ///< names the route of the car; empty for the list
  std::optional<base::Error> error = {};  ///< unless answered
};

/// What is known of the outcomes so far. Changed by note() alone.
struct Outcomes {
  struct Failure {
    base::Error error;   ///< the last one
    base::Time since{};  ///< the first one
  };
  /// What the owner is told: changes between these have a time.
  enum class Level : std::uint8_t { none, well, waiting, owner };

  std::optional<Failure> token = {};           ///< no token could be had the last time
  std::optional<Failure> list = {};            ///< the list of cars failed the last time
  std::optional<Failure> routes = {};          ///< cars' routes, since one answered last
  std::optional<base::Time> answered_at = {};  ///< by any route, the list included
  /// Routes that failed the last time, with the step of their first failure: a route that is ill
  /// alone, while others answer, says nothing about the account.
  std::map<std::string, std::uint64_t> ill = {};
  std::uint64_t step = 0;            ///< grows with every outcome
  std::uint64_t route_answered = 0;  ///< step of the last answer of a car's route; 0 = none yet
  std::uint64_t list_failed = 0;     ///< step of the first failure of the list
  int failed = 0;   ///< since a route answered last, of routes that were well before
  int probes = 0;   ///< of these: of the telemetry
  int missing = 0;  ///< before any route has answered
  Level level = Level::none;
  base::Time since{};                       ///< of the level
  std::optional<base::Time> next_try = {};  ///< when the account is asked next; set by its owner
};
void note(Outcomes& outcomes, const RequestOutcome& outcome, base::Time now);

/// How the account is.
struct Condition {
  AccountStatus status = AccountStatus::set_up;
  std::optional<base::Time> since = {};
  std::string cause = {};   ///< what is wrong, one sentence in plain words; empty = nothing
  std::string remedy = {};  ///< what helps; see remedy_at()
  std::optional<base::Time> next_try = {};  ///< when it is tried again by itself
  /// The cloud lets this account read nothing: its cars cannot be known.
  bool shut_out = false;
  /// The error behind it; nullopt = nothing is wrong, or nothing is known yet.
  std::optional<base::Error> error = {};

  [[nodiscard]] bool troubled() const {
    return status != AccountStatus::ok && status != AccountStatus::set_up;
  }
};
Condition condition_of(const Outcomes& outcomes, base::Time now);

/// An error in words for the owner: without addresses, paths and library texts.
std::string plain_cause(const base::Error& error);

/// Where a remedy is read.
enum class Place : std::uint8_t {
  page,
  home_assistant,
  command_line,  ///< a terminal or the log
  guest,         ///< a user who signs in with a Toyota account of their own
};
/// The remedy with the buttons and places that exist where it is read, for an account of the page
/// or of the configuration. `masked`: the account's masked name, as its button in Home Assistant
/// has it.
std::string remedy_at(Place place, bool from_page, std::string_view masked, std::string remedy);

}  // namespace toyota2mqtt::fleet
