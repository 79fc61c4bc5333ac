#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/paths.hpp"
#include "tools/docgen/documents.hpp"
#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::config {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = test::source_path("/tests/config");

std::string content(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::optional<std::string> no_environment(const std::string& /*name*/) { return std::nullopt; }

std::string messages(const Loaded& loaded) {
  std::string text;
  for (const Problem& problem : loaded.problems) text += to_string(problem) + "\n";
  return text;
}

/// Compares with the accepted text, or accepts (tests/config/accept.sh).
void check_accepted(const fs::path& file, const std::string& text) {
  if (std::getenv("T2M_ACCEPT") != nullptr) {
    std::ofstream(file, std::ios::binary) << text;
    return;
  }
  INFO("accept an intended change with tests/config/accept.sh: " << file.filename().string());
  CHECK(text == content(file));
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".expected") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

TEST_CASE("every broken configuration gives its documented messages", "[accept]") {
  const auto files = files_in(kFolder / "broken");
  REQUIRE(files.size() >= 40);
  for (const fs::path& file : files) {
    const Loaded loaded = load_text(content(file), file.filename().string(), no_environment);
    const std::string text = messages(loaded);
    INFO(file.filename().string());
    CHECK_FALSE(loaded.problems.empty());
    CHECK(text.find("CANARY") == std::string::npos);
    CHECK(text.find("driver@") == std::string::npos);
    check_accepted(fs::path(file) += ".expected", text);
  }
}

TEST_CASE("configurations too large for a folder give their documented messages", "[accept]") {
  std::string lists;
  for (int i = 0; i < 12'000; ++i) lists += "- [x]\n";
  std::string keys;
  for (int i = 0; i < 5'000; ++i) keys += "key" + std::to_string(i) + ": 1\n";
  const std::vector<std::pair<std::string, std::string>> texts{
      {"nested_lists", std::string(100'000, '[')},
      {"nested_maps",
       [] {
         std::string text;
         for (int i = 0; i < 100'000; ++i) text += "{a: ";
         return text;
       }()},
      {"nested_dashes",
       [] {
         std::string text;
         for (int i = 0; i < 100'000; ++i) text += "- ";
         return text;
       }()},
      {"two_mebibytes", std::string(2UL * 1024 * 1024, '#')},
      {"many_values", "accounts:\n" + lists},
      {"many_unknown_keys", keys},
      {"long_key", std::string(5'000, 'k') + ": 1\n"},
  };
  for (const auto& [name, text] : texts) {
    INFO(name);
    const Loaded loaded = load_text(text, name, no_environment);
    CHECK_FALSE(loaded.problems.empty());
    check_accepted(kFolder / "broken" / (name + ".expected"), messages(loaded));
  }
}

TEST_CASE("every good configuration loads without a problem") {
  for (const fs::path& file : files_in(kFolder / "good")) {
    INFO(file.filename().string());
    CHECK(messages(load_text(content(file), "good", no_environment)).empty());
  }
}

TEST_CASE("the example file is the one that the table gives", "[accept]") {
  check_accepted(test::source_path("/config/toyota2mqtt.example.yaml"), docgen::example_yaml());
}

TEST_CASE("the example file loads, also with its commented entries switched on") {
  const std::string text = docgen::example_yaml();
  CHECK(messages(load_text(text, "example", no_environment)).empty());

  std::istringstream lines(text);
  std::string switched_on;
  for (std::string line; std::getline(lines, line);) {
    const bool off = line.starts_with("#vehicles") || line.starts_with("#  ");
    switched_on += (off ? line.substr(1) : line) + "\n";
  }
  const Loaded loaded = load_text(switched_on, "example", no_environment);
  CHECK(messages(loaded).empty());
  REQUIRE(loaded.settings.fleet.vehicles.size() == 1);
  CHECK(loaded.settings.fleet.vehicles[0].name == "Blitz");
}

}  // namespace toyota2mqtt::config
