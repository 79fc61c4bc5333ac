#include <set>

#include "support/catch.hpp"
#include "support/sample_cars.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::vehicle;
using namespace std::chrono_literals;
using test::full_car;
using test::sample_time;

namespace {

Allowed everything() { return {kAllAllows.begin(), kAllAllows.end()}; }

Car car_of(Drive drive) {
  Car car = full_car(Brand::toyota, drive);
  car.commands.allowed = everything();
  return car;
}

std::string offered_ids(const Car& car) {
  std::string ids;
  for (const auto& row : command_catalogue()) {
    if (offered(row, car)) ids += (ids.empty() ? "" : " ") + std::string(row.id);
  }
  return ids;
}

void report(Car& car, Source source, base::Time at) {
  car.state.reported_at.at(static_cast<std::size_t>(source)) = at;
}

void say_locked(Car& car, bool locked, base::Time at) {
  for (auto* door : {&car.state.door_driver, &car.state.door_passenger, &car.state.door_rear_left,
                     &car.state.door_rear_right}) {
    door->locked = Measured<bool>{.value = locked, .at = at, .source = Source::status};
  }
  report(car, Source::status, at);
}

Notification message(base::Time at, const char* status) {
  return {.id = "n" + std::to_string(at.time_since_epoch().count()),
          .at = at,
          .category = "RemoteCommand",
          .message = "",
          .type = "alert",
          .status = status};
}

}  // namespace

TEST_CASE("no id of a command entity is the id of another component of the device document") {
  for (const auto& row : command_catalogue()) {
    const Row* other = row.platform == Platform::time ? nullptr : find_row(row.id);
    CHECK((other == nullptr || other->platform == row.platform));
  }
}

TEST_CASE("every action has an id of its own, and is found by it") {
  std::set<std::string_view> ids;
  for (const auto& row : command_catalogue()) {
    for (const auto& ask : row.taken()) {
      ids.insert(to_string(ask.action));
      CHECK(parse_action(to_string(ask.action)) == ask.action);
    }
  }
  CHECK(ids.size() == 20);  // climate_set has no payload of its own
  CHECK_FALSE(parse_action("open_trunk"));
}

TEST_CASE("by default nothing is offered that opens the car, starts the engine or sets a plan") {
  Car car = full_car(Brand::toyota, Drive::phev);
  CHECK(offered_ids(car) == "lock_doors climate horn hazards_on charge_now refresh");
  car.commands.allowed.clear();
  CHECK(offered_ids(car).empty());
}

TEST_CASE("with everything allowed the drive decides what is offered") {
  CHECK(offered_ids(car_of(Drive::bev)) ==
        "doors trunk climate horn hazards_on buzzer headlights_on headlights_off windows_close "
        "charge_now refresh charge_schedule charge_start charge_end");
  CHECK(offered_ids(car_of(Drive::hev)) ==
        "doors trunk climate horn hazards_on buzzer headlights_on headlights_off windows_close "
        "engine_start engine_stop refresh");
}

TEST_CASE(
    "a flag that says no withholds a command, one in another spelling that says yes offers it") {
  Car car = car_of(Drive::bev);
  const auto& row = *find_command_row("windows_close");
  car.identity.flags["powerWindowsCapable"] = false;
  CHECK_FALSE(offered(row, car));
  car.identity.flags["powerWindowCapable"] = true;
  CHECK(offered(row, car));
}

TEST_CASE("a climate control that has answered is offered whatever its flags say") {
  Car car = car_of(Drive::bev);
  car.identity.flags["estartStopCapable"] = false;
  CHECK(offered(*find_command_row("climate"), car));
  car.state.climate_status.reset();
  CHECK_FALSE(offered(*find_command_row("climate"), car));
}

TEST_CASE("what the cloud has rejected is withdrawn, a lock that cannot unlock becomes a button") {
  Car car = car_of(Drive::bev);
  car.evidence.rejected.insert(Action::unlock);
  CHECK_FALSE(offered(*find_command_row("doors"), car));
  CHECK(offered(*find_command_row("lock_doors"), car));
  car.evidence.rejected.insert(Action::lock);
  CHECK_FALSE(offered(*find_command_row("lock_doors"), car));
  CHECK(refusal_of(*find_command_row("lock_doors"), car)->reason ==
        "The cloud has rejected it for this car before");
}

