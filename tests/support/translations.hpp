#pragma once

#include <algorithm>
#include <span>
#include <string_view>

#include "toyota2mqtt/vehicle/entity_names.hpp"

namespace toyota2mqtt::test {

/// True if the table has the text in every language. Without this check a missing one is English.
inline bool is_translated(std::string_view english,
                          std::span<const vehicle::Translations> table = vehicle::name_table()) {
  const auto found = std::ranges::find_if(
      table, [english](const auto& entry) { return entry.front() == english; });
  return found != table.end() &&
         std::ranges::none_of(*found, [](std::string_view text) { return text.empty(); });
}

}  // namespace toyota2mqtt::test
