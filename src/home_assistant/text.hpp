#pragma once

#include <string>
#include <string_view>

namespace toyota2mqtt::home_assistant {

/// Lower-case ASCII letters, digits and single `_`, as Home Assistant makes entity ids from names;
/// Latin letters lose their accents. Empty when nothing of the text is left. At most 40 characters.
std::string slug(std::string_view text);

/// Whether the text may be a base::CarId: 10 hex digits.
bool is_car_id(std::string_view text);

/// At most `limit` bytes, never cut inside a UTF-8 character. Home Assistant stores no state longer
/// than 255 characters (docs/mqtt.md, "What Home Assistant requires").
std::string bounded(std::string_view text, std::size_t limit = 255);

/// `VehicleStatusAlert` -> `vehicle_status_alert`.
std::string snake_case(std::string_view camel);

}  // namespace toyota2mqtt::home_assistant
