#pragma once

#include <optional>
#include <set>
#include <string>

#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/fleet/options.hpp"
#include "toyota2mqtt/history/options.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"
#include "toyota2mqtt/home_assistant/supervisor.hpp"
#include "toyota2mqtt/rest/api.hpp"

namespace toyota2mqtt::config {

enum class LogFormat { text, json };

/// Where `web` listens: for the owner's page and the REST interface.
struct Web {
  bool enabled = true;
  std::string listen = "127.0.0.1:8099";  ///< see parse_listen(); port 0 = any
  std::string cert_file = {};             ///< both or none
  std::string key_file = {};
  friend bool operator==(const Web&, const Web&) = default;
};

/// The whole configuration: the options that each part declares, which the parts then read
/// (docs/configuration.md). Defaults there are the documented defaults.
struct Settings {
  fleet::Options fleet;
  base::MqttConnection mqtt;  ///< without will; that is home_assistant's
  home_assistant::Settings home_assistant;
  history::Options history;
  Web web;
  rest::Options rest;
  std::string storage_directory = "/var/lib/toyota2mqtt";
  base::LogLevel log_level = base::LogLevel::info;
  LogFormat log_format = LogFormat::text;
  std::string toyota_ca_file;  ///< a private CA for the cloud's hosts; empty = system trust store

  /// Where it was read from, for messages; empty = nothing found, everything is a default.
  std::string file;
  /// The paths of the keys that the owner set, such as `mqtt.host` and `accounts[0].username`.
  std::set<std::string> given;
  /// Set inside Home Assistant's app. It comes from the environment, not from the file.
  std::optional<home_assistant::SupervisorAccess> supervisor;

  [[nodiscard]] bool says(const std::string& path) const { return given.contains(path); }
};

/// The cars' sessions and the REST interface need two keys of `history`, too. Called when these
/// were read.
void share_history(Settings& settings);

}  // namespace toyota2mqtt::config
