#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "support/catch.hpp"
#include "support/paths.hpp"
#include "toyota/decode.hpp"

/// Helpers of the decoder tests: fixtures, and one state with what was unknown in it.
namespace toyota2mqtt::test {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string fixture(const std::string& name) {
  auto text = read_text(test::source_path("/tests/fixtures/toyota/") + name + ".json");
  REQUIRE_FALSE(text.empty());
  return text;
}

inline base::Time at(const char* text) { return base::parse_iso8601(text).value(); }

struct Decoding {
  base::Zone zone = base::Zone::utc();
  base::Time now = at("2026-11-20T12:00:00Z");
  vehicle::VehicleState state = {};
  std::map<std::string, std::string> unknown = {};

  base::Result<void> decode(vehicle::Source source, std::string_view body) {
    return toyota::decode(source, body, state, context());
  }
  toyota::DecodeContext context() {
    return {.zone = zone, .now = now, .unknown = [this](std::string_view path, std::string_view t) {
              unknown[std::string(path)] = std::string(t);
            }};
  }
};

/// A payload in envelope A.
inline std::string payload(const std::string& json) {
  return R"({"payload":)" + json + R"(,"status":{"messages":[]}})";
}

}  // namespace toyota2mqtt::test
