#pragma once

#include <string>
#include <string_view>

#include "toyota2mqtt/vehicle/state.hpp"

namespace toyota2mqtt::test {

/// Decodes `body` as an answer of every route. Empty when all is well, else what is broken: a value
/// out of its range, an error that touched the state, or a second decoding that changed it.
std::string decode_violation(std::string_view body);
/// The same for one route.
std::string decode_violation(vehicle::Source source, std::string_view body);

}  // namespace toyota2mqtt::test
