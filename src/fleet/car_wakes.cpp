#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "toyota2mqtt/fleet/car_session.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

/// The wakes of a car: asking the car itself, looking for the effect, and telling the owner.
namespace toyota2mqtt::fleet {

namespace {

/// A refusal that time does not lift is looked at again after this.
constexpr auto kAskAgain = std::chrono::minutes(15);
constexpr auto kReadForWake = std::chrono::seconds(30);

std::string waking_state(const WakeHistory& history, const WakeLimits& limits) {
  if (!limits.enabled) return "off";
  const auto& status = history.of(WakeRoute::status);
  if (status.rejections > 0) return "rejected";
  return history.life ? "paused" : "on";
}

}  // namespace

base::Task<WakeDecision> CarSession::wake(WakeReason reason, std::vector<WakeRoute> routes) {
  const auto now = services_.clock.now();
  if (!car_.diagnostics.reading) {
    co_return WakeDecision{.refusal = "Reading is switched off for this car."};
  }
  const auto situation = assess(car_, history_, now, services_.zone);
  auto decision = decide_wake(wakes_, policy_.wake, reason, situation, routes, now);
  const auto who = car_.identity.vin.masked();
  if (!decision.allowed()) {
    services_.log.debug(
        "wake", fmt::format("{}: {}: refused: {}", who, to_string(reason), decision.refusal));
    co_return decision;
  }
  note_sent(wakes_, reason, decision.routes, situation, car_.state, now);
  co_await keep_wakes();
  for (const auto route : decision.routes) {
    const auto answer = co_await cloud_.wake(car_, route);
    note_wake_answer(wakes_, route, answer.kind, services_.clock.now());
    services_.log.info(
        "wake", fmt::format("{}: asked for its {}, because: {}{}", who, toyota::to_string(route),
                            to_string(reason), answer.error ? "; " + answer.error->message : ""));
    if (const auto view = owner_.view_of(car_.identity.id)) {
      services_.listeners.notify(&Listener::woken, *view, reason, route, answer);
    }
    using Kind = toyota::RouteResult::Kind;
    owner_.answered(car_.identity.id, std::nullopt,
                    {.kind = answer.error ? Kind::failed : Kind::ok, .error = answer.error});
  }
  co_await keep_wakes();
  wake_.notify();
  co_return decision;
}

base::Task<WakeDecision> CarSession::refresh() {
  const bool battery = wake_facts(car_).battery;
  const auto decision =
      co_await wake(WakeReason::owner, routes_for(wakes_, WakeReason::owner, battery));
  wake_refusal_ = decision.refusal;
  refused_until_ = decision.next_at;
  tell_diagnostics();
  changed();
  // What the cloud knows already costs the car nothing.
  read_now();
  co_return decision;
}

void CarSession::refresh(std::function<void(const WakeDecision&)> done) {
  if (!tasks_) return;
  tasks_->spawn(
      "refresh",
      [](CarSession& self, std::function<void(const WakeDecision&)> tell) -> base::Task<void> {
        const auto decision = co_await self.refresh();
        tell(decision);
      }(*this, std::move(done)));
}

// The looks for effects and the wishes that are due. False: shutting down.
base::Task<bool> CarSession::look_and_wake() {
  while (car_.diagnostics.reading) {
    const auto now = services_.clock.now();
    if (const auto due = next_look(wakes_, now); due && due->at <= now) {
      if (!co_await look(due->route)) co_return false;
      continue;
    }
    const auto facts = wake_facts(car_);
    const auto wish = wanted_wake(wakes_, policy_.wake, assess_now(), facts, now);
    if (!wish || time_of(*wish) > now) co_return true;
    if (wish->reason == WakeReason::stopped && !was_just_read(vehicle::Source::status)) {
      // Reading is free, and most cars have told by now that they are locked.
      if (!co_await read_source(vehicle::Source::status)) co_return false;
      if (!co_await end_pass()) co_return false;
      continue;
    }
    co_await fulfil(*wish);
  }
  co_return true;
}

// Not before a refusal ends, nor while the cloud is given a pause.
base::Time CarSession::time_of(const WakeWish& wish) const {
  auto at = std::max(wish.at, no_wish_before_.value_or(wish.at));
  const auto& pause = history_.pause_until;
  const auto longest =
      services_.clock.now() + std::max<std::chrono::seconds>(policy_.polling.parked, kAskAgain);
  if (pause && *pause <= longest) at = std::max(at, *pause);
  return at;
}

bool CarSession::was_just_read(vehicle::Source source) const {
  if (history_.of(source).under_way) return true;
  const auto& last = history_.of(source).last_read;
  const auto now = services_.clock.now();
  return last && *last <= now && now - *last < kReadForWake;
}

base::Task<bool> CarSession::look(WakeRoute route) {
  const auto pending = std::ranges::find(wakes_.pending, route, &PendingWake::route);
  if (pending != wakes_.pending.end()) ++pending->looks;
  if (!co_await read_source(source_of(route))) co_return false;
  co_return co_await end_pass();
}

base::Task<void> CarSession::fulfil(WakeWish wish) {
  const auto situation = assess_now();
  const auto battery = wake_facts(car_).battery;
  const auto decision = co_await wake(wish.reason, routes_for(wakes_, wish.reason, battery));
  no_wish_before_.reset();
  if (!decision.allowed() && (decision.next_at || wish.reason != WakeReason::stopped)) {
    no_wish_before_ = decision.next_at.value_or(services_.clock.now() + kAskAgain);
  } else if (wish.reason == WakeReason::stopped && situation.stopped_at) {
    note_stop_served(wakes_, *situation.stopped_at, wish.stop_index);
    co_await keep_wakes();
  }
}

void CarSession::begin_day() {
  tell_diagnostics();
  wake_.notify();
}

void CarSession::tell_diagnostics() {
  const auto now = services_.clock.now();
  const auto situation = assess(car_, history_, now, services_.zone);
  const auto plan =
      next_reads(history_, situation, toyota::sources_for(car_), policy_.polling, now);
  auto& told = car_.diagnostics;
  told.mode = to_string(situation.mode);
  told.mode_reason = situation.why;
  told.resting_routes = fmt::format("{}", fmt::join(resting_routes(history_, now), "; "));
  told.next_read.reset();
  told.next_read_source.clear();
  if (told.reading) {
    told.next_read = plan.next;
    told.next_read_source = to_string(plan.next_source);
  }
  if (told.day_began != situation.day_began) {
    vehicle::forget_past_periods(car_, services_.zone, situation.day_began);
  }
  told.day_began = situation.day_began;
  told.wakes_today = wakes_today(wakes_, situation.day_began);
  told.refreshes_left = refreshes_left(wakes_, policy_.wake, situation);
  told.last_wake = wakes_.last;
  told.last_wake_reason = wakes_.last_reason ? to_string(*wakes_.last_reason) : "";
  told.waking = waking_state(wakes_, policy_.wake);
  told.wake_refusal = wake_refusal_;
  told.wake_allowed_at = refused_until_ && *refused_until_ > now ? refused_until_ : std::nullopt;
}

}  // namespace toyota2mqtt::fleet
