#include "support/discovery_checker.hpp"
#include "support/paths.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <stdexcept>

#include "support/discovery_rules.hpp"

namespace toyota2mqtt::test {
namespace {

using Json = nlohmann::json;

bool holds(const Json& list, const std::string& text) {
  return std::ranges::find(list, Json(text)) != list.end();
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_web_address(const std::string& text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

/// One pass over one document.
class Check {
 public:
  Problems take() { return std::move(problems_); }

  void device_document(const Json& root);
  void component(const std::string& id, const Json& item, const std::string& platform,
                 const Json& root);
  void device(const Json& device);
  void origin(const Json& origin);

 private:
  template <class... Args>
  void problem(fmt::format_string<Args...> format, Args&&... args) {
    problems_.push_back(where_ + fmt::format(format, std::forward<Args>(args)...));
  }
  void known_keys(const Json& object, const Json& known, std::string_view what);
  void availability(const Json& object);
  void topics(const Json& object);
  void templates(const Json& object);
  void qos(const Json& object);
  void common(const Json& item, const std::string& platform);
  void appearance(const Json& item);
  void device_class(const Json& item, const std::string& platform);
  void sensor(const Json& item);
  void sensor_options(const Json& item, const std::string& device_class);
  void limits(const Json& item, const std::string& platform);
  void image(const Json& item);
  void climate(const Json& item);
  void newness(const std::string& platform);

  Problems problems_;
  std::string where_;
};

void Check::known_keys(const Json& object, const Json& known, std::string_view what) {
  for (const auto& [key, value] : object.items()) {
    if (!holds(known, key)) problem("unknown key `{}` in {}", key, what);
  }
}

void Check::device(const Json& device) {
  if (!device.is_object()) return problem("`device` is not an object");
  known_keys(device, discovery_rules().at("device"), "device");
  const auto filled = [&](const char* key) { return device.contains(key) && !device[key].empty(); };
  if (!filled("identifiers") && !filled("connections")) {
    problem("a device needs identifiers or connections");
  }
  if (text_of(device, "name").empty()) problem("`device.name` is missing");
  const std::string url = text_of(device, "configuration_url");
  if (!url.empty() && !is_web_address(url) && !url.starts_with("homeassistant://")) {
    problem("`configuration_url` is no address");
  }
}

void Check::origin(const Json& origin) {
  if (!origin.is_object()) return problem("`origin` is not an object");
  known_keys(origin, discovery_rules().at("origin"), "origin");
  if (text_of(origin, "name").empty()) problem("`origin.name` is missing");
  if (origin.contains("support_url") && !is_web_address(text_of(origin, "support_url"))) {
    problem("`support_url` is no address");
  }
}

void Check::availability(const Json& object) {
  if (object.contains("availability") && object.contains("availability_topic")) {
    problem("both forms of availability");
  }
  if (object.contains("availability_mode") &&
      !holds(Json{"all", "any", "latest"}, text_of(object, "availability_mode"))) {
    problem("`availability_mode` is not all, any or latest");
  }
  if (!object.contains("availability")) return;
  if (!object["availability"].is_array()) return problem("`availability` is not a list");
  for (const Json& item : object["availability"]) {
    if (text_of(item, "topic").empty()) {
      problem("an availability item without a topic");
    } else {
      topics(item);
    }
  }
}

void Check::topics(const Json& object) {
  for (const auto& [key, value] : object.items()) {
    if (!key.ends_with("topic")) continue;
    const std::string topic = value.is_string() ? value.get<std::string>() : "";
    const bool clean = std::ranges::none_of(
        topic, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f' || c == '+' || c == '#'; });
    constexpr std::size_t kLongest = 65535;
    if (topic.empty() || topic.size() > kLongest || !clean) problem("`{}` is no topic", key);
  }
}

void Check::templates(const Json& object) {
  for (const auto& [key, value] : object.items()) {
    if (!key.ends_with("_template")) continue;
    if (!value.is_string() || !template_is_balanced(value.get<std::string>())) {
      problem("`{}` is no valid template", key);
    }
  }
}

void Check::qos(const Json& object) {
  if (!object.contains("qos")) return;
  const Json& qos = object["qos"];
  if (!qos.is_number_integer() || qos.get<int>() < 0 || qos.get<int>() > 2) {
    problem("`qos` is not 0, 1 or 2");
  }
}

void Check::appearance(const Json& item) {
  static const std::regex kIcon("[a-z]+:[a-z0-9-]+");
  if (item.contains("icon") && !std::regex_match(text_of(item, "icon"), kIcon)) {
    problem("`icon` is no icon");
  }
  if (item.contains("entity_picture") && !is_web_address(text_of(item, "entity_picture"))) {
    problem("`entity_picture` is no address");
  }
  if (item.contains("name") && !item["name"].is_null() && text_of(item, "name").empty()) {
    problem("`name` is neither a text nor null");
  }
  if (item.contains("enabled_by_default") && !item["enabled_by_default"].is_boolean()) {
    problem("`enabled_by_default` is not true or false");
  }
}

void Check::common(const Json& item, const std::string& platform) {
  if (text_of(item, "unique_id").empty()) problem("no unique_id: the whole document is lost");
  static const std::regex kObject("[a-z0-9_]+");
  const std::string entity = text_of(item, "default_entity_id");
  const bool fits = entity.starts_with(platform + ".") &&
                    std::regex_match(entity.substr(platform.size() + 1), kObject);
  if (item.contains("default_entity_id") && !fits) {
    problem("`default_entity_id` does not fit the platform");
  }
  if (item.contains("message_expiry_interval") &&
      (!item["message_expiry_interval"].is_number_integer() ||
       item["message_expiry_interval"].get<int>() < 1)) {
    problem("`message_expiry_interval` is no number of seconds");
  }
  if (!item.contains("entity_category")) return;
  const std::string category = text_of(item, "entity_category");
  if (!holds(discovery_rules().at("entity_categories"), category)) {
    problem("`{}` is no entity category", category);
  }
  if (category == "config" && (platform == "sensor" || platform == "binary_sensor")) {
    problem("category `config` is not for a {}", platform);
  }
}

void Check::device_class(const Json& item, const std::string& platform) {
  if (!item.contains("device_class")) return;
  const std::string name = text_of(item, "device_class");
  const std::string list = platform + "_classes";
  if (!discovery_rules().contains(list)) return;
  const Json& known = discovery_rules().at(list);
  const bool found = known.is_object() ? known.contains(name) : holds(known, name);
  if (!found) problem("`{}` is no device class of a {}", name, platform);
}

void Check::sensor_options(const Json& item, const std::string& device_class) {
  if (!item.contains("options")) return;
  if (!item["options"].is_array() || item["options"].empty()) problem("`options` is empty");
  if (device_class != "enum") problem("`options` without the class enum");
  if (item.contains("unit_of_measurement") || item.contains("state_class")) {
    problem("`options` together with a unit or a state class");
  }
}

void Check::sensor(const Json& item) {
  const std::string name = text_of(item, "device_class");
  const std::string unit = text_of(item, "unit_of_measurement");
  const std::string state_class = text_of(item, "state_class");
  sensor_options(item, name);
  if (item.contains("state_class") && !holds(discovery_rules().at("state_classes"), state_class)) {
    problem("`{}` is no state class", state_class);
  }
  if (state_class == "measurement_angle" && unit != "°") problem("measurement_angle needs °");
  if (item.contains("last_reset_value_template") && state_class != "total") {
    problem("a last reset is for state class total only");
  }
  if (item.contains("suggested_display_precision") &&
      !item["suggested_display_precision"].is_number_unsigned()) {
    problem("`suggested_display_precision` is no number of digits");
  }
  const Json& classes = discovery_rules().at("sensor_classes");
  if (!classes.contains(name)) return;
  const Json& units = classes[name]["units"];
  if (name == "monetary") {  // Core lists no units for it: any currency
    if (!unit.empty() && unit.size() != 3) problem("unit `{}` is no currency", unit);
  } else if (units.empty() && item.contains("unit_of_measurement")) {
    problem("class {} has no unit", name);
  } else if (!units.empty() && !holds(units, unit) && !(unit.empty() && units.front().is_null())) {
    problem("unit `{}` does not fit class {}", unit, name);
  }
  if (item.contains("state_class") && !holds(classes[name]["state_classes"], state_class)) {
    problem("state class {} does not fit class {}", state_class, name);
  }
}

void Check::limits(const Json& item, const std::string& platform) {
  const auto number = [&](const char* key, double otherwise) {
    return item.contains(key) && item[key].is_number() ? item[key].get<double>() : otherwise;
  };
  constexpr double kSmallestStep = 0.001;
  constexpr double kLongestText = 255;
  if (platform == "number") {
    if (number("min", 0) > number("max", 100)) problem("min is over max");
    if (number("step", 1) < kSmallestStep) problem("step is too small");
  }
  if (platform == "text") {
    if (number("min", 0) > number("max", kLongestText)) problem("min is over max");
    if (number("max", kLongestText) > kLongestText) problem("a text is at most 255 long");
  }
}

void Check::climate(const Json& item) {
  static const Json kModes = {"off", "heat", "cool", "heat_cool", "auto", "dry", "fan_only"};
  if (item.contains("modes")) {
    for (const Json& mode : item["modes"]) {
      if (!holds(kModes, mode.is_string() ? mode.get<std::string>() : "")) {
        problem("{} is no mode of a climate", mode.dump());
      }
    }
  }
  if (item.contains("preset_modes") != item.contains("preset_mode_command_topic")) {
    problem("preset_modes and preset_mode_command_topic go together");
  }
  if (item.contains("preset_modes") && holds(item["preset_modes"], "none")) {
    problem("the preset none is not announced");
  }
  if (item.contains("temperature_unit") &&
      !holds(Json{"C", "F"}, text_of(item, "temperature_unit"))) {
    problem("the temperature unit is neither C nor F");
  }
  if (item.value("min_temp", 0.0) >= item.value("max_temp", 99.0)) problem("min is over max");
}

/// A device document on a Core that does not know the platform is lost as a whole.
void Check::newness(const std::string& platform) {
  static const Json kNewer = {"time", "date", "datetime"};
  if (holds(kNewer, platform)) problem("{} needs a document of its own", platform);
}

void Check::image(const Json& item) {
  if (item.contains("image_topic") == item.contains("url_topic")) {
    problem("an image needs either image_topic or url_topic");
  }
  if (item.contains("content_type") && !item.contains("image_topic")) {
    problem("content_type is for image_topic only");
  }
}

void Check::component(const std::string& id, const Json& item, const std::string& platform,
                      const Json& root) {
  where_ = id + ": ";
  const Json& platforms = discovery_rules().at("platforms");
  if (!platforms.contains(platform)) {
    return problem("unknown platform `{}`: the whole document is lost", platform);
  }
  for (const Json& key : platforms[platform]["required"]) {
    const auto name = key.get<std::string>();
    if (!item.contains(name) || item[name].empty()) problem("`{}` is missing", name);
  }
  Json known = platforms[platform]["known"];
  known.push_back("platform");
  known_keys(item, known, platform);
  if (root.contains("availability") && item.contains("availability_topic")) {
    problem("the root's availability and an availability_topic of its own");
  }
  common(item, platform);
  appearance(item);
  availability(item);
  topics(item);
  templates(item);
  qos(item);
  device_class(item, platform);
  limits(item, platform);
  if (platform == "sensor") sensor(item);
  if (platform == "image") image(item);
  if (platform == "climate") climate(item);
  if (platform == "lock" && item.contains("code_format") != item.contains("command_template")) {
    problem("a code that is asked for must be sent");
  }
  if (platform == "device_tracker" && root.contains("state_topic")) {
    problem("the root's state_topic would be read as the name of a place");
  }
}

void Check::device_document(const Json& root) {
  const Json& rules = discovery_rules().at("root");
  known_keys(root, rules.at("known"), "the document");
  for (const Json& key : rules.at("required")) {
    if (!root.contains(key.get<std::string>())) problem("`{}` is missing", key.get<std::string>());
  }
  if (root.contains("device")) device(root["device"]);
  if (root.contains("origin")) origin(root["origin"]);
  availability(root);
  topics(root);
  templates(root);
  qos(root);
  if (!root.contains("components")) return;
  if (!root["components"].is_object()) return problem("`components` is not an object");
  static const std::regex kId("[a-zA-Z0-9_-]+");
  for (const auto& [id, item] : root["components"].items()) {
    where_ = id + ": ";
    if (!std::regex_match(id, kId)) problem("the component's id has foreign characters");
    if (!item.is_object() || text_of(item, "platform").empty()) {
      problem("no platform: the whole document is lost");
    } else if (item.size() > 1) {  // only a platform = remove this one
      component(id, item, text_of(item, "platform"), root);
      newness(text_of(item, "platform"));
    }
  }
}

/// `platform` of a discovery topic (`device` for the device form); empty for an illegal topic.
std::string platform_of(const std::string& topic) {
  static const std::regex kTopic(R"(.+?/([a-z_]+)/(?:[a-zA-Z0-9_-]+/)?[a-zA-Z0-9_-]+/config)");
  std::smatch match;
  return std::regex_match(topic, match, kTopic) ? match[1].str() : std::string();
}

/// `platform/unique_id` of every component.
std::vector<std::string> unique_ids(const std::string& topic, const Json& document) {
  std::vector<std::string> ids;
  const auto add = [&](const std::string& platform, const Json& item) {
    if (item.is_object() && item.contains("unique_id")) {
      ids.push_back(platform + "/" + text_of(item, "unique_id"));
    }
  };
  if (!document.is_object()) return ids;
  if (platform_of(topic) != "device") add(platform_of(topic), document);
  if (document.contains("components") && document["components"].is_object()) {
    for (const auto& [id, item] : document["components"].items()) {
      if (item.is_object()) add(text_of(item, "platform"), item);
    }
  }
  return ids;
}

Problems duplicates(std::vector<std::string> ids) {
  Problems problems;
  std::ranges::sort(ids);
  for (std::size_t i = 1; i < ids.size(); ++i) {
    if (ids[i] == ids[i - 1]) problems.push_back("two entities with the unique id " + ids[i]);
  }
  return problems;
}

Problems check_document(const std::string& topic, const std::string& payload) {
  const std::string platform = platform_of(topic);
  if (platform.empty()) return {"illegal discovery topic " + topic};
  if (payload.empty()) return {};
  const Json document = Json::parse(payload, nullptr, false);
  if (!document.is_object()) return {"the payload is no JSON object"};
  Check check;
  if (platform == "device") {
    check.device_document(document);
    return check.take();
  }
  Json item = document;
  item.erase("device");
  item.erase("origin");
  if (document.contains("device")) check.device(document["device"]);
  if (document.contains("origin")) check.origin(document["origin"]);
  check.component(platform, item, platform, Json::object());
  return check.take();
}

/// A single-component document as a device document with that one component.
std::string as_device_document(const std::string& topic, const std::string& payload) {
  const std::string platform = platform_of(topic);
  Json item = Json::parse(payload, nullptr, false);
  if (platform == "device" || platform.empty() || !item.is_object()) return payload;
  item["platform"] = platform;
  return Json{{"components", {{"the_component", std::move(item)}}}}.dump();
}

void append(Problems& all, Problems more, const std::string& where) {
  for (std::string& problem : more) all.push_back(where + ": " + std::move(problem));
}

}  // namespace

const nlohmann::json& discovery_rules() {
  static const Json kRules = [] {
    std::ifstream file(test::source_path("/tests/support/discovery_rules.json"));
    Json rules = Json::parse(file, nullptr, false);
    if (!rules.is_object()) throw std::runtime_error("discovery_rules.json cannot be read");
    return rules;
  }();
  return kRules;
}

Problems check_discovery(const std::string& topic, const std::string& payload) {
  Problems problems = check_document(topic, payload);
  const Json document = Json::parse(payload, nullptr, false);
  for (std::string& twice : duplicates(unique_ids(topic, document))) {
    problems.push_back(std::move(twice));
  }
  return problems;
}

Problems check_discoveries(std::span<const base::MqttMessage> messages) {
  Problems problems;
  std::map<std::string, std::string> newest;  // a document replaces the earlier one on its topic
  for (const base::MqttMessage& message : messages) {
    if (!message.topic.ends_with("/config")) continue;
    append(problems, check_document(message.topic, message.payload), message.topic);
    newest[message.topic] = message.payload;
  }
  std::vector<std::string> ids;
  for (const auto& [topic, payload] : newest) {
    for (std::string& id : unique_ids(topic, Json::parse(payload, nullptr, false))) {
      ids.push_back(std::move(id));
    }
  }
  append(problems, duplicates(std::move(ids)), "all documents");
  return problems;
}

Problems check_all(std::span<const base::MqttMessage> messages) {
  Problems problems = check_discoveries(messages);
  std::map<std::string, std::string> documents;  // as they stand on the broker, by topic
  std::map<std::string, std::string> states;
  const auto check = [&problems](const std::string& topic, const std::string& document,
                                 const std::string& state_topic, const std::string& state) {
    append(problems, check_state(as_device_document(topic, document), state_topic, state),
           state_topic);
  };
  for (const base::MqttMessage& message : messages) {
    const bool document = message.topic.ends_with("/config");
    auto& standing = document ? documents : states;
    if (document && message.payload.empty()) {
      standing.erase(message.topic);
      continue;
    }
    standing.insert_or_assign(message.topic, message.payload);
    for (const auto& [topic, payload] : document ? states : documents) {
      if (document) {
        check(message.topic, message.payload, topic, payload);
      } else {
        check(topic, payload, message.topic, message.payload);
      }
    }
  }
  return problems;
}

}  // namespace toyota2mqtt::test
