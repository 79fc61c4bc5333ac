#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/store.hpp"

/// Which entities Home Assistant was told of, read from the discovery documents that the broker
/// took, and kept in the store for the dashboard.
namespace toyota2mqtt::home_assistant {

/// One entity of a discovery document that Home Assistant enables by itself.
struct PublishedEntity {
  std::string id;  ///< the component's key: the row's id in docs/entities.md, `status_<account>`
  std::string entity_id = {};  ///< its `default_entity_id`: what Home Assistant calls it at first
  std::string name = {};       ///< without the device's; empty = takes the device's, or not known
  friend bool operator==(const PublishedEntity&, const PublishedEntity&) = default;
};

/// One device of Home Assistant, as its discovery document describes it.
struct PublishedDevice {
  std::string name;
  bool is_bridge = false;
  std::vector<PublishedEntity> entities;  ///< in the order of the document
  friend bool operator==(const PublishedDevice&, const PublishedDevice&) = default;
};

/// Whether `topic` carries a device document of this program, whatever the discovery prefix.
bool is_device_document(std::string_view topic);
/// What a device document announces; nullopt when it is none, or an empty one that removes.
/// Entities that are disabled by default or withdrawn are left out.
std::optional<PublishedDevice> read_device_document(const base::MqttMessage& document);

/// For the store, and back; nullopt when the text is not of this version.
std::string serialize(const PublishedDevice& device);
std::optional<PublishedDevice> parse_published_device(std::string_view text);

/// Keeps what a delivered discovery document announced, or forgets it when the document removed its
/// device; other messages change nothing. So the program can say later, without the cloud, which
/// entities Home Assistant was told of. Errors: storage_failed, cancelled.
base::Task<base::Result<void>> record_published(base::Store& store, base::MqttMessage delivered);

/// Every device that stands announced on the broker, as far as this store knows. Errors:
/// storage_failed, cancelled.
base::Task<base::Result<std::vector<PublishedDevice>>> load_published(base::Store& store);

}  // namespace toyota2mqtt::home_assistant
