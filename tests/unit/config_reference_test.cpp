#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "config/table.hpp"
#include "support/catch.hpp"
#include "support/paths.hpp"
#include "tools/docgen/documents.hpp"
#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::config {
namespace {

constexpr const char* kIntroduction =
    R"(# Configuration

Every key that toyota2mqtt understands. This file is printed from the table in the program
(`src/config/table_rows.cpp`); do not edit it by hand. The same keys with their defaults are in
[config/toyota2mqtt.example.yaml](../config/toyota2mqtt.example.yaml).

- The program looks for the file in this order: `--config FILE`, the environment variable
  `TOYOTA2MQTT_CONFIG`, `/data/options.json`, `./toyota2mqtt.yaml`, `/etc/toyota2mqtt/config.yaml`.
  It uses only the first one that exists.
- `toyota2mqtt check-config` prints every mistake with its line and column, without network access.
- No key is required: accounts can be entered on the [page](page.md), too. An unknown key is a
  mistake.
- Durations are a whole number and a unit: `90s`, `15m`, `24h`, `365d`.
- Relative names in keys that end in `_file` are relative to the configuration file's folder. Write
  `storage.directory` as an absolute path.
- YAML anchors, aliases, tags and merge keys are refused. The file may be JSON as well.
- A change takes effect within seconds, except in `mqtt`, `web`, `history`, `log`, `storage` and
  `toyota.ca_file`, where it takes effect at the next start.

)";

/// Both stand in addon/config.yaml, each alone in its line.
constexpr std::string_view kBegin = "# begin of the options\n";
constexpr std::string_view kEnd = "# end of the options\n";

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

const Field& field_at(const std::string& path) {
  const auto found = std::ranges::find(fields(), path, path_of);
  REQUIRE(found != fields().end());
  return *found;
}

}  // namespace

TEST_CASE("the reference of the keys is the one that the table gives", "[accept]") {
  const auto file = std::filesystem::path(test::source_path("/docs/configuration.md"));
  const std::string text = kIntroduction + docgen::reference_markdown();
  if (std::getenv("T2M_ACCEPT") != nullptr) {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  INFO("accept an intended change with tests/config/accept.sh");
  CHECK(text == content_of(file));
}

TEST_CASE("the options of the Home Assistant app are the ones that the table gives", "[accept]") {
  const auto file = std::filesystem::path(test::source_path("/addon/config.yaml"));
  const std::string text = content_of(file);
  const auto begin = text.find(kBegin);
  const auto end = text.find(kEnd);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const auto first = begin + kBegin.size();
  REQUIRE(first <= end);
  if (std::getenv("T2M_ACCEPT") != nullptr) {
    std::ofstream(file, std::ios::binary)
        << text.substr(0, first) << docgen::addon_options_yaml() << text.substr(end);
    return;
  }
  INFO("accept an intended change with tests/config/accept.sh");
  CHECK(text.substr(first, end - first) == docgen::addon_options_yaml());
}

TEST_CASE("the app's form knows every key, hides every secret and demands nothing") {
  const std::string text = docgen::addon_options_yaml();
  for (const Field& field : fields()) {
    INFO(path_of(field));
    const std::string indent = is_list(field.section) ? "      " : "    ";
    const std::string kind = is_secret(field) ? "\"password?\"\n" : "";
    const bool first = text.contains(fmt::format("    - {}: {}", field.key, kind));
    CHECK((first || text.contains(fmt::format("{}{}: {}", indent, field.key, kind))));
  }
  std::istringstream lines(text.substr(text.find("schema:\n")));
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK((line.ends_with("?\"") || line.ends_with("?\"]") || line.ends_with(":")));
  }
}

TEST_CASE("the app's form takes exactly the durations that the program takes") {
  const std::string text = docgen::addon_options_yaml();
  const auto begin = text.find("parked: \"match(") + std::string_view("parked: \"match(").size();
  const std::regex pattern(text.substr(begin, text.find(")?\"", begin) - begin));
  for (const std::string word :
       {"0", "0s", "1m", "90s", "15m", "24h", "365d", "999999999s", "00", "05m", "1", "15", "m",
        "1M", "15 m", "1000000000s", "-1m", "1h30m"}) {
    INFO(word);
    CHECK(std::regex_match(word, pattern) == parse_duration(word).has_value());
  }
  CHECK(std::regex_match("", pattern));
}

TEST_CASE("the app's form draws a switch as on only where on is the default") {
  const std::string text = docgen::addon_options_yaml();
  const std::string options = text.substr(0, text.find("schema:\n"));
  REQUIRE(default_of(field_at("mqtt.discovery")) == "true");
  CHECK(options.contains("  mqtt:\n    discovery: true\n"));
  CHECK(options.contains("  polling: {}\n"));
  CHECK(options.contains("  accounts: []\n"));
  CHECK_FALSE(options.contains("tls"));
}

TEST_CASE("the app's untouched form is a configuration without mistakes") {
  const std::string text = docgen::addon_options_yaml();
  // The options without their heading, as /data/options.json holds them.
  std::istringstream lines(text.substr(0, text.find("schema:\n")));
  std::string options;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) options += line.substr(2) + "\n";
  const Loaded loaded = load_text(options, "options",
                                  [](const std::string&) { return std::optional<std::string>(); });
  CHECK(loaded.problems.empty());
  CHECK(loaded.settings.home_assistant.discovery);
}

}  // namespace toyota2mqtt::config
