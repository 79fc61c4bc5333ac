#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/discovery_checker.hpp"
#include "support/discovery_rules.hpp"
#include "support/paths.hpp"

using namespace toyota2mqtt;
using Json = nlohmann::json;

namespace {

constexpr const char* kTopic = "homeassistant/device/car/config";

/// A document without any problem, which the cases below break in one place each.
Json sound() {
  return Json::parse(R"({
    "device": {"identifiers": ["car"], "name": "Car"},
    "origin": {"name": "test", "support_url": "https://test.example"},
    "availability": [{"topic": "b/status"}], "availability_mode": "all", "qos": 1,
    "components": {
      "level": {"platform": "sensor", "unique_id": "car_level", "name": "Level",
        "default_entity_id": "sensor.car_level", "device_class": "battery",
        "state_class": "measurement", "unit_of_measurement": "%", "suggested_display_precision": 0,
        "state_topic": "b/state", "value_template": "{{ value_json.level }}"},
      "trip": {"platform": "sensor", "unique_id": "car_trip", "device_class": "distance",
        "state_class": "total", "unit_of_measurement": "km", "state_topic": "b/state",
        "value_template": "{{ value_json.trip }}",
        "last_reset_value_template": "{{ value_json.trip_last_reset or '' }}"},
      "status": {"platform": "sensor", "unique_id": "car_status", "device_class": "enum",
        "options": ["ok", "bad"], "state_topic": "b/state",
        "value_template": "{{ value_json.status }}"},
      "seen": {"platform": "sensor", "unique_id": "car_seen", "device_class": "timestamp",
        "state_topic": "b/state", "value_template": "{{ value_json.seen }}"},
      "door": {"platform": "binary_sensor", "unique_id": "car_door", "device_class": "door",
        "state_topic": "b/state", "value_template":
        "{{ 'None' if value_json.door is none else ('ON' if value_json.door else 'OFF') }}"},
      "place": {"platform": "device_tracker", "unique_id": "car_place", "name": null,
        "json_attributes_topic": "b/place"},
      "news": {"platform": "event", "unique_id": "car_news", "state_topic": "b/news",
        "event_types": ["a", "b"]},
      "photo": {"platform": "image", "unique_id": "car_photo", "url_topic": "b/state",
        "url_template": "{{ value_json.photo }}"},
      "try": {"platform": "button", "unique_id": "car_try", "command_topic": "b/try/set",
        "entity_category": "config", "message_expiry_interval": 60},
      "on": {"platform": "switch", "unique_id": "car_on", "command_topic": "b/on/set"},
      "limit": {"platform": "number", "unique_id": "car_limit", "command_topic": "b/limit/set",
        "min": 0, "max": 10, "step": 1},
      "note": {"platform": "text", "unique_id": "car_note", "command_topic": "b/note/set"}
    }})");
}

struct Broken {
  const char* rule;
  const char* at;        ///< JSON pointer
  const char* value;     ///< JSON; empty = the key is removed
  const char* reported;  ///< part of the problem
};

