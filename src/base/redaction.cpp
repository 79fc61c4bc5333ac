#include "toyota2mqtt/base/redaction.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::base {

namespace {

constexpr std::string_view kEllipsis = "…";

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_foreign(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_base64url(char c) { return is_alphanumeric(c) || c == '-' || c == '_'; }
bool starts(std::string_view text, std::size_t at, std::string_view wanted) {
  return text.substr(std::min(at, text.size())).starts_with(wanted);
}
bool starts_any_case(std::string_view text, std::size_t at, std::string_view wanted) {
  return at <= text.size() && starts_ignoring_case(text.substr(at), wanted);
}
template <class Wanted>
std::size_t skip(std::string_view text, std::size_t at, Wanted wanted) {
  while (at < text.size() && wanted(text[at])) ++at;
  return at;
}
bool is_hex(char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'f'); }
// The end of an escape (`%3D`, `\n`) is no part of the word behind it.
bool begins_word(std::string_view text, std::size_t at) {
  if (at == 0 || !is_alphanumeric(text[at - 1])) return true;
  if (at >= 2 && text[at - 2] == '\\') return true;
  return at >= 3 && text[at - 3] == '%' && is_hex(text[at - 2]) && is_hex(text[at - 1]);
}

// What a matcher found: text[from, to) is to be replaced. It may begin after the asked place, as
// with `Bearer`, which stays.
struct Match {
  std::size_t from;
  std::size_t to;
};
using Found = std::optional<Match>;

// A token that was cut off counts too, so the dots are not required.
Found match_jwt(std::string_view text, std::size_t at) {
  constexpr std::size_t kShortest = 10;
  if (!starts(text, at, "eyJ")) return {};
  const auto end = skip(text, at, [](char c) { return is_base64url(c) || c == '.'; });
  if (end - at < kShortest) return {};
  return Match{at, end};
}

Found match_bearer(std::string_view text, std::size_t at) {
  constexpr std::string_view kWord = "bearer";
  if (!starts_any_case(text, at, kWord)) return {};
  auto from = at + kWord.size();
  while (from < text.size()) {
    if (is_blank(text[from]) || text[from] == '+' || text[from] == ':' || text[from] == '"') {
      ++from;
    } else if (starts(text, from, "%20")) {
      from += 3;
    } else {
      break;
    }
  }
  // `bearer: Bearer abc`: the second one has the token behind it.
  if (from == at + kWord.size() || starts_any_case(text, from, kWord)) return {};
  const auto to = skip(text, from, [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '\'' && c != ',' && c != ';';
  });
  if (to == from) return {};
  return Match{from, to};
}

// `mqtt://user:password@host`
Found match_userinfo(std::string_view text, std::size_t at) {
  constexpr std::string_view kMark = "://";
  if (!starts(text, at, kMark)) return {};
  const auto from = at + kMark.size();
  const auto end = skip(text, from, [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '/' && c != '?' && c != '#' && c != '"';
  });
  const auto sign = text.substr(from, end - from).rfind('@');
  if (sign == std::string_view::npos || sign == 0) return {};
  return Match{from, from + sign};
}

bool is_local_part(char c) {
  return is_alphanumeric(c) || is_foreign(c) || std::string_view("._+-!#$&*^~'{}|`").contains(c);
}

std::size_t skip_domain(std::string_view text, std::size_t at) {
  while (
      at < text.size() && !starts(text, at, kEllipsis) &&
      (is_alphanumeric(text[at]) || is_foreign(text[at]) || text[at] == '.' || text[at] == '-')) {
    ++at;
  }
  while (at > 0 && (text[at - 1] == '.' || text[at - 1] == '-')) --at;
  return at;
}

// Where the domain of an e-mail address ends whose sign is at `at`; 0 when that is none.
std::size_t email_end(std::string_view text, std::size_t at) {
  std::size_t domain = 0;
  if (starts(text, at, "@")) domain = at + 1;
  if (starts(text, at, "%40")) domain = at + 3;
  if (domain == 0) return 0;
  const auto end = skip_domain(text, domain);
  return end > domain && text.substr(domain, end - domain).contains('.') ? end : 0;
}

// Where in the clean text before an e-mail sign the name begins. A masked name ends with an
// ellipsis, so it is empty; and it never reaches into a redaction, because of the bracket.
std::size_t name_begin(std::string_view clean) {
  auto begin = clean.size();
  while (begin > 0 && is_local_part(clean[begin - 1]) &&
         !clean.substr(0, begin).ends_with(kEllipsis)) {
    --begin;
  }
  return begin;
}

// Real ones have no I, O and Q; what a cloud calls one may.
Found match_vin(std::string_view text, std::size_t at) {
  constexpr std::size_t kLength = 17;
  if (!begins_word(text, at) || at + kLength > text.size()) return {};
  const auto word = text.substr(at, kLength);
  if (at + kLength < text.size() && is_alphanumeric(text[at + kLength])) return {};
  if (!std::ranges::all_of(word, is_alphanumeric)) return {};
  if (std::ranges::none_of(word, is_digit) || std::ranges::none_of(word, is_letter)) return {};
  return Match{at, at + kLength};
}

struct Decimal {
  double value;
  std::size_t places;
  std::size_t end;
};

std::optional<Decimal> decimal_at(std::string_view text, std::size_t at) {
  constexpr std::size_t kMostDigits = 3;
  auto digits = at;
  if (starts(text, digits, "-") || starts(text, digits, "+")) ++digits;
  const auto point = skip(text, digits, is_digit);
  if (point == digits || point - digits > kMostDigits || !starts(text, point, ".")) return {};
  const auto end = skip(text, point + 1, is_digit);
  if (end == point + 1) return {};
  Decimal found{.value = 0, .places = end - point - 1, .end = end};
  // Hundreds of places are no coordinate, but the first ones still tell which number it is.
  std::from_chars(text.data() + digits, text.data() + std::min(end, point + 10), found.value);
  return found;
}

bool begins_number(std::string_view text, std::size_t at) {
  return begins_word(text, at) && (at == 0 || text[at - 1] != '.');
}

std::size_t skip_separator(std::string_view text, std::size_t at) {
  constexpr std::size_t kLongest = 6;
  const auto start = at;
  while (at < text.size() && at - start < kLongest) {
    if (starts_any_case(text, at, "%2c") || starts(text, at, "%20")) {
      at += 3;
    } else if (is_blank(text[at]) || std::string_view(",;/|:").contains(text[at])) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

Found match_coordinates(std::string_view text, std::size_t at) {
  constexpr std::size_t kPlaces = 3;
  constexpr double kMost = 180;
  if (!begins_number(text, at)) return {};
  const auto first = decimal_at(text, at);
  if (!first || first->places < kPlaces || first->value > kMost) return {};
  const auto next = skip_separator(text, first->end);
  if (next == first->end) return {};
  const auto second = decimal_at(text, next);
  if (!second || second->places < kPlaces || second->value > kMost) return {};
  return Match{at, second->end};
}

// `latitude: 50.1`, `"lon":8.6`, `lat=50.1`
Found match_named_coordinate(std::string_view text, std::size_t at) {
  constexpr std::array<std::string_view, 5> kNames = {"latitude", "longitude", "lat", "lon", "lng"};
  constexpr std::size_t kMostBetween = 8;
  if (to_lower(text[at]) != 'l') return {};
  for (const auto name : kNames) {
    if (!starts_any_case(text, at, name)) continue;
    const bool unmistakable = name.size() > 3;
    if (!unmistakable && !begins_word(text, at)) continue;
    auto from = at + name.size();
    const auto limit = std::min(text.size(), from + kMostBetween);
    while (from < limit && std::string_view(" \t\"'\\:=").contains(text[from])) ++from;
    if (from == at + name.size()) continue;
    if (const auto number = decimal_at(text, from)) return Match{from, number->end};
  }
  return {};
}

Found match_pattern(std::string_view text, std::size_t at) {
  for (const auto matcher : {match_userinfo, match_jwt, match_bearer, match_vin, match_coordinates,
                             match_named_coordinate}) {
    if (auto found = matcher(text, at)) return found;
  }
  return {};
}

std::string json_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string form_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) encoded += c == ' ' ? "+" : percent_encode({&c, 1});
  return encoded;
}

// The hex digits of percent-escapes may be of either case; all else must fit exactly.
std::string with_small_escapes(std::string text) {
  for (std::size_t at = 0; at + 2 < text.size(); ++at) {
    if (text[at] != '%') continue;
    text[at + 1] = to_lower(text[at + 1]);
    text[at + 2] = to_lower(text[at + 2]);
  }
  return text;
}

}  // namespace

