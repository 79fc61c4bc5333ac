#include "toyota2mqtt/fleet/condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::fleet {

using base::Error;
using base::ErrorCode;
using Level = Outcomes::Level;

namespace {

/// One failed route may be ill alone; two, with the telemetry among them, are the cloud's.
constexpr int kFailuresWithProbe = 2;
constexpr int kFailuresWithoutProbe = 4;
/// Of a car with ten routes, some may be missing.
constexpr int kMissingRoutes = 5;
/// The list of cars is asked once a day, whatever else is read.
constexpr auto kLongestSilence = std::chrono::hours(25);
constexpr int kFirstServerError = 500;

bool concerns_owner(const Error& error) {
  return toyota::disposition(error) == toyota::Disposition::stop_account ||
         error.code == ErrorCode::storage_failed;
}

bool routes_fail(const Outcomes& outcomes) {
  if (outcomes.probes > 0 && outcomes.failed >= kFailuresWithProbe) return true;
  return outcomes.failed >= kFailuresWithoutProbe || outcomes.missing >= kMissingRoutes;
}

/// The failure that decides; nullptr = none does.
const Outcomes::Failure* deciding(const Outcomes& outcomes) {
  if (outcomes.token) return &*outcomes.token;
  if (outcomes.list && outcomes.route_answered <= outcomes.list_failed) return &*outcomes.list;
  if (outcomes.routes && routes_fail(outcomes)) return &*outcomes.routes;
  return nullptr;
}

Level level_of(const Outcomes& outcomes) {
  if (const auto* failure = deciding(outcomes)) {
    return concerns_owner(failure->error) ? Level::owner : Level::waiting;
  }
  return outcomes.answered_at ? Level::well : Level::none;
}

void put(std::optional<Outcomes::Failure>& failure, const Error& error, base::Time now) {
  failure = Outcomes::Failure{.error = error, .since = failure ? failure->since : now};
}

void note_answer(Outcomes& outcomes, const RequestOutcome& outcome, base::Time now) {
  outcomes.answered_at = now;
  outcomes.token.reset();
  if (outcome.of == RequestOutcome::Of::list) {
    outcomes.list.reset();
    return;
  }
  outcomes.ill.erase(outcome.route);
  if (outcome.of == RequestOutcome::Of::command) return;
  outcomes.route_answered = outcomes.step;
  outcomes.routes.reset();
  outcomes.failed = outcomes.probes = outcomes.missing = 0;
}

void note_route_failure(Outcomes& outcomes, const RequestOutcome& outcome, base::Time now) {
  const auto began = outcomes.ill.try_emplace(outcome.route, outcomes.step).first->second;
  if (began < outcomes.route_answered) return;  // others have answered meanwhile: it is ill alone
  ++outcomes.failed;
  if (outcome.of == RequestOutcome::Of::probe) ++outcomes.probes;
  put(outcomes.routes, *outcome.error, now);
}

void note_failure(Outcomes& outcomes, const RequestOutcome& outcome, base::Time now) {
  outcomes.token.reset();
  if (outcome.of != RequestOutcome::Of::list) {
    note_route_failure(outcomes, outcome, now);
    return;
  }
  if (!outcomes.list) outcomes.list_failed = outcomes.step;
  put(outcomes.list, *outcome.error, now);
}

void note_missing(Outcomes& outcomes, const RequestOutcome& outcome, base::Time now) {
  if (outcomes.route_answered != 0) return;
  ++outcomes.missing;
  put(outcomes.routes, *outcome.error, now);
}

AccountStatus status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::credentials_rejected: return AccountStatus::credentials_rejected;
    case ErrorCode::action_required:
    case ErrorCode::config_invalid:
    case ErrorCode::storage_failed: return AccountStatus::action_required;
    case ErrorCode::rate_limited: return AccountStatus::rate_limited;
    default: return AccountStatus::unreachable;
  }
}

/// The cloud is there, and takes no request of this account.
bool refuses_account(const Error& error) {
  return error.code == ErrorCode::forbidden || error.code == ErrorCode::token_expired;
}

bool shuts_out(const Outcomes& outcomes, const Error& error) {
  if (toyota::disposition(error) == toyota::Disposition::stop_account) return true;
  const bool no_more_sign_ins = outcomes.token && error.code == ErrorCode::rate_limited;
  return no_more_sign_ins || refuses_account(error);
}

bool has_address(std::string_view message) { return base::without_address(message) != message; }

std::string no_connection(std::string_view message) {
  if (message.contains("certificate")) return "The certificate of Toyota's cloud is not accepted";
  if (message.contains("resolve")) return "The name of Toyota's cloud cannot be resolved";
  return "There is no connection to Toyota's cloud";
}

