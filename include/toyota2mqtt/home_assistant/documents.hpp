#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/vehicle/car_event.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"
#include "toyota2mqtt/vehicle/command.hpp"
#include "toyota2mqtt/vehicle/entity_names.hpp"

/// Everything that is published, as pure functions from a car or the bridge to MQTT messages
/// (docs/mqtt.md).
namespace toyota2mqtt::home_assistant {

struct Settings {
  std::string base_topic = "toyota2mqtt";
  std::string discovery_prefix = "homeassistant";
  bool discovery = true;
  std::string version;  ///< of this program, for `origin` and the bridge device
  std::string support_url;
  vehicle::Language language = vehicle::Language::en;  ///< of names and words; ids never change
  std::string installation = {};  ///< installation_id(); tells bridges on one broker apart
  friend bool operator==(const Settings&, const Settings&) = default;
};

/// One account as the bridge device shows it.
struct AccountView {
  std::string key;     ///< toyota::Account::key()
  std::string masked;  ///< toyota::masked_account()
  std::string
      status;  ///< ok, set_up, credentials_rejected, action_required, rate_limited, unreachable
  std::string remedy;  ///< what the owner has to do; empty when ok
  std::optional<base::Time> since;
  std::string cause = {};                   ///< what is wrong, one sentence; empty when ok
  std::optional<base::Time> next_try = {};  ///< when it is tried again by itself
};

struct BridgeView {
  std::vector<AccountView> accounts;
  std::vector<std::string> gone = {};  ///< keys of accounts that were announced once and have left
  std::optional<bool> cloud;           ///< every account can be read; nullopt before the first try
  std::string last_error;              ///< one sentence, without anything personal
  std::uint64_t requests_today = 0;
  std::uint64_t unknown_values = 0;
  base::Time started{};
  std::vector<std::string> mistakes = {};  ///< of a changed configuration that is not in use
  std::optional<base::Time> mistaken_since = {};
};

/// What tells this installation from others on the same broker: 10 hex digits made of the two keys
/// that have to differ between them, so it is the same after a loss of storage.
std::string installation_id(const base::Crypto& crypto, std::string_view base_topic,
                            std::string_view client_id);

/// How many entities a discovery document announces: every component but bare platforms.
std::size_t announced_entities(const base::MqttMessage& discovery);

/// `online` / `offline` of the whole bridge; `offline` is also the last will.
base::MqttMessage bridge_availability(const Settings& settings, bool online);
/// The entities of accounts that are `gone` stand in it as bare platforms, which removes them.
base::MqttMessage bridge_discovery(const Settings& settings, const BridgeView& bridge);
base::MqttMessage bridge_state(const Settings& settings, const BridgeView& bridge);

/// What the ids of a car's entities begin with when it is the `number`th of its name: `yaris`,
/// `yaris_2`.
std::string entity_stem(const vehicle::Car& car, int number);

/// The device document: every row that applies() to the car. Never partial, always valid. When rows
/// were added, publish the state first: a template on a key that is not there yet logs an error. A
/// row that was announced once and does not apply any more stands in it as a bare platform, which
/// removes it from Home Assistant.
base::MqttMessage car_discovery(const Settings& settings, const vehicle::Car& car);
/// The single-component documents of entities whose platform is newer than the oldest supported
/// Core: one unknown platform would lose the whole device document (docs/mqtt.md, "What Home
/// Assistant requires").
std::vector<base::MqttMessage> car_single_discoveries(const Settings& settings,
                                                      const vehicle::Car& car);
base::MqttMessage car_availability(const Settings& settings, const vehicle::Car& car, bool online);
/// One object, every key of the catalogue that applies always present, null = unknown.
base::MqttMessage car_state(const Settings& settings, const vehicle::Car& car,
                            const base::Zone& zone);
base::MqttMessage car_diagnostics(const Settings& settings, const vehicle::Car& car,
                                  const base::Zone& zone);
/// nullopt while no position is known.
std::optional<base::MqttMessage> car_location(const Settings& settings, const vehicle::Car& car);
/// The address of the car's picture, on a topic of its own: Home Assistant takes every message on
/// it for a new picture. nullopt while there is none.
std::optional<base::MqttMessage> car_picture(const Settings& settings, const vehicle::Car& car);
base::MqttMessage notification_event(const Settings& settings, const vehicle::Car& car,
                                     const vehicle::Notification& notification);
/// On the topic of its row; not retained.
base::MqttMessage car_event(const Settings& settings, const vehicle::Car& car,
                            const vehicle::CarEvent& event);
/// One step of a command; not retained.
base::MqttMessage command_result_event(const Settings& settings, const vehicle::Car& car,
                                       const vehicle::CommandResult& result, base::Time at);
/// The empty retained payload that removes a topic.
base::MqttMessage removal(std::string topic);

/// What a client asks of the bridge over MQTT.
struct Command {
  enum class Kind : std::uint8_t {
    birth,       ///< Home Assistant came up: publish everything again, after jitter
    try_again,   ///< `target` is the account's key
    reading_on,  ///< `target` is the car's id
    reading_off,
    car,      ///< `target` is the car's id, `request` what is asked of it
    refused,  ///< understood as a command, but not allowed; `reason` says why
    ignored,  ///< not ours, or nothing to do
  };
  Kind kind = Kind::ignored;
  std::string target = {};
  std::string reason = {};
  vehicle::CommandRequest request = {};
  std::string entity = {};  ///< of a car, also when refused: id of the entity
};
/// The filters to subscribe to: commands of cars and bridge, Home Assistant's birth topic.
std::vector<std::string> subscriptions(const Settings& settings);
/// Hostile input is welcome: any topic and payload gives some Command. Retained commands are
/// refused (the caller clears them); payloads outside the allowed set are refused. Whether the car
/// and its owner allow the command is not judged here.
Command decode_command(const Settings& settings, const base::MqttReceived& message);

}  // namespace toyota2mqtt::home_assistant
