#include "home_assistant/json.hpp"

#include <fmt/format.h>

#include <cmath>

#include "home_assistant/text.hpp"
#include "json/json_io.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

Json without_fraction(double value) {
  if (!std::isfinite(value)) return nullptr;
  constexpr double kExactIntegers = 1e15;
  if (std::trunc(value) == value && std::abs(value) < kExactIntegers) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

}  // namespace

Json to_json(const vehicle::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return bounded(*text);
  if (const auto* number = std::get_if<double>(&value)) return without_fraction(*number);
  return json_io::value_json(value);
}

base::MqttMessage retained(std::string topic, const Json& payload) {
  return {
      .topic = std::move(topic), .payload = json_io::to_text(payload), .qos = 1, .retain = true};
}

std::string plain_template(std::string_view key) {
  return fmt::format("{{{{ value_json.{} }}}}", key);
}

std::string on_off_template(std::string_view key) {
  return fmt::format(
      "{{{{ 'None' if value_json.{0} is none else ('ON' if value_json.{0} else 'OFF') }}}}", key);
}

Json option_words(std::string_view options, vehicle::Language language) {
  Json words = Json::array();
  for (const auto option : vehicle::option_list(options)) {
    words.push_back(vehicle::option_name(option, language));
  }
  return words;
}

std::string word_template(std::string_view key, std::string_view options,
                          vehicle::Language language) {
  if (language == vehicle::Language::en) return plain_template(key);
  Json words = Json::object();
  for (const auto option : vehicle::option_list(options)) {
    words[std::string(option)] = vehicle::option_name(option, language);
  }
  return fmt::format("{{{{ {}.get(value_json.{}, 'None') }}}}", json_io::to_text(words), key);
}

Json common(const Named& entity) {
  const auto platform = vehicle::to_string(entity.platform);
  Json component = {{"platform", platform},
                    {"unique_id", entity.unique_id},
                    {"name", entity.name.empty() ? Json() : Json(entity.name)},
                    {"default_entity_id", fmt::format("{}.{}", platform, entity.entity_id)}};
  if (const auto icon = vehicle::icon_of(entity.id); !icon.empty()) component["icon"] = icon;
  return component;
}

void put_delivery(Json& component) {
  constexpr int kExpirySeconds = 60;
  component["qos"] = 1;
  component["message_expiry_interval"] = kExpirySeconds;
}

void put_command(Json& component, std::string topic) {
  component["command_topic"] = std::move(topic);
  put_delivery(component);
}

std::string bridge_identifier(const Settings& settings) {
  return settings.installation.empty()
             ? "toyota2mqtt_bridge"
             : fmt::format("toyota2mqtt_bridge_{}", settings.installation);
}

std::string car_topic(const Settings& settings, const vehicle::Car& car, std::string_view leaf) {
  return fmt::format("{}/{}/{}", settings.base_topic, car.identity.id.text, leaf);
}

std::string bridge_topic(const Settings& settings, std::string_view leaf) {
  return fmt::format("{}/bridge/{}", settings.base_topic, leaf);
}

}  // namespace toyota2mqtt::home_assistant
