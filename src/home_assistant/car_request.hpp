#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "toyota2mqtt/vehicle/command_catalogue.hpp"

namespace toyota2mqtt::home_assistant {

/// The row whose topic ends in `<entity>/set` or `climate/<attribute>/set`; nullptr for a topic
/// that no entity listens to. `path` is what stands between the car and `/set`.
const vehicle::CommandRow* row_of(std::string_view path);

/// What a payload on that topic asks for, or why it is not understood (the text never repeats the
/// payload).
std::expected<vehicle::CommandRequest, std::string> car_request(const vehicle::CommandRow& row,
                                                                std::string_view path,
                                                                std::string_view payload);

}  // namespace toyota2mqtt::home_assistant
