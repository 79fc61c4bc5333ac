#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/config/settings.hpp"

namespace toyota2mqtt::config {

/// One entry of `vehicles` while it is read: the VIN may still be missing.
struct VehicleDraft {
  std::optional<base::Vin> vin = {};
  std::string name = {};
  base::Secret abrp_token = {};
  bool ignore = false;
  std::optional<double> usable_capacity = {};
  vehicle::Allowed commands = {};
};

/// Where the values of one section go. `account` and `vehicle` are set inside those lists only.
struct Target {
  Settings& settings;
  toyota::Credentials* account = nullptr;
  VehicleDraft* vehicle = nullptr;
};

/// A value chosen from a few words; `get` and `set` use the index in `words`.
struct Choice {
  std::vector<std::string> words;
  std::size_t (*get)(const Target&);
  void (*set)(Target&, std::size_t);
};

/// A list of different words; `get` and `set` use the indexes in `words`, in rising order.
struct WordList {
  std::vector<std::string> words;
  std::vector<std::size_t> (*get)(const Target&);
  void (*set)(Target&, const std::vector<std::size_t>&);
};

template <class T>
using Member = T& (*)(Target&);

using Durations = std::vector<std::chrono::seconds>;

/// A list of texts; the field's check sees each.
using Texts = std::vector<std::string>;
/// Administrators: entries with `name` and `password_hash`, or texts `name:hash`, because the app's
/// form takes no entries inside a section.
using Users = std::vector<rest::User>;

/// A number of times, in [0, most].
struct Count {
  Member<std::uint16_t> member;
  std::uint16_t most = 0;
};

/// A number that may be unknown, in (0, most] or, when it may be nothing, [0, most].
struct Decimal {
  Member<std::optional<double>> member;
  double most = 0;
  bool may_be_zero = true;
};

/// How a value is stored, and with that how it is written in the file.
using Storage = std::variant<Member<std::string>, Member<bool>, Member<std::uint16_t>,
                             Member<std::chrono::seconds>, Member<base::Secret>,
                             Member<std::optional<base::Vin>>, Choice, Member<Durations>, Count,
                             WordList, Member<Texts>, Member<Users>, Decimal>;

enum class Privacy : std::uint8_t { open, personal, secret };

/// Checks and may tidy a text (a URL loses its trailing slash). Answers what was expected instead
/// when the text cannot be used, else nothing.
using Check = std::string (*)(std::string& text);

/// One key. The parser, the messages, the example file, the reference and the add-on's form all
/// come from the table of these.
struct Field {
  std::string section;  ///< `mqtt`; `accounts[]` and `vehicles[]` are lists of sections
  std::string key;      ///< `host`
  std::string help;     ///< one or two plain sentences
  Storage storage;
  Check check = nullptr;
  Privacy privacy = Privacy::open;
  bool required = false;     ///< in each entry of its list
  bool is_file = false;      ///< names a file that must be readable
  std::string example = {};  ///< for the example file where there is no default
};

/// The table itself, one row for each key; a new key is a row there. Everything else calls
/// fields().
std::vector<Field> rows();
/// Those of mqtt, abrp, web, history, storage, log and toyota.
void add_service_rows(std::vector<Field>& table);

/// All keys, in the order of the documentation. Immutable.
const std::vector<Field>& fields();
/// The sections in that order, each once.
const std::vector<std::string>& sections();
std::string section_help(std::string_view section);

/// `mqtt.host`, `accounts[].password`.
std::string path_of(const Field& field);
bool is_secret(const Field& field);
/// Of a path with or without places: `accounts[0].password`.
bool is_secret_path(std::string_view path);
bool is_list(std::string_view section);
/// `accounts` of `accounts[]`.
std::string section_name(std::string_view section);
/// What the key takes, in words: "a duration such as 90s, 15m, 24h or 365d".
std::string kind_of(const Field& field);
/// The default as it is written in the file; empty when there is none.
std::string default_of(const Field& field);
/// The environment variable of a secret at `path`: TOYOTA2MQTT_ACCOUNTS_0_PASSWORD.
std::string environment_name(std::string_view path);

}  // namespace toyota2mqtt::config
