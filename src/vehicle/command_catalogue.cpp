#include "toyota2mqtt/vehicle/command_catalogue.hpp"
#include "toyota2mqtt/base/text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace toyota2mqtt::vehicle {

namespace {

constexpr std::string_view kLockFlags = "doorLockUnlockCapable,dlockUnlockCapable,doorLockCapable";
constexpr std::string_view kClimateFlags =
    "climateCapable,econnectClimateCapable,climateStartEngine,remoteEngineStartStop,"
    "estartStopCapable,acsettingEnabled";
constexpr std::string_view kLightFlags = "headLightCapable,lightsCapable";
constexpr std::string_view kEngineFlags = "remoteEngineStartStop,estartStopCapable";
constexpr std::string_view kChargeFlags =
    "chargeManagement,remoteEConnectCapable,econnectVehicleStatusCapable";

constexpr std::array<Ask, 2> press(Action action) { return {Ask{"PRESS", action}, Ask{}}; }

// Confirmed: docs/toyota-protocol.md, "Words of remote commands" and "Climate".
// clang-format off
constexpr auto kCommandRows = std::to_array<CommandRow>({
    {.id = "doors", .platform = Platform::lock, .name = "Doors", .allow = Allow::unlock,
     .flags = kLockFlags, .confirmed = true,
     .asks = {Ask{"LOCK", Action::lock}, Ask{"UNLOCK", Action::unlock}}, .ask_count = 2,
     .meaning = "Locks and unlocks all doors."},
    {.id = "lock_doors", .name = "Lock doors", .allow = Allow::lock, .flags = kLockFlags,
     .confirmed = true, .asks = press(Action::lock),
     .meaning = "Locks all doors; replaces the lock while unlocking is not allowed."},
    {.id = "trunk", .platform = Platform::lock, .name = "Trunk", .allow = Allow::trunk,
     .flags = "trunkLockUnlockCapable,trunkCapable,powerTailgateCapable", .confirmed = true,
     .asks = {Ask{"LOCK", Action::trunk_lock}, Ask{"UNLOCK", Action::trunk_unlock}},
     .ask_count = 2, .meaning = "Locks and unlocks the trunk."},
    {.id = "climate", .platform = Platform::climate, .name = "Climate", .allow = Allow::climate,
     .flags = kClimateFlags, .confirmed = true,
     .asks = {Ask{"heat_cool", Action::climate_start}, Ask{"off", Action::climate_stop}},
     .ask_count = 2,
     .meaning = "Starts and stops the climate control, with its temperature, duration, defrosters "
                "and heaters."},
    {.id = "horn", .name = "Horn", .allow = Allow::horn, .flags = "hornCapable",
     .confirmed = true, .asks = press(Action::horn), .meaning = "Sounds the horn."},
    {.id = "hazards_on", .name = "Hazard lights", .allow = Allow::hazards,
     .flags = "hazardCapable", .confirmed = true, .asks = press(Action::hazards_on),
     .meaning = "Switches the hazard lights on; the car switches them off by itself."},
    {.id = "buzzer", .name = "Buzzer", .allow = Allow::buzzer, .flags = "buzzerCapable",
     .confirmed = true, .asks = press(Action::buzzer), .meaning = "Sounds the buzzer."},
    {.id = "headlights_on", .name = "Headlights on", .allow = Allow::headlights,
     .flags = kLightFlags, .asks = press(Action::headlights_on),
     .meaning = "Switches the headlights on."},
    {.id = "headlights_off", .name = "Headlights off", .allow = Allow::headlights,
     .flags = kLightFlags, .asks = press(Action::headlights_off),
     .meaning = "Switches the headlights off."},
    {.id = "windows_close", .name = "Close windows", .allow = Allow::windows,
     .flags = "powerWindowsCapable,powerWindowCapable", .confirmed = true,
     .asks = press(Action::windows_close), .meaning = "Closes the windows."},
    {.id = "charge_now", .name = "Charge now", .allow = Allow::charge_now, .flags = kChargeFlags,
     .cars = Cars::electric, .asks = press(Action::charge_now),
     .meaning = "Starts charging at once instead of by the schedule."},
    {.id = "engine_start", .name = "Start engine", .allow = Allow::engine, .flags = kEngineFlags,
     .cars = Cars::fuel, .asks = press(Action::engine_start), .meaning = "Starts the engine."},
    {.id = "engine_stop", .name = "Stop engine", .allow = Allow::engine, .flags = kEngineFlags,
     .cars = Cars::fuel, .asks = press(Action::engine_stop), .meaning = "Stops the engine."},
    {.id = "refresh", .name = "Refresh from car", .allow = Allow::refresh, .confirmed = true,
     .asks = press(Action::refresh),
     .meaning = "Asks the car itself for a report; costs its 12 V battery, so there are limits."},
    {.id = "charge_schedule", .platform = Platform::switch_, .name = "Charging schedule",
     .category = "config", .allow = Allow::charge_schedule, .flags = kChargeFlags,
     .cars = Cars::electric,
     .asks = {Ask{"ON", Action::charge_schedule_on}, Ask{"OFF", Action::charge_schedule_off}},
     .ask_count = 2,
     .meaning = "On while the car has a next charging event; switching it on sets one. The cloud "
                "has no way to switch it off."},
    {.id = "charge_start", .platform = Platform::time, .name = "Charge start",
     .category = "config", .allow = Allow::charge_schedule, .flags = kChargeFlags,
     .cars = Cars::electric, .asks = {Ask{"", Action::charge_start_time}, Ask{}},
     .meaning = "When the next charging begins."},
    {.id = "charge_end", .platform = Platform::time, .name = "Charge end",
     .category = "config", .allow = Allow::charge_schedule, .flags = kChargeFlags,
     .cars = Cars::electric, .asks = {Ask{"", Action::charge_end_time}, Ask{}},
     .meaning = "When the next charging ends."},
});
// clang-format on

constexpr bool command_ids_are_unique() {
  for (std::size_t i = 0; i < kCommandRows.size(); ++i) {
    for (std::size_t j = i + 1; j < kCommandRows.size(); ++j) {
      if (kCommandRows.at(i).id == kCommandRows.at(j).id) return false;
    }
  }
  return true;
}
static_assert(command_ids_are_unique());
static_assert(std::ranges::none_of(kCommandRows, [](const CommandRow& row) {
  return row.meaning.empty() || row.ask_count > row.asks.size();
}));

enum class Flag : std::uint8_t { yes, no, unsaid };

Flag flag_of(const CommandRow& row, const Identity& identity) {
  auto result = Flag::unsaid;
  for (const auto name : option_list(row.flags)) {
    const auto found = identity.flags.find(std::string(name));
    if (found == identity.flags.end()) continue;
    if (found->second) return Flag::yes;
    result = Flag::no;
  }
  return result;
}

/// What the car itself did beats what its flags say.
bool shown_by_data(const CommandRow& row, const Car& car) {
  return row.id == "climate" && car.evidence.answered.contains(Source::climate_status) &&
         car.state.climate_status.has_value();
}

Refusal not_for_this_car() {
  return {.reason = "The cloud says that this car cannot do it",
          .remedy = "If the maker's app can do it, name it in vehicles[].commands."};
}

bool is_schedule(const CommandRow& row) { return row.allow == Allow::charge_schedule; }

std::optional<Refusal> not_allowed(const CommandRow& row, const Car& car) {
  const auto& allowed = car.commands.allowed;
  if (allowed.contains(row.allow)) return std::nullopt;
  return Refusal{.reason = "The configuration does not allow it",
                 .remedy = fmt::format("Add {} to commands.allow.", to_string(row.allow))};
}

bool any_rejected(const CommandRow& row, const Car& car) {
  return std::ranges::any_of(
      row.taken(), [&car](const Ask& ask) { return car.evidence.rejected.contains(ask.action); });
}

/// What the cloud said of the car before any command was sent: flags, services, drive.
std::optional<Refusal> refusal_by_the_cloud(const CommandRow& row, const Car& car) {
  if (auto refusal = remote_services_refusal(car.identity)) return refusal;
  if (!fits(row.cars, drive_of(car.identity, car.evidence))) return not_for_this_car();
  if (flag_of(row, car.identity) == Flag::no && !shown_by_data(row, car)) return not_for_this_car();
  const auto& can_set = car.state.can_set_next_charging;
  if (is_schedule(row) && (!can_set || !can_set->value)) return not_for_this_car();
  return std::nullopt;
}

}  // namespace