void Redactor::add_secret(const Secret& secret) {
  constexpr std::size_t kShortest = 4;
  const auto& text = secret.reveal();
  if (text.size() < kShortest) return;
  const auto percent = percent_encode(text);
  const auto form = form_encoded(text);
  for (const auto& form_of_it : {text, json_escaped(text), percent, with_small_escapes(percent),
                                 form, with_small_escapes(form)}) {
    if (std::ranges::find(literals_, form_of_it) == literals_.end()) {
      literals_.push_back(form_of_it);
    }
  }
  std::ranges::sort(literals_, std::ranges::greater(), &std::string::size);
}

std::string Redactor::redact(std::string_view text) const {
  std::string clean;
  clean.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const auto literal = std::ranges::find_if(
        literals_, [&](const std::string& secret) { return starts(text, at, secret); });
    std::size_t end = 0;
    if (literal != literals_.end()) {
      end = at + literal->size();
    } else if (const auto found = match_pattern(text, at)) {
      clean.append(text.substr(at, found->from - at));
      end = found->to;
    } else if (end = email_end(text, at); end != 0) {
      const auto name = name_begin(clean);
      if (name == clean.size()) end = 0;
      clean.resize(name);
    }
    if (end == 0) {
      clean += text[at++];
      continue;
    }
    clean += kRedacted;
    // What follows is judged as the beginning of a text: no word reaches back into a secret.
    text.remove_prefix(end);
    at = 0;
  }
  return clean;
}

