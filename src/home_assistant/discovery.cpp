#include <fmt/format.h>

#include <algorithm>

#include "home_assistant/command_components.hpp"
#include "home_assistant/json.hpp"
#include "home_assistant/text.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

using vehicle::Platform;
using vehicle::Row;

constexpr std::size_t kLongestName = 100;

/// `None` as a last reset is a warning in the log; nothing is ignored.
std::string last_reset_template(std::string_view key) {
  return fmt::format("{{{{ value_json.{}_last_reset or '' }}}}", key);
}

void put(Json& component, const char* key, std::string_view text) {
  if (!text.empty()) component[key] = text;
}

Json origin(const Settings& settings) {
  Json result = {{"name", "toyota2mqtt"}};
  put(result, "sw_version", settings.version);
  put(result, "support_url", settings.support_url);
  return result;
}

Json topics(std::initializer_list<std::string> list) {
  Json result = Json::array();
  for (const std::string& topic : list) result.push_back({{"topic", topic}});
  return result;
}

template <class AnyRow>
void put_classes(Json& component, const AnyRow& row) {
  put(component, "device_class", row.device_class);
  put(component, "state_class", row.state_class);
  put(component, "entity_category", row.category);
  if (!row.enabled) component["enabled_by_default"] = false;
}

std::string_view leaf_of(vehicle::Topic topic) {
  if (topic == vehicle::Topic::picture) return "picture";
  return topic == vehicle::Topic::diagnostics ? "diagnostics" : "state";
}

/// What ids of the bridge's entities begin with: those of a plain installation stay as they always
/// were, a base topic of one's own brings ids of one's own.
std::string bridge_stem(const Settings& settings) {
  const std::string plain = "toyota2mqtt_bridge";
  return settings.base_topic == Settings{}.base_topic ? plain : bridge_identifier(settings);
}

void put_attributes(Json& component, std::string_view key, const Json& topic) {
  component["json_attributes_topic"] = topic;
  component["json_attributes_template"] =
      fmt::format("{{{{ value_json.{}_attributes | tojson }}}}", key);
}

void put_sensor(Json& component, const Row& row, const vehicle::Car& car,
                vehicle::Language language) {
  const auto unit = row.unit_of != nullptr ? row.unit_of(car) : std::string(row.unit);
  put(component, "unit_of_measurement", unit);
  if (row.precision >= 0) component["suggested_display_precision"] = row.precision;
  if (row.options.empty()) {
    component["value_template"] = plain_template(row.id);
  } else {
    component["options"] = option_words(row.options, language);
    component["value_template"] = word_template(row.id, row.options, language);
  }
  if (row.has_last_reset) component["last_reset_value_template"] = last_reset_template(row.id);
}

/// Where the platform gets its value from, and how it reads it.
void put_platform(Json& component, const Row& row, const Settings& settings,
                  const vehicle::Car& car) {
  const std::string topic = car_topic(settings, car, leaf_of(row.topic));
  switch (row.platform) {
    case Platform::sensor:
      component["state_topic"] = topic;
      put_sensor(component, row, car, settings.language);
      if (row.attributes != nullptr) {
        put_attributes(component, row.id, car_topic(settings, car, leaf_of(attributes_topic(row))));
      }
      break;
    case Platform::binary_sensor:
      component["state_topic"] = topic;
      component["value_template"] = on_off_template(row.id);
      if (row.attributes != nullptr) {
        put_attributes(component, row.id, car_topic(settings, car, leaf_of(attributes_topic(row))));
      }
      break;
    case Platform::device_tracker:
      // A state topic here would be read as the name of a place (docs/mqtt.md, "What Home Assistant
      // requires").
      component["json_attributes_topic"] = car_topic(settings, car, "location");
      break;
    case Platform::event:
      component["state_topic"] = car_topic(settings, car, fmt::format("event/{}", row.id));
      component["event_types"] = vehicle::option_list(row.options);
      break;
    case Platform::image: component["url_topic"] = topic; break;
    case Platform::switch_:
      component["state_topic"] = topic;
      component["value_template"] = on_off_template(row.id);
      [[fallthrough]];
    case Platform::button:
      put_command(component, car_topic(settings, car, fmt::format("{}/set", row.id)));
      break;
    case Platform::lock:
    case Platform::climate:
    case Platform::time: break;  // commands: command_components.hpp
  }
}

