#include <algorithm>
#include <set>

#include "simulator/api.hpp"
#include "simulator/plan.hpp"

/// Wakes, remote commands and charging control.
namespace toyota2mqtt::simulator {

namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const std::set<std::string> kKnownCommands = {
    "door-lock",         "door-unlock",      "trunk-lock",        "trunk-unlock",
    "hazard-on",         "hazard-off",       "sound-horn",        "buzzer-warning",
    "power-window-on",   "power-window-off", "power-window-open", "power-window-close",
    "power-window-vent", "ventilation-on",   "find-vehicle",      "engine-start",
    "engine-stop",       "ac-settings-on",   "headlight-on",      "headlight-off"};

// Measured on real cars: 10 to 57 s from the request to the report.
Time report_time(const Call& call) {
  const double delay = call.world.next_chance().between(10, 57);
  return call.now + milliseconds(static_cast<long>(delay * 1000));
}

// The level takes longer: minutes, as the makers' app shows it.
Time level_time(const Call& call) {
  const double delay = call.world.next_chance().between(50, 200);
  return call.now + milliseconds(static_cast<long>(delay * 1000));
}

// The car wakes up and reports, unless its 12 V battery is too weak by now.
void wake(const Call& call, Time reports_at, unsigned groups) {
  auto& car = *call.car;
  auto& journal = call.world.journal;
  journal.wakes += 1;
  journal.wakes_by_car[car.spec().vin] += 1;
  if (car.at(call.now).driving) journal.wakes_while_driving += 1;
  const bool answers = car.twelve_volt(call.now) >= TwelveVolt::kTooWeak;
  if (!answers) journal.wakes_unanswered += 1;
  car.wake_at(call.now);
  if (answers && !never_applies(call.world, car)) car.report_at(reports_at, groups);
}

Reply unsupported() {
  return error_a(400, "CTP-REMOTE-40006", "Bad Request", "The command is not supported");
}

void announce(const Call& call, Time when, const std::string& command, bool completed) {
  if (call.world.mood(*call.car).silent) return;
  const auto& spec = call.car->spec();
  call.car->notify({call.world.next_chance().uuid(), when,
                    spec.model_name + ": remote command " + command +
                        (completed ? " completed." : " could not be completed."),
                    "RemoteCommand", "Remote Commands", completed ? "completed" : "interrupted"});
}

// The car obeys `after` the request, and says so.
void apply(const Call& call, const std::string& command, Time when) {
  auto& car = *call.car;
  if (command == "door-lock") car.set_lock(when, true);
  if (command == "door-unlock") car.set_lock(when, false);
  if (command == "trunk-lock") car.set_trunk_lock(when, true);
  if (command == "trunk-unlock") car.set_trunk_lock(when, false);
  if (command == "hazard-on") car.set_hazards(when, when + minutes(1));
  if (command == "power-window-close") car.close_windows(when);
}

}  // namespace

bool never_applies(const World& world, const Car& car) {
  return world.deaf.contains("*") || world.deaf.contains(car.spec().vin);
}

Reply accepted(World& world, const char* return_code) {
  return envelope_a({{"appRequestNo", world.next_chance().uuid()}, {"returnCode", return_code}});
}

Reply wake_status(const Call& call) {
  wake(call, report_time(call), kStatus | kEnergy);
  return accepted(call.world);
}

Reply retired_wake_status(const Call& call) {
  const auto body = parse_body(call.request.body);
  if (!body || !text_of(*body, "vin") || !text_of(*body, "guid") || !text_of(*body, "deviceType")) {
    return error_a(500, "ONE-GLOBAL-RS-40000", "Internal Server Error", "The body is missing");
  }
  return wake_status(call);
}

Reply wake_climate(const Call& call) {
  if (!call.car->spec().climate) return accepted(call.world, "010001");
  wake(call, report_time(call), kClimate);
  return accepted(call.world);
}

Reply wake_electric(const Call& call) {
  const auto& spec = call.car->spec();
  if (spec.realtime_forbidden) return gateway_error(403, "Unauthorized");
  if (spec.usable_kwh <= 0) {
    return error_a(404, "ONE-GLOBAL-RC-10004", "Not Found", "The vehicle does not support it");
  }
  wake(call, level_time(call), kEnergy);
  return accepted(call.world);
}

Reply electric_command(const Call& call) {
  const auto body = parse_body(call.request.body);
  const auto command = body ? text_of(*body, "command") : std::nullopt;
  if (!command || (*command != "CHARGE_NOW" && *command != "RESERVE_CHARGE" &&
                   *command != "SET_CHARGING_TIME")) {
    return error_a(400, "ONE-GLOBAL-RS-10003", "Bad Request", "The command is not known");
  }
  if (call.car->spec().charger_kw <= 0) return unsupported();
  call.world.journal.commands += 1;
  call.world.journal.command_log.push_back(call.car->spec().vin + " " + body->dump());
  const auto when = report_time(call);
  const auto mood = call.world.mood(*call.car);
  if (!mood.return_code.empty()) return accepted(call.world, mood.return_code.c_str());
  if (mood.interrupts) announce(call, when, *command, false);
  const bool obeys = !never_applies(call.world, *call.car) && !mood.ignores && !mood.interrupts;
  if (*command == "CHARGE_NOW") {
    const bool begins = obeys && call.car->charge_from(std::chrono::ceil<seconds>(when));
    if (obeys) announce(call, when + seconds(2), *command, begins);
    return accepted(call.world);
  }
  const auto reservation = body->find("reservationCharge");
  if (reservation == body->end() || !reservation->is_object() ||
      !reservation->contains("startTime")) {
    return error_a(400, "ONE-GLOBAL-RS-10003", "Bad Request", "reservationCharge is needed");
  }
  const auto hour = number_of((*reservation)["startTime"], "hour");
  const auto minute = number_of((*reservation)["startTime"], "minute");
  if (!hour || !minute || *hour < 0 || *hour > 23 || *minute < 0 || *minute > 59) {
    return error_a(400, "ONE-GLOBAL-RS-10003", "Bad Request", "startTime is not a time");
  }
  if (obeys) {
    call.car->schedule_hour = static_cast<int>(*hour);
    call.car->schedule_minute = static_cast<int>(*minute);
    announce(call, when + seconds(2), *command, true);
  }
  return accepted(call.world);
}

Reply remote_command(const Call& call) {
  const auto body = parse_body(call.request.body);
  const auto command = body ? text_of(*body, "command") : std::nullopt;
  if (!command || !kKnownCommands.contains(*command)) {
    return error_a(400, "ONE-GLOBAL-RS-10003", "Bad Request", "The command is not known");
  }
  if (!call.car->spec().commands.contains(*command)) return unsupported();
  call.world.journal.commands += 1;
  call.world.journal.command_log.push_back(call.car->spec().vin + " " + body->dump());
  const auto mood = call.world.mood(*call.car);
  if (!mood.return_code.empty()) return accepted(call.world, mood.return_code.c_str());
  if (never_applies(call.world, *call.car) || mood.ignores) return accepted(call.world);
  const auto delay = call.world.next_chance().between(3, 25);
  const auto when = call.now + milliseconds(static_cast<long>(delay * 1000));
  // A moving car refuses; the cloud has accepted all the same.
  const bool obeys = !call.car->at(when).driving && !mood.interrupts;
  if (obeys) apply(call, *command, when);
  announce(call, when + seconds(2), *command, obeys);
  return accepted(call.world);
}

}  // namespace toyota2mqtt::simulator