std::span<const CommandRow> command_catalogue() { return kCommandRows; }

const CommandRow* find_command_row(std::string_view id) {
  const auto* found = std::ranges::find(kCommandRows, id, &CommandRow::id);
  return found == kCommandRows.end() ? nullptr : found;
}

std::string shown_name(const CommandRow& row, Language language) {
  const auto name = in_language(row.name, language);
  if (row.confirmed) return std::string(name);
  return fmt::format("{} ({})", name, in_language("experimental", language));
}

std::string shown_name(const CommandRow& row, const Car& car, Language language) {
  if (!against_the_flags(row, car)) return shown_name(row, language);
  return fmt::format("{} ({})", in_language(row.name, language),
                     in_language("against the car's flags", language));
}

bool against_the_flags(const CommandRow& row, const Car& car) {
  return car.commands.overruled.contains(row.allow) && refusal_by_the_cloud(row, car).has_value();
}

std::optional<Refusal> remote_services_refusal(const Identity& identity) {
  constexpr std::string_view kActivated = "7";
  constexpr std::size_t kLongestShown = 20;
  if (!identity.remote_display.empty() && identity.remote_display != kActivated) {
    return Refusal{
        .reason = fmt::format("The maker's app offers no remote services for this car (state {})",
                              identity.remote_display.substr(0, kLongestShown)),
        .remedy = "Activate the remote services in the app, under the car's services."};
  }
  const auto& status = identity.remote_subscription;
  if (!status.empty() && !base::equal_ignoring_case(status, "ACTIVE")) {
    return Refusal{.reason = "The subscription of the remote services is not active",
                   .remedy = "Renew it in the maker's app."};
  }
  return std::nullopt;
}