const std::vector<Broken> kBroken = {
    {"a root key that is not one of the 14", "/icon", R"("mdi:car")", "unknown key `icon`"},
    {"the topic prefix key at the root", "/~0", R"("b")", "unknown key `~`"},
    {"no device", "/device", "", "`device` is missing"},
    {"no origin", "/origin", "", "`origin` is missing"},
    {"no components", "/components", "", "`components` is missing"},
    {"an extra key inside device", "/device/colour", R"("red")", "unknown key `colour` in device"},
    {"an extra key inside origin", "/origin/url", R"("x")", "unknown key `url` in origin"},
    {"an origin without name", "/origin/name", "", "`origin.name` is missing"},
    {"a bad support address", "/origin/support_url", R"("x")", "`support_url`"},
    {"a device without identifiers", "/device/identifiers", "[]", "identifiers or connections"},
    {"a device without name", "/device/name", "", "`device.name` is missing"},
    {"a bad configuration address", "/device/configuration_url", R"("x")", "`configuration_url`"},
    {"both forms of availability", "/availability_topic", R"("b/x")", "both forms"},
    {"an availability item without topic", "/availability/0/topic", "", "without a topic"},
    {"an unknown availability mode", "/availability_mode", R"("most")", "`availability_mode`"},
    {"an own availability topic under the root's list", "/components/door/availability_topic",
     R"("b/x")", "availability_topic of its own"},
    {"a quality of service that does not exist", "/qos", "3", "`qos`"},
    {"a state topic at the root", "/state_topic", R"("b/state")", "name of a place"},
    {"an unknown platform", "/components/door/platform", R"("door")", "unknown platform"},
    {"no platform", "/components/door/platform", "", "no platform"},
    {"no unique id", "/components/door/unique_id", "", "no unique_id"},
    {"the same unique id twice", "/components/trip/unique_id", R"("car_level")",
     "two entities with the unique id sensor/car_level"},
    {"an unknown component key", "/components/door/colour", R"("red")", "unknown key `colour`"},
    {"the old object_id", "/components/door/object_id", R"("x")", "unknown key `object_id`"},
    {"an entity id of another platform", "/components/level/default_entity_id",
     R"("light.car_level")", "`default_entity_id`"},
    {"a sensor without state topic", "/components/level/state_topic", "",
     "`state_topic` is missing"},
    {"a button without command topic", "/components/try/command_topic", "",
     "`command_topic` is missing"},
    {"a wildcard in a topic", "/components/try/command_topic", R"("b/+/set")", "is no topic"},
    {"a control character in a topic", "/components/try/command_topic", R"("b/\u0001")",
     "is no topic"},
    {"an expiry that is no number", "/components/try/message_expiry_interval", R"("soon")",
     "`message_expiry_interval`"},
    {"a tracker with a state topic", "/components/place/state_topic", R"("b/state")",
     "unknown key `state_topic` in device_tracker"},
    {"a tracker without attributes", "/components/place/json_attributes_topic", "",
     "`json_attributes_topic` is missing"},
    {"an undeclared sensor class", "/components/level/device_class", R"("soc")",
     "no device class of a sensor"},
    {"an undeclared binary sensor class", "/components/door/device_class", R"("gate")",
     "no device class of a binary_sensor"},
    {"an undeclared button class", "/components/try/device_class", R"("retry")",
     "no device class of a button"},
    {"empty options", "/components/status/options", "[]", "`options` is empty"},
    {"options without enum", "/components/status/device_class", "", "without the class enum"},
    {"options with a unit", "/components/status/unit_of_measurement", R"("%")", "together with"},
    {"options with a state class", "/components/status/state_class", R"("total")", "together with"},
    {"a unit outside the class", "/components/level/unit_of_measurement", R"("km")",
     "unit `km` does not fit"},
    {"a class that needs a unit", "/components/trip/unit_of_measurement", "", "does not fit class"},
    {"a unit on a timestamp", "/components/seen/unit_of_measurement", R"("s")", "has no unit"},
    {"an angle without degrees", "/components/level/state_class", R"("measurement_angle")",
     "needs °"},
    {"an unknown state class", "/components/level/state_class", R"("mean")", "no state class"},
    {"a state class that its class does not allow", "/components/level/state_class", R"("total")",
     "state class total does not fit"},
    {"a last reset without total", "/components/trip/state_class", R"("measurement")",
     "last reset is for"},
    {"a precision that is no number", "/components/level/suggested_display_precision", R"("two")",
     "`suggested_display_precision`"},
    {"a number whose minimum is over its maximum", "/components/limit/min", "11", "min is over"},
    {"a number with too small a step", "/components/limit/step", "0.0001", "step is too small"},
    {"a text whose minimum is over its maximum", "/components/note/min", "256", "min is over"},
    {"a text that is too long", "/components/note/max", "300", "at most 255"},
    {"broken template syntax", "/components/level/value_template", R"("{{ value_json.level }")",
     "no valid template"},
    {"an open quote in a template", "/components/level/value_template", R"("{{ 'x }}")",
     "no valid template"},
    {"a bad icon", "/components/level/icon", R"("car")", "`icon`"},
    {"a bad picture", "/components/level/entity_picture", R"("car.png")", "`entity_picture`"},
    {"an empty name", "/components/level/name", R"("")", "`name`"},
    {"an enabled flag that is no flag", "/components/level/enabled_by_default", R"("no")",
     "`enabled_by_default`"},
    {"an image without topic", "/components/photo/url_topic", "", "either image_topic or"},
    {"an image with both topics", "/components/photo/image_topic", R"("b/i")",
     "either image_topic or"},
    {"a content type with an address", "/components/photo/content_type", R"("image/png")",
     "content_type is for"},
    {"an event without types", "/components/news/event_types", "[]", "`event_types` is missing"},
    {"an unknown category", "/components/try/entity_category", R"("system")", "entity category"},
    {"category config on a sensor", "/components/level/entity_category", R"("config")",
     "not for a sensor"},
    {"category config on a binary sensor", "/components/door/entity_category", R"("config")",
     "not for a binary_sensor"},
};

Json state() {
  return Json::parse(R"({"level": 80, "trip": 1.5, "trip_last_reset": "2026-03-01T08:00:00Z",
    "status": "ok", "seen": "2026-03-01T08:00:00Z", "door": false, "photo": "https://p.example/x"})");
}

const std::vector<Broken> kBrokenStates = {
    {"a missing key", "/level", "", "`level` is missing"},
    {"a missing last reset", "/trip_last_reset", "", "`trip_last_reset` is missing"},
    {"a text for a number", "/level", R"("full")", "is no number"},
    {"an empty number", "/level", R"("")", "empty state"},
    {"a time without zone", "/seen", R"("2026-03-01T08:00:00")", "no time with a zone"},
    {"a last reset that is no time", "/trip_last_reset", R"("today")", "is no time"},
    {"an option that was not announced", "/status", R"("odd")", "not among the options"},
    {"a text for on and off", "/door", R"("open")", "does not understand"},
    {"a picture without address", "/photo", "null", "no address"},
};

Json changed(Json document, const Broken& broken) {
  const Json::json_pointer at(broken.at);
  if (*broken.value != '\0') {
    document[at] = Json::parse(broken.value);
  } else {
    document.at(at.parent_pointer()).erase(at.back());
  }
  return document;
}

bool reported(const test::Problems& problems, const std::string& part) {
  for (const std::string& problem : problems) {
    if (problem.find(part) != std::string::npos) return true;
  }
  return false;
}

std::set<std::string> names(const Json& object_or_list) {
  std::set<std::string> result;
  if (object_or_list.is_object()) {
    for (const auto& [key, value] : object_or_list.items()) result.insert(key);
  } else {
    for (const Json& item : object_or_list) result.insert(item.get<std::string>());
  }
  return result;
}

}  // namespace

TEST_CASE("the checker is silent for a sound document and its states") {
  CHECK(test::check_discovery(kTopic, sound().dump()).empty());
  CHECK(test::check_state(sound().dump(), "b/state", state().dump()).empty());
  CHECK(test::check_state(sound().dump(), "b/place",
                          R"({"latitude": 1.5, "longitude": 2, "gps_accuracy": 0})")
            .empty());
  CHECK(test::check_state(sound().dump(), "b/news", R"({"event_type": "a"})").empty());
}

TEST_CASE("the checker tells each way to break a document") {
  for (const Broken& broken : kBroken) {
    INFO(broken.rule);
    const auto problems = test::check_discovery(kTopic, changed(sound(), broken).dump());
    CHECK(reported(problems, broken.reported));
  }
}

TEST_CASE("the checker tells each way to break a state") {
  for (const Broken& broken : kBrokenStates) {
    INFO(broken.rule);
    const auto problems =
        test::check_state(sound().dump(), "b/state", changed(state(), broken).dump());
    CHECK(reported(problems, broken.reported));
  }
}

TEST_CASE("the checker tells illegal topics and payloads that are no object") {
  CHECK(reported(test::check_discovery("homeassistant/device/b c/config", sound().dump()),
                 "illegal"));
  CHECK(reported(test::check_discovery("homeassistant/device/config", sound().dump()), "illegal"));
  CHECK(reported(test::check_discovery(kTopic, "[]"), "no JSON object"));
  CHECK(reported(test::check_discovery(kTopic, "{"), "no JSON object"));
  CHECK(test::check_discovery(kTopic, "").empty());
}

TEST_CASE("the checker also knows the single form") {
  Json door = sound()["components"]["door"];
  door.erase("platform");
  const std::string topic = "homeassistant/binary_sensor/car/door/config";
  CHECK(test::check_discovery(topic, door.dump()).empty());
  door["unit_of_measurement"] = "km";
  CHECK(reported(test::check_discovery(topic, door.dump()), "unknown key `unit_of_measurement`"));
}

TEST_CASE("the checker tells broken places and events") {
  const std::string document = sound().dump();
  CHECK(reported(test::check_state(document, "b/place",
                                   R"({"latitude": "1.5", "longitude": 2, "gps_accuracy": 0})"),
                 "`latitude` is no number"));
  CHECK(reported(test::check_state(document, "b/place", R"({"latitude": 1, "gps_accuracy": 0})"),
                 "`longitude` is no number"));
  CHECK(reported(test::check_state(document, "b/place", "[1]"), "no JSON object"));
  CHECK(reported(test::check_state(document, "b/news", R"({"event_type": "c"})"), "not announced"));
  CHECK(reported(test::check_state(document, "b/news", R"({"kind": "a"})"),
                 "`event_type` is missing"));
}

TEST_CASE("the checker tells broken climates, locks and times") {
  const std::string topic = "homeassistant/device/car/config";
  const auto with = [](const char* key, Json component) {
    Json document = sound();
    component["unique_id"] = "new";
    document["components"][key] = std::move(component);
    return document.dump();
  };
  const Json climate = {{"platform", "climate"},
                        {"modes", {"off", "heat_cool"}},
                        {"mode_state_topic", "b/c"},
                        {"mode_state_template", "{{ value_json.mode }}"},
                        {"action_topic", "b/c"},
                        {"action_template", "{{ value_json.action }}"},
                        {"current_temperature_topic", "b/c"},
                        {"current_temperature_template", "{{ value_json.inside }}"}};
  CHECK(test::check_discovery(topic, with("c", climate)).empty());
  Json broken = climate;
  broken["modes"].push_back("defrost");
  CHECK(reported(test::check_discovery(topic, with("c", broken)), "no mode of a climate"));
  broken = climate;
  broken["preset_modes"] = {"none"};
  CHECK(reported(test::check_discovery(topic, with("c", broken)), "go together"));
  CHECK(reported(test::check_discovery(topic, with("c", broken)), "none is not announced"));
  const auto shown = [&](const char* state) {
    return test::check_state(with("c", climate), "b/c", state);
  };
  CHECK(shown(R"({"mode": "off", "action": "idle", "inside": 21.5})").empty());
  CHECK(shown(R"({"mode": null, "action": null, "inside": null})").empty());
  CHECK(reported(shown(R"({"mode": "on", "action": "idle", "inside": 1})"), "is none of"));
  CHECK(reported(shown(R"({"mode": "off", "action": "boiling", "inside": 1})"), "is none of"));
  CHECK(reported(shown(R"({"mode": "off", "action": "off", "inside": "warm"})"), "is no number"));
  CHECK(reported(shown(R"({"mode": "off", "action": "off"})"), "`inside` is missing"));

  const Json lock = {{"platform", "lock"}, {"command_topic", "b/l/set"}, {"state_topic", "b/l"}};
  CHECK(reported(test::check_state(with("l", lock), "b/l", "open"), "is none of"));
  CHECK(test::check_state(with("l", lock), "b/l", "LOCKING").empty());
  Json coded = lock;
  coded["code_format"] = "^.*$";
  CHECK(reported(test::check_discovery(topic, with("l", coded)), "must be sent"));

  const Json time = {{"platform", "time"}, {"command_topic", "b/t/set"}, {"state_topic", "b/t"}};
  CHECK(reported(test::check_discovery(topic, with("t", time)), "a document of its own"));
  CHECK(reported(test::check_state(with("t", time), "b/t", "6:30"), "is no time"));
  CHECK(test::check_state(with("t", time), "b/t", "06:30:00").empty());
}

TEST_CASE("the checker tells states that are too long and plain True or False") {
  Json document = sound();
  document["components"]["status"].erase("options");
  document["components"]["status"].erase("device_class");
  Json long_state = state();
  long_state["status"] = std::string(256, 'x');
  CHECK(reported(test::check_state(document.dump(), "b/state", long_state.dump()),
                 "longer than 255"));

  document["components"]["door"]["value_template"] = "{{ value_json.door }}";
  CHECK(reported(test::check_state(document.dump(), "b/state", state().dump()),
                 "neither ON nor OFF"));
}

TEST_CASE("the checker sees unique ids across documents") {
  Json other = sound();
  other["device"]["identifiers"] = Json{"other"};
  const std::vector<base::MqttMessage> messages = {
      {.topic = kTopic, .payload = sound().dump()},
      {.topic = "homeassistant/device/other/config", .payload = other.dump()}};
  CHECK(reported(test::check_discoveries(messages), "two entities with the unique id"));
  const std::vector<base::MqttMessage> again = {messages[0], messages[0]};
  CHECK(test::check_discoveries(again).empty());
}

TEST_CASE("our table of facts agrees with the schema taken from Core") {
  const std::filesystem::path file =
      test::source_path("/../shared/reference/home-assistant-mqtt-schema.json");
  std::ifstream stream(file);
  if (!stream) {
    WARN("skipped: the schema taken from Core is not here");
    return;
  }
  const Json core = Json::parse(stream, nullptr, false);
  REQUIRE(core.is_object());
  const Json& rules = test::discovery_rules();
  const auto later = names(rules["added_later"]);

  auto root = names(rules["root"]["known"]);
  root.erase("message_expiry_interval");
  CHECK(root == names(core["device_payload"]));
  CHECK(names(rules["device"]) == names(core["device"]));
  CHECK(names(rules["origin"]) == names(core["origin"]));
  CHECK(names(rules["binary_sensor_classes"]) == names(core["binary_sensor_device_classes"]));
  CHECK(names(rules["button_classes"]) == names(core["button_device_classes"]));

  for (const auto& [platform, facts] : rules["platforms"].items()) {
    INFO(platform);
    if (names(rules["platforms_added_later"]).count(platform) == 1) continue;
    auto known = names(facts["known"]);
    for (const std::string& key : later) known.erase(key);
    auto theirs = names(core["platforms"][platform]);
    for (const char* gone : {"object_id", "device", "origin"}) theirs.erase(gone);
    if (rules["deprecated"].contains(platform)) {
      for (const std::string& key : names(rules["deprecated"][platform])) theirs.erase(key);
    }
    CHECK(known == theirs);
    for (const auto& [key, value] : core["platforms"][platform].items()) {
      if (value["required"] == true) CHECK(names(facts["required"]).count(key) == 1);
    }
  }
  for (const auto& [name, facts] : rules["sensor_classes"].items()) {
    if (names(rules["sensor_classes_added_later"]).count(name) == 1) continue;
    INFO(name);
    CHECK(facts["units"] == core["sensor_units"].value(name, Json::array()));
    CHECK(facts["state_classes"] ==
          core["sensor_allowed_state_classes"].value(name, Json::array()));
  }
}
