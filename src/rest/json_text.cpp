#include "rest/json_text.hpp"

namespace toyota2mqtt::rest {

Json time_or_null(const std::optional<base::Time>& time) {
  return time ? Json(base::format_iso8601(*time)) : Json(nullptr);
}

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Response json_response(int status, const Json& body) {
  return {.status = status,
          .headers = {{.name = "Content-Type", .value = "application/json"}},
          .body = text_of(body)};
}

}  // namespace toyota2mqtt::rest
