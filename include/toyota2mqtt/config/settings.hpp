#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/fleet/options.hpp"
#include "toyota2mqtt/history/options.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"
#include "toyota2mqtt/home_assistant/supervisor.hpp"
#include "toyota2mqtt/rest/api.hpp"
#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::config {

enum class LogFormat { text, json };

/// The owner's page and the REST interface.
struct Web {
  bool enabled = true;
  std::string listen = "127.0.0.1:8099";  ///< see parse_listen(); port 0 = any
  std::vector<rest::User> users = {};     ///< administrators
  bool toyota_login = false;
  std::vector<std::string> cors_origins = {};
  std::string cert_file = {};  ///< both or none
  std::string key_file = {};
  std::vector<std::string> trusted_proxies = {};  ///< numeric addresses
  std::uint16_t requests_per_minute = 300;        ///< 0 = no limit
  base::Secret token_secret = {};                 ///< empty: made at random
  friend bool operator==(const Web&, const Web&) = default;
};

/// The whole configuration, as the options structs that each part declares (docs/configuration.md).
/// Defaults here are the documented defaults.
struct Settings {
  std::vector<toyota::Credentials> accounts;
  std::vector<fleet::VehicleOptions> vehicles;
  fleet::Polling polling;
  fleet::WakeLimits wake;
  fleet::CommandOptions commands;
  base::MqttConnection mqtt;  ///< without will; that is home_assistant's
  home_assistant::Settings home_assistant;
  abrp::Options abrp;  ///< token empty or for the only car
  history::Options history;
  Web web;
  std::string storage_directory = "/var/lib/toyota2mqtt";
  base::LogLevel log_level = base::LogLevel::info;
  LogFormat log_format = LogFormat::text;
  toyota::Endpoints toyota;
  std::string toyota_ca_file;  ///< a private CA for the cloud's hosts; empty = system trust store

  /// Where it was read from, for messages; empty = nothing found, everything is a default.
  std::string file;
  /// The paths of the keys that somebody set, such as `mqtt.host` and `accounts[0].username`.
  std::set<std::string> given;
  /// Set inside Home Assistant's app. It comes from the environment, not from the file.
  std::optional<home_assistant::SupervisorAccess> supervisor;

  [[nodiscard]] bool says(const std::string& path) const { return given.contains(path); }
};

}  // namespace toyota2mqtt::config
