#include "support/catch.hpp"
#include "support/sample_cars.hpp"
#include "toyota2mqtt/fleet/command_core.hpp"
#include "toyota2mqtt/fleet/unlock_code.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::fleet;
using namespace std::chrono_literals;
using vehicle::Action;
using vehicle::Outcome;
using vehicle::Source;

namespace {

/// A desk under a clock of its own. Effects are kept as short texts.
class Table {
 public:
  Table() {
    car = test::full_car(vehicle::Brand::toyota, vehicle::Drive::bev);
    car.commands.allowed = {vehicle::kAllAllows.begin(), vehicle::kAllAllows.end()};
    car.state.notifications.emplace();
    say_climate("stopped", std::nullopt);
  }

  void pass(std::chrono::milliseconds time) {
    const auto end = at.steady + time;
    while (true) {
      const auto tick = next_tick(state);
      if (!tick || *tick > end) break;
      at.now += std::max(*tick, at.steady) - at.steady;
      at.steady = std::max(*tick, at.steady);
      handle(Ticked{});
    }
    at.now += end - at.steady;
    at.steady = end;
  }
  void ask(Action action, const char* entity, vehicle::ClimateOptions climate = {}) {
    handle(Asked{{.action = action, .entity = entity, .climate = climate}});
  }
  void answer(Answered::Kind kind, const char* reason = "") {
    handle(Answered{.kind = kind, .reason = reason});
  }
  void accept() { answer(Answered::Kind::accepted); }
  void handle(const DeskEvent& event) {
    for (const auto& effect : advance(state, event, car, base::Zone::utc(), at)) note(effect);
  }
  /// What happened since the last call, without the looks.
  std::string take() { return std::exchange(log, {}); }

  void say_locked(bool locked) {
    for (auto* door : {&car.state.door_driver, &car.state.door_passenger, &car.state.door_rear_left,
                       &car.state.door_rear_right}) {
      door->locked =
          vehicle::Measured<bool>{.value = locked, .at = at.now, .source = Source::status};
    }
    car.state.reported_at.at(static_cast<std::size_t>(Source::status)) = at.now;
    handle(Looked{});
  }
  void say_climate(const char* word, std::optional<base::Time> time) {
    car.state.climate_status =
        vehicle::Measured<std::string>{.value = word, .at = time, .source = Source::climate_status};
    if (time) car.state.reported_at.at(static_cast<std::size_t>(Source::climate_status)) = time;
    handle(Looked{});
  }
  void say(const char* status) {
    car.state.notifications->insert(car.state.notifications->begin(), {.id = "n",
                                                                       .at = at.now,
                                                                       .category = "RemoteCommand",
                                                                       .message = "",
                                                                       .type = "",
                                                                       .status = status});
    handle(Looked{});
  }

  DeskState state;
  vehicle::Car car = test::new_car(vehicle::Brand::toyota, vehicle::Drive::bev);
  Moment at{.now = test::sample_time(60), .steady = base::SteadyTime(1h)};
  vehicle::Command sent;
  int looks = 0;
  std::string log;

 private:
  void note(const DeskEffect& effect) {
    if (const auto* send = std::get_if<Send>(&effect)) {
      sent = send->command;
      log += "send " + std::string(to_string(sent.action)) + "\n";
    } else if (const auto* wake = std::get_if<Wake>(&effect)) {
      log += "wake " + std::string(to_string(wake->confirmation)) + "\n";
    } else if (const auto* tell = std::get_if<Tell>(&effect)) {
      log += std::string(to_string(tell->result.outcome)) + " " + tell->result.command;
      if (!tell->result.reason.empty()) log += ": " + tell->result.reason;
      if (!tell->result.confirmed_by.empty()) log += " by " + tell->result.confirmed_by;
      log += "\n";
    } else if (const auto* reject = std::get_if<Reject>(&effect)) {
      log += "reject " + std::string(to_string(reject->action)) + "\n";
    } else {
      ++looks;
    }
  }
};

vehicle::ClimateOptions at_degrees(double degrees) {
  vehicle::ClimateOptions options;
  options.temperature = vehicle::Celsius{degrees};
  return options;
}

constexpr const char* kOneUnderWay = "A command of this entity is still under way";

}  // namespace

