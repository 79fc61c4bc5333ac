#pragma once

#include <string_view>

#include "toyota2mqtt/vehicle/car.hpp"

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

}  // namespace toyota2mqtt::toyota
