#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "rest/auth/auth.hpp"
#include "toyota2mqtt/base/address.hpp"

/// The part of Auth that looks after sessions once they are there.
namespace toyota2mqtt::rest {

using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr auto kWriteUse = std::chrono::minutes(5);

base::MetricFamily family(base::MetricType type, std::string name, std::string help,
                          const char* label,
                          std::vector<std::pair<std::string, std::uint64_t>> values) {
  base::MetricFamily made{.name = std::move(name), .help = std::move(help), .type = type};
  for (auto& [value, count] : values) {
    made.samples.push_back(
        {.labels = {{label, std::move(value)}}, .value = static_cast<double>(count)});
  }
  return made;
}

}  // namespace

bool Auth::may_go_on(const Session& session) const {
  if (session.kind == Principal::Kind::guest) return options_.toyota_login;
  const auto* user = user_of(session.name);
  return user != nullptr && keys_.pseudonym(user->password_hash) == session.credential;
}

Task<Result<void>> Auth::load() {
  if (auto loaded = co_await keys_.load(); !loaded) co_return fail(loaded.error());
  if (auto loaded = co_await sessions_.load(); !loaded) co_return fail(loaded.error());
  const auto now = services_.clock.now();
  std::set<std::string> accounts;
  for (const auto& session : sessions_.all()) {
    places_.record(session->pseudonym, base::counted_address(session->client));
    if (!may_go_on(*session) || !holds(*session, now)) {
      co_await end(session);
    } else if (session->kind == Principal::Kind::guest) {
      accounts.insert(session->account_key);
    }
  }
  for (const auto& account : accounts) {
    const auto resumed = co_await services_.guests.resume(account);
    if (resumed || resumed.error().code != base::ErrorCode::action_required) continue;
    for (const auto& session : sessions_.all()) {
      if (session->account_key == account) co_await end(session);
    }
  }
  co_return Result<void>();
}

Task<void> Auth::users_changed() {
  believed_.entries.clear();
  for (const auto& session : sessions_.all()) {
    if (session->kind == Principal::Kind::administrator && !may_go_on(*session)) {
      co_await end(session);
    }
  }
}

Task<void> Auth::tidy() {
  co_await sessions_.erase_rest();
  for (const auto& session : sessions_.all()) {
    if (!holds(*session, services_.clock.now())) {
      co_await end(session);
    } else if (session->last_used - session->written_use >= kWriteUse) {
      co_await sessions_.save(session);
    }
  }
  const auto now = services_.clock.now();
  std::erase_if(known_, [now](const auto& entry) {
    return now >= entry.second.expires || entry.second.session->ended;
  });
  if (!keys_.is_old(now)) co_return;
  if (const auto rotated = co_await keys_.rotate(); !rotated) {
    services_.log.warning("rest", "the key of the tokens could not be renewed and goes on: " +
                                      rotated.error().message);
  }
}

Task<Result<void>> Auth::end(SessionPtr session) {
  if (session->ended) co_return Result<void>();
  if (ended_) ended_(session->id);
  auto ended = co_await sessions_.end(session);
  if (session->kind == Principal::Kind::guest && !sessions_.any_of(session->account_key)) {
    co_await services_.guests.leave(session->account_key);
  }
  co_return ended;
}

std::vector<SessionView> Auth::sessions() const {
  std::vector<SessionView> list;
  for (const auto& session : sessions_.all()) {
    list.push_back({.id = session->id,
                    .kind = session->kind,
                    .name = session->name,
                    .account_key = session->account_key,
                    .client = session->client,
                    .created = session->created,
                    .last_used = session->last_used,
                    .expires = session->expires});
  }
  return list;
}

Task<Result<bool>> Auth::end_session(std::string id) {
  const auto session = sessions_.find(id);
  if (!session) co_return false;
  if (auto ended = co_await end(session); !ended) co_return fail(ended.error());
  co_return true;
}

std::vector<LimitView> Auth::limits() const {
  const auto steady = services_.clock.steady();
  const auto now = services_.clock.now();
  std::vector<LimitView> list;
  const auto add = [&](const char* kind, const LoginThrottle& attempts) {
    for (const auto& [who, failures] : attempts.entries()) {
      LimitView view{.kind = kind, .who = who, .failures = failures.count};
      if (steady < failures.free_at) view.free_at = now + (failures.free_at - steady);
      list.push_back(std::move(view));
    }
  };
  add("name", names_);
  add("address", addresses_);
  return list;
}

bool Auth::reset_limits(std::string_view who) {
  if (who.empty()) {
    const bool some = !names_.entries().empty() || !addresses_.entries().empty();
    names_.forget_all();
    addresses_.forget_all();
    return some;
  }
  const std::string text(who);
  const bool by_text = names_.forget(text) || addresses_.forget(text);
  const auto name = keys_.pseudonym(who);
  const bool by_place = names_.forget_beginning(name + '@');
  return names_.forget(name) || by_place || by_text;
}

void Auth::collect(std::vector<base::MetricFamily>& into) const {
  into.push_back(family(base::MetricType::counter, "toyota2mqtt_sign_ins_total",
                        "Sign-ins to the REST interface, by outcome: done, rejected (wrong name or "
                        "password), limited (held back), failed.",
                        "outcome",
                        {{"done", counts_.done},
                         {"rejected", counts_.rejected},
                         {"limited", counts_.limited},
                         {"failed", counts_.failed}}));
  into.push_back(family(base::MetricType::counter, "toyota2mqtt_tokens_refused_total",
                        "Tokens that did not hold, by reason: invalid (not ours, expired, ended), "
                        "reused (a refresh token for the second time).",
                        "reason",
                        {{"invalid", counts_.refused_tokens}, {"reused", counts_.stolen}}));
  const auto guests = static_cast<std::size_t>(
      std::ranges::count(sessions_.all(), Principal::Kind::guest,
                         [](const SessionPtr& session) { return session->kind; }));
  into.push_back(family(base::MetricType::gauge, "toyota2mqtt_sessions",
                        "Sessions of the REST interface, by kind.", "kind",
                        {{"administrator", sessions_.size() - guests}, {"guest", guests}}));
  const auto now = services_.clock.steady();
  into.push_back(family(base::MetricType::gauge, "toyota2mqtt_sign_ins_held_back",
                        "Names and addresses that may not try to sign in now.", "by",
                        {{"name", names_.blocked(now)}, {"address", addresses_.blocked(now)}}));
}

}  // namespace toyota2mqtt::rest
