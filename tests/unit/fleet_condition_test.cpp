#include <initializer_list>

#include "support/catch.hpp"
#include "toyota2mqtt/fleet/condition.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::Error;
using base::ErrorCode;
using fleet::AccountStatus;

namespace {

using Came = fleet::RequestOutcome::Kind;
using About = fleet::RequestOutcome::Of;

Error condition_error(ErrorCode code, int status, std::string message = "It failed") {
  return {.code = code, .message = std::move(message), .http_status = status};
}
Error cloud_trouble(int status = 503) { return condition_error(ErrorCode::unreachable, status); }
Error no_password_left() {
  return {.code = ErrorCode::rate_limited,
          .message = "The password was sent 3 times within a day",
          .remedy = "Wait.",
          .retry_after = std::chrono::hours(20)};
}

/// An account whose outcomes come one minute after each other.
struct AskedAccount {
  void answer(About of, std::string route = {}) {
    tell({Came::answered, of, std::move(route), {}});
  }
  void fail(About of, Error error, std::string route = {}) {
    tell({Came::failed, of, std::move(route), std::move(error)});
  }
  void no_token(Error error) {
    tell({Came::no_token, About::probe, "telemetry", std::move(error)});
  }
  void missing(std::string route) {
    tell({Came::missing, About::other, std::move(route),
          condition_error(ErrorCode::not_supported, 404)});
  }
  void tell(const fleet::RequestOutcome& outcome) {
    now += 1min;
    fleet::note(outcomes, outcome, now);
  }
  [[nodiscard]] fleet::Condition condition() const { return condition_of(outcomes, now); }
  [[nodiscard]] AccountStatus status() const { return condition().status; }
  /// Signed in, listed and read.
  void be_well() {
    answer(About::list);
    answer(About::probe, "telemetry");
    answer(About::other, "status");
    CHECK(status() == AccountStatus::ok);
  }

  fleet::Outcomes outcomes;
  base::Time now = base::parse_iso8601("2026-11-20T12:00:00Z").value();
};

}  // namespace

TEST_CASE("condition: nothing is said before the first outcome, and ok after the first answer") {
  AskedAccount account;
  CHECK(account.status() == AccountStatus::set_up);
  CHECK_FALSE(account.condition().troubled());
  account.answer(About::list);
  CHECK(account.status() == AccountStatus::ok);
  CHECK(account.condition().since == account.now);
  CHECK(account.condition().cause.empty());
}

TEST_CASE(
    "condition: a sign-in that may not be repeated is reported at once, though the list answered") {
  AskedAccount account;
  account.be_well();
  account.no_token(no_password_left());
  const auto condition = account.condition();
  CHECK(condition.status == AccountStatus::rate_limited);
  CHECK(condition.since == account.now);
  CHECK(condition.cause == "The password was sent 3 times within a day");
  CHECK(condition.remedy == "Wait.");
  CHECK(condition.shut_out);
}

TEST_CASE("condition: a token that is refused even when new is reported, and no car can be known") {
  AskedAccount account;
  account.be_well();
  const auto refused =
      condition_error(ErrorCode::forbidden, 401, "The cloud refuses even a token that is new");
  account.fail(About::probe, refused, "telemetry");
  account.fail(About::other, refused, "status");
  const auto condition = account.condition();
  CHECK(condition.status == AccountStatus::unreachable);
  CHECK(condition.shut_out);
  CHECK(condition.cause ==
        "Toyota's cloud refuses what it is asked, though not the sign-in (status 401)");
  CHECK(condition.remedy.contains("newer version"));
}

TEST_CASE("condition: 503 from every route is reported by the first probe and one route more") {
  AskedAccount account;
  account.be_well();
  account.fail(About::probe, cloud_trouble(), "telemetry");
  const auto began = account.now;
  account.answer(About::list);  // the list alone says nothing about the rest
  account.fail(About::other, cloud_trouble(), "status");
  const auto condition = account.condition();
  CHECK(condition.status == AccountStatus::unreachable);
  CHECK(condition.since == began);
  CHECK(condition.cause == "Toyota's cloud has trouble (status 503)");
  CHECK_FALSE(condition.remedy.contains("internet"));
  CHECK_FALSE(condition.shut_out);
  account.fail(About::probe, condition_error(ErrorCode::rate_limited, 429), "telemetry");
  CHECK(account.status() == AccountStatus::rate_limited);
  CHECK(account.condition().since == began);  // of the trouble, not of its newest form
}

TEST_CASE("condition: a probe that fails twice in a row is enough when nothing else is read") {
  AskedAccount account;
  account.be_well();
  account.fail(About::probe, cloud_trouble(), "telemetry");
  CHECK(account.status() == AccountStatus::ok);
  account.fail(About::probe, cloud_trouble(), "telemetry");
  CHECK(account.status() == AccountStatus::unreachable);
}

TEST_CASE("condition: routes that are ill alone say nothing about the account") {
  AskedAccount account;
  account.be_well();
  for (int i = 0; i < 10; ++i) {
    account.fail(About::other, cloud_trouble(504), "trips");
    account.fail(About::other, cloud_trouble(500), "notifications");
    CHECK(account.status() == AccountStatus::ok);
    account.answer(About::probe, "telemetry");
  }
  // The telemetry of one car is ill, and another's answers.
  for (int i = 0; i < 10; ++i) {
    account.fail(About::probe, cloud_trouble(500), "other/telemetry");
    CHECK(account.status() == AccountStatus::ok);
    account.answer(About::probe, "telemetry");
  }
}

