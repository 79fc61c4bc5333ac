#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "support/discovery_checker.hpp"
#include "support/simulated_home.hpp"
#include "toyota2mqtt/home_assistant/dashboard.hpp"
#include "toyota2mqtt/home_assistant/published_entities.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::SimulatedHome;

namespace {

const std::string kPrefix = "homeassistant/device/";

/// Where a topic was last published in the order of publishes; -1 = never.
std::ptrdiff_t place_of(const SimulatedHome& home, const std::string& begin, bool removal = false) {
  const auto& all = home.mqtt.published;
  const auto found = std::ranges::find_if(all, [&](const base::MqttMessage& message) {
    return message.topic.starts_with(begin) && message.payload.empty() == removal;
  });
  return found == all.end() ? -1 : found - all.begin();
}

nlohmann::json document_of(const SimulatedHome& home, const std::string& vin) {
  return nlohmann::json::parse(
      home.mqtt.retained.at(kPrefix + "toyota2mqtt_" + home.id(vin) + "/config"));
}

std::string entity_id(const SimulatedHome& home, const std::string& vin) {
  return document_of(home, vin)["components"]["locked"]["default_entity_id"];
}

fleet::VehicleOptions called(const std::string& vin, std::string name) {
  fleet::VehicleOptions options{
      .vin = base::Vin::parse(vin).value(), .name = std::move(name), .abrp_token = {}};
  return options;
}

void lose_storage(SimulatedHome& home) {
  home.store.entries.clear();
  home.tokens.entries.clear();
}

std::set<std::string> bridge_documents(const SimulatedHome& home) {
  std::set<std::string> topics;
  for (const auto& [topic, payload] : home.mqtt.retained) {
    if (topic.starts_with(kPrefix + "toyota2mqtt_bridge")) topics.insert(topic);
  }
  return topics;
}

}  // namespace

TEST_CASE("the bridge's document is on the broker before any car's, also after a reconnect") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::account("driver")};
  home.start();
  const auto check_order = [&home] {
    const auto bridge_place = place_of(home, kPrefix + "toyota2mqtt_bridge_");
    REQUIRE(bridge_place >= 0);
    for (const auto& message : home.mqtt.published) {
      if (!message.topic.starts_with(kPrefix) ||
          message.topic.find("_bridge_") != std::string::npos)
        continue;
      CHECK(place_of(home, message.topic) > bridge_place);
      const auto document = nlohmann::json::parse(message.payload);
      CHECK(message.topic.find(document["device"]["via_device"].get<std::string>()) ==
            std::string::npos);
      CHECK(bridge_documents(home).contains(
          kPrefix + document["device"]["via_device"].get<std::string>() + "/config"));
    }
  };
  check_order();
  home.mqtt.published.clear();
  home.mqtt.drop_connection();
  home.mqtt.retained.clear();
  home.loop.advance(10s);
  check_order();
}

TEST_CASE("c80: two cars of one name get entity ids and dashboard views of their own, for good") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::subaru()};
  home.options.fleet.vehicles = {called(SimulatedHome::kLexusVin, "Yaris"),
                                 called(SimulatedHome::kSubaruVin, "yaris!")};
  home.start();
  const auto of_lexus = entity_id(home, SimulatedHome::kLexusVin);
  const auto of_subaru = entity_id(home, SimulatedHome::kSubaruVin);
  CHECK(std::set{of_lexus, of_subaru} ==
        std::set<std::string>{"binary_sensor.yaris_locked", "binary_sensor.yaris_2_locked"});

  const auto devices = home.loop.run(home_assistant::load_published(home.store));
  REQUIRE(devices);
  const auto yaml = home_assistant::dashboard_yaml(*devices);
  CHECK(yaml.find(of_lexus) != std::string::npos);
  CHECK(yaml.find(of_subaru) != std::string::npos);

  // The accounts in the other order, after a restart.
  home.stop();
  std::ranges::reverse(home.options.fleet.accounts);
  home.start();
  CHECK(entity_id(home, SimulatedHome::kLexusVin) == of_lexus);
  CHECK(entity_id(home, SimulatedHome::kSubaruVin) == of_subaru);
}

