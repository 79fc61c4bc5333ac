#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "home_assistant/text.hpp"
#include "support/catch.hpp"
#include "support/discovery_checker.hpp"
#include "support/sample_bridge.hpp"
#include "support/sample_cars.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::home_assistant;
using test::full_car;
using test::new_car;
using test::sample_settings;
using vehicle::Brand;
using vehicle::Car;
using vehicle::Drive;
using vehicle::Source;
using Json = nlohmann::json;

namespace {

Json components_of(const base::MqttMessage& discovery) {
  return Json::parse(discovery.payload)["components"];
}

void check_silent(const std::vector<base::MqttMessage>& messages) {
  for (const std::string& problem : test::check_all(messages)) FAIL_CHECK(problem);
}

Json parsed(const base::MqttMessage& message) {
  Json json = Json::parse(message.payload, nullptr, false);
  REQUIRE(json.is_object());
  return json;
}

/// What a car with one capability less looks like: the source is refused and said nothing.
Car without(Car car, Source source) {
  car.evidence.answered.erase(source);
  car.evidence.refused.insert(source);
  car.state.reported_at.at(static_cast<std::size_t>(source)).reset();
  if (source == Source::status) {
    car.state.door_driver = car.state.door_passenger = car.state.door_rear_left =
        car.state.door_rear_right = car.state.door_trunk = {};
    car.state.hood_open.reset();
  }
  if (source == Source::location) car.state.position.reset();
  if (source == Source::telemetry) car.state.odometer.reset();
  if (source == Source::trips) car.state.last_trip.reset();
  return car;
}

}  // namespace

TEST_CASE("the checker is silent for every brand, drive and capability set") {
  for (const Brand brand : {Brand::toyota, Brand::lexus, Brand::subaru}) {
    for (const Drive drive : {Drive::bev, Drive::phev, Drive::hev, Drive::ice, Drive::unknown}) {
      check_silent(test::messages_of(new_car(brand, drive)));
      const Car full = full_car(brand, drive);
      check_silent(test::messages_of(full));
      for (const Source source : vehicle::kAllSources) {
        check_silent(test::messages_of(without(full, source)));
      }
      Car forgotten = full;
      forgotten.evidence = vehicle::record_reported(full.evidence, full, base::Zone::utc());
      forgotten.state = {};
      check_silent(test::messages_of(forgotten));
    }
  }
}

TEST_CASE("the checker is silent for the bridge with no, one and two accounts, started or not") {
  BridgeView bridge = test::sample_bridge();
  for (std::size_t accounts = bridge.accounts.size() + 1; accounts-- > 0;) {
    bridge.accounts.resize(accounts);
    check_silent(
        {bridge_discovery(sample_settings(), bridge), bridge_state(sample_settings(), bridge)});
  }
  bridge.cloud.reset();
  bridge.last_error.clear();
  bridge.accounts = {
      {.key = "aaaaaaaaaa", .masked = "", .status = "odd", .remedy = "", .since = {}}};
  check_silent(
      {bridge_discovery(sample_settings(), bridge), bridge_state(sample_settings(), bridge)});
}

TEST_CASE("unique ids never meet across cars and bridge") {
  Car one = full_car(Brand::toyota, Drive::phev);
  Car other = one;
  other.identity.id.text = "abcdef0123";
  const Settings settings = sample_settings();
  check_silent({car_discovery(settings, one), car_discovery(settings, other),
                bridge_discovery(settings, test::sample_bridge())});
}

TEST_CASE("an entity that a car lost is named as removed, in a sound document") {
  const Settings settings = sample_settings();
  Car lost = without(full_car(Brand::toyota, Drive::hev), Source::location);
  CHECK_FALSE(parsed(car_discovery(settings, lost))["components"].contains("location"));
  lost.evidence.announced = {"location", "odometer", "no_such_row"};
  const auto document = car_discovery(settings, lost);
  CHECK(parsed(document)["components"]["location"] == Json{{"platform", "device_tracker"}});
  CHECK(parsed(document)["components"]["odometer"].contains("unique_id"));
  CHECK_FALSE(parsed(document)["components"].contains("no_such_row"));
  check_silent({document});
}