TEST_CASE("condition: the list alone may fail while cars answer, but not before one has") {
  AskedAccount account;
  account.fail(About::list, cloud_trouble());
  CHECK(account.status() == AccountStatus::unreachable);
  account.be_well();
  account.fail(About::list, cloud_trouble());
  CHECK(account.status() == AccountStatus::unreachable);
  account.answer(About::probe, "telemetry");
  CHECK(account.status() == AccountStatus::ok);
  account.fail(About::list, cloud_trouble());
  CHECK(account.status() == AccountStatus::ok);
}

TEST_CASE("condition: routes that are missing count only when a car has hardly any") {
  AskedAccount account;
  account.answer(About::list);
  for (const char* route : {"a", "b", "c", "d"}) account.missing(route);
  CHECK(account.status() == AccountStatus::ok);
  account.missing("e");
  CHECK(account.status() == AccountStatus::unreachable);
  account.answer(About::other, "f");
  CHECK(account.status() == AccountStatus::ok);
  for (const char* route : {"a", "b", "c", "d", "e", "g"}) account.missing(route);
  CHECK(account.status() == AccountStatus::ok);
}

TEST_CASE("condition: one answer of a car's route ends every trouble, and the time is new") {
  for (const auto& error : {cloud_trouble(), condition_error(ErrorCode::rate_limited, 429),
                            condition_error(ErrorCode::unreachable, 0, "no connection"),
                            condition_error(ErrorCode::timeout, 0, "slow"),
                            condition_error(ErrorCode::unexpected_response, 200, "HTML")}) {
    AskedAccount account;
    account.be_well();
    account.fail(About::list, error);
    account.fail(About::probe, error, "telemetry");
    account.fail(About::other, error, "status");
    CHECK(account.condition().troubled());
    account.answer(About::probe, "telemetry");
    CHECK(account.status() == AccountStatus::ok);
    CHECK(account.condition().since == account.now);
    CHECK(account.condition().cause.empty());
    CHECK(account.condition().remedy.empty());
  }
}

TEST_CASE("condition: what the owner has to do begins anew, and names no next try") {
  AskedAccount account;
  account.be_well();
  account.fail(About::list, cloud_trouble());
  account.outcomes.next_try = account.now + 10min;
  CHECK(account.condition().next_try == account.now + 10min);
  account.no_token({.code = ErrorCode::credentials_rejected,
                    .message = "The password was rejected",
                    .remedy = "Correct it."});
  const auto condition = account.condition();
  CHECK(condition.status == AccountStatus::credentials_rejected);
  CHECK(condition.since == account.now);
  CHECK_FALSE(condition.next_try);
  CHECK(condition.shut_out);
  CHECK(condition.remedy == "Correct it.");
}

TEST_CASE("condition: silence of more than a day is no health") {
  AskedAccount account;
  account.be_well();
  const auto last = account.now;
  account.now += 24h;
  CHECK(account.status() == AccountStatus::ok);
  account.now += 2h;
  CHECK(account.status() == AccountStatus::unreachable);
  CHECK(account.condition().since == last);
  CHECK_FALSE(account.condition().cause.empty());
}

TEST_CASE("condition: causes are plain, without hosts, paths and words of libraries") {
  const auto cause = [](ErrorCode code, std::string message, int status = 0) {
    return fleet::plain_cause(condition_error(code, status, std::move(message)));
  };
  const std::string where = "127.0.0.1:4711 /json/authenticate: ";
  CHECK(cause(ErrorCode::unreachable, where + "Couldn't connect to server") ==
        "There is no connection to Toyota's cloud");
  CHECK(cause(ErrorCode::unreachable, where + "Couldn't resolve host name") ==
        "The name of Toyota's cloud cannot be resolved");
  CHECK(cause(ErrorCode::unreachable, where + "the server's certificate is not accepted") ==
        "The certificate of Toyota's cloud is not accepted");
  CHECK(cause(ErrorCode::timeout, where + "no complete answer in time") ==
        "Toyota's cloud did not answer in time");
  CHECK(cause(ErrorCode::unexpected_response, where + "the answer is larger than 4 bytes") ==
        "Toyota's cloud answers with something that cannot be read");
  CHECK(cause(ErrorCode::unreachable, "The sign-in answered with status 503", 503) ==
        "Toyota's sign-in has trouble (status 503)");
  CHECK(cause(ErrorCode::credentials_rejected, "The password was rejected", 401) ==
        "The password was rejected");
}

TEST_CASE("condition: a remedy names the buttons and places that exist where it is read") {
  using fleet::Place;
  const std::string remedy =
      "Enter it on this program's page or in its configuration, and then choose \"Try again\".";
  CHECK(remedy_at(Place::page, true, "d…@e….com", remedy) ==
        "Enter it on this program's page, and then choose \"Try again\".");
  CHECK(remedy_at(Place::home_assistant, true, "d…@e….com", remedy) ==
        "Enter it on this program's page, and then press \"Try again d…@e….com\" of the device "
        "toyota2mqtt.");
  const auto line = remedy_at(Place::command_line, false, "d…@e….com", remedy);
  CHECK(line.contains("toyota2mqtt retry-login"));
  CHECK(line.contains("in its configuration (inside Home Assistant: the options of the app)"));
  CHECK_FALSE(line.contains("page or in"));
}
