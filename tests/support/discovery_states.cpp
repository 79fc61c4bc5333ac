#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <regex>

#include "support/discovery_checker.hpp"
#include "support/discovery_rules.hpp"

namespace toyota2mqtt::test {
namespace {

using Json = nlohmann::json;

const Json kLockStates = {"LOCKED", "LOCKING", "UNLOCKED", "UNLOCKING", "JAMMED"};
const Json kActions = {"off",  "heating", "cooling",    "drying",
                       "idle", "fan",     "preheating", "defrosting"};
constexpr std::size_t kLongestState = 255;
constexpr std::size_t kLargestAttributes = 16 * 1024;

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// As Jinja prints a value.
std::string printed(const Json& value) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Renders the few forms of templates that we send; nullopt for any other.
std::optional<std::string> render(const std::string& text, const Json& value) {
  static const std::regex kPlain(R"(\{\{ value_json\.(\w+) \}\})");
  static const std::regex kOrEmpty(R"(\{\{ value_json\.(\w+) or '' \}\})");
  static const std::regex kAsJson(R"(\{\{ value_json\.(\w+) \| tojson \}\})");
  static const std::regex kOnOff(
      R"(\{\{ 'None' if value_json\.(\w+) is none else \('ON' if value_json\.(\w+) else 'OFF'\) \}\})");
  static const std::regex kWord(R"(\{\{ (\{.*\})\.get\(value_json\.(\w+), 'None'\) \}\})");
  std::smatch match;
  if (std::regex_match(text, match, kWord)) {
    const auto words = Json::parse(match[1].str(), nullptr, false);
    const Json& found = value.at(match[2].str());
    if (!words.is_object()) return std::nullopt;
    if (!found.is_string() || !words.contains(found.get<std::string>())) return "None";
    return printed(words.at(found.get<std::string>()));
  }
  if (std::regex_match(text, match, kPlain)) return printed(value.at(match[1].str()));
  if (std::regex_match(text, match, kAsJson)) return value.at(match[1].str()).dump();
  if (std::regex_match(text, match, kOrEmpty)) {
    const Json& found = value.at(match[1].str());
    return found.is_null() ? std::string() : printed(found);
  }
  if (std::regex_match(text, match, kOnOff) && match[1] == match[2]) {
    const Json& found = value.at(match[1].str());
    if (found.is_null()) return "None";
    if (found.is_boolean()) return found.get<bool>() ? "ON" : "OFF";
  }
  return std::nullopt;
}

bool is_number(const std::string& text) {
  static const std::regex kNumber(R"(-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)");
  return std::regex_match(text, kNumber);
}
bool is_time_with_zone(const std::string& text) {
  static const std::regex kTime(
      R"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))");
  return std::regex_match(text, kTime);
}
bool is_date(const std::string& text) {
  static const std::regex kDate(R"([0-9]{4}-[0-9]{2}-[0-9]{2})");
  return std::regex_match(text, kDate);
}

/// Core's own rule for when a sensor must be a number (docs/mqtt.md, "What Home Assistant
/// requires").
bool is_numeric(const Json& sensor) {
  const std::string device_class = text_of(sensor, "device_class");
  const Json& texts = discovery_rules().at("non_numeric_classes");
  if (std::ranges::find(texts, Json(device_class)) != texts.end()) return false;
  return !device_class.empty() || sensor.contains("unit_of_measurement") ||
         sensor.contains("state_class") || sensor.contains("suggested_display_precision");
}

class StateCheck {
 public:
  StateCheck(const std::string& topic, const std::string& payload)
      : topic_(topic), payload_(payload), value_(Json::parse(payload, nullptr, false)) {}

  Problems take() { return std::move(problems_); }

  void component(const std::string& id, const Json& item) {
    where_ = id;
    const std::string platform = text_of(item, "platform");
    if (text_of(item, "state_topic") == topic_) {
      if (platform == "event") {
        event(item);
      } else if (const auto state = rendered(item, "value_template")) {
        this->state(platform, item, *state);
        if (item.contains("last_reset_value_template")) last_reset(item);
      }
    }
    if (text_of(item, "url_topic") == topic_) {
      const auto url = rendered(item, "url_template");
      if (url && !url->starts_with("https://") && !url->starts_with("http://")) {
        problem("the image's address is no address");
      }
    }
    if (text_of(item, "json_attributes_topic") == topic_) attributes(platform, item);
    if (platform == "climate") climate(item);
  }

 private:
  template <class... Args>
  void problem(fmt::format_string<Args...> format, Args&&... args) {
    problems_.push_back(where_ + ": " + fmt::format(format, std::forward<Args>(args)...));
  }

  /// What Home Assistant sees through the template; nullopt when that is a problem already
  /// reported.
  std::optional<std::string> rendered(const Json& item, const char* key) {
    const std::string text = text_of(item, key);
    if (text.empty()) return payload_;
    for (const std::string& name : template_keys(text)) {
      if (value_.is_object() && value_.contains(name)) continue;
      problem("`{}` is missing in {}", name, topic_);
      return std::nullopt;
    }
    const auto result = render(text, value_);
    if (!result) problem("the checker does not understand `{}` with this value", key);
    return result;
  }