TEST_CASE("lost storage leaves no orphans: a car that no account has goes from the broker") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::subaru()};
  home.start();
  REQUIRE(home.topics_of(SimulatedHome::kLexusVin) >= 5);
  home.stop();
  lose_storage(home);
  home.mqtt.inject({.topic = "zigbee2mqtt/0123456789/diagnostics", .payload = "{}"});
  home.options.fleet.accounts = {SimulatedHome::subaru()};
  home.start();
  home.loop.advance(1min);
  CHECK(home.topics_of(SimulatedHome::kLexusVin) == 0);
  CHECK(home.topics_of(SimulatedHome::kSubaruVin) >= 5);
  CHECK(home.mqtt.retained.contains("zigbee2mqtt/0123456789/diagnostics"));
  CHECK(bridge_documents(home).size() == 1);
  CHECK(home.loop.log.text().find("no account has this car") != std::string::npos);
}

TEST_CASE("an ignored car is no car of an account when the storage is lost, either") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::account("driver")};
  home.start();
  REQUIRE(home.topics_of(SimulatedHome::kLexusVin) >= 5);
  home.stop();
  lose_storage(home);
  auto ignored = called(SimulatedHome::kLexusVin, "");
  ignored.ignore = true;
  home.options.fleet.vehicles = {ignored};
  home.start();
  home.loop.advance(1min);
  CHECK(home.topics_of(SimulatedHome::kLexusVin) == 0);
  CHECK(home.topics_of(SimulatedHome::kSubaruVin) >= 5);
}

TEST_CASE("while an account does not answer, nothing that may be its own is removed") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::subaru()};
  home.start();
  const auto before = home.topics_of(SimulatedHome::kLexusVin);
  home.stop();
  lose_storage(home);
  home.options.fleet.accounts = {
      SimulatedHome::account("lexus", vehicle::Brand::lexus, "not-the-password"),
      SimulatedHome::subaru()};
  home.start();
  home.loop.advance(1h);
  CHECK(home.topics_of(SimulatedHome::kLexusVin) == before);
}

TEST_CASE("two installations on one broker leave each other's documents alone") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.start();
  const auto first = home.mqtt.retained;
  home.stop();

  // The second: another base topic and client, storage of its own, the same broker.
  lose_storage(home);
  home.options.fleet.accounts = {SimulatedHome::subaru()};
  home.options.home_assistant.base_topic = "second";
  home.options.mqtt.client_id = "second";
  home.start();
  home.loop.advance(1min);
  for (const auto& [topic, payload] : first) {
    if (topic == "toyota2mqtt/status") continue;  // offline since its stop
    INFO(topic);
    REQUIRE(home.mqtt.retained.contains(topic));
    CHECK(home.mqtt.retained.at(topic) == payload);
  }
  CHECK(bridge_documents(home).size() == 2);
  std::vector<base::MqttMessage> documents;
  for (const auto& [topic, payload] : home.mqtt.retained) {
    if (topic.starts_with(kPrefix)) documents.push_back({.topic = topic, .payload = payload});
  }
  CHECK(test::check_all(documents) == test::Problems{});  // unique ids across documents
}

TEST_CASE("the same car in two installations: the one that lost its storage leaves the other's") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::account("driver")};
  home.start();
  home.stop();
  // The Lexus is announced by another installation since.
  const auto topic = kPrefix + "toyota2mqtt_" + home.id(SimulatedHome::kLexusVin) + "/config";
  const std::string foreign = R"({"components":{"a":{"state_topic":"second/)" +
                              home.id(SimulatedHome::kLexusVin) + R"(/state"}}})";
  home.mqtt.inject({.topic = topic, .payload = foreign});
  lose_storage(home);
  home.options.fleet.accounts = {SimulatedHome::subaru()};
  home.start();
  home.loop.advance(1min);
  CHECK(home.mqtt.retained.at(topic) == foreign);
  CHECK(home.topics_of(SimulatedHome::kLexusVin) == 1);
}