TEST_CASE("hostile names stay names") {
  Car car = full_car(Brand::toyota, Drive::bev);
  for (const std::string& name : {std::string("\xff\xfe\x80"), std::string("{{ 1/0 }}\"\\\n"),
                                  std::string(5000, 'x'), std::string("漢字"), std::string("…")}) {
    car.name = name;
    car.identity.model = name;
    car.identity.model_year = name;
    check_silent(test::messages_of(car));
    CHECK(
        parsed(car_discovery(sample_settings(), car))["device"]["name"].get<std::string>().size() <=
        300);
  }
}

TEST_CASE("a car without any name is called by its model, else by its brand") {
  Car car = new_car(Brand::lexus, Drive::bev);
  car.name.clear();
  CHECK(parsed(car_discovery(sample_settings(), car))["device"]["name"] == "RZ 450e");
  car.identity.model.clear();
  CHECK(parsed(car_discovery(sample_settings(), car))["device"]["name"] == "Lexus");
}

TEST_CASE("renaming a car changes no identifier") {
  Car car = full_car(Brand::toyota, Drive::bev);
  const Json before = parsed(car_discovery(sample_settings(), car));
  car.name = "Donner";
  const Json after = parsed(car_discovery(sample_settings(), car));
  CHECK(before["device"]["identifiers"] == after["device"]["identifiers"]);
  CHECK(before["components"]["odometer"]["unique_id"] ==
        after["components"]["odometer"]["unique_id"]);
  CHECK(after["components"]["odometer"]["default_entity_id"] == "sensor.donner_odometer");
}

TEST_CASE("no VIN is in any topic or payload") {
  const Car car = full_car(Brand::toyota, Drive::phev);
  for (const base::MqttMessage& message : test::messages_of(car)) {
    CHECK(message.topic.find(car.identity.vin.reveal()) == std::string::npos);
    CHECK(message.payload.find(car.identity.vin.reveal()) == std::string::npos);
  }
}

TEST_CASE("coordinates are in the location topic alone") {
  for (const base::MqttMessage& message : test::messages_of(full_car(Brand::toyota, Drive::phev))) {
    const bool is_location = message.topic.ends_with("/location");
    CHECK((message.payload.find("48.137") != std::string::npos) == is_location);
  }
}

TEST_CASE("the state has exactly the keys that discovery reads, and null for unknown") {
  Car car = full_car(Brand::toyota, Drive::phev);
  car.evidence = vehicle::record_reported(car.evidence, car, base::Zone::utc());
  car.state.odometer.reset();
  const Json discovery = parsed(car_discovery(sample_settings(), car));
  const Json state = parsed(car_state(sample_settings(), car, base::Zone::utc()));
  CHECK(state["odometer"].is_null());
  std::set<std::string> read;
  for (const auto& [id, component] : discovery["components"].items()) {
    for (const auto& [key, value] : component.items()) {
      if (!key.ends_with("template")) continue;
      const bool attributes = key == "json_attributes_template";
      const auto* topic = attributes ? "json_attributes_topic" : "state_topic";
      if (component.value(topic, "").ends_with("/diagnostics")) continue;
      read.merge(test::template_keys(value.get<std::string>()));
    }
  }
  std::set<std::string> written;
  for (const auto& [key, value] : state.items()) written.insert(key);
  CHECK(read == written);
}

TEST_CASE("next read and ABRP do not republish the state") {
  Car car = full_car(Brand::toyota, Drive::bev);
  const auto before = car_state(sample_settings(), car, base::Zone::utc());
  car.diagnostics.next_read = test::sample_time(99);
  car.diagnostics.abrp_status = "waiting";
  CHECK(car_state(sample_settings(), car, base::Zone::utc()) == before);
  const Json diagnostics = parsed(car_diagnostics(sample_settings(), car, base::Zone::utc()));
  CHECK(diagnostics["abrp_status"] == "waiting");
}

