#include "json/json_io.hpp"

#include <chrono>
#include <utility>

namespace toyota2mqtt::json_io {

namespace {

template <class AnyJson>
std::optional<AnyJson> parse_as(std::string_view text, int deepest) {
  if (too_deep(text, deepest)) return std::nullopt;
  auto value = AnyJson::parse(text, nullptr, false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

template <class AnyJson>
std::optional<AnyJson> object_only(std::optional<AnyJson> value) {
  return value && value->is_object() ? std::move(value) : std::nullopt;
}

template <class AnyJson>
std::string printed(const AnyJson& value) {
  return value.dump(-1, ' ', false, AnyJson::error_handler_t::replace);
}

}  // namespace

bool too_deep(std::string_view text, int deepest) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > deepest) return true;
  }
  return false;
}

std::optional<Json> parse(std::string_view text, int deepest) {
  return parse_as<Json>(text, deepest);
}

std::optional<Json> parse_object(std::string_view text, int deepest) {
  return object_only(parse_as<Json>(text, deepest));
}

std::optional<OrderedJson> parse_ordered_object(std::string_view text) {
  return object_only(parse_as<OrderedJson>(text, kDeepestNesting));
}

std::optional<Json> parse_repaired(std::string_view text) {
  if (too_deep(text)) return std::nullopt;
  auto value = parse(text);
  return value ? std::move(value) : parse(repaired_json(text));
}

std::optional<std::int64_t> integer_member(const Json& object, std::string_view name) {
  const auto* found = member(object, name);
  if (found == nullptr || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

std::optional<bool> flag_member(const Json& object, std::string_view name) {
  const auto* found = member(object, name);
  if (found == nullptr || !found->is_boolean()) return std::nullopt;
  return found->get<bool>();
}

std::optional<base::Time> time_of(const Json& milliseconds) {
  if (!milliseconds.is_number_integer()) return std::nullopt;
  return base::Time(std::chrono::milliseconds(milliseconds.get<std::int64_t>()));
}

std::optional<base::Time> time_member(const Json& object, std::string_view name) {
  const auto* found = member(object, name);
  return found == nullptr ? std::nullopt : time_of(*found);
}

Json milliseconds(const std::optional<base::Time>& time) {
  return time ? Json(time->time_since_epoch().count()) : Json(nullptr);
}

OrderedJson iso_or_null(const std::optional<base::Time>& time) {
  return time ? OrderedJson(base::format_iso8601(*time)) : OrderedJson(nullptr);
}

std::string to_text(const Json& value) { return printed(value); }

std::string to_text(const OrderedJson& value) { return printed(value); }

OrderedJson reading_json(OrderedJson value, std::string_view unit,
                         const std::optional<base::Time>& measured_at) {
  return {{"value", std::move(value)},
          {"unit", unit.empty() ? OrderedJson(nullptr) : OrderedJson(unit)},
          {"measured_at", iso_or_null(measured_at)}};
}

}  // namespace toyota2mqtt::json_io
