#include <charconv>
#include <set>

#include "toyota/decode_routes.hpp"

namespace toyota2mqtt::toyota {

namespace {

using vehicle::Report;
using vehicle::Source;

constexpr std::size_t kMostNotifications = 200;

std::optional<int> list_size(const Reader& read, std::string_view path) {
  const Json* node = read.find(path);
  if (node == nullptr || !node->is_array()) return std::nullopt;
  return static_cast<int>(std::min<std::size_t>(node->size(), 10000));
}

/// `mileage` is a text such as "43087"; a number is accepted too.
std::optional<double> mileage(const Reader& record) {
  if (const auto value = record.number("mileage")) return value;
  const auto text = record.text("mileage", 16);
  if (!text) return std::nullopt;
  double value = 0;
  const auto* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end || !(value >= 0 && value < 1e8)) return std::nullopt;
  return value;
}

void append_notifications(const Reader& list, std::vector<vehicle::Notification>& all,
                          std::set<std::string>& seen) {
  for (const auto& item : list.list("notifications")) {
    const auto id = item.text("messageId");
    const auto at = item.timestamp("notificationDate");
    if (!id || !at || !seen.insert(*id).second) continue;
    all.push_back({.id = *id,
                   .at = *at,
                   .category = item.text("category").value_or(""),
                   .message = item.text("message", 500).value_or(""),
                   .type = item.text("type").value_or(""),
                   .status = item.text("status", 32).value_or(""),
                   .read = item.boolean("isRead").value_or(false)});
  }
}

}  // namespace

void decode_health(const Reader& read, vehicle::VehicleState& state) {
  const Report report(Source::health, read.timestamp("wnglastUpdTime"));
  note_time(state, report);
  report.put(state.warning_count, list_size(read, "warning"));
  report.put(state.engine_oil_warning,
             list_size(read, "quantityOfEngOilIcon").transform([](int n) { return n > 0; }));
}

/// The newest record by date; of several on one day, the first with a mileage.
void decode_service_history(const Reader& read, vehicle::VehicleState& state) {
  const Report report(Source::service_history, std::nullopt);
  const auto latest_day = read.context().zone.local_date(read.context().now + std::chrono::days(1));
  std::optional<vehicle::LastService> newest;
  for (const auto& record : read.list("serviceHistories")) {
    const auto date = record.date("serviceDate");
    if (!date || *date > latest_day) continue;
    vehicle::LastService service{
        .date = *date,
        .odometer = record.kilometres(mileage(record), record.text("unit"), "mileage")};
    const bool newer = !newest || service.date > newest->date ||
                       (service.date == newest->date && !newest->odometer);
    if (newer) newest = service;
  }
  report.put(state.last_service, newest);
}

/// The lists of all cars in the answer are merged: the request names one car, and the cloud fills
/// the inner VIN unreliably. An entry without an id or a time could not be told from an old one.
void decode_notifications(const Reader& read, vehicle::VehicleState& state) {
  std::vector<vehicle::Notification> all;
  std::set<std::string> seen;
  append_notifications(read, all, seen);
  for (const auto& list : read.list("")) append_notifications(list, all, seen);
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.at != b.at ? a.at > b.at : a.id > b.id; });
  if (all.size() > kMostNotifications) all.resize(kMostNotifications);
  note_time(state, Report(Source::notifications,
                          all.empty() ? std::nullopt : std::optional(all.front().at)));
  state.notifications = std::move(all);
}

}  // namespace toyota2mqtt::toyota
