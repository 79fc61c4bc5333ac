#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "json/json_io.hpp"
#include "toyota/cloud_text.hpp"
#include "toyota/decode_routes.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

namespace {

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

/// A part under a key that nobody knows: what it says of itself decides what it is.
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
    read.note_unreadable("doors");
    return add_known_door(parts, *doors);
  }
  for (const auto& [key, door] : doors->items()) {
    if (door.is_null()) continue;
    if (is_known(kDoorNames, key)) {
      add_known_door(parts, door);
      continue;
    }
    read.note_unknown("doors." + shown_key(key), "a part");
    add_unknown_door(parts, door);
  }
}

void add_windows(UnclearParts& parts, const Reader& read) {
  const Json* windows = read.find("windows");
  if (windows == nullptr) return;
  if (!windows->is_object()) {
    read.note_unreadable("windows");
    ++parts.openings;
    return;
  }
  for (const auto& [key, window] : windows->items()) {
    if (window.is_null()) continue;
    if (is_known(kWindowNames, key)) {
      if (is_unclear(&window, kOpenWords)) ++parts.openings;
      continue;
    }
    read.note_unknown("windows." + shown_key(key), "a part");
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
    read.note_unknown(shown_key(key), "parts");
    parts.openings += found.openings;
    parts.locks += found.locks;
  }
}

}  // namespace

UnclearParts unclear_parts(const Reader& status) {
  UnclearParts parts;
  add_doors(parts, status);
  add_windows(parts, status);
  add_other_groups(parts, status);
  return parts;
}

}  // namespace toyota2mqtt::toyota