std::string shown_name(const vehicle::Car& car) {
  if (!car.name.empty()) return bounded(car.name, kLongestName);
  if (!car.identity.model.empty()) return bounded(car.identity.model, kLongestName);
  return std::string(vehicle::display_name(car.identity.brand));
}

Json car_device(const Settings& settings, const vehicle::Car& car) {
  Json device = {{"identifiers", Json::array({"toyota2mqtt_" + car.identity.id.text})},
                 {"name", shown_name(car)},
                 {"manufacturer", vehicle::display_name(car.identity.brand)}};
  put(device, "model", bounded(car.identity.model, kLongestName));
  device["via_device"] = bridge_identifier(settings);
  return device;
}

std::string stem_of(const vehicle::Car& car) { return entity_stem(car, car.namesake); }

Json car_topics(const Settings& settings, const vehicle::Car& car) {
  return topics({settings.base_topic + "/status", car_topic(settings, car, "availability")});
}

/// One row of the bridge device; `account` only for rows per account.
struct BridgeEntity {
  const vehicle::BridgeRow& row;
  const AccountView* account = nullptr;

  [[nodiscard]] std::string key() const {
    return account == nullptr ? std::string(row.id)
                              : fmt::format("{}_{}", row.id, slug(account->key));
  }
  [[nodiscard]] std::string name(vehicle::Language language) const {
    const auto name = vehicle::in_language(row.name, language);
    if (account == nullptr || account->masked.empty()) return std::string(name);
    return bounded(fmt::format("{} {}", name, account->masked), kLongestName);
  }
};

Json bridge_component(const Settings& settings, const BridgeEntity& entity) {
  const vehicle::BridgeRow& row = entity.row;
  const std::string key = entity.key();
  const std::string topic = bridge_topic(settings, "state");
  const std::string unique_id = fmt::format("{}_{}", bridge_stem(settings), key);
  Json component = common({.platform = row.platform,
                           .id = row.id,
                           .unique_id = unique_id,
                           .name = entity.name(settings.language),
                           .entity_id = unique_id});
  put_classes(component, row);
  if (row.platform == Platform::button) {
    put_command(component, bridge_topic(settings, key + "/set"));
    return component;
  }
  component["state_topic"] = topic;
  if (row.platform == Platform::binary_sensor) {
    component["value_template"] = on_off_template(key);
    if (row.attributes) put_attributes(component, key, component["state_topic"]);
    return component;
  }
  if (row.options.empty()) {
    component["value_template"] = plain_template(key);
  } else {
    component["options"] = option_words(row.options, settings.language);
    component["value_template"] = word_template(key, row.options, settings.language);
  }
  if (row.attributes) put_attributes(component, key, component["state_topic"]);
  return component;
}

base::MqttMessage document(const Settings& settings, std::string_view node, Json device,
                           Json availability, Json components) {
  const Json root = {{"device", std::move(device)},
                     {"origin", origin(settings)},
                     {"availability", std::move(availability)},
                     {"availability_mode", "all"},
                     {"qos", 1},
                     {"components", std::move(components)}};
  return retained(fmt::format("{}/device/{}/config", settings.discovery_prefix, node), root);
}

}  // namespace

std::string installation_id(const base::Crypto& crypto, std::string_view base_topic,
                            std::string_view client_id) {
  constexpr std::size_t kDigits = 10;
  return base::hex(crypto.sha256(fmt::format("{}\n{}", base_topic, client_id))).substr(0, kDigits);
}

