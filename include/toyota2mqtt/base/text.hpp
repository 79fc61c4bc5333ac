#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/error.hpp"

/// Texts, compared and checked by bytes: case, blanks and digits are those of ASCII, other bytes
/// are left as they are, and the locale plays no part. Protocol words, header names and e-mail
/// addresses are compared with these functions only. Pure; any thread.
namespace toyota2mqtt::base {

constexpr char to_lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}
constexpr char to_upper(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }
constexpr bool is_alphanumeric(char c) { return is_digit(c) || is_letter(c); }
/// A control character of ASCII, line ends and tab included.
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }
/// A byte of a UTF-8 character behind its first one.
constexpr bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string lower_case(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
bool starts_ignoring_case(std::string_view text, std::string_view start);
bool contains_ignoring_case(std::string_view text, std::string_view part);

/// Returns `text` without the blanks, tabs and line ends at both ends. It points into `text`.
std::string_view trimmed(std::string_view text);

/// Returns the first `most` bytes of `text` at most, cut at the border of a UTF-8 character. It
/// points into `text`.
std::string_view cut(std::string_view text, std::size_t most);

/// Whether every byte of `text` is one of `allowed`; an empty text fits.
bool has_only(std::string_view text, std::string_view allowed);
/// Whether `text` holds no control character.
bool is_plain_line(std::string_view text);

/// The candidate that `word` was probably meant to be; empty when none is near. Upper case, `-` and
/// `.` count as lower case and `_`. Meant for short words: keys, commands, options.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// Longest password, in bytes, that any part of the program takes: of the maker's account, of the
/// broker, of an administrator. Other secrets of the configuration have the same limit.
inline constexpr std::size_t kLongestPassword = 1024;

/// What a password must be, for a message: "expected …", "must be …", "a password is …".
inline constexpr std::string_view kPasswordRule =
    "one line of 1 to 1024 bytes without control characters";

/// Blanks count: a password may consist of them. Errors: config_invalid, with kPasswordRule in the
/// remedy; nothing of the password is repeated.
Result<void> check_password(std::string_view password);

}  // namespace toyota2mqtt::base
