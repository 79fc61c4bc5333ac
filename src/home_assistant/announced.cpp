#include <algorithm>

#include "home_assistant/json.hpp"
#include "toyota2mqtt/home_assistant/dashboard.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

constexpr int kFormat = 2;
constexpr int kFormatWithoutNames = 1;

const Json* find(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string text_of(const Json& object, const char* key) {
  const Json* node = find(object, key);
  return node != nullptr && node->is_string() ? node->get<std::string>() : std::string();
}

bool is_bridge(const Json& device) {
  const Json* identifiers = find(device, "identifiers");
  return identifiers != nullptr && identifiers->is_array() &&
         std::ranges::any_of(*identifiers, [](const Json& identifier) {
           return identifier.is_string() &&
                  identifier.get_ref<const std::string&>().starts_with("toyota2mqtt_bridge");
         });
}

}  // namespace

bool is_device_document(std::string_view topic) {
  return topic.find("/device/toyota2mqtt_") != std::string_view::npos && topic.ends_with("/config");
}

std::optional<AnnouncedDevice> announced(const base::MqttMessage& document) {
  if (!is_device_document(document.topic)) return std::nullopt;
  const Json root = Json::parse(document.payload, nullptr, false);
  if (!root.is_object()) return std::nullopt;
  const Json* device = find(root, "device");
  const Json* components = find(root, "components");
  if (device == nullptr || !device->is_object() || components == nullptr ||
      !components->is_object()) {
    return std::nullopt;
  }
  AnnouncedDevice result{
      .name = text_of(*device, "name"), .is_bridge = is_bridge(*device), .entities = {}};
  for (const auto& [id, component] : components->items()) {
    if (!component.is_object()) continue;
    const Json* enabled = find(component, "enabled_by_default");
    auto entity_id = text_of(component, "default_entity_id");
    // A withdrawn entity is a bare platform and has no id.
    if (entity_id.empty() || (enabled != nullptr && *enabled == false)) continue;
    result.entities.push_back(
        {.id = id, .entity_id = std::move(entity_id), .name = text_of(component, "name")});
  }
  return result;
}

std::string serialize(const AnnouncedDevice& device) {
  Json entities = Json::object();
  for (const auto& entity : device.entities) {
    entities[entity.id] = Json{{"entity_id", entity.entity_id}, {"name", entity.name}};
  }
  const Json root = {{"format", kFormat},
                     {"name", device.name},
                     {"bridge", device.is_bridge},
                     {"entities", std::move(entities)}};
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<AnnouncedDevice> parse_announced(std::string_view text) {
  const Json root = Json::parse(text, nullptr, false);
  if (!root.is_object()) return std::nullopt;
  const Json* format = find(root, "format");
  const Json* bridge = find(root, "bridge");
  const Json* entities = find(root, "entities");
  if (format == nullptr || (*format != kFormat && *format != kFormatWithoutNames) ||
      bridge == nullptr || !bridge->is_boolean() || entities == nullptr || !entities->is_object()) {
    return std::nullopt;
  }
  AnnouncedDevice device{
      .name = text_of(root, "name"), .is_bridge = bridge->get<bool>(), .entities = {}};
  for (const auto& [id, entity] : entities->items()) {
    AnnouncedEntity found{.id = id};
    if (entity.is_object()) {
      found.entity_id = text_of(entity, "entity_id");
      found.name = text_of(entity, "name");
    } else if (entity.is_string()) {
      found.entity_id = entity.get<std::string>();
    }
    if (found.entity_id.empty()) return std::nullopt;
    device.entities.push_back(std::move(found));
  }
  return device;
}

}  // namespace toyota2mqtt::home_assistant