std::string_view remedy_of(const Error& error) {
  const bool answered = error.http_status != 0;
  switch (error.code) {
    case ErrorCode::unreachable:
    case ErrorCode::timeout:
      if (error.http_status >= kFirstServerError) break;
      return "Check that this machine reaches the internet. Toyota's cloud is asked again by "
             "itself.";
    case ErrorCode::rate_limited: break;
    case ErrorCode::storage_failed:
      return "Make room on the disk and make the storage directory writable for this program.";
    case ErrorCode::credentials_rejected:
    case ErrorCode::action_required:
    case ErrorCode::config_invalid:
      return "Sign in with the maker's app on the phone and do what it asks there; then choose "
             "\"Try again\".";
    default:
      return answered || error.code == ErrorCode::not_supported
                 ? "If the maker's app works on the phone, look for a newer version of this "
                   "program, or report it with the log. Toyota's cloud is asked again by itself."
                 : "Nothing has to be done: Toyota's cloud is asked again by itself.";
  }
  return "Nothing has to be done: Toyota's cloud is asked again by itself.";
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string press(Place place, std::string_view masked) {
  switch (place) {
    case Place::page: break;
    case Place::home_assistant:
      return fmt::format("press \"Try again{}{}\" of the device toyota2mqtt",
                         masked.empty() ? "" : " ", masked);
    case Place::guest: return "try again";
    case Place::command_line:
      return "run `toyota2mqtt retry-login` (or press \"Try again\" on the page)";
  }
  return "choose \"Try again\"";
}

}  // namespace

std::string_view to_string(AccountStatus status) {
  switch (status) {
    case AccountStatus::ok: return "ok";
    case AccountStatus::set_up: return "set_up";
    case AccountStatus::credentials_rejected: return "credentials_rejected";
    case AccountStatus::action_required: return "action_required";
    case AccountStatus::rate_limited: return "rate_limited";
    case AccountStatus::unreachable: return "unreachable";
  }
  return "unreachable";
}

void note(Outcomes& outcomes, const RequestOutcome& outcome, base::Time now) {
  ++outcomes.step;
  switch (outcome.kind) {
    case RequestOutcome::Kind::answered: note_answer(outcomes, outcome, now); break;
    case RequestOutcome::Kind::failed: note_failure(outcomes, outcome, now); break;
    case RequestOutcome::Kind::missing: note_missing(outcomes, outcome, now); break;
    case RequestOutcome::Kind::no_token: put(outcomes.token, *outcome.error, now); break;
  }
  const auto level = level_of(outcomes);
  if (level == outcomes.level) return;
  const auto* failure = deciding(outcomes);
  // A trouble began with its first failure; what the owner has to do begins when it is known.
  outcomes.since = failure != nullptr && level == Level::waiting ? failure->since : now;
  outcomes.level = level;
}

Condition condition_of(const Outcomes& outcomes, base::Time now) {
  Condition condition;
  if (outcomes.level == Level::none) return condition;
  condition.since = outcomes.since;
  std::optional<Error> error;
  if (const auto* failure = deciding(outcomes)) {
    error = failure->error;
  } else if (outcomes.answered_at && now - *outcomes.answered_at > kLongestSilence) {
    condition.since = outcomes.answered_at;
    error = Error{.code = ErrorCode::timeout,
                  .message = "Nothing was heard of Toyota's cloud for more than a day"};
  }
  if (!error) {
    condition.status = AccountStatus::ok;
    return condition;
  }
  condition.status = status_of(*error);
  condition.shut_out = shuts_out(outcomes, *error);
  condition.cause = plain_cause(*error);
  const bool says = !error->remedy.empty() && error->http_status < kFirstServerError;
  condition.remedy = says ? error->remedy : std::string(remedy_of(*error));
  if (outcomes.level != Level::owner && outcomes.next_try && *outcomes.next_try > now) {
    condition.next_try = outcomes.next_try;
  }
  condition.error = std::move(error);
  return condition;
}

std::string plain_cause(const Error& error) {
  const int status = error.http_status;
  if (status >= kFirstServerError) {
    const bool at_sign_in =
        error.message.starts_with("The sign-in") || error.message.starts_with("The token endpoint");
    return at_sign_in ? fmt::format("Toyota's sign-in has trouble (status {})", status)
                      : fmt::format("Toyota's cloud has trouble (status {})", status);
  }
  switch (error.code) {
    case ErrorCode::rate_limited:
      if (status != 0) return fmt::format("Toyota's cloud asks for a pause (status {})", status);
      break;
    case ErrorCode::forbidden:
    case ErrorCode::token_expired:
      if (status != 0) {
        return fmt::format(
            "Toyota's cloud refuses what it is asked, though not the sign-in "
            "(status {})",
            status);
      }
      break;
    case ErrorCode::not_supported: return "Toyota's cloud does not know what it is asked";
    case ErrorCode::timeout:
      if (status == 0 && has_address(error.message)) {
        return "Toyota's cloud did not answer in time";
      }
      break;
    case ErrorCode::unreachable:
      if (status == 0) return no_connection(error.message);
      break;
    case ErrorCode::unexpected_response:
      // The decoders' messages begin so, too.
      if (has_address(error.message) || error.message.starts_with("the ")) {
        return "Toyota's cloud answers with something that cannot be read";
      }
      break;
    default: break;
  }
  return std::string(base::without_address(error.message));
}

std::string remedy_at(Place place, bool from_page, std::string_view masked, std::string remedy) {
  replace_all(remedy, "choose \"Try again\"", press(place, masked));
  if (place == Place::guest) {
    replace_all(remedy, "here, on this program's page or in its configuration", "here");
    replace_all(remedy, "on this program's page or in its configuration", "here");
  }
  replace_all(remedy, "on this program's page or in its configuration",
              from_page ? "on this program's page"
                        : "in its configuration (inside Home Assistant: the options of the app)");
  return remedy;
}

}  // namespace toyota2mqtt::fleet
