#include "toyota2mqtt/home_assistant/published_entities.hpp"

#include <algorithm>
#include <utility>

#include "home_assistant/json.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

constexpr const char* kEntitiesSpace = "announced";
constexpr int kFormat = 2;
constexpr int kFormatWithoutNames = 1;

std::string text_of(const Json& object, const char* key) {
  return json_io::text_member(object, key).value_or("");
}

bool is_bridge(const Json& device) {
  const Json* identifiers = json_io::member(device, "identifiers");
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

std::optional<PublishedDevice> read_device_document(const base::MqttMessage& document) {
  if (!is_device_document(document.topic)) return std::nullopt;
  const auto root = json_io::parse_ordered_object(document.payload);
  if (!root) return std::nullopt;
  const Json* device = json_io::member(*root, "device");
  const Json* components = json_io::member(*root, "components");
  if (device == nullptr || !device->is_object() || components == nullptr ||
      !components->is_object()) {
    return std::nullopt;
  }
  PublishedDevice result{
      .name = text_of(*device, "name"), .is_bridge = is_bridge(*device), .entities = {}};
  for (const auto& [id, component] : components->items()) {
    if (!component.is_object()) continue;
    const Json* enabled = json_io::member(component, "enabled_by_default");
    auto entity_id = text_of(component, "default_entity_id");
    // A withdrawn entity is a bare platform and has no id.
    if (entity_id.empty() || (enabled != nullptr && *enabled == false)) continue;
    result.entities.push_back(
        {.id = id, .entity_id = std::move(entity_id), .name = text_of(component, "name")});
  }
  return result;
}

std::string serialize(const PublishedDevice& device) {
  Json entities = Json::object();
  for (const auto& entity : device.entities) {
    entities[entity.id] = Json{{"entity_id", entity.entity_id}, {"name", entity.name}};
  }
  const Json root = {{"format", kFormat},
                     {"name", device.name},
                     {"bridge", device.is_bridge},
                     {"entities", std::move(entities)}};
  return json_io::to_text(root);
}

std::optional<PublishedDevice> parse_published_device(std::string_view text) {
  const auto read = json_io::parse_ordered_object(text);
  if (!read) return std::nullopt;
  const Json& root = *read;
  const Json* format = json_io::member(root, "format");
  const Json* bridge = json_io::member(root, "bridge");
  const Json* entities = json_io::member(root, "entities");
  if (format == nullptr || (*format != kFormat && *format != kFormatWithoutNames) ||
      bridge == nullptr || !bridge->is_boolean() || entities == nullptr || !entities->is_object()) {
    return std::nullopt;
  }
  PublishedDevice device{
      .name = text_of(root, "name"), .is_bridge = bridge->get<bool>(), .entities = {}};
  for (const auto& [id, entity] : entities->items()) {
    PublishedEntity found{.id = id};
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

base::Task<base::Result<void>> record_published(base::Store& store, base::MqttMessage delivered) {
  if (!delivered.retain || !is_device_document(delivered.topic)) co_return base::Result<void>();
  const auto device = read_device_document(delivered);
  if (!device) co_return co_await store.erase(kEntitiesSpace, delivered.topic);
  co_return co_await store.put(kEntitiesSpace, delivered.topic, serialize(*device));
}

base::Task<base::Result<std::vector<PublishedDevice>>> load_published(base::Store& store) {
  const auto stored = co_await store.list(kEntitiesSpace);
  if (!stored) co_return base::fail(stored.error());
  std::vector<PublishedDevice> devices;
  for (const auto& [topic, text] : *stored) {
    if (auto device = parse_published_device(text)) devices.push_back(std::move(*device));
  }
  co_return devices;
}

}  // namespace toyota2mqtt::home_assistant