std::optional<Refusal> refusal_of(const CommandRow& row, const Car& car) {
  if (auto refusal = not_allowed(row, car)) return refusal;
  const bool overruled = car.commands.overruled.contains(row.allow);
  if (auto refusal = refusal_by_the_cloud(row, car); refusal && !overruled) return refusal;
  if (any_rejected(row, car)) {
    return Refusal{.reason = "The cloud has rejected it for this car before",
                   .remedy =
                       "If the maker's app can do it, have the rejection forgotten: press "
                       "\"Offer again\" at the car on the page of toyota2mqtt, run "
                       "`toyota2mqtt forget-rejections`, or use the REST interface."};
  }
  // One of the two: a lock that cannot unlock would be a lie.
  if (row.id == "lock_doors" && offered(*find_command_row("doors"), car)) {
    return Refusal{.reason = "The lock of the doors stands in its place", .remedy = ""};
  }
  return std::nullopt;
}

std::vector<const CommandRow*> rejected_rows(const Car& car) {
  std::vector<const CommandRow*> rows;
  if (car.evidence.rejected.empty()) return rows;
  Car forgotten = car;
  forgotten.evidence.rejected.clear();
  for (const auto& row : kCommandRows) {
    if (any_rejected(row, car) && offered(row, forgotten)) rows.push_back(&row);
  }
  return rows;
}

}  // namespace toyota2mqtt::vehicle
