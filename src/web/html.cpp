#include "web/html.hpp"

namespace toyota2mqtt::web {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

unsigned char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

bool continues(std::string_view text, std::size_t at) { return (byte_at(text, at) >> 6U) == 2; }

/// Bytes of the well-formed character that begins here (Unicode 15, table 3-7); 0 = none does.
std::size_t character_length(std::string_view text, std::size_t at) {
  const unsigned char first = byte_at(text, at);
  const unsigned char second = byte_at(text, at + 1);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(text, at + 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    const bool whole = continues(text, at + 1) && continues(text, at + 2);
    return whole && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool beyond = first == 0xF4 && second > 0x8F;
    const bool whole =
        continues(text, at + 1) && continues(text, at + 2) && continues(text, at + 3);
    return whole && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::string_view escaped_character(std::string_view character) {
  switch (character.front()) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\n':
    case '\r':
    case '\t': return " ";
    default: break;
  }
  const auto code = static_cast<unsigned char>(character.front());
  return code < 0x20 || code == 0x7F ? kReplacement : character;
}

}  // namespace

std::string escape(std::string_view plain) {
  std::string text;
  text.reserve(plain.size());
  for (std::size_t at = 0; at < plain.size();) {
    const std::size_t length = character_length(plain, at);
    text += length == 0 ? kReplacement : escaped_character(plain.substr(at, length));
    at += length == 0 ? 1 : length;
  }
  return text;
}

Html html(Pattern pattern, std::initializer_list<Piece> pieces) {
  Html result;
  std::string_view rest = pattern.text();
  const Piece* next = pieces.begin();
  for (auto gap = rest.find("{}"); gap != std::string_view::npos; gap = rest.find("{}")) {
    result.text += rest.substr(0, gap);
    if (next != pieces.end()) result.text += (next++)->text();
    rest.remove_prefix(gap + 2);
  }
  result.text += rest;
  return result;
}

Html line(Pattern pattern, std::initializer_list<Piece> pieces) {
  Html result = html(pattern, pieces);
  result.text += '\n';
  return result;
}

}  // namespace toyota2mqtt::web