std::string redact_text(std::string_view text) {
  static const Redactor patterns_only;
  return patterns_only.redact(text);
}

std::string without_personal(std::string_view text) {
  auto rest = redact_text(text);
  bool found = false;
  for (auto at = rest.find(kRedacted); at != std::string::npos; at = rest.find(kRedacted)) {
    rest.erase(at, kRedacted.size());
    found = true;
  }
  // What stood around it: "(…)", ", …" and blanks that now meet.
  if (!found) return rest;
  const auto is_edge = [](char c) { return std::string_view(" \t,;:/|-()[]").contains(c); };
  while (!rest.empty() && is_edge(rest.front())) rest.erase(0, 1);
  while (!rest.empty() && is_edge(rest.back())) rest.pop_back();
  return rest;
}

namespace {

void append_hex(std::string& text, std::string_view prefix, unsigned value, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += prefix;
  while (digits-- > 0) text += kDigits[(value >> (4U * static_cast<unsigned>(digits))) & 0xFU];
}

struct Character {
  unsigned code;
  std::size_t size;  // 0: not valid UTF-8
};

Character decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {first, 0};
  unsigned code = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {first, 0};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  const unsigned least = size == 4 ? 0x10000 : size == 3 ? 0x800 : 0x80;
  if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {first, 0};
  return {code, size};
}

bool is_treacherous(unsigned code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xAD || code == 0x61C ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
}

void append_escape(std::string& line, unsigned code) {
  if (code == '\n') {
    line += "\\n";
  } else if (code == '\r') {
    line += "\\r";
  } else if (code == '\t') {
    line += "\\t";
  } else if (code < 0x80) {
    append_hex(line, "\\x", code, 2);
  } else {
    append_hex(line, "\\u", code, 4);
  }
}

}  // namespace

std::string escape_controls(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const auto next = decode(text);
    if (next.size == 0) {
      append_hex(line, "\\x", next.code, 2);
    } else if (is_treacherous(next.code)) {
      append_escape(line, next.code);
    } else {
      line += text.substr(0, next.size);
    }
    text.remove_prefix(std::max<std::size_t>(next.size, 1));
  }
  return line;
}

std::string shorten(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const std::size_t room = limit > kEllipsis.size() ? limit - kEllipsis.size() : 0;
  text.resize(cut(text, room).size());
  return text += kEllipsis;
}

}  // namespace toyota2mqtt::base
