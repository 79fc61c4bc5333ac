#include "support/catch.hpp"
#include "toyota2mqtt/fleet/wakes.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::fleet;
using namespace std::chrono_literals;
using vehicle::Source;
using Kind = toyota::WakeAnswer::Kind;

namespace {

const base::Time kNoon = base::parse_iso8601("2026-11-18T12:00:00Z").value();
const std::vector kStatus = {WakeRoute::status};

Situation in(Mode mode) {
  return {.mode = mode, .why = {}, .stopped_at = kNoon - 1h, .day_began = kNoon - 12h};
}

WakeDecision ask(const WakeHistory& history, WakeReason reason, Mode mode = Mode::parked,
                 base::Time now = kNoon, const WakeLimits& limits = {}) {
  return decide_wake(history, limits, reason, in(mode), kStatus, now);
}

vehicle::VehicleState reported(Source source, base::Time at) {
  vehicle::VehicleState state;
  state.reported_at.at(static_cast<std::size_t>(source)) = at;
  return state;
}

/// `count` wakes for a reason, half an hour apart, the last one at 11:00.
WakeHistory sent(WakeReason reason, int count) {
  WakeHistory history;
  for (int i = count; i > 0; --i) {
    note_sent(history, reason, kStatus, in(Mode::parked), {}, kNoon - 30min - i * 30min);
  }
  return history;
}

/// A wake at `at` that nothing came of.
void without_effect(WakeHistory& history, base::Time at, const vehicle::VehicleState& state = {}) {
  note_sent(history, WakeReason::stopped, kStatus, in(Mode::parked), state, at);
  note_effects(history, state, at + 4min);
}

}  // namespace

TEST_CASE("nobody wakes a car that is driven, not even its owner") {
  for (const auto reason : {WakeReason::stopped, WakeReason::owner, WakeReason::command}) {
    const auto decision = ask({}, reason, Mode::driving);
    CHECK_FALSE(decision.allowed());
    CHECK(decision.refusal == "The car is being driven.");
  }
}

TEST_CASE("after three days without a drive only the owner and commands wake the car") {
  for (const auto reason : {WakeReason::stopped, WakeReason::charging, WakeReason::idle}) {
    CHECK_FALSE(ask({}, reason, Mode::parked_long).allowed());
  }
  CHECK(ask({}, WakeReason::owner, Mode::parked_long).allowed());
  CHECK(ask({}, WakeReason::command, Mode::parked_long).allowed());
}

TEST_CASE("wakes that are switched off are off for everybody") {
  CHECK_FALSE(ask({}, WakeReason::owner, Mode::parked, kNoon, {.enabled = false}).allowed());
  CHECK_FALSE(wanted_wake({}, {.enabled = false}, in(Mode::charging), {}, kNoon));
}

TEST_CASE("the shortest interval holds for the button, which says when it may be used again") {
  WakeHistory history;
  note_sent(history, WakeReason::stopped, kStatus, in(Mode::parked), {}, kNoon - 5min);
  const auto decision = ask(history, WakeReason::owner);
  CHECK_FALSE(decision.allowed());
  CHECK(decision.next_at == kNoon + 10min);
  CHECK(ask(history, WakeReason::owner, Mode::parked, kNoon + 10min).allowed());
}

TEST_CASE("a command's wake needs no interval: the command has woken the car") {
  WakeHistory history;
  note_sent(history, WakeReason::owner, kStatus, in(Mode::parked), {}, kNoon - 1min);
  CHECK(ask(history, WakeReason::command).allowed());
}

TEST_CASE("a clock that was set back does not close the button") {
  WakeHistory history;
  note_sent(history, WakeReason::owner, kStatus, in(Mode::parked), {}, kNoon + 300h);
  CHECK(ask(history, WakeReason::owner).allowed());
}

TEST_CASE("the last wakes of a day are kept for commands") {
  const auto history = sent(WakeReason::owner, 4);
  const auto refused = ask(history, WakeReason::owner);
  CHECK_FALSE(refused.allowed());
  CHECK(refused.next_at == kNoon + 12h);
  CHECK(ask(history, WakeReason::command).allowed());
  CHECK_FALSE(ask(sent(WakeReason::command, 8), WakeReason::command).allowed());
}

TEST_CASE("charging has a budget of its own") {
  const auto history = sent(WakeReason::charging, 15);
  CHECK(ask(history, WakeReason::charging, Mode::charging).allowed());
  CHECK(ask(history, WakeReason::owner).allowed());
  CHECK_FALSE(ask(sent(WakeReason::charging, 16), WakeReason::charging, Mode::charging).allowed());
}

TEST_CASE("budgets begin anew with the owner's day") {
  const auto history = sent(WakeReason::owner, 4);
  auto tomorrow = in(Mode::parked);
  tomorrow.day_began = kNoon + 12h;
  CHECK(decide_wake(history, {}, WakeReason::owner, tomorrow, kStatus, kNoon + 13h).allowed());
  CHECK(wakes_today(history, kNoon - 12h) == 4);
  CHECK(wakes_today(history, kNoon + 12h) == 0);
}

