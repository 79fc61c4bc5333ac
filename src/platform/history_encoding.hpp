#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/history/archive.hpp"

/// How the database keeps routes, and how a list of the history goes on. Pure.
namespace toyota2mqtt::platform {

/// The line as an encoded polyline with six decimals ("polyline6", as OSRM and Valhalla use it):
/// about six bytes for a point. Points that are none on Earth are left out; of more than `most`,
/// every second, third, … is kept, and the last.
std::string encode_polyline(const std::vector<history::RoutePoint>& line, std::size_t most = 10000);
/// What cannot be read ends the line.
std::vector<history::RoutePoint> decode_polyline(std::string_view text);

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
