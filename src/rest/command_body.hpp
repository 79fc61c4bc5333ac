#pragma once

#include <expected>

#include "rest/problem.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"

/// What the body of a command asks for. Pure. Private to this part.
namespace toyota2mqtt::rest {

/// What `request` asks of `action` of `car`, by the rules that hold for MQTT, too; its body may be
/// left out.
/// Errors: those of JsonBody; 422, with a text that never repeats what was sent.
std::expected<vehicle::CommandRequest, Problem> command_request(vehicle::Action action,
                                                                const vehicle::CommandRow& row,
                                                                const vehicle::Car& car,
                                                                const Request& request);

}  // namespace toyota2mqtt::rest