std::string entity_stem(const vehicle::Car& car, int number) {
  std::string stem = slug(shown_name(car));
  if (stem.empty()) return "car_" + car.identity.id.text;
  return number > 1 ? fmt::format("{}_{}", stem, number) : stem;
}

base::MqttMessage car_discovery(const Settings& settings, const vehicle::Car& car) {
  const std::string& id = car.identity.id.text;
  const std::string name = stem_of(car);
  Json components = Json::object();
  for (const Row& row : vehicle::catalogue()) {
    if (!vehicle::applies(row, car)) {
      // Leaving it out would leave the entity behind as unavailable: a bare platform removes it
      // (docs/mqtt.md, "What Home Assistant requires"), and means nothing where it is gone already.
      if (car.evidence.announced.contains(std::string(row.id))) {
        components[std::string(row.id)] = {{"platform", vehicle::to_string(row.platform)}};
      }
      continue;
    }
    Json component = common({.platform = row.platform,
                             .id = row.id,
                             .unique_id = fmt::format("{}_{}", id, row.id),
                             .name = std::string(vehicle::in_language(row.name, settings.language)),
                             .entity_id = fmt::format("{}_{}", name, row.id)});
    put_classes(component, row);
    put_platform(component, row, settings, car);
    components[std::string(row.id)] = std::move(component);
  }
  put_command_components(components, settings, car, name);
  return document(settings, "toyota2mqtt_" + id, car_device(settings, car),
                  car_topics(settings, car), std::move(components));
}

std::vector<base::MqttMessage> car_single_discoveries(const Settings& settings,
                                                      const vehicle::Car& car) {
  std::vector<base::MqttMessage> messages;
  for (const auto& row : vehicle::command_catalogue()) {
    if (row.platform != Platform::time || !vehicle::offered(row, car)) continue;
    Json root = command_component(row, settings, car, stem_of(car));
    root.erase("platform");
    root["device"] = car_device(settings, car);
    root["origin"] = origin(settings);
    root["availability"] = car_topics(settings, car);
    root["availability_mode"] = "all";
    messages.push_back(
        retained(fmt::format("{}/{}/toyota2mqtt_{}/{}/config", settings.discovery_prefix,
                             vehicle::to_string(row.platform), car.identity.id.text, row.id),
                 root));
  }
  return messages;
}

std::size_t announced_entities(const base::MqttMessage& discovery) {
  const auto document = json_io::parse_ordered_object(discovery.payload);
  const auto* components = document ? json_io::member(*document, "components") : nullptr;
  if (components == nullptr) return 0;
  return static_cast<std::size_t>(
      std::ranges::count_if(*components, [](const Json& it) { return it.size() > 1; }));
}

base::MqttMessage bridge_discovery(const Settings& settings, const BridgeView& bridge) {
  Json components = Json::object();
  for (const vehicle::BridgeRow& row : vehicle::bridge_catalogue()) {
    if (!row.per_account) {
      const BridgeEntity entity{.row = row};
      components[entity.key()] = bridge_component(settings, entity);
      continue;
    }
    for (const AccountView& account : bridge.accounts) {
      const BridgeEntity entity{.row = row, .account = &account};
      components[entity.key()] = bridge_component(settings, entity);
    }
    for (const std::string& key : bridge.gone) {
      components[fmt::format("{}_{}", row.id, slug(key))] = {
          {"platform", vehicle::to_string(row.platform)}};
    }
  }
  Json device = {{"identifiers", Json::array({bridge_identifier(settings)})},
                 {"name", "toyota2mqtt"},
                 {"manufacturer", "toyota2mqtt"},
                 {"model", "Bridge"}};
  put(device, "sw_version", settings.version);
  return document(settings, bridge_identifier(settings), std::move(device),
                  topics({settings.base_topic + "/status"}), std::move(components));
}

}  // namespace toyota2mqtt::home_assistant
