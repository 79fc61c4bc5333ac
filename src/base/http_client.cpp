#include "toyota2mqtt/base/http_client.hpp"

#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::base {

std::string_view without_address(std::string_view message) {
  const auto first = message.find(' ');
  if (first == std::string_view::npos || message.find(':') > first) return message;
  if (!message.substr(first + 1).starts_with('/')) return message;
  const auto end = message.find(": ", first);
  return end == std::string_view::npos ? message : message.substr(end + 2);
}

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  for (const auto& candidate : headers) {
    if (equal_ignoring_case(candidate.name, name)) return candidate.value;
  }
  return std::nullopt;
}

}  // namespace toyota2mqtt::base
