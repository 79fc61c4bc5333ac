#pragma once

#include <string>
#include <string_view>

/// ASCII text. Bytes above 127 are left as they are, and the locale plays no part: protocol words,
/// header names and e-mail addresses are compared with these functions only.
namespace toyota2mqtt::base {

constexpr char to_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string lower_case(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Returns `text` without the blanks, tabs and line ends at both ends. It points into `text`.
std::string_view trimmed(std::string_view text);

}  // namespace toyota2mqtt::base
