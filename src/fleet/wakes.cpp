#include "toyota2mqtt/fleet/wakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::fleet {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using vehicle::Source;

namespace {

constexpr int kSoftAfter = 3;
constexpr int kHardAfter = 2;
constexpr hours kRejectionHolds{24};
/// The answer takes minutes; asked for so much earlier, it comes before the level is too old.
constexpr minutes kChargingLead{4};
/// A stop that was learnt of so late is history: the car has reported by itself, or is away.
constexpr minutes kStopForgotten{30};
constexpr minutes kReportClockSlack{2};

bool by_hand(WakeReason reason) {
  return reason == WakeReason::owner || reason == WakeReason::command;
}

bool rejected(const WakeRouteHistory& route, base::Time now) {
  if (route.rejections >= kHardAfter) return true;
  return route.rejections > 0 && route.rejected_at && now >= *route.rejected_at &&
         now - *route.rejected_at < kRejectionHolds;
}

bool soft_disabled(const WakeRouteHistory& route) { return route.without_effect >= kSoftAfter; }

WakeDecision refused(std::string why, std::optional<base::Time> next_at = std::nullopt) {
  return {.routes = {}, .refusal = std::move(why), .next_at = next_at};
}

/// The first moment of the owner's next day; a day of 25 hours makes it an hour early, and then the
/// budget simply says so again.
base::Time tomorrow(const Situation& situation) { return situation.day_began + hours(24); }

/// How many wakes the budget still allows.
int left_today(const WakeHistory& history, const WakeLimits& limits, WakeReason reason,
               const Situation& situation) {
  const bool same_day = history.day == situation.day_began;
  const int charging = same_day ? history.today_charging : 0;
  const int others = same_day ? history.today - charging : 0;
  if (reason == WakeReason::charging) return limits.max_per_day_charging - charging;
  const int reserved = reason == WakeReason::command ? 0 : limits.reserved_for_commands;
  return limits.max_per_day - reserved - others;
}

/// Why the car's situation forbids a wake; nothing when it does not.
std::optional<WakeDecision> forbidden(const WakeLimits& limits, WakeReason reason,
                                      const Situation& situation) {
  if (!limits.enabled) return refused("Wakes are switched off (wake.enabled).");
  if (situation.mode == Mode::driving) return refused("The car is being driven.");
  if (by_hand(reason)) return std::nullopt;
  if (situation.mode == Mode::unreachable) return refused("The cloud cannot be reached.");
  if (situation.mode == Mode::parked_long) {
    return refused("The car has not been driven for three days; its 12 V battery is spared.");
  }
  return std::nullopt;
}

std::vector<WakeRoute> usable(const WakeHistory& history, WakeReason reason,
                              const std::vector<WakeRoute>& wanted, base::Time now) {
  std::vector<WakeRoute> routes;
  for (const auto route : wanted) {
    const auto& known = history.of(route);
    if (rejected(known, now) || (soft_disabled(known) && !by_hand(reason))) continue;
    routes.push_back(route);
  }
  return routes;
}

std::string no_route(const WakeHistory& history, const std::vector<WakeRoute>& wanted,
                     base::Time now) {
  const bool all_rejected = std::ranges::all_of(
      wanted, [&](WakeRoute route) { return rejected(history.of(route), now); });
  return all_rejected ? "The cloud does not wake this car."
                      : "The last three wakes had no effect; the car is left alone until it "
                        "reports by itself.";
}

struct Patience {
  seconds first;    ///< until the first look
  seconds then;     ///< between the looks
  seconds at_most;  ///< then the wake counts as one without effect
};

// Measured answers: 10 to 57 s for the doors, minutes for the level (docs/toyota-protocol.md,
// "Wakes").
constexpr Patience patience(WakeRoute route) {
  if (route == WakeRoute::electric) {
    return {.first = seconds(60), .then = seconds(60), .at_most = minutes(10)};
  }
  return {.first = seconds(20), .then = seconds(20), .at_most = minutes(3)};
}

std::optional<WakeWish> wish_after_stop(const WakeHistory& history, const WakeLimits& limits,
                                        const Situation& situation, const WakeFacts& facts,
                                        base::Time now) {
  if (!situation.stopped_at || situation.mode == Mode::parked_long) return std::nullopt;
  const auto stop = *situation.stopped_at;
  const bool known = facts.doors_at && *facts.doors_at >= stop;
  if (known && facts.secured) return std::nullopt;
  const int served = history.stop == stop ? history.stop_served : 0;
  for (int i = served; i < static_cast<int>(limits.after_stop.size()); ++i) {
    const auto at = stop + limits.after_stop[static_cast<std::size_t>(i)];
    if (now - at > kStopForgotten) continue;
    return WakeWish{.reason = WakeReason::stopped, .at = at, .stop_index = i};
  }
  return std::nullopt;
}

std::optional<WakeWish> wish_while_charging(const WakeHistory& history, const WakeLimits& limits,
                                            const Situation& situation, const WakeFacts& facts) {
  if (situation.mode != Mode::charging || limits.while_charging == seconds(0) || !facts.level_at) {
    return std::nullopt;
  }
  const auto allowed = milliseconds(limits.while_charging);
  const auto early = allowed > 2 * kChargingLead ? allowed - kChargingLead : allowed;
  auto at = *facts.level_at + early;
  if (history.last_charging) at = std::max(at, *history.last_charging + early);
  if (history.last) at = std::max(at, *history.last + limits.min_interval);
  return WakeWish{.reason = WakeReason::charging, .at = at};
}

std::optional<WakeWish> wish_when_idle(const WakeHistory& history, const WakeLimits& limits,
                                       const Situation& situation, const WakeFacts& facts) {
  const bool idles = situation.mode == Mode::parked || situation.mode == Mode::plugged;
  if (!idles || limits.idle == seconds(0) || !facts.newest) return std::nullopt;
  auto at = *facts.newest + limits.idle;
  if (history.last) at = std::max(at, *history.last + limits.idle);
  return WakeWish{.reason = WakeReason::idle, .at = at};
}

std::optional<base::Time> newest_report(const vehicle::VehicleState& state) {
  std::optional<base::Time> newest;
  for (const auto source : {Source::telemetry, Source::status, Source::electric, Source::location,
                            Source::climate_status}) {
    newest = std::max(newest, state.reported(source));
  }
  return newest;
}

}  // namespace

