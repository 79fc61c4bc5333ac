#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::vehicle {

namespace {

using namespace std::chrono_literals;

/// The car's clock, the cloud's and ours do not agree to the second.
constexpr auto kClocksDiffer = 30s;
/// Cars obey within seconds to a minute; only a report after that can show that one did not.
constexpr auto kTimeToObey = 60s;

bool climate_runs(const Car& car) {
  const auto& status = car.state.climate_status;
  return status && (status->value == "running" || status->value == "starting");
}

std::optional<bool> windows_closed(const VehicleState& state) {
  bool any_known = false;
  for (const auto* window : {&state.window_driver_open, &state.window_passenger_open,
                             &state.window_rear_left_open, &state.window_rear_right_open}) {
    if (!*window) continue;
    if ((*window)->value) return false;
    any_known = true;
  }
  const bool unclear = state.unclear_openings && state.unclear_openings->value > 0;
  return any_known && !unclear ? std::optional(true) : std::nullopt;
}

/// The four doors without the trunk, which has a command of its own. Unknown while a door that this
/// car ever reported is, or any lock was not understood.
std::optional<bool> doors_locked(const Car& car) {
  struct Side {
    std::string_view id;
    const Door& door;
  };
  const auto& state = car.state;
  const std::array sides = {
      Side{"lock_driver", state.door_driver}, Side{"lock_passenger", state.door_passenger},
      Side{"lock_rear_left", state.door_rear_left}, Side{"lock_rear_right", state.door_rear_right}};
  bool any_known = false;
  bool any_missing = state.unclear_locks && state.unclear_locks->value > 0;
  for (const auto& side : sides) {
    if (side.door.locked) {
      if (!side.door.locked->value) return false;
      any_known = true;
    } else if (car.evidence.reported.contains(std::string(side.id))) {
      any_missing = true;
    }
  }
  return any_known && !any_missing ? std::optional(true) : std::nullopt;
}

std::optional<bool> equals(std::optional<bool> value, bool wanted) {
  if (!value) return std::nullopt;
  return *value == wanted;
}

std::optional<bool> trunk_locked(const Car& car) {
  const auto& locked = car.state.door_trunk.locked;
  return locked ? std::optional(locked->value) : std::nullopt;
}

std::optional<bool> charge_event_is(const Command& command, const Car& car) {
  const auto& next = car.state.next_charging;
  if (!command.charge || !next) return std::nullopt;
  // The cloud may name only one end of the event (docs/toyota-protocol.md, "Charging event"): the
  // other one proves nothing.
  if (command.action == Action::charge_end_time) {
    if (!next->value.end) return std::nullopt;
    return next->value.end == command.charge->end;
  }
  if (!next->value.start) return std::nullopt;
  return *next->value.start == command.charge->start;
}

/// What the newest report says about the wish, whenever it was made.
std::optional<bool> as_wished(const Command& command, const Car& car) {
  switch (command.action) {
    case Action::lock: return equals(doors_locked(car), true);
    case Action::unlock: return equals(doors_locked(car), false);
    case Action::trunk_lock: return equals(trunk_locked(car), true);
    case Action::trunk_unlock: return equals(trunk_locked(car), false);
    case Action::windows_close: return windows_closed(car.state);
    case Action::charge_now: return charging(car.state);
    case Action::charge_start_time:
    case Action::charge_end_time: return charge_event_is(command, car);
    case Action::refresh: return true;  // any newer report is what was asked for
    default: return std::nullopt;
  }
}

/// The cloud reports a climate control that is off without a time: only its end can be seen, not
/// that it still is off (docs/toyota-protocol.md, "Climate").
std::optional<bool> climate_shows(Action action, const Car& car, const ConfirmationBase& base) {
  const auto& status = car.state.climate_status;
  if (!status) return std::nullopt;
  const bool runs = climate_runs(car);
  const bool new_report = status->at && *status->at >= base.sent_at - kClocksDiffer &&
                          (!base.reported || *status->at > *base.reported);
  const bool late_report = new_report && *status->at >= base.sent_at + kTimeToObey;
  if (action == Action::climate_start) {
    if (runs) return new_report ? std::optional(true) : std::nullopt;
    return late_report ? std::optional(false) : std::nullopt;
  }
  if (!runs) return base.climate_ran ? std::optional(true) : std::nullopt;
  return late_report ? std::optional(false) : std::nullopt;
}

Value lock_word(std::optional<bool> locked) {
  if (!locked) return {};
  return std::string(*locked ? "LOCKED" : "UNLOCKED");
}

/// Pending goes before what was last said, which is older than the wish.
Value lock_shown(const Car& car, Action locking, Action unlocking, std::optional<bool> locked) {
  if (car.commands.under_way == locking) return std::string("LOCKING");
  if (car.commands.under_way == unlocking) return std::string("UNLOCKING");
  return lock_word(locked);
}

Value climate_action(const Car& car, const ClimateOptions& options) {
  const auto& status = car.state.climate_status;
  if (!status) return {};
  if (!climate_runs(car)) return std::string("off");
  const auto& inside = car.state.inside_temperature;
  if (!inside || !options.temperature) return std::string("idle");
  if (inside->value < *options.temperature) return std::string("heating");
  return std::string(inside->value > *options.temperature ? "cooling" : "idle");
}

Value climate_mode(const Car& car) {
  const auto under_way = car.commands.under_way;
  if (under_way == Action::climate_start) return std::string("heat_cool");
  if (under_way == Action::climate_stop) return std::string("off");
  if (!car.state.climate_status) return {};
  return std::string(climate_runs(car) ? "heat_cool" : "off");
}

Value climate_preset(const ClimateOptions& options) {
  if (!options.front_defroster && !options.rear_defogger) return {};
  const bool front = options.front_defroster.value_or(false);
  const bool rear = options.rear_defogger.value_or(false);
  if (front && rear) return std::string("both_defrost");
  if (front) return std::string("front_defrost");
  return std::string(rear ? "rear_defrost" : "none");
}

}  // namespace

