#include "web/words.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "toyota2mqtt/base/text.hpp"
#include "web/texts.hpp"

namespace toyota2mqtt::web {

namespace {

constexpr std::size_t kMostRanges = 20;
constexpr int kWhole = 1000;  // a quality of 1 in thousandths

/// `q=0.8` in thousandths; 1 when it is not said, 0 when it makes no sense.
int quality_of(std::string_view range) {
  const auto mark = range.find(';');
  if (mark == std::string_view::npos) return kWhole;
  auto text = base::trimmed(range.substr(mark + 1));
  if (!text.starts_with("q=")) return kWhole;
  text.remove_prefix(2);
  if (text.starts_with('1')) return kWhole;
  if (!text.starts_with("0.")) return 0;
  int value = 0;
  int weight = kWhole / 10;
  for (const char digit : text.substr(2, 3)) {
    if (digit < '0' || digit > '9') return 0;
    value += (digit - '0') * weight;
    weight /= 10;
  }
  return value;
}

/// Whether a range such as `de-AT` or `DE` is about the language.
bool is_about(std::string_view range, std::string_view code) {
  const auto tag = base::trimmed(range.substr(0, range.find(';')));
  const auto primary = tag.substr(0, tag.find('-'));
  return base::equal_ignoring_case(primary, code);
}

struct Span {
  long long number = 0;
  std::string_view unit;  ///< in the case that "vor" and "seit" want
};

/// The largest whole unit; unit empty below a minute.
Span span_of(Language language, base::Time now, base::Time then) {
  struct Unit {
    std::chrono::seconds length;
    std::array<std::string_view, 2> one;
    std::array<std::string_view, 2> many;
  };
  static constexpr std::array kUnits{
      Unit{.length = std::chrono::days(1), .one = {"day", "Tag"}, .many = {"days", "Tagen"}},
      Unit{
          .length = std::chrono::hours(1), .one = {"hour", "Stunde"}, .many = {"hours", "Stunden"}},
      Unit{.length = std::chrono::minutes(1),
           .one = {"minute", "Minute"},
           .many = {"minutes", "Minuten"}}};
  const auto which = static_cast<std::size_t>(language);
  for (const Unit& unit : kUnits) {
    const auto number = (now - then) / unit.length;
    if (number >= 1) return {.number = number, .unit = (number == 1 ? unit.one : unit.many)[which]};
  }
  return {};
}

}  // namespace

std::string_view code_of(Language language) { return language == Language::de ? "de" : "en"; }

bool is_language(std::string_view text) { return text == "en" || text == "de"; }

Language choose_language(std::string_view asked, std::string_view accept_language) {
  if (is_language(asked)) return asked == "de" ? Language::de : Language::en;
  int english = 0;
  int german = 0;
  for (std::size_t i = 0; i < kMostRanges && !accept_language.empty(); ++i) {
    const auto range = accept_language.substr(0, accept_language.find(','));
    accept_language.remove_prefix(std::min(accept_language.size(), range.size() + 1));
    // Of equal ones the first wins, so a later one must be better by something.
    const int quality = quality_of(range) * static_cast<int>(kMostRanges) - static_cast<int>(i);
    if (is_about(range, "en")) english = std::max(english, quality);
    if (is_about(range, "de")) german = std::max(german, quality);
  }
  return german > english ? Language::de : Language::en;
}

std::string_view say(Language language, Text text) {
  const TextRow& row = text_rows()[static_cast<std::size_t>(text)];
  return language == Language::de ? row.german : row.english;
}

std::string fill(std::string_view pattern, std::span<const std::string_view> values) {
  std::string result;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const bool place = pattern[at] == '{' && at + 2 < pattern.size() && pattern[at + 2] == '}' &&
                       pattern[at + 1] >= '0' && pattern[at + 1] <= '9';
    if (!place) {
      result += pattern[at];
      continue;
    }
    const auto number = static_cast<std::size_t>(pattern[at + 1] - '0');
    if (number < values.size()) result += values[number];
    at += 2;
  }
  return result;
}

std::string say(Language language, Text text, std::initializer_list<std::string_view> values) {
  return fill(say(language, text), {values.begin(), values.size()});
}

Html say_html(Language language, Text text, std::initializer_list<Piece> pieces) {
  std::vector<std::string_view> values;
  for (const Piece& piece : pieces) values.emplace_back(piece.text());
  // The texts are ours, but they are texts: & and < in them are escaped like anywhere.
  return {fill(escape(say(language, text)), values)};
}

std::string ago(Language language, base::Time now, base::Time then) {
  const bool german = language == Language::de;
  const auto [number, unit] = span_of(language, now, then);
  if (unit.empty()) return german ? "gerade eben" : "just now";
  if (german) return "vor " + std::to_string(number) + " " + std::string(unit);
  return std::to_string(number) + " " + std::string(unit) + " ago";
}

std::string ahead(Language language, base::Time now, base::Time then) {
  const bool german = language == Language::de;
  const auto [number, unit] = span_of(language, then, now);
  if (unit.empty()) return german ? "in weniger als einer Minute" : "in less than a minute";
  return "in " + std::to_string(number) + " " + std::string(unit);
}

std::string lasting(Language language, base::Time now, base::Time since) {
  const bool german = language == Language::de;
  const auto [number, unit] = span_of(language, now, since);
  if (unit.empty()) return german ? "seit weniger als einer Minute" : "for less than a minute";
  return (german ? "seit " : "for ") + std::to_string(number) + " " + std::string(unit);
}

}  // namespace toyota2mqtt::web