TEST_CASE("a lock is done when a later report of the car shows it, not when the cloud took it") {
  Table desk;
  desk.say_locked(false);
  desk.pass(5min);
  desk.ask(Action::lock, "doors");
  CHECK(desk.take() == "send lock\n");
  CHECK(shown_action(desk.state) == Action::lock);
  desk.accept();
  CHECK(desk.take() == "accepted lock\n");
  desk.pass(14s);
  CHECK(desk.looks == 1);
  CHECK(desk.take().empty());
  desk.pass(1s);
  CHECK(desk.take() == "wake status\n");
  desk.handle(Woken{.sent = true});
  desk.pass(20s);
  desk.say_locked(true);
  CHECK(desk.take() == "done lock by report\n");
  CHECK_FALSE(shown_action(desk.state));
  CHECK_FALSE(next_tick(desk.state));
}

TEST_CASE("a silent car leaves a command unconfirmed after three minutes, woken once") {
  Table desk;
  desk.ask(Action::unlock, "doors");
  desk.accept();
  desk.pass(15s);
  desk.handle(Woken{.sent = true});
  desk.take();
  desk.pass(164s);
  CHECK(desk.take().empty());
  desk.pass(1s);
  CHECK(desk.take() ==
        "unconfirmed unlock: The car has not reported in time whether it was done\n");
  CHECK_FALSE(desk.state.current);
  CHECK(desk.looks < 16);
}

TEST_CASE("when no wake is left the result says why the car was not asked") {
  Table desk;
  desk.ask(Action::lock, "doors");
  desk.accept();
  desk.pass(15s);
  desk.handle(Woken{.sent = false, .refusal = "No wake is left today."});
  desk.take();
  desk.pass(3min);
  CHECK(desk.take() ==
        "unconfirmed lock: The car has not reported in time whether it was done; the car was not "
        "asked: No wake is left today.\n");
}

TEST_CASE("a car that reports the opposite has failed, once its time is over") {
  Table desk;
  desk.say_locked(false);
  desk.pass(5min);
  desk.ask(Action::lock, "doors");
  desk.accept();
  desk.pass(70s);
  desk.take();
  desk.say_locked(false);
  CHECK(desk.take().empty());
  desk.pass(2min);
  CHECK(desk.take() == "failed lock: The car reports that it is as it was before\n");
}

TEST_CASE("a message of the car alone proves a lock only when no report can be had") {
  Table desk;
  desk.ask(Action::lock, "doors");
  desk.accept();
  desk.pass(10s);
  desk.take();
  desk.say("completed");
  CHECK(desk.take() == "wake status\n");
  SECTION("the report comes") {
    desk.handle(Woken{.sent = true});
    desk.pass(20s);
    desk.say_locked(true);
    CHECK(desk.take() == "done lock by report\n");
  }
  SECTION("no wake is left") {
    desk.handle(Woken{.sent = false, .refusal = "No."});
    CHECK(desk.take() == "done lock by message\n");
  }
  SECTION("the wake has no effect") {
    desk.handle(Woken{.sent = true});
    desk.pass(3min);
    CHECK(desk.take() == "done lock by message\n");
  }
}

TEST_CASE("what no report can show is done by the car's message, and wakes nobody") {
  Table desk;
  desk.ask(Action::horn, "horn");
  desk.accept();
  desk.take();
  desk.pass(30s);
  CHECK(desk.take().empty());
  desk.say("completed");
  CHECK(desk.take() == "done horn by message\n");
  desk.ask(Action::horn, "horn");
  desk.accept();
  desk.pass(89s);
  desk.take();
  desk.pass(1s);
  CHECK(desk.take() == "unconfirmed horn: The car has not reported in time whether it was done\n");
}

TEST_CASE("a message of an earlier command says nothing about the next one") {
  Table desk;
  desk.say("completed");
  desk.ask(Action::horn, "horn");
  desk.accept();
  desk.take();
  desk.handle(Looked{});
  CHECK(desk.take().empty());
}

