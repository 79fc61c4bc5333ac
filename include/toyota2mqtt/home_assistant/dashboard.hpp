#pragma once

#include <string>
#include <vector>

#include "toyota2mqtt/home_assistant/published_entities.hpp"
#include "toyota2mqtt/vehicle/entity_names.hpp"

/// A dashboard of stock cards from what Home Assistant was really told: the discovery documents.
/// Pure functions.
namespace toyota2mqtt::home_assistant {

/// YAML for the raw configuration editor of a dashboard: one view for each car, by name, and one
/// for the bridge, with headings in `language`. Cards are named without the car. Names no entity
/// that is not in `devices`; cards and sections that would be empty are left out.
std::string dashboard_yaml(std::vector<PublishedDevice> devices,
                           vehicle::Language language = vehicle::Language::en);

}  // namespace toyota2mqtt::home_assistant
