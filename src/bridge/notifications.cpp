#include "toyota2mqtt/bridge/notifications.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace toyota2mqtt::bridge {

std::string serialize(const Seen& seen) {
  const nlohmann::json json = {{"id", seen.id}, {"at", seen.at.time_since_epoch().count()}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<Seen> parse_seen(std::string_view text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto id = json.find("id");
  const auto at = json.find("at");
  if (id == json.end() || !id->is_string() || at == json.end() || !at->is_number_integer()) {
    return std::nullopt;
  }
  return Seen{.id = id->get<std::string>(),
              .at = base::Time(std::chrono::milliseconds(at->get<std::int64_t>()))};
}

NewNotifications new_notifications(const std::vector<vehicle::Notification>& list,
                                   const std::optional<Seen>& seen) {
  NewNotifications result{.events = {}, .seen = seen};
  if (!result.seen) result.seen = Seen{};  // an empty first list is a seed, too
  for (const auto& notification : list) {
    if (seen && (notification.at > seen->at ||
                 (notification.at == seen->at && notification.id > seen->id))) {
      result.events.push_back(notification);
    }
    if (notification.at > result.seen->at ||
        (notification.at == result.seen->at && notification.id > result.seen->id)) {
      result.seen = Seen{.id = notification.id, .at = notification.at};
    }
  }
  std::ranges::sort(result.events, [](const auto& a, const auto& b) {
    return a.at != b.at ? a.at < b.at : a.id < b.id;
  });
  return result;
}

}  // namespace toyota2mqtt::bridge