  void state(const std::string& platform, const Json& item, const std::string& text) {
    if (text.size() > kLongestState) problem("the state is longer than 255");
    if (text == "None") return;
    if (text.empty()) return problem("an empty state is ignored");
    if (platform == "sensor") return sensor(item, text);
    if (platform == "lock") return one_of(text, kLockStates);
    static const std::regex kTime("([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]");
    if (platform == "time" && !std::regex_match(text, kTime)) problem("`{}` is no time", text);
    const bool on_off = text == "ON" || text == "OFF";
    if ((platform == "binary_sensor" || platform == "switch") && !on_off) {
      problem("`{}` is neither ON nor OFF", text);
    }
  }

  void sensor(const Json& item, const std::string& text) {
    const std::string device_class = text_of(item, "device_class");
    if (is_numeric(item) && !is_number(text)) return problem("`{}` is no number", text);
    if ((device_class == "timestamp" || device_class == "uptime") && !is_time_with_zone(text)) {
      return problem("`{}` is no time with a zone", text);
    }
    if (device_class == "date" && !is_date(text)) return problem("`{}` is no date", text);
    if (!item.contains("options")) return;
    const Json& options = item["options"];
    if (std::ranges::find(options, Json(text)) == options.end()) {
      problem("`{}` is not among the options", text);
    }
  }

  void one_of(const std::string& text, const Json& known) {
    if (text != "None" && std::ranges::find(known, Json(text)) == known.end()) {
      problem("`{}` is none of {}", text, known.dump());
    }
  }

  void climate(const Json& item) {
    const auto shown = [&](const char* topic, const char* key) -> std::optional<std::string> {
      if (text_of(item, topic) != topic_) return std::nullopt;
      return rendered(item, key);
    };
    if (const auto mode = shown("mode_state_topic", "mode_state_template")) {
      one_of(*mode, item.value("modes", Json::array()));
    }
    if (const auto action = shown("action_topic", "action_template")) {
      one_of(*action, kActions);
    }
    if (const auto preset = shown("preset_mode_state_topic", "preset_mode_value_template")) {
      Json known = item.value("preset_modes", Json::array());
      known.push_back("none");
      one_of(*preset, known);
    }
    for (const std::string what : {"temperature", "current_temperature"}) {
      const std::string key = what == "temperature" ? "temperature_state" : what;
      const auto value = shown((key + "_topic").c_str(), (key + "_template").c_str());
      if (value && *value != "None" && !is_number(*value)) problem("`{}` is no number", *value);
    }
  }

  void last_reset(const Json& item) {
    const auto text = rendered(item, "last_reset_value_template");
    if (text && !text->empty() && !is_time_with_zone(*text)) {
      problem("the last reset `{}` is no time", *text);
    }
  }

  void event(const Json& item) {
    const std::string type = text_of(value_, "event_type");
    if (type.empty()) return problem("`event_type` is missing");
    const Json types = item.contains("event_types") ? item["event_types"] : Json::array();
    if (std::ranges::find(types, Json(type)) == types.end()) {
      problem("event type `{}` is not announced", type);
    }
  }

  void attributes(const std::string& platform, const Json& item) {
    const auto text = rendered(item, "json_attributes_template");
    if (!text) return;
    const Json object = Json::parse(*text, nullptr, false);
    if (!object.is_object()) return problem("the attributes are no JSON object");
    if (text->size() > kLargestAttributes) problem("the attributes are over 16 KiB");
    if (platform != "device_tracker") return;
    for (const char* key : {"latitude", "longitude", "gps_accuracy"}) {
      if (!object.contains(key) || !object[key].is_number()) problem("`{}` is no number", key);
    }
  }

  const std::string& topic_;
  const std::string& payload_;
  Json value_;
  Problems problems_;
  std::string where_;
};

}  // namespace

bool template_is_balanced(std::string_view text) {
  std::string open;  // the closing brackets still to come
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (!open.empty() && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      open += c == '(' ? ')' : c == '[' ? ']' : '}';
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.empty() || open.back() != c) return false;
      open.pop_back();
    }
  }
  return open.empty() && quote == 0;
}

std::set<std::string> template_keys(std::string_view text) {
  static const std::regex kKey(R"(value_json\.(\w+))");
  const std::string copy(text);
  std::set<std::string> keys;
  for (auto it = std::sregex_iterator(copy.begin(), copy.end(), kKey); it != std::sregex_iterator();
       ++it) {
    keys.insert((*it)[1].str());
  }
  return keys;
}

Problems check_state(const std::string& discovery_payload, const std::string& topic,
                     const std::string& payload) {
  const Json document = Json::parse(discovery_payload, nullptr, false);
  if (!document.is_object() || !document.contains("components")) return {"no device document"};
  StateCheck check(topic, payload);
  for (const auto& [id, item] : document["components"].items()) check.component(id, item);
  return check.take();
}

}  // namespace toyota2mqtt::test