TEST_CASE("an interrupted command has failed") {
  Table desk;
  desk.ask(Action::hazards_on, "hazards_on");
  desk.accept();
  desk.take();
  desk.pass(9s);
  desk.say("interrupted");
  CHECK(desk.take() == "failed hazards_on: The car says that it broke the command off\n");
}

TEST_CASE("a command that may have reached the cloud is never sent again, but looked for") {
  Table desk;
  desk.ask(Action::unlock, "doors");
  desk.take();
  desk.answer(Answered::Kind::unknown, "no answer in time");
  CHECK(desk.take().empty());  // not accepted: nobody knows
  SECTION("it had reached the car") {
    desk.pass(40s);
    desk.take();
    desk.say_locked(false);
    CHECK(desk.take() == "done unlock by report\n");
  }
  SECTION("nothing comes") {
    desk.pass(15s);
    desk.take();
    desk.pass(3min);
    CHECK(desk.take() ==
          "unconfirmed unlock: It is not known whether the cloud got it: no answer in time\n");
  }
}

TEST_CASE("what the cloud says the car lacks is withdrawn, what it refuses now is only reported") {
  Table desk;
  desk.ask(Action::trunk_lock, "trunk");
  desk.take();
  desk.answer(Answered::Kind::not_supported, "no");
  CHECK(desk.take() == "reject trunk_lock\nfailed trunk_lock: no\n");
  desk.ask(Action::buzzer, "buzzer");
  desk.take();
  desk.answer(Answered::Kind::failed, "not ready");
  CHECK(desk.take() == "failed buzzer: not ready\n");
}

TEST_CASE("a second lock while one is pending is refused, the other way round too") {
  Table desk;
  desk.ask(Action::lock, "doors");
  desk.take();
  desk.ask(Action::unlock, "doors");
  CHECK(desk.take() == "refused unlock: " + std::string(kOneUnderWay) + "\n");
  desk.accept();
  desk.take();
  desk.ask(Action::lock, "doors");
  CHECK(desk.take() == "refused lock: " + std::string(kOneUnderWay) + "\n");
}

TEST_CASE("one command per car at a time: another one waits, a minute at most") {
  Table desk;
  desk.ask(Action::lock, "doors");
  desk.accept();
  desk.take();
  desk.ask(Action::horn, "horn");
  CHECK(desk.take().empty());
  desk.ask(Action::horn, "horn");
  CHECK(desk.take() == "refused horn: " + std::string(kOneUnderWay) + "\n");
  SECTION("the first one ends in time") {
    desk.pass(40s);
    desk.take();
    desk.say_locked(true);
    CHECK(desk.take() == "done lock by report\nsend horn\n");
  }
  SECTION("the first one had its time") {
    desk.pass(44s);
    desk.take();
    desk.pass(1s);
    CHECK(desk.take() ==
          "unconfirmed lock: Another command waited, so this one was watched no longer\n"
          "send horn\n");
  }
}

TEST_CASE("what waited for a minute is dropped: nobody expects it any more") {
  Table desk;
  desk.ask(Action::lock, "doors");
  desk.ask(Action::horn, "horn");
  desk.take();
  desk.pass(59s);  // the cloud takes its time
  CHECK(desk.take().empty());
  desk.pass(1s);
  CHECK(desk.take() ==
        "refused horn: It waited longer than a minute behind another command; nothing was sent\n");
  desk.accept();
  desk.pass(8s);
  CHECK(desk.take() == "accepted lock\n");
}

TEST_CASE("a refresh keeps no command waiting") {
  Table desk;
  desk.ask(Action::refresh, "refresh");
  desk.accept();
  desk.take();
  desk.ask(Action::lock, "doors");
  desk.pass(1s);
  CHECK(desk.take() ==
        "unconfirmed refresh: Another command waited, so this one was watched no longer\n"
        "send lock\n");
}

TEST_CASE("no more than four commands wait") {
  Table desk;
  desk.ask(Action::lock, "doors");
  desk.ask(Action::horn, "horn");
  desk.ask(Action::buzzer, "buzzer");
  desk.ask(Action::trunk_lock, "trunk");
  desk.ask(Action::windows_close, "windows_close");
  desk.take();
  desk.ask(Action::hazards_on, "hazards_on");
  CHECK(desk.take() == "refused hazards_on: Too many commands wait for this car\n");
}