std::string_view to_string(WakeReason reason) {
  switch (reason) {
    case WakeReason::stopped: return "stopped";
    case WakeReason::charging: return "charging";
    case WakeReason::owner: return "owner";
    case WakeReason::command: return "command";
    case WakeReason::idle: return "idle";
  }
  return "owner";
}

Source source_of(WakeRoute route) {
  switch (route) {
    case WakeRoute::status: return Source::status;
    case WakeRoute::electric: return Source::electric;
    case WakeRoute::climate: return Source::climate_status;
  }
  return Source::status;
}

int wakes_today(const WakeHistory& history, base::Time day_began) {
  return history.day == day_began ? history.today : 0;
}

int refreshes_left(const WakeHistory& history, const WakeLimits& limits,
                   const Situation& situation) {
  if (!limits.enabled) return 0;
  return std::max(0, left_today(history, limits, WakeReason::owner, situation));
}

WakeDecision decide_wake(const WakeHistory& history, const WakeLimits& limits, WakeReason reason,
                         const Situation& situation, const std::vector<WakeRoute>& wanted,
                         base::Time now) {
  if (auto no = forbidden(limits, reason, situation)) return std::move(*no);
  auto routes = usable(history, reason, wanted, now);
  if (routes.empty()) return refused(no_route(history, wanted, now));
  if (reason != WakeReason::command && history.last && *history.last <= now) {
    const auto next = *history.last + limits.min_interval;
    if (next > now) return refused("The car was woken a short while ago.", next);
  }
  const int left = left_today(history, limits, reason, situation);
  if (left <= 0) {
    return refused("The wakes of this day are used up (wake.max_per_day).", tomorrow(situation));
  }
  return {.routes = std::move(routes)};
}

std::vector<WakeRoute> routes_for(const WakeHistory& history, WakeReason reason, bool battery) {
  switch (reason) {
    case WakeReason::charging:
      // Subaru's cars have no route for the level; their status brings it along.
      if (history.of(WakeRoute::electric).rejections > 0) return {WakeRoute::status};
      return {WakeRoute::electric};
    case WakeReason::owner:
      if (battery) return {WakeRoute::status, WakeRoute::electric};
      return {WakeRoute::status};
    case WakeReason::stopped:
    case WakeReason::command:
    case WakeReason::idle: return {WakeRoute::status};
  }
  return {WakeRoute::status};
}