TEST_CASE("commands expire, events are not retained, everything else is") {
  const Car car = full_car(Brand::toyota, Drive::bev);
  for (const base::MqttMessage& message : test::messages_of(car)) {
    CHECK(message.qos == 1);
    CHECK(message.retain == (message.topic.find("/event/") == std::string::npos));
  }
  const Json reading = parsed(car_discovery(sample_settings(), car))["components"]["reading"];
  CHECK(reading["message_expiry_interval"] == 60);
  CHECK_FALSE(reading.contains("retain"));
}

TEST_CASE("a place without a time or a car without a place is reported honestly") {
  Car car = full_car(Brand::toyota, Drive::bev);
  car.state.position->at.reset();
  const auto message = car_location(sample_settings(), car);
  REQUIRE(message);
  CHECK(parsed(*message)["reported_at"].is_null());
  car.state.position.reset();
  CHECK_FALSE(car_location(sample_settings(), car));
}

TEST_CASE("notifications of unknown categories are events of type other") {
  const Car car = new_car(Brand::toyota, Drive::bev);
  const auto type = [&](const char* category) {
    const vehicle::Notification notification{
        .id = "1", .at = {}, .category = category, .message = "m", .type = ""};
    return parsed(notification_event(sample_settings(), car, notification))["event_type"];
  };
  CHECK(type("VehicleStatusAlert") == "vehicle_status_alert");
  CHECK(type("ChargingAlert") == "charging_alert");
  CHECK(type("RemoteCommand") == "remote_command");
  CHECK(type("Birthday") == "other");
  CHECK(type("") == "other");
}

TEST_CASE("a word outside the options is unknown, not a warning in the log") {
  Car car = full_car(Brand::toyota, Drive::bev);
  car.diagnostics.abrp_status = "exploded";
  CHECK(
      parsed(car_diagnostics(sample_settings(), car, base::Zone::utc()))["abrp_status"].is_null());
}

TEST_CASE("availability and removal") {
  const Car car = new_car(Brand::toyota, Drive::bev);
  CHECK(bridge_availability(sample_settings(), false) ==
        base::MqttMessage{.topic = "toyota2mqtt/status", .payload = "offline"});
  CHECK(car_availability(sample_settings(), car, true) ==
        base::MqttMessage{.topic = "toyota2mqtt/0123456789/availability", .payload = "online"});
  CHECK(removal("a/b") == base::MqttMessage{.topic = "a/b", .payload = ""});
}

TEST_CASE("slugs are what Home Assistant would make of a name") {
  CHECK(slug("Blitz") == "blitz");
  CHECK(slug("Müllers  Yaris (2024)") == "mullers_yaris_2024");
  CHECK(slug("__ÀÉß__") == "aess");
  CHECK(slug("漢字").empty());
  CHECK(slug("").empty());
  CHECK(slug("\xC3").empty());
  CHECK(slug(std::string(500, 'a')).size() == 40);
}

TEST_CASE("texts are cut between characters only") {
  CHECK(bounded("abc", 3) == "abc");
  CHECK(bounded("abcd", 3) == "abc");
  CHECK(bounded("aü", 2) == "a");
  CHECK(bounded("aüb", 3) == "aü");
  CHECK(bounded("漢字", 5) == "漢");
}

TEST_CASE("an account that is gone stands in the bridge's document as bare platforms, uncounted") {
  auto bridge = test::sample_bridge();
  const auto before = bridge_discovery(sample_settings(), bridge);
  const auto counted = announced_entities(before);
  CHECK(counted == components_of(before).size());
  bridge.gone = {"fedcba9876"};
  const auto after = bridge_discovery(sample_settings(), bridge);
  CHECK(components_of(after)["status_fedcba9876"] == Json{{"platform", "sensor"}});
  CHECK(components_of(after)["try_again_fedcba9876"] == Json{{"platform", "button"}});
  CHECK(components_of(after).size() == counted + 2);
  CHECK(announced_entities(after) == counted);
  check_silent({after, bridge_state(sample_settings(), bridge)});
  CHECK(announced_entities({.topic = "t", .payload = "no document"}) == 0);
}
