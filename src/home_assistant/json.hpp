#pragma once

#include <string>

#include "json/json_io.hpp"
#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

namespace toyota2mqtt::home_assistant {

/// Keys stay in the order of the catalogue, so that documents can be read and compared.
using Json = json_io::OrderedJson;

/// A value of the catalogue as JSON: whole numbers without a fraction, times as ISO 8601 in UTC,
/// texts bounded to what Home Assistant stores, null for unknown.
Json to_json(const vehicle::Value& value);

/// A retained message of quality 1; bytes that are no UTF-8 are replaced.
base::MqttMessage retained(std::string topic, const Json& payload);

/// The templates of discovery documents. States are honest JSON (true, false, null); Home Assistant
/// wants ON, OFF and None.
std::string plain_template(std::string_view key);
std::string on_off_template(std::string_view key);

/// The options of an enumeration as Home Assistant shows them, and the template that makes such a
/// word of the option in the state document; in English both are the options themselves.
Json option_words(std::string_view options, vehicle::Language language);
std::string word_template(std::string_view key, std::string_view options,
                          vehicle::Language language);

/// What every component of every platform has. `id` is the row's, for its icon.
struct Named {
  vehicle::Platform platform = vehicle::Platform::sensor;
  std::string_view id;
  std::string unique_id;
  std::string name;       ///< empty = takes the device's name
  std::string entity_id;  ///< without its domain
};
Json common(const Named& entity);
/// Quality 1, and an end: a command that waited longer in the broker must not reach the car.
void put_delivery(Json& component);
/// The topic on which an entity takes commands, with its delivery.
void put_command(Json& component, std::string topic);

/// What the bridge's device is known by: `toyota2mqtt_bridge_<installation>`.
std::string bridge_identifier(const Settings& settings);

/// `<base>/<car>/<leaf>` and `<base>/bridge/<leaf>`.
std::string car_topic(const Settings& settings, const vehicle::Car& car, std::string_view leaf);
std::string bridge_topic(const Settings& settings, std::string_view leaf);

}  // namespace toyota2mqtt::home_assistant
