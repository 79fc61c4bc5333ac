#include "json/json_io.hpp"

#include <charconv>
#include <cstdint>
#include <optional>

namespace toyota2mqtt::json_io {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t kEscape = 6;                         // of \uXXXX

bool is_high_half(std::uint32_t code) { return code >= 0xD800U && code <= 0xDBFFU; }
bool is_low_half(std::uint32_t code) { return code >= 0xDC00U && code <= 0xDFFFU; }

/// The code of a `\uXXXX` with which `text` begins.
std::optional<std::uint32_t> escaped_code(std::string_view text) {
  if (text.size() < kEscape || !text.starts_with("\\u")) return std::nullopt;
  std::uint32_t code = 0;
  const char* const end = text.data() + kEscape;
  const auto read = std::from_chars(text.data() + 2, end, code, 16);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return code;
}

/// Length of the UTF-8 character with which `text` begins; 0 when it is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto first = byte(0);
  std::size_t length = 0;
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) length = 2;
  if (first >= 0xE0U && first <= 0xEFU) length = 3;
  if (first >= 0xF0U && first <= 0xF4U) length = 4;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0U) != 0x80U) return 0;
  }
  // Forms that are too long, halves of UTF-16, and what lies behind the last character.
  const auto second = byte(1);
  const bool wrong = (first == 0xE0U && second < 0xA0U) || (first == 0xEDU && second > 0x9FU) ||
                     (first == 0xF0U && second < 0x90U) || (first == 0xF4U && second > 0x8FU);
  return wrong ? 0 : length;
}

/// Appends what begins with a backslash; the answer is how much of `text` that was.
std::size_t append_escape(std::string& repaired, std::string_view text) {
  const auto code = escaped_code(text);
  if (!code || (!is_high_half(*code) && !is_low_half(*code))) {
    const auto taken = text.substr(0, 2);
    repaired += taken;
    return taken.size();
  }
  const auto next = escaped_code(text.substr(kEscape));
  if (is_high_half(*code) && next && is_low_half(*next)) {
    repaired += text.substr(0, 2 * kEscape);
    return 2 * kEscape;
  }
  repaired += kReplacement;
  return kEscape;
}

/// Appends one character of a string; the answer is how much of `text` that was.
std::size_t append_character(std::string& repaired, std::string_view text) {
  if (text.front() == '\\') return append_escape(repaired, text);
  const auto length = character_length(text);
  if (length == 0) {
    repaired += kReplacement;
    return 1;
  }
  const bool control = static_cast<unsigned char>(text.front()) < 0x20U;
  if (control) {
    repaired += ' ';
  } else {
    repaired += text.substr(0, length);
  }
  return length;
}

}  // namespace

std::string repaired_json(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size());
  bool in_string = false;
  while (!text.empty()) {
    if (text.front() == '"') in_string = !in_string;
    if (!in_string || text.front() == '"') {
      repaired += text.front();
      text.remove_prefix(1);
      continue;
    }
    text.remove_prefix(append_character(repaired, text));
  }
  return repaired;
}

}  // namespace toyota2mqtt::json_io
