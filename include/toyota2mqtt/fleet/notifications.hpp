#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/vehicle/state.hpp"

namespace toyota2mqtt::fleet {

/// The newest notification that was already handled; persisted per car.
struct Seen {
  std::string id;
  base::Time at{};
  friend bool operator==(const Seen&, const Seen&) = default;
};
std::string serialize(const Seen& seen);
std::optional<Seen> parse_seen(std::string_view text);

struct NewNotifications {
  std::vector<vehicle::Notification> events;  ///< oldest first
  std::optional<Seen> seen;                   ///< to be persisted; always set
};

/// Which notifications of `list` (newest first) are to fire. Pure. Without `seen` the list seeds
/// silently; each notification fires once; one older than `seen` never fires, also when the cloud
/// has forgotten the one that was seen.
NewNotifications new_notifications(const std::vector<vehicle::Notification>& list,
                                   const std::optional<Seen>& seen);

}  // namespace toyota2mqtt::fleet