WakeFacts wake_facts(const vehicle::Car& car) {
  const auto& state = car.state;
  WakeFacts facts;
  facts.doors_at = state.reported(Source::status);
  facts.level_at = state.battery_level_reported ? state.battery_level_reported->at : std::nullopt;
  if (state.battery_level_usable) {
    facts.level_at = std::max(facts.level_at, state.battery_level_usable->at);
  }
  facts.newest = newest_report(state);
  facts.secured = vehicle::all_locked(state, car.evidence).value_or(true) &&
                  !vehicle::any_open(state, car.evidence).value_or(false);
  const auto drive = vehicle::drive_of(car.identity, car.evidence);
  facts.battery = drive == vehicle::Drive::bev || drive == vehicle::Drive::phev;
  return facts;
}

std::optional<WakeWish> wanted_wake(const WakeHistory& history, const WakeLimits& limits,
                                    const Situation& situation, const WakeFacts& facts,
                                    base::Time now) {
  if (!limits.enabled || situation.mode == Mode::driving || situation.mode == Mode::unreachable) {
    return std::nullopt;
  }
  std::optional<WakeWish> first;
  for (const auto& wish : {wish_after_stop(history, limits, situation, facts, now),
                           wish_while_charging(history, limits, situation, facts),
                           wish_when_idle(history, limits, situation, facts)}) {
    if (wish && (!first || wish->at < first->at)) first = wish;
  }
  return first;
}

void note_sent(WakeHistory& history, WakeReason reason, const std::vector<WakeRoute>& routes,
               const Situation& situation, const vehicle::VehicleState& state, base::Time now) {
  if (history.day != situation.day_began) {
    history.day = situation.day_began;
    history.today = history.today_charging = 0;
  }
  ++history.today;
  if (reason == WakeReason::charging) {
    ++history.today_charging;
    history.last_charging = now;
  }
  history.last = now;
  history.last_reason = reason;
  for (const auto route : routes) {
    std::erase_if(history.pending, [route](const PendingWake& it) { return it.route == route; });
    history.pending.push_back(
        {.route = route, .sent_at = now, .before = state.reported(source_of(route))});
  }
}

void note_stop_served(WakeHistory& history, base::Time stop, int index) {
  history.stop = stop;
  history.stop_served = index + 1;
}

bool note_secured(WakeHistory& history, const WakeLimits& limits, const Situation& situation,
                  const WakeFacts& facts) {
  const auto stop = situation.stopped_at;
  const auto all = static_cast<int>(limits.after_stop.size());
  if (!stop || !facts.secured || !facts.doors_at || *facts.doors_at < *stop) return false;
  if (history.stop == stop && history.stop_served >= all) return false;
  history.stop = stop;
  history.stop_served = all;
  return true;
}

void note_wake_answer(WakeHistory& history, WakeRoute route, toyota::WakeAnswer::Kind kind,
                      base::Time now) {
  auto& known = history.of(route);
  if (kind == toyota::WakeAnswer::Kind::accepted) {
    known.rejections = 0;
    known.rejected_at.reset();
    return;
  }
  std::erase_if(history.pending, [route](const PendingWake& it) { return it.route == route; });
  if (kind != toyota::WakeAnswer::Kind::rejected) return;
  known.rejections = std::min(known.rejections + 1, kHardAfter);
  known.rejected_at = now;
}

std::optional<WakeLook> next_look(const WakeHistory& history, base::Time now) {
  std::optional<WakeLook> first;
  for (const auto& pending : history.pending) {
    const auto waits = patience(pending.route);
    const auto at = pending.sent_at + waits.first + waits.then * pending.looks;
    // After a jump of the clock the look comes at once, and the wake is judged by it.
    const WakeLook look{.route = pending.route, .at = std::min(at, now + waits.at_most)};
    if (!first || look.at < first->at) first = look;
  }
  return first;
}

bool note_effects(WakeHistory& history, const vehicle::VehicleState& state, base::Time now) {
  const auto before = history;
  const auto newest = newest_report(state);
  std::erase_if(history.pending, [&](const PendingWake& pending) {
    const auto at = state.reported(source_of(pending.route));
    auto& route = history.of(pending.route);
    // The car's clock and ours may differ a little.
    if (at && (!pending.before || *at > *pending.before) &&
        *at + kReportClockSlack >= pending.sent_at) {
      route.without_effect = 0;
      return true;
    }
    const bool over = now < pending.sent_at - minutes(1) ||
                      now - pending.sent_at >= patience(pending.route).at_most;
    if (!over) return false;
    if (++route.without_effect == kSoftAfter) history.life = newest.value_or(now);
    return true;
  });
  const bool shows_life = history.life && newest && *newest > *history.life;
  if (shows_life) {
    history.life.reset();
    for (const auto route : kWakeRoutes) history.of(route).without_effect = 0;
  }
  return history != before;
}

}  // namespace toyota2mqtt::fleet
