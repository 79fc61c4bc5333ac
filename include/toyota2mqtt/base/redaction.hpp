#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/secret.hpp"

/// What must not be written down, found in texts by its form: the last-chance filter of the log, a
/// net under the types that keep secrets out of messages, and the filter for what others wrote,
/// such as the cloud's notifications. Pure; any thread, as long as nobody adds a secret meanwhile.
namespace toyota2mqtt::base {

/// Stands in place of what was found.
inline constexpr std::string_view kRedacted = "[redacted]";

class Redactor {
 public:
  /// Redacts this text from now on, also percent-encoded, form-encoded and JSON-escaped. Texts
  /// under 4 characters are ignored: they would blacken half of every message.
  void add_secret(const Secret& secret);

  /// `text` with `[redacted]` in place of: added secrets, JSON web tokens, what follows `Bearer`,
  /// user and password in URLs, e-mail addresses (also with `%40`), VINs (17 letters and
  /// digits of either case, at least one of each), pairs of decimals with three or more
  /// places, and the number behind latitude, longitude, lat, lon or lng. Linear in the length of
  /// `text`. Masked forms (`…0001`, `d…@e….com`) stay readable.
  [[nodiscard]] std::string redact(std::string_view text) const;

 private:
  std::vector<std::string> literals_;  // longest first
};

/// As Redactor::redact() with the patterns alone, no secret being added.
std::string redact_text(std::string_view text);

/// For names: without what redact_text() replaces, and without the marks that stood around it.
/// Empty: the text was nothing else.
std::string without_personal(std::string_view text);

/// `text` as one line of valid UTF-8 that a terminal cannot misread: control characters, invisible
/// and direction-changing characters and invalid bytes become `\n`, `\t`, `\xNN` or `\uNNNN`.
/// A backslash stays as it is.
std::string escape_controls(std::string_view text);

/// At most `limit` bytes, cut between characters and then marked with `…`.
std::string shorten(std::string text, std::size_t limit);

}  // namespace toyota2mqtt::base
