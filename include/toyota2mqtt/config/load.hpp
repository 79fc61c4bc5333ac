#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/config/settings.hpp"

namespace toyota2mqtt::config {

/// One thing wrong with a configuration, in words for its owner. Never holds a secret's text.
struct Problem {
  std::string file;
  int line = 0;       ///< from 1; 0 = no place (environment, missing key)
  int column = 0;     ///< from 1
  std::string path;   ///< key path such as `accounts[0].password`
  std::string found;  ///< what stood there ("an integer 12", "nothing"); secrets are not shown
  std::string expected;
  std::string nearest;  ///< nearest known key for an unknown one, else empty
};
/// `file:line:column: path: found …, expected … (did you mean …?)`
std::string to_string(const Problem& problem);

struct Loaded {
  Settings settings;
  std::vector<Problem> problems = {};      ///< all of them; empty = usable
  std::vector<std::string> warnings = {};  ///< sentences for the log; the settings are usable
  /// What was read or could not be: the configuration file, then those that hold its secrets.
  std::vector<std::string> files = {};
};

using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Where docs/configuration.md says: --config, $TOYOTA2MQTT_CONFIG, /data/options.json,
/// ./toyota2mqtt.yaml, /etc/toyota2mqtt/config.yaml. nullopt = none exists. A named file that is
/// missing is returned.
std::optional<std::string> find_file(const std::optional<std::string>& named,
                                     const Environment& environment);
/// Reads file (if any), `<key>_file` secrets and `TOYOTA2MQTT_…` environment secrets. YAML and the
/// add-on's JSON go through the same loader. Hostile input: at most 1 MiB, depth 8, no aliases, no
/// tags, at most 100 problems. Paths inside the file start at the file's own folder. Never throws.
Loaded load(const std::optional<std::string>& file, const Environment& environment);
/// The same for a text in memory (tests, fuzzers); `name` stands for the file in messages.
Loaded load_text(std::string_view text, const std::string& name, const Environment& environment);

/// The settings as a JSON object by section and key, for administrators: secrets are `***`, e-mail
/// addresses and VINs are masked, names are left out.
std::string effective_json(const Settings& settings);

/// `15m` and its kin; nullopt for anything else. Units s, m, h, d; 0 alone is 0.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

/// Where to listen: a numeric address and a port.
struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;  ///< 0 = any free one
  /// Only this machine itself reaches it.
  [[nodiscard]] bool is_local() const;
};
/// `127.0.0.1:8099`, `[::1]:8099`, `localhost:8099` (which is 127.0.0.1), `0.0.0.0:8443`; nullopt
/// for anything else.
std::optional<ListenAddress> parse_listen(std::string_view text);

}  // namespace toyota2mqtt::config
