#include "abrp/progress.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

namespace toyota2mqtt::abrp {

std::string serialize(const Progress& progress) {
  auto sent = nlohmann::json::object();
  for (const auto& [source, time] : progress.sent) {
    sent[std::string(vehicle::to_string(source))] = time.time_since_epoch().count();
  }
  return nlohmann::json{{"sent_ms", sent}}.dump();
}

std::optional<Progress> parse_progress(std::string_view text) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  const auto sent = document.find("sent_ms");
  if (sent == document.end() || !sent->is_object()) return std::nullopt;
  Progress progress;
  for (const auto& [name, time] : sent->items()) {
    if (!time.is_number_integer()) return std::nullopt;
    const auto* source = std::ranges::find(vehicle::kAllSources, name,
                                           [](vehicle::Source s) { return vehicle::to_string(s); });
    if (source == vehicle::kAllSources.end()) continue;
    progress.sent[*source] = base::Time(std::chrono::milliseconds(time.get<std::int64_t>()));
  }
  return progress;
}

}  // namespace toyota2mqtt::abrp
