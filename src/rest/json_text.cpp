#include "rest/json_text.hpp"

namespace toyota2mqtt::rest {

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Response json_response(int status, const Json& body) {
  return {.status = status,
          .headers = {{.name = "Content-Type", .value = "application/json"}},
          .body = json_io::to_text(body)};
}

}  // namespace toyota2mqtt::rest
