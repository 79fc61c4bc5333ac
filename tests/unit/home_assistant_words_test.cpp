#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/discovery_checker.hpp"
#include "support/sample_bridge.hpp"
#include "support/sample_cars.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::home_assistant;
using vehicle::Brand;
using vehicle::Drive;
using vehicle::Language;

namespace {

using WordsJson = nlohmann::json;

Settings settings_in(Language language) {
  auto settings = test::sample_settings();
  settings.language = language;
  return settings;
}

vehicle::Car car_of_every_command(Drive drive) {
  auto car = test::full_car(Brand::toyota, drive);
  car.commands.allowed = {vehicle::kAllAllows.begin(), vehicle::kAllAllows.end()};
  return car;
}

WordsJson components_in(Language language, const vehicle::Car& car) {
  return WordsJson::parse(car_discovery(settings_in(language), car).payload)["components"];
}

/// What a language may not change.
WordsJson without_words(WordsJson components) {
  for (auto& component : components) {
    for (const char* key : {"name", "options", "value_template", "preset_modes",
                            "preset_mode_value_template", "preset_mode_command_template"}) {
      component.erase(key);
    }
  }
  return components;
}

}  // namespace

TEST_CASE("in every language the documents are sound and the states fit them") {
  for (const Language language : vehicle::kLanguages) {
    const auto settings = settings_in(language);
    for (const Drive drive : {Drive::bev, Drive::phev, Drive::hev, Drive::ice, Drive::unknown}) {
      for (const auto& problem :
           test::check_all(test::messages_of(car_of_every_command(drive), settings))) {
        FAIL_CHECK(vehicle::to_string(language) << ": " << problem);
      }
    }
    const auto bridge = test::sample_bridge();
    const std::vector documents = {bridge_discovery(settings, bridge),
                                   bridge_state(settings, bridge)};
    for (const auto& problem : test::check_all(documents)) {
      FAIL_CHECK(vehicle::to_string(language) << ": " << problem);
    }
  }
}

TEST_CASE("a language changes names and words, and no id, topic or state") {
  const auto car = car_of_every_command(Drive::phev);
  const auto english = components_in(Language::en, car);
  for (const Language language : vehicle::kLanguages) {
    INFO(vehicle::to_string(language));
    CHECK(without_words(components_in(language, car)) == without_words(english));
    CHECK(car_state(settings_in(language), car, base::Zone::utc()) ==
          car_state(settings_in(Language::en), car, base::Zone::utc()));
  }
}

TEST_CASE("names and words are the owner's") {
  const auto german = components_in(Language::de, car_of_every_command(Drive::phev));
  CHECK(german["battery_level"]["name"] == "Ladestand");
  CHECK(german["activity"]["options"] == WordsJson({"Fährt", "Geparkt", "Lädt", "unknown"}));
  CHECK(german["engine_start"]["name"] == "Motor starten (experimentell)");
  CHECK(german["climate"]["preset_modes"][0] == "Frontscheibe enteisen");
  const auto bridge = WordsJson::parse(
      bridge_discovery(settings_in(Language::de), test::sample_bridge()).payload)["components"];
  CHECK(bridge["status_aaaaaaaaaa"]["name"] == "Konto d…@e….com");
  CHECK(bridge["status_aaaaaaaaaa"]["options"][2] == "Anmeldung abgelehnt");
}

TEST_CASE("a preset that is chosen by its word reaches the bridge as its id") {
  const auto climate = components_in(Language::it, car_of_every_command(Drive::bev))["climate"];
  const auto back = climate["preset_mode_command_template"].get<std::string>();
  CHECK(back.find(R"("Sbrinamento anteriore":"front_defrost")") != std::string::npos);
  CHECK(back.ends_with(".get(value, value) }}"));
  CHECK_FALSE(components_in(Language::en, car_of_every_command(Drive::bev))["climate"].contains(
      "preset_mode_command_template"));
}

TEST_CASE("without a choice everything is English") {
  CHECK(Settings{}.language == Language::en);
  const auto english = components_in(Language::en, car_of_every_command(Drive::bev));
  CHECK(english["activity"]["options"] == WordsJson({"driving", "parked", "charging", "unknown"}));
  CHECK(english["activity"]["value_template"] == "{{ value_json.activity }}");
}

TEST_CASE("two installations on one broker have bridges of their own") {
  auto one = test::sample_settings();
  auto other = one;
  other.base_topic = "second";
  other.installation = "abcdef0123";
  const auto bridge = test::sample_bridge();
  const auto first = bridge_discovery(one, bridge);
  const auto second = bridge_discovery(other, bridge);
  CHECK(first.topic != second.topic);
  CHECK(WordsJson::parse(first.payload)["device"]["identifiers"] !=
        WordsJson::parse(second.payload)["device"]["identifiers"]);
  // The checker knows unique ids and entity ids across documents.
  const std::vector all = {first, bridge_state(one, bridge), second, bridge_state(other, bridge)};
  CHECK(test::check_all(all) == test::Problems{});
  for (const auto& settings : {one, other}) {
    const auto car = WordsJson::parse(
        car_discovery(settings, test::full_car(Brand::toyota, Drive::bev)).payload);
    CHECK(car["device"]["via_device"] == "toyota2mqtt_bridge_" + settings.installation);
  }
}

TEST_CASE("the picture's address is on a topic of its own, and in no state") {
  const auto car = test::full_car(Brand::toyota, Drive::bev);
  const auto settings = test::sample_settings();
  const auto picture = car_picture(settings, car);
  REQUIRE(picture);
  CHECK(picture->payload == car.identity.image_url);
  CHECK(picture->retain);
  const auto component = components_in(Language::en, car)["picture"];
  CHECK(component["url_topic"] == picture->topic);
  CHECK_FALSE(component.contains("url_template"));
  CHECK_FALSE(
      WordsJson::parse(car_state(settings, car, base::Zone::utc()).payload).contains("picture"));
  auto bare = car;
  bare.identity.image_url.clear();
  CHECK_FALSE(car_picture(settings, bare));
}

TEST_CASE("a second car of one name has entity ids of its own, and the same unique ids") {
  auto car = test::full_car(Brand::toyota, Drive::bev);
  car.name = "Yaris";
  const auto first = components_in(Language::en, car);
  car.namesake = 2;
  const auto second = components_in(Language::en, car);
  CHECK(first["locked"]["default_entity_id"] == "binary_sensor.yaris_locked");
  CHECK(second["locked"]["default_entity_id"] == "binary_sensor.yaris_2_locked");
  CHECK(first["locked"]["unique_id"] == second["locked"]["unique_id"]);
  CHECK(second["lock_doors"].value("default_entity_id", "button.yaris_2_lock_doors") ==
        "button.yaris_2_lock_doors");
}
