#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/rest/message.hpp"

/// JSON as answers carry it. Private to this part.
namespace toyota2mqtt::rest {

using Json = nlohmann::ordered_json;

/// ISO 8601, UTC; null when unset.
Json time_or_null(const std::optional<base::Time>& time);
template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
/// null for an empty text.
Json text_or_null(std::string_view text);
/// One line. Bytes that are no UTF-8 are replaced.
std::string text_of(const Json& json);
Response json_response(int status, const Json& body);

}  // namespace toyota2mqtt::rest
