#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::toyota {

/// One read route in both generations (docs/toyota-protocol.md, "Read routes").
struct Route {
  vehicle::Source source;
  std::string_view path;
  std::string_view retired;  ///< empty: there was only one
};

std::span<const Route> all_routes();
const Route& route_of(vehicle::Source source);

/// What follows the path, `?` included; empty for most routes. `now` and `zone` name the owner's
/// today: trips are asked for from the earliest begin of the current week, month and year, with
/// their tracks only if `with_tracks`.
std::string query_of(vehicle::Source source, base::Time now, const base::Zone& zone,
                     bool with_tracks = false);
/// The same for a page of past trips.
std::string past_trips_query(const TripQuery& query);

}  // namespace toyota2mqtt::toyota
