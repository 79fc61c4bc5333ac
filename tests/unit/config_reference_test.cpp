#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "support/catch.hpp"
#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::config {
namespace {

constexpr const char* kIntroduction =
    R"(# Configuration

Every key that toyota2mqtt understands. This file is printed from the table in the program
(`src/config/table.cpp`); do not edit it by hand. The same keys with their defaults stand in
[config/toyota2mqtt.example.yaml](../config/toyota2mqtt.example.yaml).

- The file is looked for in this order: `--config FILE`, the environment variable
  `TOYOTA2MQTT_CONFIG`, `/data/options.json`, `./toyota2mqtt.yaml`, `/etc/toyota2mqtt/config.yaml`.
  The first one that exists is used, alone.
- `toyota2mqtt check-config` prints every mistake with its line and column, and contacts nobody.
- Only `accounts` is needed. An unknown key is a mistake, not ignored.
- Durations are a whole number and a unit: `90s`, `15m`, `24h`, `365d`.
- Relative names in keys that end in `_file` start at the configuration file's own folder. Write
  `storage.directory` as an absolute path.
- YAML anchors, aliases, tags and merge keys are refused. The file may be JSON as well.
- A change takes effect at the next start.

)";

}  // namespace

TEST_CASE("the reference of the keys is the one that the table gives", "[accept]") {
  const auto file = std::filesystem::path(T2M_SOURCE_DIR) / "docs" / "configuration.md";
  const std::string text = kIntroduction + reference_markdown();
  if (std::getenv("T2M_ACCEPT") != nullptr) {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  INFO("accept an intended change with tests/config/accept.sh");
  CHECK(text == content.str());
}

}  // namespace toyota2mqtt::config
