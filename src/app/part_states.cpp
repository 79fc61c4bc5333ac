#include "app/part_states.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

namespace toyota2mqtt::app {

namespace {

constexpr const char* kOk = "ok";
constexpr const char* kDegraded = "degraded";
constexpr const char* kDown = "down";
constexpr const char* kOff = "off";

bool is_trouble(const std::string& abrp_status) {
  return abrp_status != "ok" && abrp_status != "waiting" && abrp_status != "off";
}

/// What becomes of the cars at ABRP.
struct AbrpTally {
  std::size_t sent = 0;
  std::size_t troubled = 0;  ///< of those that are sent
  std::size_t held_up = 0;   ///< set up, and yet not sent
  std::string reason = {};   ///< of the first trouble
  std::string no_use = {};   ///< why a token is of no use
};

void tally_abrp(AbrpTally& tally, const fleet::AccountSession& account,
                const vehicle::Identity& car) {
  const auto choice = account.abrp_choice(car);
  std::string reason;
  if (choice.sent()) {
    const auto session = account.cars().find(car.id);
    if (session == account.cars().end()) return;  // not read yet
    ++tally.sent;
    const auto& told = session->second->car().diagnostics;
    if (!is_trouble(told.abrp_status)) return;
    ++tally.troubled;
    reason = told.abrp_remedy.empty() ? told.abrp_status : told.abrp_remedy;
  } else if (const auto why = account.abrp_obstacle(car)) {
    if (!choice.held_up()) {
      tally.no_use = why->message;
      return;
    }
    ++tally.held_up;
    reason = why->remedy;
  }
  if (tally.reason.empty()) tally.reason = std::move(reason);
}

}  // namespace

rest::PartState toyota_state(const fleet::AccountSet& set) {
  rest::PartState state{.name = "toyota", .state = kOk, .reason = {}};
  const auto& accounts = set.owners();
  if (accounts.empty()) {
    state.state = kDegraded;
    state.reason = "No account is set up.";
    return state;
  }
  std::size_t troubled = 0;
  for (const auto& account : accounts) {
    auto condition = account->condition();
    if (condition.status == fleet::AccountStatus::ok) {
      if (troubled == 0) state.since = std::max(state.since, condition.since);
      continue;
    }
    ++troubled;
    if (!state.reason.empty()) continue;
    state.reason =
        condition.troubled() ? std::move(condition.cause) : "The cloud has not answered yet.";
    state.remedy = fleet::remedy_at(fleet::Place::command_line, account->options().from_page,
                                    toyota::masked_account(account->options().credentials.username),
                                    std::move(condition.remedy));
    state.since = condition.since;
    state.next_try = condition.next_try;
  }
  if (troubled > 0) state.state = troubled == accounts.size() ? kDown : kDegraded;
  return state;
}

rest::PartState configuration_state(const home_assistant::ConfigurationState& configuration) {
  rest::PartState state{.name = "configuration", .state = kOk, .reason = {}};
  if (configuration.mistakes.empty()) return state;
  state.state = kDegraded;
  state.reason =
      fmt::format("{}; the one before is in use", fmt::join(configuration.mistakes, "; "));
  state.remedy = "Correct what is named.";
  state.since = configuration.since;
  return state;
}

rest::PartState broker_state(const home_assistant::BrokerStatus& broker) {
  rest::PartState state{.name = "broker", .state = kOk, .reason = {}, .since = broker.since};
  if (broker.trouble) {
    state.reason = broker.trouble->message;
    state.remedy = broker.trouble->remedy;
  }
  if (!broker.connected) {
    state.state = kDown;
    if (state.reason.empty()) state.reason = "There is no connection yet.";
  } else if (broker.trouble) {
    state.state = kDegraded;
  }
  return state;
}

rest::PartState abrp_state(const fleet::AccountSet& set) {
  AbrpTally tally;
  for (const auto& account : set.owners()) {
    for (const auto& listed : account->listed()) tally_abrp(tally, *account, listed.identity);
  }
  rest::PartState state{.name = "abrp", .state = kOff, .reason = {}};
  if (tally.sent > 0) state.state = kOk;
  if (tally.troubled > 0) state.state = tally.troubled == tally.sent ? kDown : kDegraded;
  if (tally.held_up > 0) state.state = kDegraded;
  state.reason = tally.reason.empty() && tally.sent == 0 ? tally.no_use : tally.reason;
  return state;
}

void StorageWatch::look(std::uint64_t uses, std::uint64_t failures, base::Time now) {
  const auto used = uses - uses_;
  const auto failed = failures - failures_;
  uses_ = uses;
  failures_ = failures;
  if (failed == 0) {
    if (used > 0) works_ = true;
    if (!failed_at_ || now - *failed_at_ > kRemembered) since_.reset();
    return;
  }
  if (!since_) since_ = now;
  failed_at_ = now;
  works_ = used > failed;
}

rest::PartState StorageWatch::state(base::Time now) const {
  rest::PartState state{.name = "storage", .state = kOk, .reason = {}};
  if (!failed_at_) return state;
  if (works_ && now - *failed_at_ > kRemembered) return state;
  state.state = works_ ? kDegraded : kDown;
  state.reason = "The storage directory could not be read or written; the log says why.";
  state.since = since_;
  return state;
}

}  // namespace toyota2mqtt::app
