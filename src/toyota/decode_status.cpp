#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "json/json_io.hpp"
#include "toyota/decode.hpp"
#include "toyota/json_read.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

namespace {

using vehicle::Field;
using vehicle::Report;
using vehicle::Source;
using vehicle::VehicleState;

/// The time of one door or window: its own, else the whole answer's. A time that cannot be read is
/// unknown rather than replaced, so that nothing old is stamped anew.
std::optional<base::Time> node_time(const Reader& node, const Report& report) {
  return node.has("lastUpdateTimestamp") ? node.timestamp("lastUpdateTimestamp") : report.at();
}

void put_node(const Report& report, Field<bool>& field, const Reader& node, const auto& words) {
  report.put_at(field, node.enumeration("status", words), node_time(node, report));
}

void put_door(const Report& report, vehicle::Door& door, const Reader& node) {
  put_node(report, door.open, node.child("openStatus"), kOpenWords);
  put_node(report, door.locked, node.child("lockStatus"), kLockedWords);
}

void put_unclear(const Report& report, const UnclearParts& parts, VehicleState& state) {
  report.put(state.unclear_openings, std::optional(parts.openings));
  report.put(state.unclear_locks, std::optional(parts.locks));
}

/// What the retired shape says about one part: a closed and locked door has two values.
struct RetiredPart {
  std::optional<bool> open;
  std::optional<bool> locked;
  bool not_understood = false;  ///< it has a value that is no known word
};

RetiredPart retired_part(const Reader& section) {
  enum class Said { open, closed, locked, unlocked };
  constexpr std::array kWords{
      Word{"carstatus_opened", Said::open}, Word{"carstatus_closed", Said::closed},
      Word{"carstatus_locked", Said::locked}, Word{"carstatus_unlocked", Said::unlocked}};
  RetiredPart part;
  for (const auto& value : section.list("values")) {
    const auto said = value.enumeration("value", kWords);
    part.not_understood = part.not_understood || (value.has("value") && !said);
    if (said == Said::open || said == Said::closed) part.open = said == Said::open;
    if (said == Said::locked || said == Said::unlocked) part.locked = said == Said::locked;
  }
  return part;
}

using RetiredParts = std::map<std::string, RetiredPart>;

RetiredParts retired_parts(const Reader& read) {
  RetiredParts parts;
  for (const auto& category : read.list("vehicleStatus")) {
    for (const auto& section : category.list("sections")) {
      if (const auto name = section.text("section")) {
        parts[base::lower_case(*name)] = retired_part(section);
      }
    }
  }
  return parts;
}

/// Doors have a lock, hood and windows have none.
constexpr auto kRetiredDoors = std::to_array<std::string_view>(
    {"carstatus_item_driver_door", "carstatus_item_passenger_door",
     "carstatus_item_driver_rear_door", "carstatus_item_passenger_rear_door",
     "carstatus_item_rear_hatch"});
constexpr auto kRetiredOthers = std::to_array<std::string_view>(
    {"carstatus_item_hood", "carstatus_item_driver_window", "carstatus_item_passenger_window",
     "carstatus_item_driver_rear_window", "carstatus_item_passenger_rear_window"});

UnclearParts retired_unclear(const Reader& read, const RetiredParts& parts) {
  UnclearParts unclear;
  for (const auto& [name, part] : parts) {
    const bool door = std::ranges::find(kRetiredDoors, name) != kRetiredDoors.end();
    const bool known = door || std::ranges::find(kRetiredOthers, name) != kRetiredOthers.end();
    if (!known && !part.open && !part.locked && !part.not_understood) continue;  // it says nothing
    if (!known) read.report_unknown("vehicleStatus.section", name);
    if (!known || (part.not_understood && !part.open)) ++unclear.openings;
    const bool locks = door || !known;
    if (locks && (!known ? part.locked.has_value() : part.not_understood && !part.locked)) {
      ++unclear.locks;
    }
  }
  return unclear;
}

void put_retired_parts(const Report& report, RetiredParts parts, bool left_hand_drive,
                       VehicleState& state) {
  auto& left = left_hand_drive ? parts["carstatus_item_driver_rear_door"]
                               : parts["carstatus_item_passenger_rear_door"];
  auto& right = left_hand_drive ? parts["carstatus_item_passenger_rear_door"]
                                : parts["carstatus_item_driver_rear_door"];
  auto& left_window = left_hand_drive ? parts["carstatus_item_driver_rear_window"]
                                      : parts["carstatus_item_passenger_rear_window"];
  auto& right_window = left_hand_drive ? parts["carstatus_item_passenger_rear_window"]
                                       : parts["carstatus_item_driver_rear_window"];
  const auto put = [&report](vehicle::Door& door, const RetiredPart& part) {
    report.put(door.open, part.open);
    report.put(door.locked, part.locked);
  };
  put(state.door_driver, parts["carstatus_item_driver_door"]);
  put(state.door_passenger, parts["carstatus_item_passenger_door"]);
  put(state.door_rear_left, left);
  put(state.door_rear_right, right);
  put(state.door_trunk, parts["carstatus_item_rear_hatch"]);
  report.put(state.hood_open, parts["carstatus_item_hood"].open);
  report.put(state.window_driver_open, parts["carstatus_item_driver_window"].open);
  report.put(state.window_passenger_open, parts["carstatus_item_passenger_window"].open);
  report.put(state.window_rear_left_open, left_window.open);
  report.put(state.window_rear_right_open, right_window.open);
}

using Names = std::span<const std::string_view>;

constexpr auto kDoorNames = std::to_array<std::string_view>(
    {"driver", "passenger", "rearLeft", "rearRight", "rearBack", "hood"});
constexpr auto kWindowNames =
    std::to_array<std::string_view>({"driver", "passenger", "rearLeft", "rearRight"});
constexpr auto kStatusNames = std::to_array<std::string_view>(
    {"vin", "lastUpdateTimestamp", "overallStatus", "overallWarningCounts", "leftHandDrive",
     "doors", "windows", "lights", "rearSeatReminder"});
/// What parts that can be open are called, whatever else stands in the name.
constexpr auto kOpeningNames = std::to_array<std::string_view>(
    {"door", "window", "roof", "hatch", "tailgate", "trunk", "hood", "bonnet", "lid", "flap"});
constexpr std::size_t kLongestKey = 40;

bool is_known(Names names, std::string_view key) {
  return std::ranges::find(names, key) != names.end();
}

bool names_opening(std::string_view key) {
  const auto lower = base::lower_case(key);
  return std::ranges::any_of(kOpeningNames,
                             [&lower](std::string_view name) { return lower.contains(name); });
}

bool names_lock(std::string_view key) { return base::lower_case(key).contains("lock"); }

/// A key of the cloud as it may stand in a log.
std::string shown_key(std::string_view key) {
  std::string shown(key.substr(0, kLongestKey));
  for (auto& c : shown) {
    if (!base::is_alphanumeric(c)) c = '_';
  }
  return shown;
}

const Json* child_of(const Json& node, const char* key) {
  const Json* found = json_io::member(node, key);
  return found == nullptr || found->is_null() ? nullptr : found;
}

/// Whether a node (`{"status", "lastUpdateTimestamp"}`) tells of a state that is none of `words`. A
/// node without a word has said something only when it carries a time.
template <std::size_t N>
bool is_unclear(const Json* node, const std::array<Word<bool>, N>& words) {
  if (node == nullptr) return false;
  if (!node->is_object()) return true;
  const Json* word = child_of(*node, "status");
  if (word == nullptr) return child_of(*node, "lastUpdateTimestamp") != nullptr;
  if (!word->is_string()) return true;
  const auto text = base::lower_case(clean_text(word->get_ref<const std::string&>(), kLongestKey));
  return std::ranges::none_of(words, [&text](const Word<bool>& one) { return one.text == text; });
}

void add_known_door(UnclearParts& parts, const Json& door) {
  if (!door.is_object()) {
    ++parts.openings;
    ++parts.locks;
    return;
  }
  if (is_unclear(child_of(door, "openStatus"), kOpenWords)) ++parts.openings;
  if (is_unclear(child_of(door, "lockStatus"), kLockedWords)) ++parts.locks;
}

/// A part under an unknown key: its own members decide what it is.
void add_unknown_door(UnclearParts& parts, const Json& door) {
  const bool opens = child_of(door, "openStatus") != nullptr;
  const bool locks = child_of(door, "lockStatus") != nullptr;
  if (opens || !locks) ++parts.openings;
  if (locks || !opens) ++parts.locks;
}

void add_doors(UnclearParts& parts, const Reader& read) {
  const Json* doors = read.find("doors");
  if (doors == nullptr) return;
  if (!doors->is_object()) {
    read.report_unreadable("doors");
    return add_known_door(parts, *doors);
  }
  for (const auto& [key, door] : doors->items()) {
    if (door.is_null()) continue;
    if (is_known(kDoorNames, key)) {
      add_known_door(parts, door);
      continue;
    }
    read.report_unknown("doors." + shown_key(key), "a part");
    add_unknown_door(parts, door);
  }
}

void add_windows(UnclearParts& parts, const Reader& read) {
  const Json* windows = read.find("windows");
  if (windows == nullptr) return;
  if (!windows->is_object()) {
    read.report_unreadable("windows");
    ++parts.openings;
    return;
  }
  for (const auto& [key, window] : windows->items()) {
    if (window.is_null()) continue;
    if (is_known(kWindowNames, key)) {
      if (is_unclear(&window, kOpenWords)) ++parts.openings;
      continue;
    }
    read.report_unknown("windows." + shown_key(key), "a part");
    ++parts.openings;
  }
}

bool is_word_of(const Json& node, const auto& words) {
  const Json* word = child_of(node, "status");
  if (word == nullptr || !word->is_string()) return false;
  const auto text = base::lower_case(word->get_ref<const std::string&>());
  return std::ranges::any_of(words, [&text](const auto& one) { return one.text == text; });
}

/// What lies under a key beside the known groups, and under its own keys: parts are known by their
/// members, by their words, or by what they are called.
UnclearParts parts_under(std::string_view key, const Json& node, int depth) {
  constexpr int kDeepest = 3;
  UnclearParts parts;
  if (node.is_null()) return parts;
  if (!node.is_object()) {
    if (node.is_string() && names_lock(key)) ++parts.locks;
    if (node.is_string() && !names_lock(key) && names_opening(key)) ++parts.openings;
    return parts;
  }
  if (child_of(node, "openStatus") != nullptr) ++parts.openings;
  if (child_of(node, "lockStatus") != nullptr) ++parts.locks;
  if (parts.openings + parts.locks > 0) return parts;
  if (child_of(node, "status") != nullptr) {
    const bool lock = names_lock(key) || is_word_of(node, kLockedWords);
    if (lock) ++parts.locks;
    if (!lock && (names_opening(key) || is_word_of(node, kOpenWords))) ++parts.openings;
    return parts;
  }
  if (depth == kDeepest) return parts;
  for (const auto& [name, below] : node.items()) {
    const auto found = parts_under(std::string(key) + "." + name, below, depth + 1);
    parts.openings += found.openings;
    parts.locks += found.locks;
  }
  return parts;
}

void add_other_groups(UnclearParts& parts, const Reader& read) {
  const Json* status = read.find("");
  if (status == nullptr || !status->is_object()) return;
  for (const auto& [key, node] : status->items()) {
    if (is_known(kStatusNames, key)) continue;
    const auto found = parts_under(key, node, 0);
    if (found.openings + found.locks == 0) continue;
    read.report_unknown(shown_key(key), "parts");
    parts.openings += found.openings;
    parts.locks += found.locks;
  }
}

}  // namespace

