#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

/// Constants of Toyota's cloud (docs/toyota-protocol.md): what differs between the brands' apps,
/// and the read routes.
namespace toyota2mqtt::toyota {

/// What differs between the brands' apps (docs/toyota-protocol.md, "Hosts and brands"). These are
/// constants of the published apps, the same for every user; none is a secret of an owner.
struct BrandConstants {
  std::string_view realm;
  std::string_view client_id;
  std::string_view redirect_uri;
  std::string_view basic_credential;  ///< of the token endpoint, base64
  std::string_view code;              ///< T, L, S in the API headers
  std::string_view app_name;          ///< what the owner's phone calls the app
};

/// The service that is named in the authenticate call; the same for all brands.
inline constexpr std::string_view kAuthService = "oneapp";
/// One key for all users in Europe.
inline constexpr std::string_view kApiKey = "tTZipv6liF74PwMfk9Ed68AQ0bISswwf3iHQdqcF";

const BrandConstants& constants_of(vehicle::Brand brand);

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
