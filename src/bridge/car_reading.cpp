#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "toyota2mqtt/bridge/car_session.hpp"
#include "toyota2mqtt/toyota/meter.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

/// The reading loop of a car: what is due is read, what has changed is followed up, and then it
/// waits for the next moment of the schedule, of a wake, or of a wish from outside.
namespace toyota2mqtt::bridge {

namespace {

constexpr auto kPatienceBeforeShowing = std::chrono::seconds(20);
constexpr auto kReadAtOnce = std::chrono::seconds(0);
constexpr auto kTogether = std::chrono::seconds(60);
constexpr auto kWhileSwitchedOff = std::chrono::hours(24);

}  // namespace

Situation CarSession::assess_now() {
  auto situation = assess(car_, history_, services_.clock.now(), services_.zone);
  if (situation.mode != mode_ || car_.diagnostics.mode.empty()) {
    services_.log.debug("schedule",
                        fmt::format("{}: {} -> {}: {}", car_.identity.vin.masked(),
                                    car_.diagnostics.mode.empty() ? "start" : to_string(mode_),
                                    to_string(situation.mode), situation.why));
  }
  mode_ = situation.mode;
  return situation;
}

base::Task<void> CarSession::read_by_schedule() {
  co_await remember();
  while (true) {
    if (!car_.diagnostics.reading) {
      const auto until = services_.clock.steady() + kWhileSwitchedOff;
      if (!co_await wake_.wait_until(services_.clock, until)) co_return;
      continue;
    }
    if (read_now_) want_everything(history_);
    read_now_ = false;
    if (!co_await read_due()) co_return;
    if (!co_await look_and_wake()) co_return;
    tell_diagnostics();
    const auto now = services_.clock.now();
    const auto wait = next_event() - now;
    if (wait <= std::chrono::milliseconds(0)) continue;
    if (!co_await wake_.wait_until(services_.clock, services_.clock.steady() + wait)) co_return;
  }
}

base::Time CarSession::next_event() const {
  const auto now = services_.clock.now();
  const auto situation = assess(car_, history_, now, services_.zone);
  const auto sources = toyota::sources_for(car_);
  const auto plan = next_reads(history_, situation, sources, polling_, now);
  if (!plan.due.empty() || read_now_) return now;
  auto next = plan.next;
  if (const auto look = next_look(wakes_, now)) next = std::min(next, look->at);
  if (const auto wish = wanted_wake(wakes_, wake_limits_, situation, wake_facts(car_), now)) {
    next = std::min(next, std::max(wish->at, no_wish_before_.value_or(wish->at)));
  }
  return std::max(next, now);
}

// One pass: what is due, then what the answers have made interesting; each source at most once.
base::Task<bool> CarSession::read_due() {
  pass_began_ = services_.clock.steady();
  std::set<vehicle::Source> read;
  while (car_.diagnostics.reading) {
    const auto sources = toyota::sources_for(car_);
    // What is due within a minute comes along: one publication instead of two.
    const auto until = services_.clock.now() + (read.empty() ? kReadAtOnce : kTogether);
    const auto plan = next_reads(history_, assess_now(), sources, polling_, until);
    const auto next = std::ranges::find_if(
        plan.due, [&](vehicle::Source source) { return !read.contains(source); });
    if (next == plan.due.end()) break;
    const auto source = *next;
    read.insert(source);
    if (!co_await read_source(source)) co_return false;
  }
  if (read.empty()) co_return true;
  presentable_ = true;
  co_return co_await end_pass();
}

// Whoever fetches past trips meanwhile has gone first: requests side by side anger the cloud.
base::Task<toyota::RouteResult> CarSession::ask(vehicle::Source source) {
  const auto turn = co_await asking_.take();
  if (!turn) {
    co_return toyota::RouteResult{.kind = toyota::RouteResult::Kind::failed, .error = turn.error()};
  }
  co_return co_await cloud_.read(car_, source, services_.zone);
}

// False: shutting down.
base::Task<bool> CarSession::read_source(vehicle::Source source) {
  const auto before = car_.state;
  const auto result = co_await ask(source);
  if (result.error && toyota::disposition(*result.error) == toyota::Disposition::stop) {
    co_return false;
  }
  note(source, result, before);
  toyota::note_read(services_.meter, source, result);
  events_.answered(source, result);
  if (!result.error) desk_.looked();
  if (stopped_by(result)) co_return true;
  if (services_.clock.steady() - pass_began_ > kPatienceBeforeShowing) presentable_ = true;
  // What is new is shown at once; most answers are what the last reading said.
  if (presentable_ && car_.state != shown_) {
    co_await settle();
    events_.changed();
  } else if (car_.state != before) {
    // The mode follows from the evidence, so what was learnt must not wait for the end of the pass.
    car_.evidence = vehicle::observe(std::move(car_.evidence), car_.state);
  }
  co_return true;
}

bool CarSession::was_not_asked(const toyota::RouteResult& result) const {
  return result.no_connection() || (result.error && cloud_.no_token());
}

/// Whether the answer makes further requests pointless for now; then the car pauses.
bool CarSession::stopped_by(const toyota::RouteResult& result) {
  if (!result.error) return false;
  const auto what = toyota::disposition(*result.error);
  const bool gone = what == toyota::Disposition::drop_vehicle;
  if (gone) events_.left();
  if (!gone && what != toyota::Disposition::stop_account && !was_not_asked(result)) return false;
  note_unreachable(history_, polling_, services_.clock.now());
  return true;
}

std::optional<base::Time> CarSession::fresh_until() const {
  if (!presentable_) return std::nullopt;
  const auto now = services_.clock.now();
  return bridge::fresh_until(history_, assess(car_, history_, now, services_.zone), polling_);
}

base::Task<bool> CarSession::end_pass() {
  co_await settle();
  ++passes_;
  if (answered_at_) car_.diagnostics.last_read = answered_at_;
  const bool effects = note_effects(wakes_, car_.state, services_.clock.now());
  const bool secured = note_secured(wakes_, wake_limits_, assess_now(), wake_facts(car_));
  if (effects || secured) co_await keep_wakes();
  if (abrp_) {
    const auto offered = co_await abrp_->offer(car_);
    if (!offered && offered.error().code == base::ErrorCode::cancelled) co_return false;
    if (!offered) services_.log.warning("abrp", offered.error().message);
  }
  tell_diagnostics();
  events_.changed();
  co_return true;
}

void CarSession::note(vehicle::Source source, const toyota::RouteResult& result,
                      const vehicle::VehicleState& before) {
  const auto now = services_.clock.now();
  if (result.kind == toyota::RouteResult::Kind::ok) {
    note_answer(history_, source, before, car_.state, now);
    answered_at_ = now;
    // Once per reading is enough, but for the first: availability waits for it.
    if (!car_.diagnostics.last_read) car_.diagnostics.last_read = answered_at_;
    if (failing_.erase(source) != 0) {
      services_.log.info("bridge", fmt::format("{}: {} can be read again",
                                               car_.identity.vin.masked(), to_string(source)));
    }
    return;
  }
  if (result.kind == toyota::RouteResult::Kind::not_supported) {
    note_dead(history_, source, now);
    return;
  }
  if (!was_not_asked(result)) note_failure(history_, source, now);
  if (source == vehicle::Source::telemetry && !was_not_asked(result)) {
    want_second_opinion(history_, toyota::sources_for(car_));
  }
  if (!result.error || !failing_.insert(source).second) return;
  events_.read_failed(source, *result.error);
  services_.log.warning(
      "bridge", fmt::format("{}: {} cannot be read, the last values stay: {}",
                            car_.identity.vin.masked(), to_string(source), result.error->message));
}

}  // namespace toyota2mqtt::bridge
