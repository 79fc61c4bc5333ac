#include "abrp/progress.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace toyota2mqtt::abrp {

std::string serialize(const Progress& progress) {
  auto sent = nlohmann::json::object();
  for (const auto& [source, time] : progress.sent) {
    sent[std::string(vehicle::to_string(source))] = time.time_since_epoch().count();
  }
  const auto& status = progress.status;
  nlohmann::json link{{"state", status.state},
                      {"detail", status.detail},
                      {"vehicle", status.vehicle_name},
                      {"credentials", progress.credentials}};
  if (status.last_accepted) link["accepted_ms"] = status.last_accepted->time_since_epoch().count();
  const nlohmann::json document{{"sent_ms", sent}, {"link", std::move(link)}};
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

namespace {

std::string stored_text(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Version 0.1.0 stored nothing of it.
void read_link(const nlohmann::json& document, Progress& progress) {
  constexpr std::array kStates = {"ok", "waiting", "key_rejected", "token_rejected", "unreachable"};
  const auto link = document.find("link");
  if (link == document.end() || !link->is_object()) return;
  const auto state = stored_text(*link, "state");
  if (std::ranges::find(kStates, state) == kStates.end()) return;
  progress.credentials = stored_text(*link, "credentials");
  progress.status = {.state = state,
                     .detail = stored_text(*link, "detail"),
                     .last_accepted = {},
                     .vehicle_name = stored_text(*link, "vehicle")};
  const auto accepted = link->find("accepted_ms");
  if (accepted == link->end() || !accepted->is_number_integer()) return;
  progress.status.last_accepted =
      base::Time(std::chrono::milliseconds(accepted->get<std::int64_t>()));
}

}  // namespace

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
  read_link(document, progress);
  return progress;
}

}  // namespace toyota2mqtt::abrp
