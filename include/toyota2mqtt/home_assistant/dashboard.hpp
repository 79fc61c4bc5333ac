#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/vehicle/words.hpp"

/// A dashboard of stock cards from what Home Assistant was really told: the discovery documents.
/// Pure functions.
namespace toyota2mqtt::home_assistant {

/// One entity of a discovery document that Home Assistant enables by itself.
struct AnnouncedEntity {
  std::string id;  ///< the component's key: the row's id in docs/entities.md, `status_<account>`
  std::string entity_id = {};  ///< its `default_entity_id`: what Home Assistant calls it at first
  std::string name = {};       ///< without the device's; empty = takes the device's, or not known
  friend bool operator==(const AnnouncedEntity&, const AnnouncedEntity&) = default;
};

/// One device of Home Assistant, as its discovery document describes it.
struct AnnouncedDevice {
  std::string name;
  bool is_bridge = false;
  std::vector<AnnouncedEntity> entities;  ///< in the order of the document
  friend bool operator==(const AnnouncedDevice&, const AnnouncedDevice&) = default;
};

/// Whether `topic` carries a device document of this program, whatever the discovery prefix.
bool is_device_document(std::string_view topic);
/// What a device document announces; nullopt when it is none, or an empty one that removes.
/// Entities that are disabled by default or withdrawn are left out.
std::optional<AnnouncedDevice> announced(const base::MqttMessage& document);

/// For the store, and back; nullopt when the text is not of this version.
std::string serialize(const AnnouncedDevice& device);
std::optional<AnnouncedDevice> parse_announced(std::string_view text);

/// YAML for the raw configuration editor of a dashboard: one view for each car, by name, and one
/// for the bridge, with headings in `language`. Cards are named without the car. Names no entity
/// that is not in `devices`; cards and sections that would be empty are left out.
std::string dashboard_yaml(std::vector<AnnouncedDevice> devices,
                           vehicle::Language language = vehicle::Language::en);

}  // namespace toyota2mqtt::home_assistant
