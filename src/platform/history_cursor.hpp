#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace toyota2mqtt::platform {

/// Where a part of a list of the history ended: at the entry of this time, and of this key where
/// several may have one time.
struct HistoryCursor {
  char list = 't';  ///< trips, charges, samples, events by their first letter
  std::int64_t at = 0;
  std::string key = {};
  friend bool operator==(const HistoryCursor&, const HistoryCursor&) = default;
};

/// base64url; safe in an address.
std::string to_text(const HistoryCursor& cursor);
/// nullopt for anything that to_text() does not make, and for a cursor of another list.
std::optional<HistoryCursor> parse_cursor(std::string_view text, char list);

}  // namespace toyota2mqtt::platform
