#pragma once

#include <string_view>

#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::test {

/// A car of which nothing is known but its VIN.
inline vehicle::Car plain_car(std::string_view vin = "JTMTEST0000000001") {
  const platform::OpenSslCrypto crypto;
  const auto parsed = base::Vin::parse(vin).value();
  return {.identity = {.vin = parsed,
                       .id = base::car_id(parsed, crypto),
                       .model = {},
                       .nickname = {},
                       .model_year = {},
                       .fuel_type = {},
                       .image_url = {},
                       .remote_display = {}},
          .name = {},
          .state = {},
          .evidence = {},
          .diagnostics = {}};
}

}  // namespace toyota2mqtt::test
