#include "config/document.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace toyota2mqtt::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::uint32_t byte_at(std::string_view text, std::size_t offset) {
  return offset < text.size() ? static_cast<unsigned char>(text[offset]) : 0U;
}

/// Length of the UTF-8 character at `offset`; 0 when it is not one (overlong forms, surrogates and
/// values over U+10FFFF included).
std::size_t character_length(std::string_view text, std::size_t offset) {
  const std::uint32_t first = byte_at(text, offset);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  std::uint32_t value = first & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const std::uint32_t next = byte_at(text, offset + i);
    if ((next & 0xC0U) != 0x80U) return 0;
    value = (value << 6U) | (next & 0x3FU);
  }
  if (length == 3 && (value < 0x800 || (value >= 0xD800 && value <= 0xDFFF))) return 0;
  if (length == 4 && (value < 0x10000 || value > 0x10FFFF)) return 0;
  return length;
}

/// The four hex digits of `\uXXXX` at `offset`, if it stands there.
std::optional<std::uint32_t> escape_at(std::string_view text, std::size_t offset) {
  if (text.substr(offset, 2) != "\\u" || offset + 6 > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  const char* begin = text.data() + offset + 2;
  const auto [end, error] = std::from_chars(begin, begin + 4, value, 16);
  if (error != std::errc{} || end != begin + 4) return std::nullopt;
  return value;
}

}  // namespace

SourceText::SourceText(std::string_view original) : original_(original) {
  if (original.starts_with(kByteOrderMark)) skipped_ = kByteOrderMark.size();
  line_starts_.push_back(skipped_);
  for (std::size_t i = skipped_; i < original.size(); ++i) {
    if (original[i] == '\n') line_starts_.push_back(i + 1);
  }
  join_surrogates();
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto length = character_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::optional<SourceText::BadByte> SourceText::first_bad_byte() const {
  for (std::size_t i = skipped_; i < original_.size();) {
    const std::uint32_t byte = byte_at(original_, i);
    const bool control = byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t';
    if (control || byte == 0x7F) {
      return BadByte{.offset = i, .what = fmt::format("the control character 0x{:02X}", byte)};
    }
    const std::size_t length = character_length(original_, i);
    if (length == 0) return BadByte{.offset = i, .what = "bytes that are not UTF-8"};
    i += length;
  }
  return std::nullopt;
}

LeftOut SourceText::left_out(int offset, std::string_view value) const {
  const auto at = static_cast<std::size_t>(std::max(offset, 0));
  std::string_view rest = std::string_view(yaml_).substr(std::min(at, yaml_.size()));
  if (offset < 0) return LeftOut::nothing;
  if (!rest.starts_with(value)) return LeftOut::line_breaks;
  rest.remove_prefix(value.size());
  const auto next = rest.find_first_not_of(" \t");
  const bool hash = next != std::string_view::npos && next > 0 && rest[next] == '#';
  return hash ? LeftOut::comment : LeftOut::nothing;
}

bool SourceText::hash_is_the_value(int offset, std::string_view key) const {
  if (offset < 0) return false;
  const auto end = static_cast<std::size_t>(offset) + key.size();
  const auto colon = yaml_.find(':', end);
  const auto next = colon == std::string::npos ? colon : yaml_.find_first_not_of(" \t", colon + 1);
  if (next == std::string::npos || next + 1 >= yaml_.size()) return false;
  const char behind = yaml_[next + 1];
  return yaml_[next] == '#' && std::string_view(" \t\r\n#").find(behind) == std::string_view::npos;
}

void SourceText::join_surrogates() {
  const std::string_view text = original_.substr(skipped_);
  yaml_.reserve(text.size() + 2);
  for (std::size_t i = 0; i < text.size();) {
    const auto high = escape_at(text, i);
    const auto low = high ? escape_at(text, i + 6) : std::nullopt;
    const bool pair =
        high && low && *high >= 0xD800 && *high < 0xDC00 && *low >= 0xDC00 && *low < 0xE000;
    if (pair) {
      const std::uint32_t value = 0x10000U + ((*high - 0xD800U) << 10U) + (*low - 0xDC00U);
      yaml_ += fmt::format("\\U{:08x}", value);
      shortened_at_.push_back(yaml_.size());
      i += 12;
    } else {
      // An escaped backslash is taken as a whole, so that `\\ud83d` stays the text it is.
      const std::size_t length = text[i] == '\\' && i + 1 < text.size() ? 2 : 1;
      yaml_ += text.substr(i, length);
      i += length;
    }
  }
  // yaml-cpp 0.7 takes an unclosed quotation mark for closed when the file ends with a line break.
  // A comment without one makes it notice.
  yaml_ += "\n#";
}

Place SourceText::place(int offset) const {
  if (offset < 0) return {};
  const auto at = static_cast<std::size_t>(offset);
  const auto shorter = std::ranges::upper_bound(shortened_at_, at) - shortened_at_.begin();
  return place_in_original(skipped_ + at + (2 * static_cast<std::size_t>(shorter)));
}

Place SourceText::place_in_original(std::size_t offset) const {
  const std::size_t at = std::clamp(offset, skipped_, original_.size());
  const auto after = std::ranges::upper_bound(line_starts_, at);
  const std::size_t start = *(after - 1);
  const std::string_view before = original_.substr(start, at - start);
  const auto characters = std::ranges::count_if(
      before, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; });
  return {.line = static_cast<int>(after - line_starts_.begin()),
          .column = static_cast<int>(characters) + 1};
}

}  // namespace toyota2mqtt::config
