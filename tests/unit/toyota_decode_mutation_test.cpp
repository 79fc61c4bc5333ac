#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "support/decode_property.hpp"
#include "support/decoding.hpp"
#include "support/paths.hpp"

using namespace toyota2mqtt;

namespace {

std::string spoil(std::string text, std::mt19937& random) {
  static const std::vector<std::string> kValues{"null", "true", "-1", "1e300", "65535", "\"x\"",
                                                "{}",   "[]",   "0",  "\"\"",  "[[1]]"};
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  switch (pick(3)) {
    case 0: text[pick(text.size())] = static_cast<char>(random() & 0xFFU); break;
    case 1: text.resize(pick(text.size())); break;
    default: {
      const auto colon = text.find(':', pick(text.size()));
      if (colon == std::string::npos) break;
      const auto end = text.find_first_of(",}\n", colon);
      text.replace(colon + 1, end - colon - 1, kValues[pick(kValues.size())]);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("spoilt answers never throw, never leave a range, and decode the same twice") {
  std::mt19937 random(20261120);
  std::vector<std::string> originals;
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(test::source_path("/tests/fixtures/toyota"))) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    originals.push_back(nlohmann::json::parse(test::read_text(file)).dump());
    CHECK(test::decode_violation(originals.back()).empty());
  }
  REQUIRE(originals.size() >= 30);
  constexpr int kCases = 20000;
  for (int i = 0; i < kCases; ++i) {
    const auto body = spoil(originals[static_cast<std::size_t>(i) % originals.size()], random);
    const auto file = files[static_cast<std::size_t>(i) % originals.size()].stem().string();
    auto violation = std::string();
    for (const auto source : vehicle::kAllSources) {
      if (file.find(vehicle::to_string(source)) == std::string::npos && i % 50 != 0) continue;
      violation = test::decode_violation(source, body);
      if (!violation.empty()) FAIL(violation << " " << body);
    }
  }
}
