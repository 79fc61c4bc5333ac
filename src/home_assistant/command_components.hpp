#pragma once

#include <string>

#include "home_assistant/json.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"

/// The command entities of a car: their part of the discovery documents and of the state document.
/// Private to this part.
namespace toyota2mqtt::home_assistant {

/// One component. `stem` is what entity ids of the car begin with.
Json command_component(const vehicle::CommandRow& row, const Settings& settings,
                       const vehicle::Car& car, const std::string& stem);
/// Adds every offered row whose platform every supported Core knows, and the stubs that remove what
/// was announced once.
void put_command_components(Json& components, const Settings& settings, const vehicle::Car& car,
                            const std::string& stem);
/// Adds the keys that the offered rows read.
void put_command_states(Json& values, const vehicle::Car& car);

}  // namespace toyota2mqtt::home_assistant
