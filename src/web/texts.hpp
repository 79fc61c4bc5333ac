#pragma once

#include <array>
#include <string_view>

#include "web/words.hpp"

namespace toyota2mqtt::web {

struct TextRow {
  Text text{};
  std::string_view english;
  std::string_view german;
};

/// One row for each Text, in its order.
const std::array<TextRow, kTexts>& text_rows();

}  // namespace toyota2mqtt::web
