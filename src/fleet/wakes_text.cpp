#include <algorithm>

#include "json/json_io.hpp"
#include "toyota2mqtt/fleet/wakes.hpp"

/// The history of wakes as the store keeps it.
namespace toyota2mqtt::fleet {

namespace {

using json_io::Json;

constexpr int kFormat = 1;
constexpr std::size_t kLongestText = 4096;
constexpr int kMostCounted = 1000;

int read_count(const Json& object, const char* key) {
  const auto count = json_io::integer_member(object, key).value_or(0);
  return static_cast<int>(std::clamp<std::int64_t>(count, 0, kMostCounted));
}

std::optional<WakeReason> read_reason(const Json& root) {
  const auto name = json_io::text_member(root, "last_reason");
  for (const auto reason : {WakeReason::stopped, WakeReason::charging, WakeReason::owner,
                            WakeReason::command, WakeReason::idle}) {
    if (name == to_string(reason)) return reason;
  }
  return std::nullopt;
}

}  // namespace

std::string serialize(const WakeHistory& history) {
  Json root{{"format", kFormat},
            {"day", history.day.time_since_epoch().count()},
            {"today", history.today},
            {"today_charging", history.today_charging},
            {"last", json_io::milliseconds(history.last)},
            {"last_reason", history.last_reason ? Json(to_string(*history.last_reason)) : Json()},
            {"last_charging", json_io::milliseconds(history.last_charging)},
            {"stop", json_io::milliseconds(history.stop)},
            {"stop_served", history.stop_served},
            {"life", json_io::milliseconds(history.life)}};
  for (const auto route : kWakeRoutes) {
    const auto& known = history.of(route);
    root["routes"][std::string(toyota::to_string(route))] = {
        {"without_effect", known.without_effect},
        {"rejections", known.rejections},
        {"rejected_at", json_io::milliseconds(known.rejected_at)}};
  }
  return json_io::to_text(root);
}

std::optional<WakeHistory> parse_wakes(std::string_view text) {
  if (text.size() > kLongestText) return std::nullopt;
  const auto read = json_io::parse_object(text);
  if (!read || json_io::integer_member(*read, "format") != kFormat) return std::nullopt;
  const Json& root = *read;
  WakeHistory history;
  history.day = json_io::time_member(root, "day").value_or(base::Time{});
  history.today = read_count(root, "today");
  history.today_charging = std::min(read_count(root, "today_charging"), history.today);
  history.last = json_io::time_member(root, "last");
  history.last_reason = read_reason(root);
  history.last_charging = json_io::time_member(root, "last_charging");
  history.stop = json_io::time_member(root, "stop");
  history.stop_served = read_count(root, "stop_served");
  history.life = json_io::time_member(root, "life");
  const auto* routes = json_io::member(root, "routes");
  if (routes == nullptr) return history;
  for (const auto route : kWakeRoutes) {
    const auto* found = json_io::member(*routes, toyota::to_string(route));
    if (found == nullptr) continue;
    auto& known = history.of(route);
    known.without_effect = read_count(*found, "without_effect");
    known.rejections = read_count(*found, "rejections");
    known.rejected_at = json_io::time_member(*found, "rejected_at");
  }
  return history;
}

}  // namespace toyota2mqtt::fleet
