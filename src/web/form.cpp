#include "web/form.hpp"

#include <algorithm>

#include "toyota2mqtt/base/http_message.hpp"

namespace toyota2mqtt::web {

namespace {

constexpr std::size_t kMostFields = 200;

}  // namespace

std::optional<Form> Form::parse(std::string_view text) {
  Form form;
  for (auto& field : base::form_fields(text)) {
    if (!field.whole || form.fields_.size() == kMostFields) return std::nullopt;
    form.fields_.emplace_back(std::move(field.name), std::move(field.value));
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
