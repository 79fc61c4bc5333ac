#include "toyota2mqtt/home_assistant/leftovers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "home_assistant/json.hpp"
#include "home_assistant/text.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

constexpr std::array<std::string_view, 5> kCarLeaves = {"availability", "state", "diagnostics",
                                                        "location", "picture"};

std::string old_bridge_topic(const Settings& settings) {
  return settings.discovery_prefix + "/device/toyota2mqtt_bridge/config";
}

/// The id of the car in `<base>/<car>/<leaf>`.
std::optional<std::string> car_of(const Settings& settings, std::string_view topic,
                                  std::string_view leaf) {
  const auto begin = settings.base_topic + "/";
  const auto end = fmt::format("/{}", leaf);
  if (!topic.starts_with(begin) || !topic.ends_with(end)) return std::nullopt;
  if (topic.size() < begin.size() + end.size()) return std::nullopt;
  topic.remove_prefix(begin.size());
  topic.remove_suffix(end.size());
  if (!is_car_id(topic)) return std::nullopt;
  return std::string(topic);
}

/// The id of the car in a document's topic; see document_topics().
std::optional<std::string> car_of_document(const Settings& settings, const std::string& topic) {
  constexpr std::string_view kMark = "/toyota2mqtt_";
  constexpr std::size_t kIdDigits = 10;
  const auto mark = topic.find(kMark);
  if (mark == std::string::npos) return std::nullopt;
  auto id = topic.substr(mark + kMark.size(), kIdDigits);
  if (!is_car_id(id)) return std::nullopt;
  const auto topics = document_topics(settings, id);
  if (std::ranges::find(topics, topic) == topics.end()) return std::nullopt;
  return id;
}

/// Who published a document of values; empty when it does not say, as earlier versions did not.
std::optional<std::string> installation_of(const std::string& payload) {
  const auto document = json_io::parse_object(payload);
  if (!document) return std::nullopt;
  return json_io::text_member(*document, "installation").value_or("");
}

}  // namespace

std::vector<std::string> leftover_filters(const Settings& settings) {
  return {settings.base_topic + "/+/diagnostics", bridge_topic(settings, "state"),
          old_bridge_topic(settings)};
}

std::optional<Leftover> decode_leftover(const Settings& settings,
                                        const base::MqttReceived& message) {
  using Left = Leftover::Kind;
  if (!message.retained || message.payload.empty()) return std::nullopt;
  const auto names = [&message](const std::string& topic) {
    return message.payload.find(fmt::format("\"{}/", topic)) != std::string::npos;
  };
  if (message.topic == old_bridge_topic(settings)) {
    if (!names(settings.base_topic + "/bridge")) return std::nullopt;
    return Leftover{.kind = Left::old_bridge};
  }
  if (message.topic == bridge_topic(settings, "state")) {
    const auto who = installation_of(message.payload).value_or("");
    if (who.empty() || who == settings.installation) return std::nullopt;
    return Leftover{.kind = Left::rival};
  }
  if (auto car = car_of(settings, message.topic, "diagnostics")) {
    const auto who = installation_of(message.payload);
    if (!who || (!who->empty() && *who != settings.installation)) return std::nullopt;
    return Leftover{.kind = Left::car, .car = std::move(*car)};
  }
  auto car = car_of_document(settings, message.topic);
  if (!car || !names(fmt::format("{}/{}", settings.base_topic, *car))) return std::nullopt;
  return Leftover{.kind = Left::car_document, .car = std::move(*car)};
}

std::vector<std::string> value_topics(const Settings& settings, const std::string& car) {
  std::vector<std::string> topics;
  topics.reserve(kCarLeaves.size());
  for (const auto leaf : kCarLeaves) {
    topics.push_back(fmt::format("{}/{}/{}", settings.base_topic, car, leaf));
  }
  return topics;
}

std::vector<std::string> document_topics(const Settings& settings, const std::string& car) {
  std::vector<std::string> topics = {
      fmt::format("{}/device/toyota2mqtt_{}/config", settings.discovery_prefix, car)};
  for (const auto& row : vehicle::command_catalogue()) {
    if (row.platform != vehicle::Platform::time) continue;
    topics.push_back(fmt::format("{}/{}/toyota2mqtt_{}/{}/config", settings.discovery_prefix,
                                 vehicle::to_string(row.platform), car, row.id));
  }
  return topics;
}

}  // namespace toyota2mqtt::home_assistant