void decode_status(const Reader& read, VehicleState& state) {
  const Report report(Source::status, read.timestamp("lastUpdateTimestamp"));
  if (!record_time(state, report)) return;
  put_door(report, state.door_driver, read.child("doors.driver"));
  put_door(report, state.door_passenger, read.child("doors.passenger"));
  put_door(report, state.door_rear_left, read.child("doors.rearLeft"));
  put_door(report, state.door_rear_right, read.child("doors.rearRight"));
  put_door(report, state.door_trunk, read.child("doors.rearBack"));
  put_node(report, state.hood_open, read.child("doors.hood.openStatus"), kOpenWords);
  put_node(report, state.window_driver_open, read.child("windows.driver"), kOpenWords);
  put_node(report, state.window_passenger_open, read.child("windows.passenger"), kOpenWords);
  put_node(report, state.window_rear_left_open, read.child("windows.rearLeft"), kOpenWords);
  put_node(report, state.window_rear_right_open, read.child("windows.rearRight"), kOpenWords);
  put_node(report, state.lights_head, read.child("lights.head"), kOnOffWords);
  put_node(report, state.lights_tail, read.child("lights.tail"), kOnOffWords);
  put_node(report, state.lights_hazard, read.child("lights.hazard"), kOnOffWords);
  const auto reminder = read.child("rearSeatReminder");
  report.put_at(state.rear_seat_reminder, reminder.boolean("warning"), node_time(reminder, report));
  put_unclear(report, unclear_parts(read), state);
}

