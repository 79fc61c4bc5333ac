#include "toyota2mqtt/base/http_message.hpp"

#include <algorithm>

#include "toyota2mqtt/base/encoding.hpp"
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

std::optional<std::string_view> find_header(const std::vector<HttpHeader>& headers,
                                            std::string_view name) {
  for (const auto& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  return std::nullopt;
}

std::vector<FormField> form_fields(std::string_view text) {
  std::vector<FormField> fields;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    FormField field{.name = std::string(pair.substr(0, equals)),
                    .value = std::string(pair.substr(std::min(equals + 1, pair.size())))};
    for (auto* part : {&field.name, &field.value}) {
      std::ranges::replace(*part, '+', ' ');
      if (auto decoded = percent_decode(*part)) {
        *part = std::move(*decoded);
      } else {
        field.whole = false;
      }
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

std::map<std::string, std::string> parse_form(std::string_view text) {
  std::map<std::string, std::string> query;
  for (auto& field : form_fields(text)) query[std::move(field.name)] = std::move(field.value);
  return query;
}

}  // namespace toyota2mqtt::base