TEST_CASE("B10 a temperature outside the car's own limits is refused, and one inside is its step") {
  Table desk;
  desk.ask(Action::climate_set, "climate", at_degrees(17.4));
  CHECK(desk.take().contains("does not go so far"));
  desk.car.state.climate_limits = vehicle::Measured<vehicle::ClimateLimits>{
      .value = {.lowest = {15}, .highest = {30}, .step = 0.5},
      .at = {},
      .source = Source::climate_settings};
  desk.ask(Action::climate_set, "climate", at_degrees(17.4));
  CHECK(desk.state.wish.temperature == vehicle::Celsius{17.5});
  desk.ask(Action::climate_set, "climate", at_degrees(30.5));
  desk.ask(Action::climate_start, "climate", at_degrees(14.9));
  CHECK(desk.state.wish.temperature == vehicle::Celsius{17.5});
  CHECK_FALSE(desk.state.current);
}

TEST_CASE("setting a temperature while the climate is off stores it and starts nothing") {
  Table desk;
  desk.ask(Action::climate_set, "climate", at_degrees(24));
  CHECK(desk.take() ==
        "done climate_set: Kept for the next start of the climate control; nothing was sent\n");
  desk.pass(1h);
  CHECK(desk.take().empty());
  desk.ask(Action::climate_start, "climate");
  desk.pass(1s);
  CHECK(desk.take() == "send climate_start\n");
  CHECK(desk.sent.climate.temperature == vehicle::Celsius{24});
}

TEST_CASE("a start that comes with a temperature starts with it") {
  Table desk;
  desk.ask(Action::climate_set, "climate", at_degrees(24));
  desk.take();
  desk.ask(Action::climate_start, "climate", at_degrees(20));
  desk.pass(1s);
  CHECK(desk.take() == "send climate_start\n");
  CHECK(desk.sent.climate.temperature == vehicle::Celsius{20});
}

TEST_CASE("mode and temperature that come together become one start") {
  Table desk;
  desk.ask(Action::climate_start, "climate");
  desk.pass(300ms);
  desk.ask(Action::climate_set, "climate", at_degrees(19));
  CHECK(desk.take().empty());
  desk.pass(1s);
  CHECK(desk.take() == "send climate_start\n");
  CHECK(desk.sent.climate.temperature == vehicle::Celsius{19});
}

TEST_CASE("for the climate the newest wish wins") {
  Table desk;
  desk.ask(Action::climate_start, "climate");
  SECTION("before anything was sent") {
    desk.ask(Action::climate_stop, "climate");
    desk.pass(1s);
    CHECK(desk.take() == "send climate_stop\n");
  }
  SECTION("while the cloud takes its time") {
    desk.pass(1s);
    desk.ask(Action::climate_set, "climate", at_degrees(25));
    desk.ask(Action::climate_stop, "climate");
    CHECK(desk.take() ==
          "send climate_start\nrefused climate_start: A newer wish took its place; nothing was "
          "sent\n");
    desk.accept();
    desk.pass(1s);
    CHECK(desk.take() ==
          "accepted climate_start\nunconfirmed climate_start: A newer wish took its place\n"
          "send climate_stop\n");
  }
  SECTION("while the car has not reported") {
    desk.pass(1s);
    desk.accept();
    desk.take();
    desk.ask(Action::climate_set, "climate", at_degrees(25));
    CHECK(desk.take() == "unconfirmed climate_start: A newer wish took its place\n");
    desk.pass(1s);
    CHECK(desk.take() == "send climate_start\n");
    CHECK(desk.sent.climate.temperature == vehicle::Celsius{25});
  }
}

TEST_CASE("a temperature set while the climate runs goes to the car") {
  Table desk;
  desk.say_climate("running", desk.at.now);
  desk.ask(Action::climate_set, "climate", at_degrees(18));
  desk.pass(1s);
  CHECK(desk.take() == "send climate_start\n");
}

TEST_CASE("the climate is not woken at once: its commands report by themselves") {
  Table desk;
  desk.ask(Action::climate_start, "climate");
  desk.pass(1s);
  desk.accept();
  desk.take();
  desk.pass(44s);
  CHECK(desk.take().empty());
  desk.pass(1s);
  CHECK(desk.take() == "wake climate_status\n");
  desk.say_climate("running", desk.at.now);
  CHECK(desk.take() == "done climate_start by report\n");
}

