#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "toyota2mqtt/base/time.hpp"

/// JSON in and out, for the inside of every part: parsing within bounds, members read by their
/// type, and printing. The type of the library shows in these declarations, so no face includes
/// this file. Nothing here throws on hostile input. Pure; any thread.
namespace toyota2mqtt::json_io {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

/// More than any document has that the program reads. Printing and copying a JSON value recurse.
inline constexpr int kDeepestNesting = 32;

/// True when the JSON text nests deeper than `deepest`. Counted before parsing, so that a body of
/// brackets costs one pass and no memory.
bool too_deep(std::string_view text, int deepest = kDeepestNesting);

/// The value, or nullopt when the text is not JSON or too_deep().
std::optional<Json> parse(std::string_view text, int deepest = kDeepestNesting);
/// The same of a text that must be an object; nullopt for every other value.
std::optional<Json> parse_object(std::string_view text, int deepest = kDeepestNesting);
/// The same; members keep the order of the text.
std::optional<OrderedJson> parse_ordered_object(std::string_view text);

/// `text` with what no JSON parser takes inside of strings made harmless: bytes that are no UTF-8
/// and escaped halves of characters become U+FFFD, raw control characters become blanks. Everything
/// else is as it was.
std::string repaired_json(std::string_view text);
/// The value of `text` or, when that is not JSON, of repaired_json(): one broken name must not cost
/// the whole answer.
std::optional<Json> parse_repaired(std::string_view text);

/// The member, or nullptr when `object` is not an object or has no such member. `null` is there.
template <class AnyJson>
const AnyJson* member(const AnyJson& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

// The member, or nullopt when it is missing or of another type.
template <class AnyJson>
std::optional<std::string> text_member(const AnyJson& object, std::string_view name) {
  const auto* found = member(object, name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return found->template get<std::string>();
}
std::optional<std::int64_t> integer_member(const Json& object, std::string_view name);
std::optional<bool> flag_member(const Json& object, std::string_view name);
/// A time as milliseconds() writes it.
std::optional<base::Time> time_member(const Json& object, std::string_view name);

/// A time as this program stores it: milliseconds since 1970, UTC; null when it is not known.
Json milliseconds(const std::optional<base::Time>& time);
std::optional<base::Time> time_of(const Json& milliseconds);

/// A time as documents show it: ISO 8601, UTC; null when it is not known.
OrderedJson iso_or_null(const std::optional<base::Time>& time);

/// A value of the catalogue, or whatever else a variant of these types holds: null for monostate,
/// times as ISO 8601 in UTC, days as YYYY-MM-DD.
struct ValuePrinter {
  OrderedJson operator()(std::monostate) const { return nullptr; }
  OrderedJson operator()(bool flag) const { return flag; }
  OrderedJson operator()(std::int64_t number) const { return number; }
  OrderedJson operator()(double number) const { return number; }
  OrderedJson operator()(const std::string& text) const { return text; }
  OrderedJson operator()(base::Time time) const { return base::format_iso8601(time); }
  OrderedJson operator()(std::chrono::year_month_day day) const { return base::format_date(day); }
};
template <class... Types>
OrderedJson value_json(const std::variant<Types...>& value) {
  return std::visit(ValuePrinter{}, value);
}

/// A value of a car as documents of REST and `fetch` show it; an empty unit is null.
OrderedJson reading_json(OrderedJson value, std::string_view unit,
                         const std::optional<base::Time>& measured_at);

/// In one line. Bytes that are no UTF-8 are replaced.
std::string to_text(const Json& value);
std::string to_text(const OrderedJson& value);

}  // namespace toyota2mqtt::json_io
