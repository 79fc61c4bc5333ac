#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/vehicle/state.hpp"

/// What can be asked of a car, as types (docs/toyota-protocol.md, "Commands"). Which entity asks
/// for what, and for which cars: command_catalogue.hpp. Pure data; any thread.
namespace toyota2mqtt::vehicle {

/// Everything that an owner can ask for. `climate_set` is only ever a wish: it becomes a
/// `climate_start` while the climate control runs, and is kept for the next start while it is off.
enum class Action : std::uint8_t {
  lock,
  unlock,
  trunk_lock,
  trunk_unlock,
  climate_start,
  climate_stop,
  climate_set,
  horn,
  hazards_on,
  buzzer,
  headlights_on,
  headlights_off,
  windows_close,
  engine_start,
  engine_stop,
  charge_now,
  charge_schedule_on,
  charge_schedule_off,
  charge_start_time,
  charge_end_time,
  refresh,
};

/// The words of `commands.allow`.
enum class Allow : std::uint8_t {
  lock,
  unlock,
  trunk,
  climate,
  refresh,
  horn,
  hazards,
  buzzer,
  headlights,
  windows,
  engine,
  charge_now,
  charge_schedule,
};
inline constexpr std::array kAllAllows = {
    Allow::lock,   Allow::unlock,     Allow::trunk,          Allow::climate,    Allow::refresh,
    Allow::horn,   Allow::hazards,    Allow::buzzer,         Allow::headlights, Allow::windows,
    Allow::engine, Allow::charge_now, Allow::charge_schedule};
std::string_view to_string(Allow word);

using Allowed = std::set<Allow>;
/// Nothing that opens a car, starts an engine or changes a plan (docs/commands.md, "What is
/// allowed").
Allowed default_allowed();

/// The route of the cloud that takes the command.
enum class CommandRoute : std::uint8_t {
  none,      ///< nothing is sent: a wish, or nothing that the cloud could do
  remote,    ///< route 12
  climate,   ///< route 11
  electric,  ///< route 6
  wake,      ///< the car itself is asked (fleet/wakes.hpp)
};

/// What is fixed about an action.
struct ActionSpec {
  Action action = Action::lock;
  std::string_view id = {};  ///< in events, logs and the store; never changes
  CommandRoute route = CommandRoute::remote;
  std::string_view wire = {};  ///< the cloud's word for it
  std::optional<Source> confirmation =
      {};                ///< whose later report shows the result; unset: none does
  bool guarded = false;  ///< opens the car: asks for commands.unlock_code
};
const ActionSpec& spec_of(Action action);
/// Every action, in the order of the enumerators.
std::span<const Action> all_actions();
std::string_view to_string(Action action);  ///< its id
std::optional<Action> parse_action(std::string_view id);

/// A command from MQTT or REST, parsed but not yet checked.
struct CommandRequest {
  Action action = Action::lock;
  std::string entity = {};                        ///< id of the entity that was used
  ClimateOptions climate = {};                    ///< climate_start, climate_set
  std::optional<std::chrono::minutes> time = {};  ///< charge_…_time: since local midnight
  base::Secret code = {};                         ///< as typed; empty = none
  std::string id = {};                            ///< of a REST request; part of each result
};

/// The next charging event as the cloud takes it: local wall clock (docs/toyota-protocol.md, "Words
/// of charging").
struct ChargeEvent {
  std::chrono::weekday day{};
  std::chrono::minutes start{};  ///< since local midnight, under 24 h
  std::optional<std::chrono::minutes> end;
  friend bool operator==(const ChargeEvent&, const ChargeEvent&) = default;
};

/// One command, complete and ready to be sent.
struct Command {
  Action action = Action::lock;
  ClimateOptions climate = {};             ///< climate_start
  std::optional<ChargeEvent> charge = {};  ///< charge_schedule_on, charge_…_time
  friend bool operator==(const Command&, const Command&) = default;
};

/// What became of a request; the event types of `command_result`.
enum class Outcome : std::uint8_t {
  accepted,     ///< the cloud took it; the car has not answered yet
  done,         ///< the car shows it, or said so
  unconfirmed,  ///< no report and no message came in time
  failed,       ///< the cloud or the car said no, or the car shows the opposite
  refused,      ///< the bridge itself said no: nothing was sent
};
std::string_view to_string(Outcome outcome);

/// One `command_result` event. Texts hold nothing of what was typed.
struct CommandResult {
  Outcome outcome = Outcome::refused;
  std::string command;                ///< an action's id; empty when it was not understood
  std::string entity;                 ///< id of the entity that was used
  std::string reason = {};            ///< one sentence; empty for accepted and done
  std::string remedy = {};            ///< what the owner can do; may be empty
  std::string confirmed_by = {};      ///< "report" or "message"; only when done
  std::vector<std::string> ids = {};  ///< CommandRequest::id of those that it answers
};

}  // namespace toyota2mqtt::vehicle