ConfirmationBase confirmation_base(Action action, const Car& car, base::Time now) {
  const auto confirmation = spec_of(action).confirmation;
  ConfirmationBase base{
      .sent_at = now, .reported = {}, .message = {}, .climate_ran = climate_runs(car)};
  if (confirmation) base.reported = car.state.reported(*confirmation);
  const auto& messages = car.state.notifications;
  if (messages && !messages->empty()) base.message = messages->front().at;
  return base;
}

std::optional<bool> confirmed_by_report(const Command& command, const Car& car,
                                        const ConfirmationBase& base) {
  const auto confirmation = spec_of(command.action).confirmation;
  if (!confirmation) return std::nullopt;
  if (*confirmation == Source::climate_status) return climate_shows(command.action, car, base);
  const auto at = car.state.reported(*confirmation);
  if (!at || *at < base.sent_at - kClocksDiffer) return std::nullopt;
  if (base.reported && *at <= *base.reported) return std::nullopt;
  const auto wished = as_wished(command, car);
  if (!wished || *wished) return wished;
  return *at >= base.sent_at + kTimeToObey ? std::optional(false) : std::nullopt;
}

std::optional<bool> confirmed_by_message(const Car& car, const ConfirmationBase& base) {
  if (!car.state.notifications) return std::nullopt;
  for (const auto& message : *car.state.notifications) {  // newest first
    if (message.at < base.sent_at - kClocksDiffer) break;
    if (base.message && message.at <= *base.message) break;
    const auto category = base::lower_case(message.category);
    if (category != "remotecommand" && category != "remotecontrol") continue;
    const auto status = base::lower_case(message.status);
    if (status == "completed") return true;
    if (status == "interrupted") return false;
  }
  return std::nullopt;
}

Value lock_value(const Car& car) {
  return lock_shown(car, Action::lock, Action::unlock, doors_locked(car));
}

Value trunk_value(const Car& car) {
  return lock_shown(car, Action::trunk_lock, Action::trunk_unlock, trunk_locked(car));
}

ClimateValues climate_values(const Car& car) {
  ClimateOptions options;
  if (car.state.climate_saved) options = car.state.climate_saved->value;
  if (car.state.target_temperature) options.temperature = car.state.target_temperature->value;
  const bool runs = climate_runs(car) && car.state.climate_running;
  if (runs) options = overlaid(options, car.state.climate_running->value);
  // The car's own figures decide what it does.
  const auto action = climate_action(car, options);
  // Another app may have started it with other settings; the car's report is what is true.
  const bool pending = car.commands.under_way == Action::climate_start;
  if (!runs || pending) options = overlaid(options, car.commands.climate_wish);
  return {.mode = climate_mode(car),
          .action = action,
          .preset = climate_preset(options),
          .options = options};
}

Value charge_schedule_value(const Car& car) {
  if (car.state.next_charging) return true;
  if (car.evidence.answered.contains(Source::electric)) return false;
  return {};
}

Value charge_time_value(const Car& car, bool end) {
  if (!car.state.next_charging) return {};
  const auto& event = car.state.next_charging->value;
  const auto& time = end ? event.end : event.start;
  if (!time) return {};
  const auto minutes = time->count();
  return fmt::format("{:02}:{:02}:00", minutes / 60, minutes % 60);
}

}  // namespace toyota2mqtt::vehicle
