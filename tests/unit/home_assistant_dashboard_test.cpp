#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "home_assistant/dashboard.hpp"
#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/sample_bridge.hpp"
#include "support/sample_cars.hpp"
#include "support/translations.hpp"
#include "toyota2mqtt/home_assistant/dashboard.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::home_assistant;
using test::full_car;
using vehicle::Brand;
using vehicle::Drive;

namespace {

PublishedDevice announced_car(const vehicle::Car& car) {
  auto device = read_device_document(car_discovery(test::sample_settings(), car));
  REQUIRE(device);
  return *device;
}

PublishedDevice announced_bridge() {
  auto device =
      read_device_document(bridge_discovery(test::sample_settings(), test::sample_bridge()));
  REQUIRE(device);
  return *device;
}

bool is_entity_id(const std::string& text) {
  static const std::set<std::string> kDomains = {"sensor",  "binary_sensor", "device_tracker",
                                                 "button",  "switch",        "lock",
                                                 "climate", "event",         "image"};
  const auto dot = text.find('.');
  return dot != std::string::npos && kDomains.contains(text.substr(0, dot));
}

void collect(const YAML::Node& node, std::set<std::string>& ids) {
  if (node.IsScalar() && is_entity_id(node.Scalar())) ids.insert(node.Scalar());
  if (node.IsSequence()) {
    for (const auto& item : node) collect(item, ids);
  }
  if (node.IsMap()) {
    for (const auto& item : node) collect(item.second, ids);
  }
}

std::set<std::string> entities_in(const std::string& yaml) {
  std::set<std::string> ids;
  collect(YAML::Load(yaml), ids);
  return ids;
}

std::set<std::string> announced_ids(const std::vector<PublishedDevice>& devices) {
  std::set<std::string> ids;
  for (const auto& device : devices) {
    for (const auto& entity : device.entities) ids.insert(entity.entity_id);
  }
  return ids;
}

PublishedDevice small_car(std::string name, std::vector<PublishedEntity> entities) {
  return {.name = std::move(name), .is_bridge = false, .entities = std::move(entities)};
}

}  // namespace

TEST_CASE("every row that the dashboard's cards name is in the catalogue and enabled by default") {
  for (const SectionSpec& section : car_sections()) {
    for (const CardSpec& card : section.cards) {
      auto ids = vehicle::option_list(card.ids);
      if (!card.only_while_on.empty()) ids.push_back(card.only_while_on);
      for (const auto id : ids) {
        INFO(section.title << ": " << id);
        const auto* row = vehicle::find_row(id);
        REQUIRE(row != nullptr);
        CHECK(row->enabled);
      }
    }
  }
}

TEST_CASE("the dashboard of a home names announced entities only", "[golden]") {
  const std::vector<PublishedDevice> devices = {announced_bridge(),
                                                announced_car(full_car(Brand::lexus, Drive::phev)),
                                                announced_car(full_car(Brand::toyota, Drive::ice))};
  const auto yaml = dashboard_yaml(devices);
  const auto known = announced_ids(devices);
  for (const auto& id : entities_in(yaml)) {
    INFO(id);
    CHECK(known.contains(id));
  }
  const auto difference = test::golden_difference("home_assistant/dashboard.yaml", yaml);
  INFO(difference);
  CHECK(difference.empty());
}

TEST_CASE("the dashboard of every brand and drive can be read and names announced entities only") {
  for (const Brand brand : {Brand::toyota, Brand::lexus, Brand::subaru}) {
    for (const Drive drive : {Drive::bev, Drive::phev, Drive::hev, Drive::ice, Drive::unknown}) {
      for (const auto& car : {full_car(brand, drive), test::new_car(brand, drive)}) {
        const auto device = announced_car(car);
        const auto known = announced_ids({device});
        const auto used = entities_in(dashboard_yaml({device}));
        for (const auto& id : used) CHECK(known.contains(id));
        CHECK(!used.empty());
      }
    }
  }
}

TEST_CASE("withdrawn entities and those disabled by default are not announced") {
  auto car = full_car(Brand::toyota, Drive::hev);
  car.evidence.announced.insert("battery_level");
  const auto device = announced_car(car);
  for (const auto& entity : device.entities) {
    // Every command that is offered is enabled; what the car has to say may be disabled.
    const auto* row = vehicle::find_row(entity.id);
    CHECK((row == nullptr) == (vehicle::find_command_row(entity.id) != nullptr));
    if (row != nullptr) CHECK(row->enabled);
    CHECK(entity.id != "battery_level");
  }
}

TEST_CASE("an empty document, another topic or no JSON announces nothing") {
  auto document = car_discovery(test::sample_settings(), full_car(Brand::toyota, Drive::bev));
  auto elsewhere = document;
  elsewhere.topic = "toyota2mqtt/0123456789/state";
  CHECK_FALSE(read_device_document(elsewhere));
  CHECK_FALSE(read_device_document(removal(document.topic)));
  for (const char* text : {"nonsense", "[]", "{}", R"({"device":{},"components":[]})",
                           R"({"device":1,"components":{}})"}) {
    document.payload = text;
    CHECK_FALSE(read_device_document(document));
  }
}

