#pragma once

#include <expected>

#include "rest/json_text.hpp"
#include "rest/problem.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"

/// What the body of a command asks for. Pure. Private to this part.
namespace toyota2mqtt::rest {

/// The object in the body of a request; null for an empty one. Errors: 400.
std::expected<Json, Problem> command_body(std::string_view text);
/// The request that `body` (an object; null for none) makes of `action`, by the rules that hold for
/// MQTT, too. Errors: 422, with a text that never repeats what was sent.
std::expected<vehicle::CommandRequest, Problem> command_request(vehicle::Action action,
                                                                const vehicle::CommandRow& row,
                                                                const Json& body);

}  // namespace toyota2mqtt::rest
