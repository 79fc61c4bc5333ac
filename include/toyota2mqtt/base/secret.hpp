#pragma once

#include <iosfwd>
#include <string>
#include <utility>

namespace toyota2mqtt::base {

/// A password, token or key. It has no stream operator and no formatter, so logging one does not
/// compile; `reveal()` is the single, searchable way to the text.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  /// The text itself. Call it only where the secret goes on the wire or into encrypted storage.
  [[nodiscard]] const std::string& reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

 private:
  std::string text_;
};

}  // namespace toyota2mqtt::base
