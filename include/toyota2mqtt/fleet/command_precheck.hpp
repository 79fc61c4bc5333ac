#pragma once

#include <optional>

#include "toyota2mqtt/fleet/car_session.hpp"
#include "toyota2mqtt/fleet/unlock_code.hpp"

namespace toyota2mqtt::fleet {

/// Why a command does not even reach the car's desk: the car was never read, or the code is not
/// right. nullopt: it may go on.
std::optional<vehicle::CommandResult> precheck_command(const CarSession& car,
                                                       const vehicle::CommandRequest& request,
                                                       UnlockCode& code, base::SteadyTime now);

}  // namespace toyota2mqtt::fleet
