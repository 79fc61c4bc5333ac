#include "toyota/json_read.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "toyota2mqtt/base/text.hpp"

/// Numbers that came as texts.
namespace toyota2mqtt::toyota {

namespace {

constexpr std::size_t kLongestNumber = 40;
constexpr std::size_t kGroup = 3;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, base::is_digit);
}

/// Blanks of every width that separate thousands become plain ones, and apostrophes, too.
std::string with_plain_blanks(std::string_view text) {
  constexpr std::array<std::string_view, 5> kWide = {"\u00A0", "\u202F", "\u2009", "\u2019", "'"};
  std::string plain(text);
  for (const auto wide : kWide) {
    for (auto at = plain.find(wide); at != std::string::npos; at = plain.find(wide)) {
      plain.replace(at, wide.size(), " ");
    }
  }
  return plain;
}

/// Takes the marks out of digits that are grouped by thousands ("1,234,567"); nullopt when they are
/// not, or when there is no mark.
std::optional<std::string> ungrouped(std::string_view text, char mark) {
  auto at = text.find(mark);  // npos, which is more than a group, when there is none
  if (at > kGroup || !all_digits(text.substr(0, at))) {
    return std::nullopt;
  }
  std::string digits(text.substr(0, at));
  while (at < text.size()) {
    const auto group = text.substr(at + 1, kGroup);
    if (text[at] != mark || group.size() != kGroup || !all_digits(group)) return std::nullopt;
    digits += group;
    at += 1 + kGroup;
  }
  return digits;
}

/// Digits with at most one decimal point, as std::from_chars reads them.
std::optional<std::string> plain_form(std::string_view text, NumberText kind) {
  const auto last = text.find_last_of(",.");
  const auto first = text.find_first_of(",. ");
  if (first == std::string_view::npos) return std::string(text);
  if (text[first] == ' ' && last == std::string_view::npos) return ungrouped(text, ' ');
  // Two kinds of marks: the last one is the decimal mark, the others group.
  if (text[first] != text[last]) {
    auto digits = ungrouped(text.substr(0, last), text[first]);
    if (!digits || !all_digits(text.substr(last + 1))) return std::nullopt;
    return *digits + "." + std::string(text.substr(last + 1));
  }
  if (first != last) return ungrouped(text, text[first]);
  const bool looks_grouped = ungrouped(text, text[first]).has_value() && text[0] != '0';
  if (looks_grouped && kind == NumberText::whole && text[first] == ',') return ungrouped(text, ',');
  // One mark and three digits: a point is the form of numbers in JSON, except where decimals are
  // not to be expected; a comma could be either.
  if (looks_grouped && (kind == NumberText::whole || text[first] == ',')) return std::nullopt;
  if (!all_digits(text.substr(0, first)) || !all_digits(text.substr(first + 1)))
    return std::nullopt;
  return std::string(text.substr(0, first)) + "." + std::string(text.substr(first + 1));
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t limit) {
  std::string cleaned(base::cut(text, limit));
  std::ranges::replace_if(cleaned, base::is_control, ' ');
  return std::string(base::trimmed(cleaned));
}

bool is_token_text(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && c != '"' && c != ',' && c != ';' && c != '\\';
  });
}

std::string presentable(std::string_view text, std::size_t most) {
  std::string words;
  std::string word;
  const auto end_word = [&words, &word] {
    if (!word.empty() && word.find('@') == std::string::npos) {
      if (!words.empty()) words += ' ';
      words += word;
    }
    word.clear();
  };
  for (const char c : text.substr(0, 4 * most)) {
    if (c == ' ' || c == '\n' || c == '\t') {
      end_word();
    } else if (c > ' ' && c <= '~') {
      word += c;
    }
  }
  end_word();
  if (words.size() > most) words.resize(most);
  return words;
}

std::optional<double> parse_number(std::string_view text, NumberText kind) {
  if (text.size() > kLongestNumber) return std::nullopt;
  const auto plain = with_plain_blanks(base::trimmed(text));
  std::string_view rest = base::trimmed(plain);
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty() || !base::is_digit(rest.front())) return std::nullopt;
  const auto form = plain_form(rest, kind);
  if (!form) return std::nullopt;
  double value = 0;
  const char* const end = form->data() + form->size();
  const auto read = std::from_chars(form->data(), end, value);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(value)) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace toyota2mqtt::toyota
