#pragma once

#include <expected>

#include "toyota2mqtt/vehicle/command_catalogue.hpp"

namespace toyota2mqtt::fleet {

/// The command that carries out a request of an offered entity, or why there is none. `wish` is
/// what the owner set for the climate control. Pure.
std::expected<vehicle::Command, vehicle::Refusal> command_for(
    const vehicle::CommandRequest& request, const vehicle::Car& car,
    const vehicle::ClimateOptions& wish, const base::Zone& zone, base::Time now);

}  // namespace toyota2mqtt::fleet
