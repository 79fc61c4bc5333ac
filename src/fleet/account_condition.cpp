#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "toyota2mqtt/fleet/account_session.hpp"

/// How an account is: every outcome of its requests is noted here, and what changes is told.
namespace toyota2mqtt::fleet {

namespace {

using ResultKind = toyota::RouteResult::Kind;

constexpr auto kWellAgain = std::chrono::minutes(10);

RequestOutcome::Of subject_of(std::optional<vehicle::Source> source) {
  if (!source) return RequestOutcome::Of::command;
  return *source == vehicle::Source::telemetry ? RequestOutcome::Of::probe
                                               : RequestOutcome::Of::other;
}

/// Of a car that does not do what it is asked, the cloud has answered; what the car lacks was never
/// a matter of the account.
bool tells_of_account(RequestOutcome::Of subject, const base::Error& error) {
  if (error.code == base::ErrorCode::cancelled) return false;
  if (toyota::disposition(error) == toyota::Disposition::drop_vehicle) return false;
  if (subject != RequestOutcome::Of::command) return true;
  constexpr int kTooManyRequests = 429;
  constexpr int kServerError = 500;
  const int status = error.http_status;
  return status == 0 || status == kTooManyRequests || status >= kServerError;
}

}  // namespace

Condition AccountSession::condition() const {
  return condition_of(outcomes_, services_.clock.now());
}

std::optional<base::Error> AccountSession::trouble() const {
  auto condition = this->condition();
  if (!condition.error) return std::nullopt;
  condition.error->message = std::move(condition.cause);
  condition.error->remedy = std::move(condition.remedy);
  return std::move(condition.error);
}

CarView AccountSession::view(const CarSession& car) const {
  const auto now = condition();
  return {.car = &car.car(),
          .account_key = key(),
          .presentable = car.presentable(),
          .available = car.presentable() && available(car, now),
          .fresh = car.fresh() && !now.troubled(),
          .version = car.version()};
}

bool AccountSession::signed_out() const {
  const auto error = condition().error;
  return error && toyota::disposition(*error) == toyota::Disposition::stop_account;
}

bool AccountSession::note(RequestOutcome outcome) {
  // Another request may have found a token meanwhile, so only the same error counts as that.
  const auto& no_token = cloud_.no_token();
  const bool standing =
      outcome.error && toyota::disposition(*outcome.error) == toyota::Disposition::stop_account;
  if (standing || (outcome.error && no_token && no_token->message == outcome.error->message)) {
    outcome.kind = RequestOutcome::Kind::no_token;
  }
  const auto now = services_.clock.now();
  // As it was told last: a silence that this outcome ends (a sleep) was never told.
  const auto before = condition_of(outcomes_, outcomes_.answered_at.value_or(now));
  fleet::note(outcomes_, outcome, now);
  const auto after = condition();
  const bool began = after.troubled() && !before.troubled();
  // A trouble that comes back at once goes on: its pauses grow.
  if (began && (!before.since || now - *before.since > kWellAgain)) failures_ = 0;
  if (began) outcomes_.next_try.reset();
  if (before.status != after.status || before.cause != after.cause) tell_condition(before, after);
  return began;
}

void AccountSession::note_list(const base::Result<std::vector<toyota::ListedVehicle>>& listed) {
  RequestOutcome outcome{.of = RequestOutcome::Of::list};
  if (!listed) {
    outcome.kind = RequestOutcome::Kind::failed;
    outcome.error = listed.error();
  }
  (void)note(std::move(outcome));
}

void AccountSession::answered(const base::CarId& car, std::optional<vehicle::Source> source,
                              const toyota::RouteResult& result) {
  const auto found = cars_.find(car);
  if (found == cars_.end()) return;
  RequestOutcome outcome{
      .of = subject_of(source),
      .route = fmt::format("{} {}", car.text, source ? vehicle::to_string(*source) : "command"),
      .error = result.error};
  if (result.error) {
    if (!tells_of_account(outcome.of, *result.error)) return;
    // A route that has answered before and is not there any more is as bad as one that fails.
    const bool lacking = result.kind == ResultKind::not_supported &&
                         (!source || !found->second->car().evidence.answered.contains(*source));
    outcome.kind = lacking ? RequestOutcome::Kind::missing : RequestOutcome::Kind::failed;
  }
  const bool began = note(std::move(outcome));
  if (began && outcomes_.token) {
    // Another request at once would be another sign-in.
    ask_in(pause_after_failure());
  } else if (began || (result.no_connection() && !condition().troubled())) {
    // The list of cars tells whether the cloud is away or one route of one car is ill.
    ask_again();
  }
}

void AccountSession::tell_condition(const Condition& before, const Condition& now) {
  const auto who = toyota::masked_account(options_.credentials.username);
  const bool news = before.status != now.status;
  if (news && now.troubled()) {
    const auto remedy = remedy_at(Place::command_line, options_.from_page, who, now.remedy);
    const bool plain = !now.error || now.error->message == now.cause;
    services_.log.warning("bridge",
                          fmt::format("account {}: {}{}. What to do: {}", who, now.cause,
                                      plain ? "" : " (" + now.error->message + ")", remedy));
  } else if (news) {
    services_.log.info("bridge",
                       fmt::format("account {}: {}", who,
                                   before.troubled() ? "the cloud answers again" : "signed in"));
  }
  services_.listeners.notify(&Listener::account_changed, key());
  for (const auto& [id, car] : cars_) {
    car->changed();
    if (!now.troubled()) car->read_now();
  }
}

void AccountSession::probe_cars() {
  for (const auto& [id, car] : cars_) car->probe();
}

}  // namespace toyota2mqtt::fleet
