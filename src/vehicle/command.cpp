#include "toyota2mqtt/vehicle/command.hpp"

#include <algorithm>

namespace toyota2mqtt::vehicle {

namespace {

using Route = CommandRoute;

// In the order of the enumerators. Words: docs/toyota-protocol.md, "Commands".
// clang-format off
constexpr auto kActions = std::to_array<ActionSpec>({
    {.action = Action::lock, .id = "lock", .wire = "door-lock", .confirmation = Source::status},
    {.action = Action::unlock, .id = "unlock", .wire = "door-unlock", .confirmation = Source::status,
     .guarded = true},
    {.action = Action::trunk_lock, .id = "trunk_lock", .wire = "trunk-lock",
     .confirmation = Source::status},
    {.action = Action::trunk_unlock, .id = "trunk_unlock", .wire = "trunk-unlock",
     .confirmation = Source::status, .guarded = true},
    {.action = Action::climate_start, .id = "climate_start", .route = Route::climate,
     .wire = "start", .confirmation = Source::climate_status},
    {.action = Action::climate_stop, .id = "climate_stop", .route = Route::climate,
     .wire = "stop", .confirmation = Source::climate_status},
    {.action = Action::climate_set, .id = "climate_set", .route = Route::none},
    {.action = Action::horn, .id = "horn", .wire = "sound-horn"},
    {.action = Action::hazards_on, .id = "hazards_on", .wire = "hazard-on"},
    {.action = Action::buzzer, .id = "buzzer", .wire = "buzzer-warning"},
    {.action = Action::headlights_on, .id = "headlights_on", .wire = "headlight-on"},
    {.action = Action::headlights_off, .id = "headlights_off", .wire = "headlight-off"},
    {.action = Action::windows_close, .id = "windows_close", .wire = "power-window-close",
     .confirmation = Source::status},
    {.action = Action::engine_start, .id = "engine_start", .wire = "engine-start"},
    {.action = Action::engine_stop, .id = "engine_stop", .wire = "engine-stop"},
    {.action = Action::charge_now, .id = "charge_now", .route = Route::electric,
     .wire = "CHARGE_NOW", .confirmation = Source::electric},
    {.action = Action::charge_schedule_on, .id = "charge_schedule_on", .route = Route::electric,
     .wire = "RESERVE_CHARGE"},
    {.action = Action::charge_schedule_off, .id = "charge_schedule_off", .route = Route::none},
    {.action = Action::charge_start_time, .id = "charge_start_time", .route = Route::electric,
     .wire = "SET_CHARGING_TIME", .confirmation = Source::electric},
    {.action = Action::charge_end_time, .id = "charge_end_time", .route = Route::electric,
     .wire = "SET_CHARGING_TIME", .confirmation = Source::electric},
    {.action = Action::refresh, .id = "refresh", .route = Route::wake,
     .confirmation = Source::status},
});
// clang-format on

constexpr bool in_order() {
  for (std::size_t i = 0; i < kActions.size(); ++i) {
    if (static_cast<std::size_t>(kActions.at(i).action) != i) return false;
  }
  return kActions.size() == static_cast<std::size_t>(Action::refresh) + 1;
}
static_assert(in_order());

}  // namespace

std::string_view to_string(Allow word) {
  switch (word) {
    case Allow::lock: return "lock";
    case Allow::unlock: return "unlock";
    case Allow::trunk: return "trunk";
    case Allow::climate: return "climate";
    case Allow::refresh: return "refresh";
    case Allow::horn: return "horn";
    case Allow::hazards: return "hazards";
    case Allow::buzzer: return "buzzer";
    case Allow::headlights: return "headlights";
    case Allow::windows: return "windows";
    case Allow::engine: return "engine";
    case Allow::charge_now: return "charge_now";
    case Allow::charge_schedule: return "charge_schedule";
  }
  return "";
}

Allowed default_allowed() {
  return {Allow::lock, Allow::climate, Allow::refresh,
          Allow::horn, Allow::hazards, Allow::charge_now};
}

const ActionSpec& spec_of(Action action) { return kActions.at(static_cast<std::size_t>(action)); }

std::span<const Action> all_actions() {
  static const auto actions = [] {
    std::array<Action, kActions.size()> all{};
    std::ranges::transform(kActions, all.begin(), &ActionSpec::action);
    return all;
  }();
  return actions;
}

std::string_view to_string(Action action) { return spec_of(action).id; }

std::optional<Action> parse_action(std::string_view id) {
  const auto* found = std::ranges::find(kActions, id, &ActionSpec::id);
  if (found == kActions.end()) return std::nullopt;
  return found->action;
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted: return "accepted";
    case Outcome::done: return "done";
    case Outcome::unconfirmed: return "unconfirmed";
    case Outcome::failed: return "failed";
    case Outcome::refused: return "refused";
  }
  return "refused";
}

}  // namespace toyota2mqtt::vehicle
