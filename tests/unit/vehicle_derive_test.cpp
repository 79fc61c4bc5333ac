#include "support/catch.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::vehicle;

namespace {

base::Time at(const char* text) { return base::parse_iso8601(text).value(); }

template <class T>
Field<T> known(T value, const char* time, Source source = Source::telemetry) {
  return Measured<T>{.value = value, .at = at(time), .source = source};
}

Evidence drove(std::initializer_list<std::pair<double, const char*>> readings) {
  Evidence evidence;
  for (const auto& [km, time] : readings) {
    VehicleState state;
    state.odometer = known(Kilometres{km}, time);
    evidence = observe(std::move(evidence), state);
  }
  return evidence;
}

Identity blank() {
  auto vin = base::Vin::parse("JTMTEST0000000001").value();
  return Identity{std::move(vin), {}, Brand::toyota, {}, {}, {}, {}, {}, {}};
}

Identity listed(const char* code, bool ev = false, std::map<std::string, bool> flags = {}) {
  Identity identity = blank();
  identity.fuel_type = code;
  identity.ev_vehicle = ev;
  identity.flags = std::move(flags);
  return identity;
}

}  // namespace

TEST_CASE("any_open is on if anything known is open, unknown if anything needed is unknown") {
  VehicleState state;
  Evidence evidence;
  CHECK_FALSE(any_open(state, evidence).has_value());
  state.door_driver.open = known(false, "2026-11-20T10:00:00Z");
  CHECK(any_open(state, evidence) == false);
  evidence.reported.insert("window_driver");
  CHECK_FALSE(any_open(state, evidence).has_value());
  state.hood_open = known(true, "2026-11-20T10:00:00Z");
  CHECK(any_open(state, evidence) == true);
}

TEST_CASE("all_locked is false if any door is unlocked, unknown if one needed is unknown") {
  VehicleState state;
  Evidence evidence;
  evidence.reported = {"lock_driver", "lock_trunk"};
  state.door_driver.locked = known(true, "2026-11-20T10:00:00Z");
  CHECK_FALSE(all_locked(state, evidence).has_value());
  state.door_trunk.locked = known(true, "2026-11-20T10:00:00Z");
  CHECK(all_locked(state, evidence) == true);
  state.door_rear_left.locked = known(false, "2026-11-20T10:00:00Z");
  CHECK(all_locked(state, evidence) == false);
}

TEST_CASE("B2 while a part is not understood, nothing is known to be closed or locked") {
  VehicleState state;
  state.door_driver = Door{.open = known(false, "2026-11-20T10:00:00Z"),
                           .locked = known(true, "2026-11-20T10:00:00Z")};
  state.unclear_openings = known(1, "2026-11-20T10:00:00Z");
  state.unclear_locks = known(0, "2026-11-20T10:00:00Z");
  CHECK_FALSE(any_open(state, {}).has_value());
  CHECK(all_locked(state, {}) == true);
  state.unclear_locks->value = 2;
  CHECK_FALSE(all_locked(state, {}).has_value());
  state.door_driver.open->value = true;
  state.door_driver.locked->value = false;
  CHECK(any_open(state, {}) == true);
  CHECK(all_locked(state, {}) == false);
}

TEST_CASE("once a usable level was reported, the gross one is never shown again") {
  VehicleState state;
  state.battery_level_reported = known(Percent{80}, "2026-11-20T10:00:00Z");
  CHECK(battery_level(state, {})->value.value == 80);
  state.battery_level_usable = known(Percent{70}, "2026-11-20T10:00:00Z");
  const auto evidence = observe({}, state);
  CHECK(battery_level(state, evidence)->value.value == 70);
  state.battery_level_usable.reset();
  CHECK_FALSE(battery_level(state, evidence));
}

TEST_CASE("none means unplugged only for a car that once reported a plugged state") {
  VehicleState state;
  CHECK_FALSE(plugged_in(state, {}).has_value());
  state.charging_status = known(ChargingStatus::none, "2026-11-20T10:00:00Z");
  CHECK_FALSE(plugged_in(state, observe({}, state)).has_value());
  state.charging_status = known(ChargingStatus::charge_complete, "2026-11-20T10:00:00Z");
  const auto evidence = observe({}, state);
  CHECK(plugged_in(state, evidence) == true);
  state.charging_status = known(ChargingStatus::none, "2026-11-20T11:00:00Z");
  CHECK(plugged_in(state, evidence) == false);
}

TEST_CASE("charge_end is the time of measurement plus minutes left, and null unless charging") {
  VehicleState state;
  state.charge_time_left = known(Minutes{90}, "2026-11-20T10:00:00Z");
  CHECK_FALSE(charge_end(state).has_value());
  state.charging_status = known(ChargingStatus::charging, "2026-11-20T10:00:00Z");
  CHECK(charge_end(state) == at("2026-11-20T11:30:00Z"));
  state.charge_time_left = known(Minutes{1490}, "2026-11-20T10:00:00Z");
  CHECK(charge_end(state) == at("2026-11-21T10:50:00Z"));
  state.charge_time_left->at.reset();
  CHECK_FALSE(charge_end(state).has_value());
  state.charging_status = known(ChargingStatus::plugged, "2026-11-20T10:00:00Z");
  CHECK(charging(state) == false);
}

