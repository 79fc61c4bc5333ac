#include "home_assistant/text.hpp"
#include "toyota2mqtt/base/text.hpp"

#include <algorithm>
#include <array>

namespace toyota2mqtt::home_assistant {
namespace {

/// U+00C0 to U+00FF without their accents; a blank becomes `_`.
constexpr std::array<std::string_view, 64> kLatin1 = {
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",
    "d", "n", "o", "o", "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "ss",
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i",  "i",
    "d", "n", "o", "o", "o", "o", "o",  "",  "o", "u", "u", "u", "u", "y", "th", "y"};

constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
/// The letters for the character at the front of `text`, which is consumed.
std::string letters_of_next(std::string_view& text) {
  const char first = text.front();
  text.remove_prefix(1);
  constexpr char kLatin1Lead = '\xC3';
  if (first == kLatin1Lead && !text.empty()) {
    const auto second = static_cast<unsigned char>(text.front());
    constexpr unsigned char kFirst = 0x80;
    if (second >= kFirst && second - kFirst < kLatin1.size()) {
      text.remove_prefix(1);
      return std::string(kLatin1.at(second - kFirst));
    }
  }
  const char small = base::to_lower(first);
  return is_plain(small) ? std::string(1, small) : std::string();
}

}  // namespace

std::string slug(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string result;
  bool gap = false;
  while (!text.empty() && result.size() < kLongest) {
    const std::string letters = letters_of_next(text);
    if (letters.empty()) {
      gap = true;
      continue;
    }
    if (gap && !result.empty()) result += '_';
    gap = false;
    result += letters;
  }
  return result;
}

bool is_car_id(std::string_view text) {
  constexpr std::size_t kLength = 10;
  return text.size() == kLength && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string bounded(std::string_view text, std::size_t limit) {
  return std::string(base::cut(text, limit));
}

std::string snake_case(std::string_view camel) {
  std::string result;
  for (const char c : camel) {
    if (is_upper(c) && !result.empty()) result += '_';
    result += base::to_lower(c);
  }
  return result;
}

}  // namespace toyota2mqtt::home_assistant
