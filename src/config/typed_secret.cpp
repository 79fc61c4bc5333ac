#include "config/values.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/document.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::config {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

/// ‘ ’ ‚ ‛ “ ” „ ‟ ‹ › « » ′ ″ and the full-width ones.
constexpr auto kTypographicQuotes = std::to_array<std::string_view>(
    {"\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9A", "\xE2\x80\x9B", "\xE2\x80\x9C", "\xE2\x80\x9D",
     "\xE2\x80\x9E", "\xE2\x80\x9F", "\xE2\x80\xB9", "\xE2\x80\xBA", "\xC2\xAB", "\xC2\xBB",
     "\xE2\x80\xB2", "\xE2\x80\xB3", "\xEF\xBC\x82", "\xEF\xBC\x87"});

/// The no-break spaces, the wide space, the soft hyphen and what has no width at all.
constexpr auto kUnseen = std::to_array<std::string_view>(
    {"\xC2\xA0", "\xC2\xAD", "\xE2\x80\x87", "\xE2\x80\x8B", "\xE2\x80\x8C", "\xE2\x80\x8D",
     "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\xA0",
     "\xE3\x80\x80", "\xEF\xBB\xBF"});
constexpr auto kPlainBlanks = std::to_array<std::string_view>({" ", "\t", "\r", "\n"});

template <class List>
bool holds_any(std::string_view text, const List& list) {
  return std::ranges::any_of(list, [text](std::string_view one) { return text.contains(one); });
}

bool is_straight_quote(char letter) { return letter == '"' || letter == '\'' || letter == '`'; }

std::string doubt(std::string_view what) {
  return fmt::format("{}. It counts as part of the secret: take it away unless it belongs there",
                     what);
}

std::vector<std::string> doubts_about(std::string_view text) {
  std::vector<std::string> doubts;
  if (text.starts_with(' ')) doubts.push_back(doubt("begins with a blank"));
  if (text.ends_with(' ')) doubts.push_back(doubt("ends with a blank"));
  if (is_straight_quote(text.front()) || is_straight_quote(text.back())) {
    doubts.push_back(doubt("begins or ends with a quotation mark"));
  }
  if (holds_any(text, kTypographicQuotes)) {
    doubts.push_back(doubt("holds a typographic quotation mark (such as “ or ’)"));
  }
  if (holds_any(text, kUnseen)) {
    doubts.push_back(doubt("holds a character that nobody sees (such as a no-break space)"));
  }
  return doubts;
}

/// The length of the blank at one end of the text; 0: there is none.
template <class Ends>
std::size_t blank_at(std::string_view text, const Ends& ends) {
  for (const auto blank : kPlainBlanks) {
    if (ends(text, blank)) return blank.size();
  }
  for (const auto blank : kUnseen) {
    if (ends(text, blank)) return blank.size();
  }
  return 0;
}

}  // namespace

std::string_view without_byte_order_mark(std::string_view text) {
  while (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  return text;
}

std::string_view without_blanks(std::string_view text) {
  const auto begins = [](std::string_view it, std::string_view end) { return it.starts_with(end); };
  const auto ends = [](std::string_view it, std::string_view end) { return it.ends_with(end); };
  while (const auto length = blank_at(text, begins)) text.remove_prefix(length);
  while (const auto length = blank_at(text, ends)) text.remove_suffix(length);
  return text;
}

TypedSecret read_typed_secret(std::string_view typed, std::string_view file_key) {
  TypedSecret secret{.text = std::string(without_byte_order_mark(typed))};
  const auto& text = secret.text;
  if (!is_utf8(text)) {
    secret.found = "bytes that are not UTF-8 (perhaps Latin-1 or UTF-16)";
    secret.expected = "a text in UTF-8";
  } else if (!base::check_password(text)) {
    secret.found = "a text with line breaks or too long";
    secret.expected = std::string(base::kPasswordRule);
  } else if (text.starts_with("!secret ")) {
    secret.found = "!secret, which only Home Assistant's own files understand";
    secret.expected = fmt::format("{} with the path of a file that holds it", file_key);
  } else {
    secret.doubts = doubts_about(text);
  }
  return secret;
}

}  // namespace toyota2mqtt::config