TEST_CASE("what was announced survives being stored, anything else is refused") {
  for (const auto& device :
       {announced_car(full_car(Brand::subaru, Drive::bev)), announced_bridge()}) {
    CHECK(parse_published_device(serialize(device)) == device);
  }
  // As versions before the names stored it.
  const auto old = parse_published_device(
      R"({"format":1,"name":"B","bridge":false,"entities":{"a":"sensor.b_a"}})");
  REQUIRE(old);
  CHECK(old->entities == std::vector{PublishedEntity{.id = "a", .entity_id = "sensor.b_a"}});
  for (const char* text : {"", "{}", R"({"format":3,"bridge":false,"entities":{}})",
                           R"({"format":2,"bridge":false,"entities":{"a":{"name":"A"}}})",
                           R"({"format":1,"bridge":"no","entities":{}})",
                           R"({"format":1,"bridge":false,"entities":{"a":1}})"}) {
    CHECK_FALSE(parse_published_device(text));
  }
}

TEST_CASE("two cars of one name, and a name without letters, get views of their own") {
  const PublishedEntity entity{.id = "odometer", .entity_id = "sensor.car_odometer"};
  const auto root =
      YAML::Load(dashboard_yaml({small_car("Blitz", {entity}), small_car("Blitz", {entity}),
                                 small_car("雷", {entity}), small_car("4", {entity})}));
  std::set<std::string> paths;
  for (const auto& view : root["views"]) paths.insert(view["path"].as<std::string>());
  CHECK(paths == std::set<std::string>{"blitz", "blitz-2", "car", "car-4"});
}

TEST_CASE("a car's name cannot break the dashboard") {
  for (const std::string name : {"on", "null", "a: b", "- x", "\"", "'", "#", "{{ states }}",
                                 "two\nlines", "&a *b", "12:30:00", "Blitz ⚡"}) {
    const auto yaml =
        dashboard_yaml({small_car(name, {{.id = "odometer", .entity_id = "sensor.x_odometer"}})});
    CHECK(YAML::Load(yaml)["views"][0]["title"].as<std::string>() == name);
  }
}

TEST_CASE("what a car takes commands for stands in a section of its own, buttons in a list") {
  const auto root = YAML::Load(dashboard_yaml(
      {small_car("Blitz", {{.id = "doors", .entity_id = "lock.blitz_doors"},
                           {.id = "climate", .entity_id = "climate.blitz_climate"},
                           {.id = "horn", .entity_id = "button.blitz_horn"},
                           {.id = "reading", .entity_id = "switch.blitz_reading"}})}));
  const auto sections = root["views"][0]["sections"];
  REQUIRE(sections.size() == 2);
  const auto cards = sections[1]["cards"];
  REQUIRE(cards.size() == 4);
  CHECK(cards[1]["entity"].as<std::string>() == "lock.blitz_doors");
  CHECK(cards[2]["entity"].as<std::string>() == "climate.blitz_climate");
  CHECK(cards[3]["type"].as<std::string>() == "entities");
  CHECK(cards[3]["entities"].size() == 1);
}

TEST_CASE("cards are called without the car, whose name the view's title shows") {
  const auto car = announced_car(full_car(Brand::toyota, Drive::phev));
  const auto root = YAML::Load(dashboard_yaml({car, announced_bridge()}));
  const auto view = root["views"][0];
  CHECK(view["title"].as<std::string>() == car.name);
  CHECK_FALSE(view["icon"]);
  CHECK(root["views"][1]["icon"].as<std::string>() == "mdi:bridge");
  int named = 0;
  for (const auto& section : view["sections"]) {
    for (const auto& card : section["cards"]) {
      if (!card["entity"]) continue;
      REQUIRE(card["name"]);
      CHECK(card["name"].as<std::string>().find(car.name) == std::string::npos);
      ++named;
    }
  }
  CHECK(named > 5);
}

TEST_CASE("cars of one name are distinguished by the number in their ids") {
  auto car = full_car(Brand::toyota, Drive::bev);
  car.name = "Yaris";
  const auto first = announced_car(car);
  car.namesake = 2;
  const auto second = announced_car(car);
  const auto root = YAML::Load(dashboard_yaml({second, first}));
  REQUIRE(root["views"].size() == 2);
  CHECK(root["views"][0]["title"].as<std::string>() == "Yaris");
  CHECK(root["views"][1]["title"].as<std::string>() == "Yaris 2");
  std::set<std::string> of_first;
  std::set<std::string> of_second;
  collect(root["views"][0], of_first);
  collect(root["views"][1], of_second);
  for (const auto& id : of_second) CHECK_FALSE(of_first.contains(id));
}

TEST_CASE("the dashboard speaks the owner's language") {
  auto settings = test::sample_settings();
  settings.language = vehicle::Language::de;
  const auto car =
      read_device_document(car_discovery(settings, full_car(Brand::toyota, Drive::bev)));
  const auto bridge = read_device_document(bridge_discovery(settings, test::sample_bridge()));
  REQUIRE(car);
  REQUIRE(bridge);
  const auto yaml = dashboard_yaml({*car, *bridge}, vehicle::Language::de);
  CHECK(yaml.find("Türen und Fenster") != std::string::npos);
  CHECK(yaml.find("\"Ladestand\"") != std::string::npos);
  // Not "ok": that word Home Assistant never shows here.
  CHECK(yaml.find("state_not: \"OK\"") != std::string::npos);
  for (const auto& section : car_sections()) CHECK(test::is_translated(section.title));
}
