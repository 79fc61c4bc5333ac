#include "toyota2mqtt/fleet/notifications.hpp"

#include "json/json_io.hpp"

#include <algorithm>

namespace toyota2mqtt::fleet {

std::string serialize(const Seen& seen) {
  return json_io::to_text(json_io::Json{{"id", seen.id}, {"at", json_io::milliseconds(seen.at)}});
}

std::optional<Seen> parse_seen(std::string_view text) {
  const auto stored = json_io::parse_object(text);
  if (!stored) return std::nullopt;
  auto id = json_io::text_member(*stored, "id");
  const auto at = json_io::time_member(*stored, "at");
  if (!id || !at) return std::nullopt;
  return Seen{.id = std::move(*id), .at = *at};
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

}  // namespace toyota2mqtt::fleet
