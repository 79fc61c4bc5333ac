#include "toyota/json_read.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

namespace {

constexpr std::size_t kLongestList = 2000;
constexpr std::size_t kLongestUnknown = 40;
constexpr double kKilometresPerMile = 1.609344;
constexpr double kFarthestKm = 1e7;
constexpr double kUnknownMinutes = 65535;       // the cloud's words for unknown
constexpr double kOtherUnknownMinutes = 65335;  // likewise
constexpr double kLongestMinutes = 60 * 24 * 60;
constexpr auto kClocksApart = std::chrono::minutes(2);
constexpr double kColdest = -60;
constexpr double kHottest = 100;
constexpr double kLargestCount = 10000;

std::optional<double> as_number(const Json& node, NumberText kind) {
  if (node.is_string()) return parse_number(node.get_ref<const std::string&>(), kind);
  if (!node.is_number()) return std::nullopt;
  const double value = node.get<double>();
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<bool> as_boolean(const Json& node) {
  if (node.is_boolean()) return node.get<bool>();
  if (node.is_number()) {
    if (node == 0) return false;
    if (node == 1) return true;
  }
  if (node.is_string()) {
    const auto word = base::lower_case(node.get_ref<const std::string&>());
    if (word == "true") return true;
    if (word == "false") return false;
  }
  return std::nullopt;
}

/// Milliseconds since 1970, when they lie in the years that a time may have.
std::optional<base::Time> as_milliseconds(const Json& node) {
  constexpr double kFirst = 946684800000.0;    // 2000-01-01
  constexpr double kBehind = 4102444800000.0;  // 2100-01-01
  if (!node.is_number()) return std::nullopt;
  const double count = node.get<double>();
  if (!(count >= kFirst && count < kBehind)) return std::nullopt;
  return base::Time(std::chrono::milliseconds(static_cast<std::int64_t>(count)));
}

/// An object where a measure or a number should stand, and it is neither.
bool lacks_value(const Json& node) { return node.is_object() && !node.contains("value"); }

/// What stands there, for the log: a text or a number itself, of all else only what it is.
std::string in_short(const Json& node) {
  if (node.is_string()) return node.get<std::string>();
  if (node.is_object()) return "{...}";
  if (node.is_array()) return "[...]";
  return json_io::to_text(node);
}

}  // namespace

base::Result<Json> parse_body(std::string_view body) {
  using base::ErrorCode;
  if (body.size() > kLargestBody) {
    return base::fail(ErrorCode::unexpected_response, "the answer is larger than 4 MiB");
  }
  if (base::trimmed(body).empty()) return Json::object();
  if (json_io::too_deep(body)) {
    return base::fail(ErrorCode::unexpected_response, "the answer is nested too deep");
  }
  auto root = json_io::parse_repaired(body);
  if (!root) return base::fail(ErrorCode::unexpected_response, "the answer is not JSON");
  return std::move(*root);
}

const Json* Reader::find(std::string_view path) const {
  const Json* node = node_;
  while (node != nullptr && !path.empty()) {
    if (!node->is_object()) return nullptr;
    const auto dot = path.find('.');
    const auto found = node->find(path.substr(0, dot));
    node = found == node->end() ? nullptr : &*found;
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return node == nullptr || node->is_null() ? nullptr : node;
}

Reader Reader::child(std::string_view path) const {
  const Json* node = find(path);
  if (node != nullptr && !node->is_object()) report_unreadable(path);
  auto prefix = prefix_;
  prefix.append(path).append(".");
  return {node, *context_, std::move(prefix)};
}

std::vector<Reader> Reader::list(std::string_view path) const {
  std::vector<Reader> items;
  const Json* node = find(path);
  if (node == nullptr) return items;
  if (!node->is_array()) {
    if (!path.empty()) report_unreadable(path);
    return items;
  }
  auto prefix = path.empty() ? prefix_ : prefix_ + std::string(path) + ".";
  for (const auto& item : *node) {
    if (items.size() == kLongestList) break;
    if (item.is_object()) items.emplace_back(&item, *context_, prefix);
  }
  return items;
}

bool Reader::is_whole_list(std::string_view path) const {
  const Json* node = find(path);
  return node != nullptr && node->is_array() && node->size() <= kLongestList &&
         std::ranges::all_of(*node, [](const Json& item) { return item.is_object(); });
}

bool Reader::is_number(std::string_view path) const {
  const Json* node = find(path);
  return node != nullptr && node->is_number();
}

std::optional<double> Reader::read_number(std::string_view path, NumberText kind) const {
  const Json* node = find(path);
  if (node == nullptr) return std::nullopt;
  const auto value = as_number(*node, kind);
  if (!value) report_unreadable(path);
  return value;
}

std::optional<double> Reader::number(std::string_view path) const {
  return read_number(path, NumberText::any);
}

std::optional<double> Reader::whole_number(std::string_view path) const {
  return read_number(path, NumberText::whole);
}

std::optional<double> Reader::number_within(std::string_view path, double least,
                                            double most) const {
  const auto value = number(path);
  if (!value || (*value >= least && *value <= most)) return value;
  report_unreadable(path);
  return std::nullopt;
}

std::optional<int> Reader::count(std::string_view path) const {
  const auto value = number_within(path, 0, kLargestCount);
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

std::optional<bool> Reader::flag(std::string_view path) const {
  const Json* node = find(path);
  return node == nullptr ? std::nullopt : as_boolean(*node);
}

std::optional<bool> Reader::boolean(std::string_view path) const {
  const auto value = flag(path);
  if (!value) report_unreadable(path);
  return value;
}

std::optional<std::string> Reader::text(std::string_view path, std::size_t limit) const {
  const Json* node = find(path);
  if (node == nullptr || !node->is_string()) return std::nullopt;
  auto cleaned = clean_text(node->get_ref<const std::string&>(), limit);
  if (cleaned.empty()) return std::nullopt;
  return cleaned;
}

std::optional<base::Time> Reader::timestamp(std::string_view path) const {
  const Json* node = find(path);
  if (node == nullptr) return std::nullopt;
  auto time = as_milliseconds(*node);
  if (!time && node->is_string()) {
    time = base::parse_iso8601(base::trimmed(node->get_ref<const std::string&>()));
  }
  // A clock that is ahead of ours by more than this is wrong, and so is all that it says.
  if (time && *time <= context_->now + kClocksApart) return time;
  report_unreadable(path);
  return std::nullopt;
}

std::optional<std::chrono::year_month_day> Reader::date(std::string_view path) const {
  const auto words = text(path, 64);
  const bool bare = words && (words->size() == 10 || (words->size() > 10 && (*words)[10] == 'T'));
  const auto day = bare ? base::parse_date(std::string_view(*words).substr(0, 10)) : std::nullopt;
  if (!day) report_unreadable(path);
  return day;
}

std::optional<vehicle::Kilometres> Reader::kilometres(std::optional<double> value,
                                                      const std::optional<std::string>& unit,
                                                      std::string_view path) const {
  if (!value || !unit) return std::nullopt;
  const auto name = base::lower_case(*unit);
  double factor = 1;
  if (name == "mi" || name == "mile" || name == "miles") {
    factor = kKilometresPerMile;
  } else if (name != "km" && name != "kilometers" && name != "kilometres") {
    report_unknown(std::string(path) + ".unit", *unit);
    return std::nullopt;
  }
  const double kilometres = *value * factor;
  if (!(kilometres >= 0 && kilometres <= kFarthestKm)) {
    report_unreadable(path);
    return std::nullopt;
  }
  return vehicle::Kilometres{kilometres};
}

std::optional<vehicle::Kilometres> Reader::measured_distance(std::string_view path,
                                                             NumberText kind) const {
  const auto measure = child(path);
  if (const Json* node = find(path); node != nullptr && lacks_value(*node)) report_unreadable(path);
  const auto value = measure.read_number("value", kind);
  const auto unit = measure.text("unit");
  if (value && !unit) report_unknown(std::string(path) + ".unit", "");
  return kilometres(value, unit, path);
}

std::optional<vehicle::Kilometres> Reader::distance(std::string_view path) const {
  return measured_distance(path, NumberText::any);
}

std::optional<vehicle::Kilometres> Reader::odometer(std::string_view path) const {
  return measured_distance(path, NumberText::whole);
}

std::optional<vehicle::Celsius> Reader::celsius(std::optional<double> value,
                                                const std::optional<std::string>& unit,
                                                std::string_view path) const {
  if (!value || !unit) return std::nullopt;
  const auto name = base::lower_case(*unit);
  double degrees = *value;
  if (name == "f" || name == "°f" || name == "fahrenheit") {
    degrees = (degrees - 32) / 1.8;
  } else if (name != "c" && name != "°c" && name != "celsius") {
    report_unknown(std::string(path) + ".unit", *unit);
    return std::nullopt;
  }
  if (!(degrees >= kColdest && degrees <= kHottest)) {
    report_unreadable(path);
    return std::nullopt;
  }
  return vehicle::Celsius{degrees};
}

std::optional<vehicle::Celsius> Reader::temperature(std::string_view path) const {
  const auto measure = child(path);
  return celsius(measure.number("value"), measure.text("unit"), path);
}

std::optional<vehicle::Percent> Reader::percent(std::string_view path) const {
  const Json* node = find(path);
  if (node == nullptr) return std::nullopt;
  if (lacks_value(*node)) report_unreadable(path);
  const auto value =
      node->is_object() ? child(path).number_within("value", 0, 100) : number_within(path, 0, 100);
  return value ? std::optional(vehicle::Percent{*value}) : std::nullopt;
}

std::optional<vehicle::Minutes> Reader::minutes(std::string_view path) const {
  const auto value = number(path);
  if (!value || *value < 0 || *value == kUnknownMinutes || *value == kOtherUnknownMinutes) {
    return std::nullopt;
  }
  if (*value > kLongestMinutes) {
    report_unreadable(path);
    return std::nullopt;
  }
  return vehicle::Minutes{*value};
}

std::optional<vehicle::Position> Reader::position() const {
  const auto degrees = [this](std::string_view path) -> std::optional<double> {
    const Json* node = find(path);
    if (node == nullptr) return std::nullopt;
    const auto value = as_number(*node, NumberText::any);
    if (!value) report_unknown(path, "(no number)");  // never the text: it may be a place
    return value;
  };
  const auto latitude = degrees("latitude");
  const auto longitude = degrees("longitude");
  if (!latitude || !longitude) return std::nullopt;
  if (std::abs(*latitude) > 90 || std::abs(*longitude) > 180) return std::nullopt;
  if (*latitude == 0 && *longitude == 0) return std::nullopt;
  return vehicle::Position{.latitude = *latitude, .longitude = *longitude};
}

std::optional<std::chrono::minutes> Reader::time_of_day(std::string_view path) const {
  const auto time = child(path);
  const auto hour = time.count("hour");
  const auto minute = time.count("minute");
  if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute);
}

void Reader::report_unreadable(std::string_view path) const {
  if (const Json* node = find(path)) report_unknown(path, in_short(*node));
}

void Reader::report_unknown(std::string_view path, std::string_view text) const {
  if (context_->unknown) {
    context_->unknown(prefix_ + std::string(path), clean_text(text, kLongestUnknown));
  }
}

}  // namespace toyota2mqtt::toyota
