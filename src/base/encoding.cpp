#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

#include <array>

namespace toyota2mqtt::base {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::optional<unsigned> base64_digit(char c) {
  if (c == '+') c = '-';
  if (c == '/') c = '_';
  const auto place = kBase64Url.find(c);
  if (place == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(place);
}

std::optional<unsigned> hex_digit(char c) {
  const auto place = kHexDigits.find(to_lower(c));
  if (place == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned>(place);
}

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 0xFU];
  }
  return text;
}

std::string base64url(std::span<const std::uint8_t> bytes) {
  std::string text;
  unsigned pending = 0;
  int bits = 0;
  for (const auto byte : bytes) {
    pending = (pending << 8U) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += kBase64Url[(pending >> static_cast<unsigned>(bits)) & 0x3FU];
    }
  }
  if (bits > 0) text += kBase64Url[(pending << static_cast<unsigned>(6 - bits)) & 0x3FU];
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  unsigned pending = 0;
  int bits = 0;
  for (const char c : text) {
    const auto digit = base64_digit(c);
    if (!digit) return std::nullopt;
    pending = (pending << 6U) | *digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((pending >> static_cast<unsigned>(bits)) & 0xFFU);
    }
  }
  return bytes;
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += static_cast<char>("0123456789ABCDEF"[byte >> 4U]);
    encoded += static_cast<char>("0123456789ABCDEF"[byte & 0xFU]);
  }
  return encoded;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]);
    const auto low = hex_digit(text[i + 2]);
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>((*high << 4U) | *low);
    i += 2;
  }
  return decoded;
}

}  // namespace toyota2mqtt::base
