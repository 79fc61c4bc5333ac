#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/history/archive.hpp"

namespace toyota2mqtt::platform {

/// The line as an encoded polyline with six decimals ("polyline6", as OSRM and Valhalla use it):
/// about six bytes for a point. Points that are none on Earth are left out; of more than `most`,
/// every second, third, … is kept, and the last.
std::string encode_polyline(const std::vector<history::RoutePoint>& line, std::size_t most = 10000);
/// What cannot be read ends the line.
std::vector<history::RoutePoint> decode_polyline(std::string_view text);

}  // namespace toyota2mqtt::platform
