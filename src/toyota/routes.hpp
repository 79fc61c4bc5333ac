#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::toyota {

/// The envelopes of section 3, as documentation of the table; decoders choose by shape.
enum class Envelope : std::uint8_t { a, b, n };

/// One read route in both generations (toyota-cloud-api.md section 3).
struct Route {
  vehicle::Source source;
  std::string_view path;
  std::string_view retired;  ///< empty: there was only one
  Envelope envelope;
};

std::span<const Route> all_routes();
const Route& route_of(vehicle::Source source);

/// What follows the path, `?` included; empty for most routes. `now` and `zone` name the owner's
/// today: trips are asked for from the earliest begin of the current week, month and year.
std::string query_of(vehicle::Source source, base::Time now, const base::Zone& zone);

}  // namespace toyota2mqtt::toyota