TEST_CASE("what is asked at one time is one step of the budget, however many routes it takes") {
  const std::vector both = {WakeRoute::status, WakeRoute::electric};
  auto history = sent(WakeReason::owner, 3);
  CHECK(refreshes_left(history, {}, in(Mode::parked)) == 1);
  const auto decision = decide_wake(history, {}, WakeReason::owner, in(Mode::parked), both, kNoon);
  CHECK(decision.routes == both);
  note_sent(history, WakeReason::owner, both, in(Mode::parked), {}, kNoon);
  CHECK(wakes_today(history, in(Mode::parked).day_began) == 4);
  CHECK(refreshes_left(history, {}, in(Mode::parked)) == 0);
  CHECK_FALSE(
      decide_wake(history, {}, WakeReason::owner, in(Mode::parked), both, kNoon + 1h).allowed());
  CHECK(refreshes_left({}, {.enabled = false}, in(Mode::parked)) == 0);
}

TEST_CASE("three wakes without effect pause the automatic ones until the car shows life") {
  WakeHistory history;
  const auto state = reported(Source::telemetry, kNoon - 10h);
  for (int i = 0; i < 3; ++i) {
    CHECK(ask(history, WakeReason::stopped).allowed());
    without_effect(history, kNoon - 5h + i * 1h, state);
  }
  CHECK_FALSE(ask(history, WakeReason::stopped).allowed());
  CHECK(ask(history, WakeReason::owner).allowed());
  CHECK_FALSE(note_effects(history, state, kNoon));
  CHECK(note_effects(history, reported(Source::location, kNoon - 1h), kNoon));
  CHECK(ask(history, WakeReason::stopped).allowed());
}

TEST_CASE("a wake had an effect when the car's own time moved on") {
  WakeHistory history;
  const auto before = reported(Source::status, kNoon - 1h);
  without_effect(history, kNoon - 50min, before);
  CHECK(history.of(WakeRoute::status).without_effect == 1);
  note_sent(history, WakeReason::owner, kStatus, in(Mode::parked), before, kNoon);
  // Another source's time, or an older report that arrives late, is no answer.
  note_effects(history, reported(Source::telemetry, kNoon + 30s), kNoon + 1min);
  note_effects(history, reported(Source::status, kNoon - 30min), kNoon + 1min);
  CHECK(history.pending.size() == 1);
  CHECK(note_effects(history, reported(Source::status, kNoon + 30s), kNoon + 1min));
  CHECK(history.pending.empty());
  CHECK(history.of(WakeRoute::status).without_effect == 0);
}

TEST_CASE("the woken source is looked at every 20 s for the doors, every minute for the level") {
  WakeHistory history;
  note_sent(history, WakeReason::owner, {WakeRoute::status}, in(Mode::parked), {}, kNoon);
  CHECK(next_look(history, kNoon)->at == kNoon + 20s);
  history.pending.front().looks = 2;
  CHECK(next_look(history, kNoon)->at == kNoon + 60s);
  WakeHistory level;
  note_sent(level, WakeReason::charging, {WakeRoute::electric}, in(Mode::charging), {}, kNoon);
  CHECK(next_look(level, kNoon)->at == kNoon + 60s);
  CHECK_FALSE(note_effects(level, {}, kNoon + 9min));
  CHECK(note_effects(level, {}, kNoon + 10min));
  CHECK_FALSE(next_look(level, kNoon + 10min));
}

TEST_CASE("a rejection holds for a day, a second one for good") {
  WakeHistory history;
  note_wake_answer(history, WakeRoute::status, Kind::rejected, kNoon);
  CHECK_FALSE(ask(history, WakeReason::owner, Mode::parked, kNoon + 23h).allowed());
  CHECK(ask(history, WakeReason::owner, Mode::parked, kNoon + 24h).allowed());
  note_wake_answer(history, WakeRoute::status, Kind::rejected, kNoon + 24h);
  const auto decision = ask(history, WakeReason::command, Mode::parked, kNoon + 400 * 24h);
  CHECK(decision.refusal == "The cloud does not wake this car.");
}

TEST_CASE("trouble of the cloud is no rejection, and counts as no wake without effect") {
  WakeHistory history;
  for (int i = 0; i < 5; ++i) {
    note_sent(history, WakeReason::stopped, kStatus, in(Mode::parked), {}, kNoon - 5h);
    note_wake_answer(history, WakeRoute::status, Kind::failed, kNoon - 5h);
    note_effects(history, {}, kNoon - 4h);
  }
  CHECK(history.of(WakeRoute::status) == WakeRouteHistory{});
}

