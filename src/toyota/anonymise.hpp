#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "toyota/json_read.hpp"

/// Takes identities out of JSON: used by the Recorder alone. Private to this part.
namespace toyota2mqtt::toyota {

/// Two passes: learn() every text first, then rewrite(), so that an identity that is named in one
/// place disappears everywhere. The same original always becomes the same replacement.
class Anonymiser {
 public:
  /// Degrees added to every place.
  Anonymiser(double latitude_shift, double longitude_shift)
      : latitude_shift_(latitude_shift), longitude_shift_(longitude_shift) {}

  /// Remembers the identities in a document.
  void learn(const Json& node);
  /// Remembers one text as a VIN.
  void learn_vin(std::string_view vin) { replacement(Kind::vin, vin); }
  /// The document without them.
  [[nodiscard]] Json rewrite(const Json& node) { return rewrite(node, "", 0); }
  /// A text (a path, a query value) without them.
  [[nodiscard]] std::string scrub(std::string_view text);
  /// Whether an original is still in a rewritten document: the second net. Places that were moved
  /// do not count: one may come to lie where another was.
  [[nodiscard]] bool leaks(const Json& rewritten) const;
  /// Whether an original is in the text.
  [[nodiscard]] bool names_original(std::string_view text) const;

 private:
  enum class Kind { none, vin, guid, number, name, mail, text, place, message };

  static Kind kind_of(std::string_view key);
  /// Of a key and one below it, the one that decides what a value is.
  static std::string_view deciding(std::string_view outer, std::string_view inner);
  void learn(const Json& node, Kind kind, bool inherited);
  void learn_leaf(Kind kind, const Json& node, bool inherited);
  /// Too short to look for, or a name that is the model's too ("RAV4").
  [[nodiscard]] bool common(const std::string& original) const;
  const std::string& replacement(Kind kind, std::string_view original);
  Json rewrite(const Json& node, std::string_view key, int depth);
  Json rewrite_leaf(Kind kind, const Json& node, std::string_view key, int depth);
  Json rewrite_place(const Json& node, std::string_view key) const;
  static Json without_places(const Json& node, std::string_view key);
  double shifted(double degrees, std::string_view key) const;

  double latitude_shift_;
  double longitude_shift_;
  std::map<std::string, std::string> replacements_;  ///< by the original in lower case
  std::set<std::string> places_;                     ///< original coordinates, as written
  std::set<std::string> names_;
  std::vector<std::string> models_;
  std::size_t counter_ = 0;
};

}  // namespace toyota2mqtt::toyota