TEST_CASE("the bridge's document of earlier versions is removed before the new one is published") {
  const std::string old_topic = kPrefix + "toyota2mqtt_bridge/config";
  for (const bool remembered : {true, false}) {
    INFO("the store knows of it: " << remembered);
    SimulatedHome home;
    home.options.fleet.accounts = {SimulatedHome::lexus()};
    home.mqtt.inject(
        {.topic = old_topic,
         .payload = R"({"device":{"identifiers":["toyota2mqtt_bridge"]},"components":{"cloud":
                        {"state_topic":"toyota2mqtt/bridge/state"}}})"});
    if (remembered) {
      home.store.entries[{"mqtt", "topics"}] = nlohmann::json{{old_topic, "bridge"}}.dump();
    }
    home.start();
    CHECK_FALSE(home.mqtt.retained.contains(old_topic));
    const auto removed = place_of(home, old_topic, true);
    REQUIRE(removed >= 0);
    CHECK(place_of(home, kPrefix + "toyota2mqtt_bridge_") > removed);
  }
}

TEST_CASE("another installation under the same base topic is said") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.mqtt.inject(
      {.topic = "toyota2mqtt/bridge/state", .payload = R"({"installation":"ffffffffff"})"});
  home.start();
  CHECK(home.loop.log.text().find("give each its own mqtt.base_topic") != std::string::npos);
}

TEST_CASE("midnight: what counts from the owner's day begins anew within a minute") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::account("driver")};
  home.start();
  const auto left = [&home] {
    return home.zone.midnight(std::chrono::sys_days(home.zone.local_date(home.loop.clock.now())) +
                              std::chrono::days(1)) -
           home.loop.clock.now();
  };
  home.loop.advance(left() - 2min);
  home.loop.advance(3min);
  const auto midnight =
      base::format_iso8601(home.zone.midnight(home.zone.local_date(home.loop.clock.now())));
  int cars = 0;
  for (const auto& [topic, payload] : home.mqtt.retained) {
    if (!topic.starts_with("toyota2mqtt/")) continue;
    const auto json = nlohmann::json::parse(payload, nullptr, false);
    if (!json.is_object()) continue;
    INFO(topic);
    if (json.contains("wakes_today_last_reset")) {
      CHECK(json["wakes_today_last_reset"] == midnight);
      CHECK(json["wakes_today"] == 0);
    }
    if (!json.contains("distance_day_last_reset")) continue;
    ++cars;
    CHECK(json["distance_day_last_reset"] == midnight);
    CHECK(json["distance_day"] == 0);
  }
  CHECK(cars > 0);
}

TEST_CASE(
    "midnight without a cloud: the sums of the day that is over are unknown, not yesterday's") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.start();
  const auto state = [&home] {
    return nlohmann::json::parse(
        home.mqtt.retained.at("toyota2mqtt/" + home.id(SimulatedHome::kLexusVin) + "/state"));
  };
  const auto before = state()["distance_day_last_reset"];
  REQUIRE(before.is_string());
  const auto today = home.zone.local_date(home.loop.clock.now());
  const auto midnight = home.zone.midnight(std::chrono::sys_days(today) + std::chrono::days(1));
  home.loop.advance(midnight - home.loop.clock.now() - 1min);
  home.line.cut = true;
  home.loop.advance(2min);
  CHECK(state()["distance_day"].is_null());
  CHECK(state()["distance_day_last_reset"].is_null());
  CHECK(state()["distance_year"].is_null() ==
        (home.zone.local_date(midnight).month() == std::chrono::January &&
         home.zone.local_date(midnight).day() == std::chrono::day(1)));
}
