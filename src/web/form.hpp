#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace toyota2mqtt::web {

/// The fields of a form, decoded; names may repeat.
class Form {
 public:
  /// `a=b&c=d`. nullopt when it is no such text: broken escapes, or more than 200 fields.
  static std::optional<Form> parse(std::string_view text);

  /// The first field of that name; empty when there is none.
  [[nodiscard]] std::string value(std::string_view name) const;
  [[nodiscard]] std::set<std::string> values(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace toyota2mqtt::web