TEST_CASE("a car whose level cannot be asked for is asked for its status while charging") {
  WakeHistory history;
  CHECK(routes_for(history, WakeReason::charging, true) == std::vector{WakeRoute::electric});
  note_wake_answer(history, WakeRoute::electric, Kind::rejected, kNoon);
  CHECK(routes_for(history, WakeReason::charging, true) == kStatus);
}

TEST_CASE("a stop wants the configured wakes, one after the other") {
  const WakeFacts facts{.doors_at = kNoon - 2h, .secured = true};
  auto situation = in(Mode::just_stopped);
  situation.stopped_at = kNoon;
  WakeHistory history;
  CHECK(wanted_wake(history, {}, situation, facts, kNoon)->at == kNoon + 3min);
  note_stop_served(history, kNoon, 0);
  CHECK(wanted_wake(history, {}, situation, facts, kNoon)->at == kNoon + 15min);
  note_stop_served(history, kNoon, 1);
  CHECK_FALSE(wanted_wake(history, {}, situation, facts, kNoon));
  situation.stopped_at = kNoon + 1h;
  CHECK(wanted_wake(history, {}, situation, facts, kNoon + 1h)->at == kNoon + 1h + 3min);
}

TEST_CASE("a stop whose doors are known to be locked wants no wake") {
  auto situation = in(Mode::just_stopped);
  situation.stopped_at = kNoon;
  CHECK_FALSE(wanted_wake({}, {}, situation, {.doors_at = kNoon + 2min, .secured = true}, kNoon));
  CHECK(wanted_wake({}, {}, situation, {.doors_at = kNoon + 2min, .secured = false}, kNoon));
}

TEST_CASE("a stop is done with once the car was locked, also when it is unlocked again") {
  auto situation = in(Mode::just_stopped);
  situation.stopped_at = kNoon;
  WakeHistory history;
  CHECK_FALSE(note_secured(history, {}, situation, {.doors_at = kNoon - 1h, .secured = true}));
  CHECK_FALSE(note_secured(history, {}, situation, {.doors_at = kNoon + 1min, .secured = false}));
  CHECK(note_secured(history, {}, situation, {.doors_at = kNoon + 2min, .secured = true}));
  CHECK_FALSE(note_secured(history, {}, situation, {.doors_at = kNoon + 3min, .secured = true}));
  const WakeFacts unlocked{.doors_at = kNoon + 20min, .secured = false};
  CHECK_FALSE(wanted_wake(history, {}, situation, unlocked, kNoon + 20min));
}

TEST_CASE("a stop that was learnt of late wants no wake any more") {
  auto situation = in(Mode::parked);
  situation.stopped_at = kNoon - 46min;
  CHECK_FALSE(wanted_wake({}, {}, situation, {}, kNoon));
}

TEST_CASE("while charging the car is asked before the level is too old") {
  const WakeFacts facts{.level_at = kNoon - 10min, .secured = true, .battery = true};
  auto situation = in(Mode::charging);
  situation.stopped_at.reset();
  const auto wish = wanted_wake({}, {}, situation, facts, kNoon);
  REQUIRE(wish);
  CHECK(wish->reason == WakeReason::charging);
  CHECK(wish->at == kNoon + 16min);
  CHECK_FALSE(wanted_wake({}, {.while_charging = 0s}, situation, facts, kNoon));
  situation.mode = Mode::plugged;
  CHECK_FALSE(wanted_wake({}, {}, situation, facts, kNoon));
}

TEST_CASE("an idle car is asked only when the owner configured it") {
  const WakeFacts facts{.newest = kNoon - 20h, .secured = true};
  auto situation = in(Mode::parked);
  situation.stopped_at.reset();
  CHECK_FALSE(wanted_wake({}, {}, situation, facts, kNoon));
  const auto wish = wanted_wake({}, {.idle = 24h}, situation, facts, kNoon);
  REQUIRE(wish);
  CHECK(wish->reason == WakeReason::idle);
  CHECK(wish->at == kNoon + 4h);
}

TEST_CASE("the history of wakes survives a restart, and a broken text is an empty one") {
  auto history = sent(WakeReason::charging, 3);
  note_stop_served(history, kNoon, 1);
  note_wake_answer(history, WakeRoute::electric, Kind::rejected, kNoon);
  for (int i = 0; i < 3; ++i) without_effect(history, kNoon - 5h);
  auto kept = parse_wakes(serialize(history)).value();
  CHECK(kept.last_reason == history.last_reason);
  history.pending.clear();
  CHECK(kept == history);
  for (const auto* text :
       {"", "null", "[]", "{}", R"({"format":2})", R"({"format":1,"routes":[]})"}) {
    INFO(text);
    CHECK(parse_wakes(text).value_or(WakeHistory{}) == WakeHistory{});
  }
  const auto odd = parse_wakes(R"({"format":1,"today":-5,"today_charging":9,"last":"x"})");
  CHECK(odd == WakeHistory{});
}
