#include "support/golden.hpp"
#include "support/paths.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

namespace toyota2mqtt::test {
namespace {

std::string readable(const std::string& payload) {
  const auto json = nlohmann::ordered_json::parse(payload, nullptr, false);
  if (json.is_discarded() || !json.is_structured()) return payload;
  return json.dump(2);
}

std::string first_difference(const std::string& path, const std::string& want,
                             const std::string& have) {
  std::istringstream wanted(want);
  std::istringstream had(have);
  std::string want_line;
  std::string have_line;
  for (int number = 1;; ++number) {
    const bool more_wanted = static_cast<bool>(std::getline(wanted, want_line));
    const bool more_had = static_cast<bool>(std::getline(had, have_line));
    if (!more_wanted && !more_had) return {};
    if (more_wanted && more_had && want_line == have_line) continue;
    return fmt::format("{} line {}: accepted `{}`, now `{}`", path, number,
                       more_wanted ? want_line : "(end)", more_had ? have_line : "(end)");
  }
}

}  // namespace

std::string transcript(std::span<const base::MqttMessage> messages) {
  std::string text;
  for (const base::MqttMessage& message : messages) {
    text += fmt::format("{}  qos {}{}\n{}\n\n", message.topic, message.qos,
                        message.retain ? " retain" : "", readable(message.payload));
  }
  return text;
}

std::string golden_difference(const std::string& path, const std::string& text) {
  const std::filesystem::path file =
      std::filesystem::path(test::source_path("/tests/golden")) / path;
  const char* accept = std::getenv("T2M_ACCEPT");
  if (accept != nullptr && std::string_view(accept) == "1") {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return {};
  }
  std::ifstream stream(file);
  if (!stream) return path + " does not exist; tests/golden/accept.sh writes it";
  std::ostringstream accepted;
  accepted << stream.rdbuf();
  return first_difference(path, accepted.str(), text);
}

}  // namespace toyota2mqtt::test
