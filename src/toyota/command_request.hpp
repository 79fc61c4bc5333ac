#pragma once

#include <string>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/command.hpp"

/// A command as the cloud wants it, and what its answer means. Pure functions.
namespace toyota2mqtt::toyota {

/// The path of a command (docs/toyota-protocol.md, "Commands"). Requires: `route` is neither none
/// nor wake.
std::string_view command_path(vehicle::CommandRoute route);
/// The JSON body. Only what is set is sent; stop carries the command alone.
std::string command_body(const vehicle::Command& command);
/// Return code 000000, or none, is accepted; another one means that the car was not ready. What may
/// have reached the cloud although no answer came is unknown.
CommandAnswer judge_command(const base::Result<base::HttpResponse>& answer);

}  // namespace toyota2mqtt::toyota
