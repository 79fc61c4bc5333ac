#include "toyota2mqtt/vehicle/entity_names.hpp"

#include <map>
#include <set>
#include <string>

#include "support/catch.hpp"
#include "support/translations.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"

using namespace toyota2mqtt;
using vehicle::Language;
using vehicle::Platform;

namespace {

/// The platforms whose icon follows the state, or needs none.
bool has_icon_of_its_own(Platform platform) {
  return platform == Platform::lock || platform == Platform::climate || platform == Platform::time;
}

void check_icon(std::string_view id, Platform platform, std::string_view device_class) {
  INFO(id);
  const bool by_class = !device_class.empty() && device_class != "enum";
  CHECK(vehicle::icon_of(id).empty() == (by_class || has_icon_of_its_own(platform)));
  CHECK((vehicle::icon_of(id).empty() || vehicle::icon_of(id).starts_with("mdi:")));
}

std::set<std::string> options_of_sensors() {
  std::set<std::string> options;
  for (const auto& row : vehicle::catalogue()) {
    if (row.platform != Platform::sensor) continue;
    for (const auto option : vehicle::option_list(row.options)) options.emplace(option);
  }
  for (const auto& row : vehicle::bridge_catalogue()) {
    for (const auto option : vehicle::option_list(row.options)) options.emplace(option);
  }
  return options;
}

}  // namespace

TEST_CASE("every entity has an icon where its device class brings none, and only there") {
  for (const auto& row : vehicle::catalogue()) check_icon(row.id, row.platform, row.device_class);
  for (const auto& row : vehicle::bridge_catalogue()) {
    check_icon(row.id, row.platform, row.device_class);
  }
  for (const auto& row : vehicle::command_catalogue()) {
    if (vehicle::find_row(row.id) == nullptr) check_icon(row.id, row.platform, "");
  }
}

TEST_CASE("the table has every name in all six languages") {
  for (const auto& row : vehicle::catalogue()) {
    INFO(row.id << ": " << row.name);
    CHECK((row.name.empty() || test::is_translated(row.name)));
  }
  for (const auto& row : vehicle::command_catalogue()) {
    INFO(row.id << ": " << row.name);
    CHECK(test::is_translated(row.name));
  }
  for (const auto& row : vehicle::bridge_catalogue()) {
    INFO(row.id << ": " << row.name);
    CHECK(test::is_translated(row.name));
  }
  CHECK(test::is_translated("experimental"));
  CHECK_FALSE(test::is_translated("no such name"));
}

TEST_CASE("every option of an enumeration has a word in all six languages") {
  for (const auto& option : options_of_sensors()) {
    INFO(option);
    CHECK((option == "unknown" || test::is_translated(option, vehicle::option_table())));
    CHECK(vehicle::option_name(option, Language::en) == option);
    CHECK(vehicle::option_name("unknown", Language::de) == "unknown");
  }
}

TEST_CASE("no word stands for two options, in whatever language") {
  std::map<std::string, std::string, std::less<>> meant;
  for (const auto& option : options_of_sensors()) {
    for (const Language language : vehicle::kLanguages) {
      const std::string word(vehicle::option_name(option, language));
      INFO(word << " in " << vehicle::to_string(language));
      CHECK(meant.try_emplace(word, option).first->second == option);
    }
  }
}

TEST_CASE("names of one car differ from each other in every language") {
  for (const Language language : vehicle::kLanguages) {
    std::set<std::string, std::less<>> names;
    for (const auto& row : vehicle::catalogue()) {
      const std::string key(std::string(vehicle::to_string(row.platform)) + " " +
                            std::string(vehicle::in_language(row.name, language)));
      INFO(vehicle::to_string(language) << ": " << key);
      CHECK(names.insert(key).second);
    }
  }
}

TEST_CASE("a text that the table lacks is shown in English") {
  CHECK(vehicle::in_language("no such name", Language::fr) == "no such name");
  CHECK(vehicle::option_name("no_such_word", Language::fr) == "no_such_word");
  CHECK(vehicle::in_language("Battery", Language::de) == "Ladestand");
  CHECK(vehicle::option_name("charging", Language::nl) == "Laadt");
}
