#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// Markup without a way to forget the escaping: a text becomes Html only through escape(), and a
/// pattern can only be a literal of this program.
namespace toyota2mqtt::web {

/// Markup that is safe to send.
struct Html {
  std::string text;

  Html& operator+=(const Html& more) {
    text += more.text;
    return *this;
  }
};

/// The text for element content and for attribute values in double quotes. Control characters and
/// what is not UTF-8 become U+FFFD; line breaks and tabs become spaces.
std::string escape(std::string_view plain);

/// What goes into a pattern: Html as it is, everything else escaped.
class Piece {
 public:
  // NOLINTBEGIN(google-explicit-constructor): so that patterns read like sentences.
  Piece(const Html& html) : text_(html.text) {}
  Piece(std::string_view plain) : text_(escape(plain)) {}
  Piece(const std::string& plain) : Piece(std::string_view(plain)) {}
  Piece(const char* plain) : Piece(std::string_view(plain)) {}
  Piece(std::size_t number) : text_(std::to_string(number)) {}
  // NOLINTEND(google-explicit-constructor)
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// Markup written in this program: only a literal converts to it.
class Pattern {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval Pattern(const char* literal) : text_(literal) {}
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// The pattern with each `{}` replaced by the next piece. Surplus `{}` stay empty.
Html html(Pattern pattern, std::initializer_list<Piece> pieces = {});
/// The same with a line break behind it.
Html line(Pattern pattern, std::initializer_list<Piece> pieces = {});

}  // namespace toyota2mqtt::web
