#pragma once

#include <optional>
#include <string>

#include "json/json_io.hpp"
#include "toyota2mqtt/rest/api.hpp"

/// JSON as answers carry it. Private to this part.
namespace toyota2mqtt::rest {

using Json = json_io::OrderedJson;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
/// null for an empty text.
Json text_or_null(std::string_view text);
Response json_response(int status, const Json& body);

}  // namespace toyota2mqtt::rest
