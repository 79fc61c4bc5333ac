#include "toyota2mqtt/abrp/link.hpp"

#include "json/json_io.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace toyota2mqtt::abrp {

using json_io::Json;

std::string serialize(const SentMarks& sent_marks) {
  auto sent = Json::object();
  for (const auto& [source, time] : sent_marks.sent) {
    sent[std::string(vehicle::to_string(source))] = json_io::milliseconds(time);
  }
  const auto& status = sent_marks.status;
  Json link{{"state", status.state},
            {"detail", status.detail},
            {"vehicle", status.vehicle_name},
            {"credentials", sent_marks.credentials}};
  if (status.last_accepted) link["accepted_ms"] = json_io::milliseconds(status.last_accepted);
  return json_io::to_text(Json{{"sent_ms", sent}, {"link", std::move(link)}});
}

namespace {

std::string stored_text(const Json& object, const char* key) {
  return json_io::text_member(object, key).value_or("");
}

// Version 0.1.0 stored nothing of it.
void read_link(const Json& document, SentMarks& sent_marks) {
  constexpr std::array kStates = {"ok", "waiting", "key_rejected", "token_rejected", "unreachable"};
  const auto* link = json_io::member(document, "link");
  if (link == nullptr) return;
  const auto state = stored_text(*link, "state");
  if (std::ranges::find(kStates, state) == kStates.end()) return;
  sent_marks.credentials = stored_text(*link, "credentials");
  sent_marks.status = {.state = state,
                       .detail = stored_text(*link, "detail"),
                       .last_accepted = {},
                       .vehicle_name = stored_text(*link, "vehicle")};
  sent_marks.status.last_accepted = json_io::time_member(*link, "accepted_ms");
}

}  // namespace

std::optional<SentMarks> parse_sent_marks(std::string_view text) {
  const auto document = json_io::parse_object(text);
  const auto* sent = document ? json_io::member(*document, "sent_ms") : nullptr;
  if (sent == nullptr || !sent->is_object()) return std::nullopt;
  SentMarks sent_marks;
  for (const auto& [name, value] : sent->items()) {
    const auto time = json_io::time_of(value);
    if (!time) return std::nullopt;
    const auto* source = std::ranges::find(vehicle::kAllSources, name,
                                           [](vehicle::Source s) { return vehicle::to_string(s); });
    if (source == vehicle::kAllSources.end()) continue;
    sent_marks.sent[*source] = *time;
  }
  read_link(*document, sent_marks);
  return sent_marks;
}

}  // namespace toyota2mqtt::abrp
