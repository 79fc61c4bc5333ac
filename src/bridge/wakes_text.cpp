#include <algorithm>
#include <nlohmann/json.hpp>

#include "toyota2mqtt/bridge/wakes.hpp"

/// The history of wakes as the store keeps it.
namespace toyota2mqtt::bridge {

namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr std::size_t kLongestText = 4096;
constexpr int kMostCounted = 1000;

Json time_json(const std::optional<base::Time>& time) {
  return time ? Json(time->time_since_epoch().count()) : Json();
}

std::optional<base::Time> read_time(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return base::Time(std::chrono::milliseconds(found->get<std::int64_t>()));
}

int read_count(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return 0;
  return static_cast<int>(std::clamp<std::int64_t>(found->get<std::int64_t>(), 0, kMostCounted));
}

std::optional<WakeReason> read_reason(const Json& root) {
  const auto found = root.find("last_reason");
  if (found == root.end() || !found->is_string()) return std::nullopt;
  for (const auto reason : {WakeReason::stopped, WakeReason::charging, WakeReason::owner,
                            WakeReason::command, WakeReason::idle}) {
    if (to_string(reason) == found->get_ref<const std::string&>()) return reason;
  }
  return std::nullopt;
}

}  // namespace

std::string serialize(const WakeHistory& history) {
  Json root{{"format", kFormat},
            {"day", history.day.time_since_epoch().count()},
            {"today", history.today},
            {"today_charging", history.today_charging},
            {"last", time_json(history.last)},
            {"last_reason", history.last_reason ? Json(to_string(*history.last_reason)) : Json()},
            {"last_charging", time_json(history.last_charging)},
            {"stop", time_json(history.stop)},
            {"stop_served", history.stop_served},
            {"life", time_json(history.life)}};
  for (const auto route : kWakeRoutes) {
    const auto& known = history.of(route);
    root["routes"][std::string(toyota::to_string(route))] = {
        {"without_effect", known.without_effect},
        {"rejections", known.rejections},
        {"rejected_at", time_json(known.rejected_at)}};
  }
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<WakeHistory> parse_wakes(std::string_view text) {
  if (text.size() > kLongestText) return std::nullopt;
  const auto root = Json::parse(text, nullptr, false);
  if (!root.is_object() || !root.contains("format") || root.at("format") != kFormat) {
    return std::nullopt;
  }
  WakeHistory history;
  history.day = read_time(root, "day").value_or(base::Time{});
  history.today = read_count(root, "today");
  history.today_charging = std::min(read_count(root, "today_charging"), history.today);
  history.last = read_time(root, "last");
  history.last_reason = read_reason(root);
  history.last_charging = read_time(root, "last_charging");
  history.stop = read_time(root, "stop");
  history.stop_served = read_count(root, "stop_served");
  history.life = read_time(root, "life");
  const auto routes = root.find("routes");
  if (routes == root.end() || !routes->is_object()) return history;
  for (const auto route : kWakeRoutes) {
    const auto found = routes->find(std::string(toyota::to_string(route)));
    if (found == routes->end() || !found->is_object()) continue;
    auto& known = history.of(route);
    known.without_effect = read_count(*found, "without_effect");
    known.rejections = read_count(*found, "rejections");
    known.rejected_at = read_time(*found, "rejected_at");
  }
  return history;
}

}  // namespace toyota2mqtt::bridge
