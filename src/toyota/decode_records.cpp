#include <algorithm>
#include <set>
#include <tuple>

#include "toyota/decode.hpp"
#include "toyota/json_read.hpp"
#include "toyota2mqtt/base/redaction.hpp"

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

/// A code that is sometimes a number.
std::string word_or_number(const Reader& read, std::string_view path) {
  constexpr std::size_t kLongestCode = 40;
  if (auto word = read.text(path, kLongestCode)) return *word;
  if (!read.is_number(path)) return {};
  const auto number = read.find(path)->dump();
  return clean_text(number, kLongestCode);
}

vehicle::Warning read_warning(const Reader& item) {
  constexpr std::size_t kLongestText = 500;
  vehicle::Warning warning{.code = word_or_number(item, "wngcode"),
                           .text = item.text("wngdesc", kLongestText).value_or(""),
                           .severity = word_or_number(item, "severity"),
                           .at = item.timestamp("wngdcmtime")};
  if (warning.code.empty() && warning.text.empty()) item.report_unknown("wngcode", "");
  return warning;
}

/// Every item is a lamp that is lit, also one of which nothing can be read. The newest comes first.
std::optional<std::vector<vehicle::Warning>> read_warnings(const Reader& read) {
  constexpr std::size_t kMostWarnings = 100;
  const Json* list = read.find("warning");
  if (list == nullptr) return std::nullopt;
  if (!list->is_array()) {
    read.report_unreadable("warning");
    return std::nullopt;
  }
  std::vector<vehicle::Warning> warnings;
  for (const auto& item : read.list("warning")) {
    if (warnings.size() < kMostWarnings) warnings.push_back(read_warning(item));
  }
  for (const auto& item : *list) {
    if (item.is_object() || item.is_null() || warnings.size() >= kMostWarnings) continue;
    read.report_unknown("warning",
                        item.is_string() ? item.get<std::string>() : json_io::to_text(item));
    warnings.push_back(
        {.code = item.is_string() ? clean_text(item.get<std::string>(), 40) : std::string()});
  }
  std::ranges::sort(warnings, [](const vehicle::Warning& a, const vehicle::Warning& b) {
    return std::tie(b.at, a.code, a.text) < std::tie(a.at, b.code, b.text);
  });
  return warnings;
}

void append_notifications(const Reader& list, std::vector<vehicle::Notification>& all,
                          std::set<std::string>& seen) {
  for (const auto& item : list.list("notifications")) {
    const auto id = item.text("messageId");
    const auto at = item.timestamp("notificationDate");
    if (!id || !at || !seen.insert(*id).second) continue;
    all.push_back({.id = *id,
                   .at = *at,
                   .category = base::redact_text(item.text("category").value_or("")),
                   .message = base::redact_text(item.text("message", 500).value_or("")),
                   .type = base::redact_text(item.text("type").value_or("")),
                   .status = item.text("status", 32).value_or(""),
                   .read = item.boolean("isRead").value_or(false)});
  }
}

}  // namespace

void decode_health(const Reader& read, vehicle::VehicleState& state) {
  const Report report(Source::health, read.timestamp("wnglastUpdTime"));
  if (!record_time(state, report)) return;
  report.put(state.warnings, read_warnings(read));
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
    vehicle::LastService service{.date = *date,
                                 .odometer = record.kilometres(record.whole_number("mileage"),
                                                               record.text("unit"), "mileage")};
    const bool newer = !newest || service.date > newest->date ||
                       (service.date == newest->date && !newest->odometer);
    if (newer) newest = service;
  }
  report.put(state.last_service, newest);
}

/// The lists of all cars in the answer are merged: the request names one car, and the cloud fills
/// the inner VIN unreliably. An entry without an id or a time could not be distinguished from an
/// old one. The cloud writes VINs and places into texts, which must reach neither topics nor
/// history.
void decode_notifications(const Reader& read, vehicle::VehicleState& state) {
  std::vector<vehicle::Notification> all;
  std::set<std::string> seen;
  append_notifications(read, all, seen);
  for (const auto& list : read.list("")) append_notifications(list, all, seen);
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.at != b.at ? a.at > b.at : a.id > b.id; });
  if (all.size() > kMostNotifications) all.resize(kMostNotifications);
  // The list is what it is, also when a message was taken back.
  (void)record_time(state, Report(Source::notifications,
                                  all.empty() ? std::nullopt : std::optional(all.front().at)));
  state.notifications = std::move(all);
}

}  // namespace toyota2mqtt::toyota
