#include "web/form.hpp"

#include <algorithm>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::web {

namespace {

constexpr std::size_t kMostFields = 200;

std::optional<std::string> decoded(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return base::percent_decode(spaced);
}

}  // namespace

std::optional<Form> Form::parse(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto name = decoded(pair.substr(0, equals));
    const auto value =
        decoded(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!name || !value || form.fields_.size() == kMostFields) return std::nullopt;
    form.fields_.emplace_back(*name, *value);
  }
  return form;
}

std::string Form::value(std::string_view name) const {
  const auto found =
      std::ranges::find_if(fields_, [&](const auto& field) { return field.first == name; });
  return found == fields_.end() ? std::string() : found->second;
}

std::set<std::string> Form::values(std::string_view name) const {
  std::set<std::string> found;
  for (const auto& [field, value] : fields_) {
    if (field == name) found.insert(value);
  }
  return found;
}

}  // namespace toyota2mqtt::web