TEST_CASE("C5 what only a rejection keeps from being offered is what comes back without it") {
  const auto ids = [](const Car& car) {
    std::string all;
    for (const auto* row : rejected_rows(car))
      all += (all.empty() ? "" : " ") + std::string(row->id);
    return all;
  };
  Car car = car_of(Drive::bev);
  CHECK(ids(car).empty());
  car.evidence.rejected = {Action::lock, Action::horn, Action::trunk_unlock, Action::engine_start};
  CHECK(ids(car) == "doors trunk horn");  // an electric car has no engine to start
  car.commands.allowed.erase(Allow::horn);
  CHECK(ids(car) == "doors trunk");
  car.commands.allowed.erase(Allow::unlock);
  CHECK(ids(car) == "lock_doors trunk");
  car.identity.flags["trunkCapable"] = false;
  CHECK(ids(car) == "lock_doors");
  car.identity.remote_display = "3";
  CHECK(ids(car).empty());
}

TEST_CASE("rejections survive a restart, and unknown names in them are no harm") {
  Evidence evidence;
  evidence.rejected = {Action::unlock, Action::charge_now};
  CHECK(parse_evidence(serialize(evidence))->rejected == evidence.rejected);
  CHECK(parse_evidence(R"({"format":1,"rejected":["fly"]})")->rejected.empty());
}

TEST_CASE("where the app offers no remote services nothing is offered, and the reason is shown") {
  Car car = car_of(Drive::bev);
  car.identity.remote_display = "3";
  CHECK(offered_ids(car).empty());
  CHECK(remote_services_refusal(car.identity)->reason ==
        "The maker's app offers no remote services for this car (state 3)");
  car.identity.remote_display = "7";
  car.identity.remote_subscription = "EXPIRED";
  CHECK(offered_ids(car).empty());
  car.identity.remote_subscription = "Active";
  CHECK_FALSE(offered_ids(car).empty());
  car.identity.remote_display.clear();  // not said
  car.identity.remote_subscription.clear();
  CHECK_FALSE(offered_ids(car).empty());
}

TEST_CASE("the schedule is offered only where the car says that it can be set") {
  Car car = car_of(Drive::bev);
  car.state.can_set_next_charging->value = false;
  CHECK_FALSE(offered(*find_command_row("charge_schedule"), car));
  car.state.can_set_next_charging.reset();
  CHECK_FALSE(offered(*find_command_row("charge_start"), car));
}

TEST_CASE("a report from before the command proves nothing") {
  Car car = car_of(Drive::bev);
  say_locked(car, false, sample_time(0));
  const auto sent = sample_time(10);
  const auto base = confirmation_base(Action::lock, car, sent);
  const Command lock{.action = Action::lock};
  CHECK(confirmed_by_report(lock, car, base) == std::nullopt);
  say_locked(car, true, sample_time(5));
  CHECK(confirmed_by_report(lock, car, base) == std::nullopt);
  say_locked(car, true, sent + 20s);
  CHECK(confirmed_by_report(lock, car, base) == true);
}

TEST_CASE("the opposite is believed only when the car had a minute to obey") {
  Car car = car_of(Drive::bev);
  say_locked(car, false, sample_time(0));
  const auto sent = sample_time(10);
  const auto base = confirmation_base(Action::lock, car, sent);
  say_locked(car, false, sent + 20s);
  CHECK(confirmed_by_report({.action = Action::lock}, car, base) == std::nullopt);
  say_locked(car, false, sent + 60s);
  CHECK(confirmed_by_report({.action = Action::lock}, car, base) == false);
}

TEST_CASE("the doors' lock asks nothing of the trunk, and a door that is unknown proves nothing") {
  Car car = car_of(Drive::bev);
  const auto base = confirmation_base(Action::lock, car, sample_time(10));
  say_locked(car, true, sample_time(11));
  car.state.door_trunk.locked->value = false;
  CHECK(confirmed_by_report({.action = Action::lock}, car, base) == true);
  CHECK(std::get<std::string>(lock_value(car)) == "LOCKED");
  CHECK(std::get<std::string>(trunk_value(car)) == "UNLOCKED");
  car.evidence = record_reported(car.evidence, car, base::Zone::utc());
  car.state.door_rear_left.locked.reset();
  CHECK(confirmed_by_report({.action = Action::lock}, car, base) == std::nullopt);
}

TEST_CASE("a climate start needs a new report, an end is seen when what ran has stopped") {
  Car car = car_of(Drive::bev);
  const Command start{.action = Action::climate_start};
  const Command stop{.action = Action::climate_stop};
  const auto says = [&car](const char* word, std::optional<base::Time> at) {
    car.state.climate_status =
        Measured<std::string>{.value = word, .at = at, .source = Source::climate_status};
    if (at) report(car, Source::climate_status, *at);
  };
  says("stopped", std::nullopt);
  auto base = confirmation_base(Action::climate_start, car, sample_time(10));
  says("running", sample_time(2));
  CHECK(confirmed_by_report(start, car, base) == std::nullopt);
  says("starting", sample_time(11));
  CHECK(confirmed_by_report(start, car, base) == true);
  base = confirmation_base(Action::climate_stop, car, sample_time(12));
  CHECK(confirmed_by_report(stop, car, base) == std::nullopt);
  says("stopped", std::nullopt);
  CHECK(confirmed_by_report(stop, car, base) == true);
  // Stopped before and stopped now tells nothing: the cloud says it without a time.
  base = confirmation_base(Action::climate_stop, car, sample_time(13));
  CHECK(confirmed_by_report(stop, car, base) == std::nullopt);
}

