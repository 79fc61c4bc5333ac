#include "toyota2mqtt/base/http_client.hpp"

#include <algorithm>
#include <cctype>

namespace toyota2mqtt::base {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

std::string_view without_address(std::string_view message) {
  const auto first = message.find(' ');
  if (first == std::string_view::npos || message.find(':') > first) return message;
  if (!message.substr(first + 1).starts_with('/')) return message;
  const auto end = message.find(": ", first);
  return end == std::string_view::npos ? message : message.substr(end + 2);
}

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  for (const auto& candidate : headers) {
    if (same_name(candidate.name, name)) return candidate.value;
  }
  return std::nullopt;
}

}  // namespace toyota2mqtt::base
