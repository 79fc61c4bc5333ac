#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace toyota2mqtt::base {

class Crypto;

/// A vehicle identification number. Like Secret it cannot be printed by accident: `reveal()` is for
/// the wire and for places where the owner asked, `masked()` for logs and messages.
class Vin {
 public:
  /// Accepts 3 to 32 characters of `A-Z a-z 0-9 * - _` (recorded answers mask VINs with `*`);
  /// anything else is nullopt, so a Vin is always safe as a header value. Held in upper case, so
  /// that what an owner types in lower case names the same car.
  static std::optional<Vin> parse(std::string_view text);

  [[nodiscard]] const std::string& reveal() const { return text_; }
  /// The last four characters behind an ellipsis, for example `…0001`.
  [[nodiscard]] std::string masked() const;

  friend auto operator<=>(const Vin&, const Vin&) = default;

 private:
  explicit Vin(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// The name of a car in topics and identifiers: the first 10 hex digits of SHA-256 of its VIN
/// (docs/mqtt.md). A pseudonym, not a secret.
struct CarId {
  std::string text;
  friend auto operator<=>(const CarId&, const CarId&) = default;
};

CarId car_id(const Vin& vin, const Crypto& crypto);

}  // namespace toyota2mqtt::base