TEST_CASE("what is not allowed, not offered or switched off is refused, and nothing is sent") {
  Table desk;
  desk.car.commands.allowed.erase(vehicle::Allow::horn);
  desk.ask(Action::horn, "horn");
  CHECK(desk.take() == "refused horn: The configuration does not allow it\n");
  desk.ask(Action::engine_start, "engine_start");
  CHECK(desk.take() == "refused engine_start: The cloud says that this car cannot do it\n");
  desk.ask(Action::lock, "nothing");
  CHECK(desk.take() == "refused lock: There is no such command\n");
  desk.ask(Action::charge_schedule_off, "charge_schedule");
  CHECK(desk.take() ==
        "refused charge_schedule_off: The cloud has no way to switch the charging schedule off\n");
  desk.car.diagnostics.reading = false;
  desk.ask(Action::lock, "doors");
  CHECK(desk.take() ==
        "refused lock: Reading is switched off, and with it everything that concerns this car\n");
}

TEST_CASE("a charging time is meant for the next time that the owner's clock shows it") {
  Table desk;  // Sunday, 1 March 2026, 09:00
  desk.handle(Asked{{.action = Action::charge_start_time, .entity = "charge_start", .time = 22h}});
  CHECK(desk.sent.charge->day == std::chrono::Sunday);
  Table early;
  early.handle(Asked{{.action = Action::charge_start_time, .entity = "charge_start", .time = 6h}});
  CHECK(early.sent.charge->day == std::chrono::Monday);
  Table no_start;
  no_start.car.state.next_charging.reset();
  no_start.handle(Asked{{.action = Action::charge_end_time, .entity = "charge_end", .time = 6h}});
  CHECK(no_start.take() ==
        "refused charge_end_time: The car has not said when its charging begins\n");
}

TEST_CASE("at the end nobody is left in doubt: what was sent is unconfirmed, what waited refused") {
  Table desk;
  desk.ask(Action::lock, "doors");
  desk.accept();
  desk.ask(Action::horn, "horn");
  desk.take();
  desk.handle(Stopping{});
  CHECK(desk.take() ==
        "refused horn: The bridge was stopped; nothing was sent\n"
        "unconfirmed lock: The bridge was stopped before the car answered\n");
  desk.accept();  // the answer that comes too late
  CHECK(desk.take().empty());
}

TEST_CASE("events that belong to nothing change nothing") {
  Table desk;
  desk.accept();
  desk.handle(Woken{.sent = true});
  desk.handle(Looked{});
  desk.handle(Ticked{});
  desk.handle(Stopping{});
  CHECK(desk.take().empty());
  CHECK_FALSE(next_tick(desk.state));
}

TEST_CASE("wrong codes make the next one wait longer and longer, even a right one") {
  const base::Secret right("4711");
  UnlockCode code(right);
  base::SteadyTime now(1h);
  CHECK_FALSE(code.refusal(right, now));
  CHECK(code.refusal({}, now) == "The car is opened only with the code; none was given");
  CHECK(code.refusal(base::Secret("0000"), now) ==
        "The code is wrong; the next one is looked at in 2 s");
  CHECK(code.refusal(right, now + 1s) == "After wrong codes no code is looked at for another 1 s");
  now += 2s;
  CHECK(code.refusal(base::Secret("47110"), now) ==
        "The code is wrong; the next one is looked at in 4 s");
  for (int i = 0; i < 20; ++i) {
    now += 15min;
    CHECK(code.refusal(base::Secret("0000"), now));
  }
  CHECK(code.refusal(right, now + 899s));
  CHECK_FALSE(code.refusal(right, now + 15min));
  CHECK(code.refusal(base::Secret("x"), now + 16min) ==
        "The code is wrong; the next one is looked at in 2 s");
}

TEST_CASE("without a code set every car opens, whatever is typed") {
  UnlockCode none{base::Secret()};
  CHECK_FALSE(none.refusal(base::Secret("anything"), base::SteadyTime(1h)));
}