TEST_CASE("any newer report is what a refresh asked for") {
  Car car = car_of(Drive::bev);
  const auto base = confirmation_base(Action::refresh, car, sample_time(10));
  CHECK(confirmed_by_report({.action = Action::refresh}, car, base) == std::nullopt);
  say_locked(car, false, sample_time(11));
  CHECK(confirmed_by_report({.action = Action::refresh}, car, base) == true);
}

TEST_CASE("a charging time is proven by the car's next event") {
  Car car = car_of(Drive::bev);
  const Command set{.action = Action::charge_start_time,
                    .charge = ChargeEvent{.day = std::chrono::Monday, .start = 5h, .end = {}}};
  const auto base = confirmation_base(set.action, car, sample_time(10));
  report(car, Source::electric, sample_time(12));
  CHECK(confirmed_by_report(set, car, base) == false);
  car.state.next_charging->value.start = 5h;
  CHECK(confirmed_by_report(set, car, base) == true);
}

TEST_CASE(
    "an end that the car does not name, and a schedule that was there before, prove nothing") {
  Car car = car_of(Drive::bev);
  const ChargeEvent event{.day = std::chrono::Sunday, .start = 22h, .end = 7h};
  const Command end{.action = Action::charge_end_time, .charge = event};
  const auto base = confirmation_base(end.action, car, sample_time(10));
  report(car, Source::electric, sample_time(12));
  car.state.next_charging->value.end.reset();
  CHECK(confirmed_by_report(end, car, base) == std::nullopt);
  car.state.next_charging->value.end = 7h;
  CHECK(confirmed_by_report(end, car, base) == true);
  const Command on{.action = Action::charge_schedule_on, .charge = event};
  CHECK(confirmed_by_report(on, car, base) == std::nullopt);
}

TEST_CASE("only a message of a remote command that is newer than all known ones speaks") {
  Car car = car_of(Drive::bev);
  const auto sent = sample_time(10);
  car.state.notifications = {{message(sent - 10s, "completed")}};
  const auto base = confirmation_base(Action::horn, car, sent);
  CHECK(confirmed_by_message(car, base) == std::nullopt);
  auto other = message(sent + 1s, "completed");
  other.category = "ChargingAlert";
  car.state.notifications = {{other, message(sent - 10s, "completed")}};
  CHECK(confirmed_by_message(car, base) == std::nullopt);
  car.state.notifications = {{message(sent + 5s, "completed")}};
  CHECK(confirmed_by_message(car, base) == true);
  car.state.notifications = {{message(sent + 5s, "Interrupted")}};
  CHECK(confirmed_by_message(car, base) == false);
  car.state.notifications = {{message(sent + 5s, "0")}};
  CHECK(confirmed_by_message(car, base) == std::nullopt);
}

TEST_CASE("a lock shows what is pending, else what the car last said, else nothing") {
  Car car = car_of(Drive::bev);
  say_locked(car, true, sample_time(0));
  CHECK(std::get<std::string>(lock_value(car)) == "LOCKED");
  car.commands.under_way = Action::unlock;
  CHECK(std::get<std::string>(lock_value(car)) == "UNLOCKING");
  CHECK(std::get<std::string>(trunk_value(car)) == "LOCKED");
  car.commands.under_way = Action::lock;
  CHECK(std::get<std::string>(lock_value(car)) == "LOCKING");
  car.commands.under_way.reset();
  car.state = {};
  CHECK(std::holds_alternative<std::monostate>(lock_value(car)));
}

TEST_CASE(
    "the climate shows the owner's wish while off, and the car's own settings while it runs") {
  Car car = car_of(Drive::bev);
  car.commands.climate_wish.temperature = Celsius{25};
  auto shown = climate_values(car);
  CHECK(std::get<std::string>(shown.mode) == "heat_cool");
  CHECK(std::get<std::string>(shown.action) == "heating");
  CHECK(std::get<std::string>(shown.preset) == "front_defrost");
  CHECK(shown.options.temperature == Celsius{22});
  car.state.climate_status->value = "stopped";
  shown = climate_values(car);
  CHECK(std::get<std::string>(shown.mode) == "off");
  CHECK(std::get<std::string>(shown.action) == "off");
  CHECK(shown.options.temperature == Celsius{25});
  car.commands.under_way = Action::climate_start;
  CHECK(std::get<std::string>(climate_values(car).mode) == "heat_cool");
  CHECK(std::get<std::string>(climate_values(car).action) == "off");
}
