#include "history/export.hpp"

#include "json/json_io.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::history {

namespace {

constexpr std::array<std::string_view, 10> kTrips = {
    "id",           "start",          "end",    "distance_km",
    "duration_min", "ev_distance_km", "fuel_l", "average_speed_kmh",
    "score",        "route"};
constexpr std::array<std::string_view, 8> kCharges = {
    "id", "start", "end", "level_start", "level_end", "energy_kwh", "cost", "basis"};
constexpr std::array<std::string_view, 6> kSamples = {"at",         "battery_level", "ev_range_km",
                                                      "fuel_level", "fuel_range_km", "odometer_km"};
constexpr std::array<std::string_view, 5> kEvents = {"at", "kind", "name", "outcome", "detail"};

template <class Unit>
Cell cell(const std::optional<Unit>& value) {
  if (!value) return {};
  if constexpr (requires { value->value; }) {
    return value->value;
  } else {
    return *value;
  }
}

std::string_view word(EventRecord::Kind kind) {
  switch (kind) {
    case EventRecord::Kind::wake: return "wake";
    case EventRecord::Kind::command: return "command";
    case EventRecord::Kind::error: return "error";
  }
  return "error";
}

/// Without the noise of binary fractions: to six decimals. Empty when it is no number.
std::string number(double value) {
  constexpr double kDecimals = 1e6;
  constexpr double kLargest = 1e9;  // beyond, a millionth means nothing
  if (!std::isfinite(value)) return {};
  const double tidy =
      std::abs(value) < kLargest ? std::round(value * kDecimals) / kDecimals : value;
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.begin(), text.end(), tidy).ptr;
  return {text.begin(), end};
}

std::string quoted_json(std::string_view text) { return json_io::to_text(json_io::Json(text)); }

/// As RFC 8259 wants it; a line as GeoJSON.
struct JsonText {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(double value) const {
    auto text = number(value);
    return text.empty() ? "null" : text;
  }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(base::Time time) const { return '"' + base::format_iso8601(time) + '"'; }
  std::string operator()(const std::string& text) const { return quoted_json(text); }
  std::string operator()(const std::vector<RoutePoint>& line) const {
    if (line.empty()) return "null";
    std::string text = R"({"type":"LineString","coordinates":[)";
    for (const auto& point : line) {
      fmt::format_to(std::back_inserter(text), "[{:.6f},{:.6f}],", point.longitude, point.latitude);
    }
    text.back() = ']';
    return text + '}';
  }
};

std::string quoted_csv(std::string_view text) {
  // "=1+1" and its kin would be computed by a spreadsheet.
  const bool formula = !text.empty() && std::string_view("=+-@\t\r").contains(text.front());
  const bool plain = text.find_first_of(",\"\r\n") == std::string_view::npos;
  if (plain && !formula) return std::string(text);
  std::string quoted = formula ? "\"'" : "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + '"';
}

/// A line as WKT.
struct CsvText {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(double value) const { return number(value); }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(base::Time time) const { return base::format_iso8601(time); }
  std::string operator()(const std::string& text) const { return quoted_csv(text); }
  std::string operator()(const std::vector<RoutePoint>& line) const {
    if (line.empty()) return {};
    std::string text = "\"LINESTRING (";
    for (const auto& point : line) {
      fmt::format_to(std::back_inserter(text), "{:.6f} {:.6f},", point.longitude, point.latitude);
    }
    text.back() = ')';
    return text + '"';
  }
};

}  // namespace

Row row_of(const TripRecord& record) {
  const auto& trip = record.trip;
  return {trip.id,
          trip.start,
          trip.end,
          cell(trip.distance),
          cell(trip.duration),
          cell(trip.ev_distance),
          cell(trip.fuel),
          cell(trip.average_speed),
          cell(trip.score),
          record.route};
}

Row row_of(const ChargeRecord& record) {
  return {record.id,
          record.start,
          cell(record.end),
          cell(record.level_start),
          cell(record.level_end),
          cell(record.energy),
          cell(record.cost),
          record.basis};
}

Row row_of(const SampleRecord& record) {
  return {record.at,
          cell(record.battery_level),
          cell(record.ev_range),
          cell(record.fuel_level),
          cell(record.fuel_range),
          cell(record.odometer)};
}

Row row_of(const EventRecord& record) {
  return {record.at, std::string(word(record.kind)), record.name, record.outcome, record.detail};
}

std::span<const std::string_view> columns_of(std::string_view list) {
  if (list == "trips") return kTrips;
  if (list == "charges") return kCharges;
  if (list == "samples") return kSamples;
  if (list == "events") return kEvents;
  return {};
}

Export::Export(Format format, const base::CarId& car, std::string_view list, const Period& period)
    : format_(format), columns_(columns_of(list)) {
  if (format_ == Format::json) {
    text_ = fmt::format(R"({{"car":{},"list":{},"from":"{}","to":"{}","entries":[)",
                        quoted_json(car.text), quoted_json(list), base::format_iso8601(period.from),
                        base::format_iso8601(period.to));
    return;
  }
  for (const auto column : columns_) text_.append(column).append(",");
  text_.back() = '\r';
  text_ += '\n';
}

void Export::add(const Row& row) {
  const bool json = format_ == Format::json;
  if (json) text_ += rows_ == 0 ? "\n{" : ",\n{";
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) text_ += ',';
    if (json) {
      text_.append("\"").append(columns_[i]).append("\":").append(std::visit(JsonText{}, row[i]));
    } else {
      text_ += std::visit(CsvText{}, row[i]);
    }
  }
  text_ += json ? "}" : "\r\n";
  ++rows_;
}

std::string Export::finish() {
  if (format_ == Format::json) text_ += rows_ == 0 ? "]}\n" : "\n]}\n";
  return std::move(text_);
}

}  // namespace toyota2mqtt::history
