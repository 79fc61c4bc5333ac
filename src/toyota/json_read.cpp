#include "toyota/json_read.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "toyota/wire.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

namespace {

constexpr std::size_t kLongestList = 2000;
constexpr std::size_t kLongestUnknown = 40;
constexpr double kKilometresPerMile = 1.609344;
constexpr double kFarthestKm = 1e7;
constexpr double kLongestMinutes = 1440;
constexpr double kColdest = -60;
constexpr double kHottest = 100;
constexpr double kLargestCount = 10000;

bool blank(std::string_view body) {
  return std::all_of(body.begin(), body.end(),
                     [](unsigned char c) { return std::isspace(c) != 0; });
}

std::optional<double> as_number(const Json& node) {
  if (!node.is_number()) return std::nullopt;
  const double value = node.get<double>();
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

base::Result<Json> parse_body(std::string_view body) {
  using base::ErrorCode;
  if (body.size() > kLargestBody) {
    return base::fail(ErrorCode::unexpected_response, "the answer is larger than 4 MiB");
  }
  if (blank(body)) return Json::object();
  if (too_deep(body)) {
    return base::fail(ErrorCode::unexpected_response, "the answer is nested too deep");
  }
  auto root = Json::parse(body, nullptr, false);
  if (root.is_discarded()) {
    return base::fail(ErrorCode::unexpected_response, "the answer is not JSON");
  }
  return root;
}

std::string clean_text(std::string_view text, std::size_t limit) {
  if (text.size() > limit) {
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
    text = text.substr(0, limit);
  }
  std::string cleaned(text);
  for (auto& c : cleaned) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20U || byte == 0x7FU) c = ' ';
  }
  while (cleaned.ends_with(' ')) cleaned.pop_back();
  cleaned.erase(0, std::min(cleaned.find_first_not_of(' '), cleaned.size()));
  return cleaned;
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
  auto prefix = prefix_;
  prefix.append(path).append(".");
  return {find(path), *context_, std::move(prefix)};
}

std::vector<Reader> Reader::list(std::string_view path) const {
  std::vector<Reader> items;
  const Json* node = find(path);
  if (node == nullptr || !node->is_array()) return items;
  auto prefix = path.empty() ? prefix_ : prefix_ + std::string(path) + ".";
  for (const auto& item : *node) {
    if (items.size() == kLongestList) break;
    if (item.is_object()) items.emplace_back(&item, *context_, prefix);
  }
  return items;
}

std::optional<double> Reader::number(std::string_view path) const {
  const Json* node = find(path);
  return node == nullptr ? std::nullopt : as_number(*node);
}

std::optional<int> Reader::count(std::string_view path) const {
  const auto value = number(path);
  if (!value || *value < 0 || *value > kLargestCount) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<bool> Reader::boolean(std::string_view path) const {
  const Json* node = find(path);
  if (node == nullptr) return std::nullopt;
  if (node->is_boolean()) return node->get<bool>();
  if (const auto value = as_number(*node)) {
    if (*value == 0) return false;
    if (*value == 1) return true;
  }
  if (node->is_string()) {
    const auto word = base::lower_case(node->get_ref<const std::string&>());
    if (word == "true") return true;
    if (word == "false") return false;
  }
  return std::nullopt;
}

std::optional<std::string> Reader::text(std::string_view path, std::size_t limit) const {
  const Json* node = find(path);
  if (node == nullptr || !node->is_string()) return std::nullopt;
  auto cleaned = clean_text(node->get_ref<const std::string&>(), limit);
  if (cleaned.empty()) return std::nullopt;
  return cleaned;
}

std::optional<base::Time> Reader::timestamp(std::string_view path) const {
  const auto words = text(path, 64);
  if (!words) return std::nullopt;
  const auto time = base::parse_iso8601(*words);
  if (!time || *time > context_->now + std::chrono::days(1)) return std::nullopt;
  return time;
}

std::optional<std::chrono::year_month_day> Reader::date(std::string_view path) const {
  const auto words = text(path, 64);
  if (!words) return std::nullopt;
  if (words->size() > 10 && (*words)[10] != 'T') return std::nullopt;
  return base::parse_date(std::string_view(*words).substr(0, 10));
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
    note_unknown(std::string(path) + ".unit", *unit);
    return std::nullopt;
  }
  const double kilometres = *value * factor;
  if (!(kilometres >= 0 && kilometres <= kFarthestKm)) return std::nullopt;
  return vehicle::Kilometres{kilometres};
}

std::optional<vehicle::Kilometres> Reader::distance(std::string_view path) const {
  const auto measure = child(path);
  return kilometres(measure.number("value"), measure.text("unit"), path);
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
    note_unknown(std::string(path) + ".unit", *unit);
    return std::nullopt;
  }
  if (!(degrees >= kColdest && degrees <= kHottest)) return std::nullopt;
  return vehicle::Celsius{degrees};
}

std::optional<vehicle::Celsius> Reader::temperature(std::string_view path) const {
  const auto measure = child(path);
  return celsius(measure.number("value"), measure.text("unit"), path);
}

std::optional<vehicle::Percent> Reader::percent(std::string_view path) const {
  auto value = number(path);
  if (!value) value = child(path).number("value");
  if (!value || !(*value >= 0 && *value <= 100)) return std::nullopt;
  return vehicle::Percent{*value};
}

std::optional<vehicle::Minutes> Reader::minutes(std::string_view path) const {
  const auto value = number(path);
  if (!value || !(*value >= 0 && *value <= kLongestMinutes)) return std::nullopt;
  return vehicle::Minutes{*value};
}

std::optional<vehicle::Position> Reader::position() const {
  const auto latitude = number("latitude");
  const auto longitude = number("longitude");
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

void Reader::note_unknown(std::string_view path, std::string_view text) const {
  if (context_->unknown) {
    context_->unknown(prefix_ + std::string(path), clean_text(text, kLongestUnknown));
  }
}

}  // namespace toyota2mqtt::toyota
