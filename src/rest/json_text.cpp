#include "rest/json_text.hpp"

#include <chrono>
#include <cstdint>
#include <variant>

namespace toyota2mqtt::rest {

Json value_json(const vehicle::Value& value) {
  struct Printer {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(bool flag) const { return flag; }
    Json operator()(std::int64_t number) const { return number; }
    Json operator()(double number) const { return number; }
    Json operator()(const std::string& text) const { return text; }
    Json operator()(base::Time time) const { return base::format_iso8601(time); }
    Json operator()(std::chrono::year_month_day day) const { return base::format_date(day); }
  };
  return std::visit(Printer{}, value);
}

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }

Response json_response(int status, const Json& body) {
  return {.status = status,
          .headers = {{.name = "Content-Type", .value = "application/json"}},
          .body = json_io::to_text(body)};
}

}  // namespace toyota2mqtt::rest