TEST_CASE("driving when the odometer moved between reports less than 10 minutes apart") {
  CHECK(activity({}, drove({{100, "2026-11-20T10:00:00Z"}, {105, "2026-11-20T10:05:00Z"}})) ==
        Activity::driving);
  CHECK(activity({}, drove({{100, "2026-11-20T10:00:00Z"}, {105, "2026-11-20T10:15:00Z"}})) ==
        Activity::unknown);
}

TEST_CASE("parked when a location newer than the last odometer change arrived") {
  auto evidence = drove({{100, "2026-11-20T10:00:00Z"}, {105, "2026-11-20T10:05:00Z"}});
  VehicleState state;
  state.position = known(Position{48.5, 9.25}, "2026-11-20T10:04:00Z");
  CHECK(activity(state, observe(evidence, state)) == Activity::driving);
  state.position = known(Position{48.5, 9.25}, "2026-11-20T10:06:00Z");
  CHECK(activity(state, observe(evidence, state)) == Activity::parked);
}

TEST_CASE("parked when the odometer stood still over reports at least 10 minutes apart") {
  CHECK(activity({}, drove({{5, "2026-11-20T10:00:00Z"}, {5, "2026-11-20T10:05:00Z"}})) ==
        Activity::unknown);
  CHECK(activity({}, drove({{5, "2026-11-20T10:00:00Z"},
                            {5, "2026-11-20T10:05:00Z"},
                            {5, "2026-11-20T10:10:00Z"}})) == Activity::parked);
}

TEST_CASE("charging when charging, until the car drives off") {
  VehicleState state;
  state.charging_status = known(ChargingStatus::charging, "2026-11-20T09:00:00Z");
  CHECK(activity(state, {}) == Activity::charging);
  CHECK(activity(state, drove({{100, "2026-11-20T10:00:00Z"}, {105, "2026-11-20T10:05:00Z"}})) ==
        Activity::driving);
}

TEST_CASE("old reports change no evidence, and evidence survives the store exactly") {
  auto evidence = drove({{100, "2026-11-20T10:00:00Z"}, {105, "2026-11-20T10:05:00.250Z"}});
  evidence.reported = {"odometer"};
  evidence.answered = {Source::telemetry};
  evidence.refused = {Source::electric};
  evidence.parked_at = at("2026-11-20T10:06:00Z");
  VehicleState old;
  old.odometer = known(Kilometres{50}, "2026-11-20T09:00:00Z");
  CHECK(observe(evidence, old) == evidence);
  CHECK(parse_evidence(serialize(evidence)) == evidence);
  for (const auto* text : {"", "[]", "{}", "{\"format\":2}", "{\"format\":1,\"ever_plugged\":3}"}) {
    CHECK_FALSE(parse_evidence(text).has_value());
  }
}

TEST_CASE("the next charge is the first such weekday after the car said so") {
  VehicleState state;
  NextCharging event{
      .day = std::chrono::Friday, .start = std::chrono::hours(22), .end = std::chrono::hours(6)};
  state.next_charging = known(event, "2026-11-20T20:00:00Z");  // a Friday
  const auto zone = base::Zone::utc();
  CHECK(next_charge(state, zone, false) == at("2026-11-20T22:00:00Z"));
  CHECK(next_charge(state, zone, true) == at("2026-11-21T06:00:00Z"));
  state.next_charging = known(event, "2026-11-20T23:00:00Z");
  CHECK(next_charge(state, zone, false) == at("2026-11-27T22:00:00Z"));
}

TEST_CASE("reported data beats flags, flags beat the code") {
  Evidence fuel, battery, both;
  fuel.ever_fuel_level = true;
  battery.ever_battery_level = true;
  both.ever_fuel_level = both.ever_battery_level = true;
  CHECK(drive_of(listed("E"), {}) == Drive::bev);
  CHECK(drive_of(listed("E", false, {{"fuelLevelAvailable", true}}), battery) == Drive::bev);
  CHECK(drive_of(listed("E", true, {{"hybridPulse", true}}), both) == Drive::phev);
  CHECK(drive_of(listed("E"), fuel) == Drive::phev);
  CHECK(drive_of(listed("I"), battery) == Drive::phev);
  CHECK(drive_of(listed("B"), fuel) == Drive::hev);
  CHECK(drive_of(listed("B", true), {}) == Drive::phev);
  CHECK(drive_of(listed("G"), fuel) == Drive::ice);
  CHECK(drive_of(listed(""), {}) == Drive::unknown);
  CHECK(drive_of(listed(""), battery) == Drive::bev);
}

TEST_CASE("a brand is known by its name and by no other text") {
  for (const auto brand : vehicle::kAllBrands) {
    CHECK((vehicle::parse_brand(vehicle::to_string(brand)) == brand));
  }
  for (const auto* text : {"", "Toyota", "toyota ", "unknown", "lexu"}) {
    CHECK_FALSE(vehicle::parse_brand(text).has_value());
  }
}