void decode_retired_status(const Reader& read, VehicleState& state) {
  const Report report(Source::status, read.timestamp("occurrenceDate"));
  if (!record_time(state, report)) return;
  const auto parts = retired_parts(read);
  put_unclear(report, retired_unclear(read, parts), state);
  put_retired_parts(report, parts, read.boolean("leftHandDrive").value_or(true), state);
  report.put(state.odometer, read.odometer("telemetry.odo"));
  report.put(state.fuel_level, read.percent("telemetry.fugage"));
  // The figure is the fuel's, or the sum on a car that is known to have a battery to charge.
  const bool plug = state.battery_level_reported || state.charging_status;
  const auto range = read.distance("telemetry.rage");
  const std::optional<vehicle::Kilometres> none;
  report.put(state.fuel_range, plug ? none : range);
  report.put(state.total_range, plug ? range : none);
  if (const auto place = read.position()) {
    report.put_at(state.position, place, read.timestamp("locationAcquisitionDatetime"));
  }
}

/// An answer without a usable place (none, 0/0, 999/999 while the engine runs) says nothing: the
/// place that is known stays, with its own time.
void decode_location(const Reader& read, VehicleState& state) {
  const auto node = read.child("vehicleLocation");
  const auto place = node.position();
  if (!place) return;
  const Report report(Source::location, node.has("locationAcquisitionDatetime")
                                            ? node.timestamp("locationAcquisitionDatetime")
                                            : read.timestamp("lastTimestamp"));
  if (!record_time(state, report)) return;
  report.put(state.position, place);
}

UnclearParts unclear_parts(const Reader& status) {
  UnclearParts parts;
  add_doors(parts, status);
  add_windows(parts, status);
  add_other_groups(parts, status);
  return parts;
}

}  // namespace toyota2mqtt::toyota
