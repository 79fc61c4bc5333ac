#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/secret.hpp"

/// The last-chance filter of the log: a net under the types that keep secrets out of messages.
/// Pure; any thread, as long as nobody adds a secret meanwhile.
namespace toyota2mqtt::platform {

class Redactor {
 public:
  /// Redacts this text from now on, also percent-encoded, form-encoded and JSON-escaped. Texts
  /// under 4 characters are ignored: they would blacken half of every message.
  void add_secret(const base::Secret& secret);

  /// `text` with `[redacted]` in place of: added secrets, JSON web tokens, what follows `Bearer`,
  /// user and password in URLs, e-mail addresses (also with `%40`), VINs (17 characters A-H J-N P
  /// R-Z 0-9 of either case, with a letter and a digit), pairs of decimals with three or more
  /// places, and the number behind latitude, longitude, lat, lon or lng. Linear in the length of
  /// `text`. Masked forms (`…0001`, `d…@e….com`) stay readable.
  [[nodiscard]] std::string redact(std::string_view text) const;

 private:
  std::vector<std::string> literals_;  // longest first
};

/// `text` as one line of valid UTF-8 that a terminal cannot misread: control characters, invisible
/// and direction-changing characters and invalid bytes become `\n`, `\t`, `\xNN` or `\uNNNN`.
/// A backslash stays as it is.
std::string escape_controls(std::string_view text);

/// At most `limit` bytes, cut between characters and then marked with `…`.
std::string shorten(std::string text, std::size_t limit);

}  // namespace toyota2mqtt::platform
