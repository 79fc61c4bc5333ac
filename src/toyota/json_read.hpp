#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json_io.hpp"
#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/vehicle/state.hpp"

/// Reading hostile JSON and texts of the cloud: everything returns nullopt instead of throwing.
/// Pure; any thread. Private to this part.
namespace toyota2mqtt::toyota {

/// Cuts to at most `limit` bytes at a character's border; control characters become blanks, and
/// those at the ends go.
std::string clean_text(std::string_view text, std::size_t limit);

/// True when `text` can be a header value or part of one: 1 to `most` characters of printable
/// ASCII without space, quotes, comma, semicolon and backslash.
bool is_token_text(std::string_view text, std::size_t most);

/// A text of the cloud for the owner: one line, at most `most` characters, unprintable characters
/// and words with an `@` left out.
std::string presentable(std::string_view text, std::size_t most);

/// What is known of a number beforehand: it decides what a lone comma or point means.
enum class NumberText : std::uint8_t {
  any,    ///< may have decimals: "154,2" and "154.2" are the same
  whole,  ///< has none: "21,738" is twenty-one thousand
};

/// "77.0", "154,2", "1,234.5", "1.234,5", "21'738": the whole text, whose meaning must be the only
/// one that it can have; nullopt for all else. "154,200" of `any` could be two numbers, and
/// "21.738" of `whole`, too: both are nullopt. Always finite.
std::optional<double> parse_number(std::string_view text, NumberText kind);

using json_io::Json;

inline constexpr std::size_t kLargestBody = std::size_t{4} << 20;

/// One whole body. An empty one is `{}`; what is no UTF-8 or no character of JSON is replaced, not
/// refused. Errors: unexpected_response when it is too large, nested too deep, or not JSON.
base::Result<Json> parse_body(std::string_view body);

struct DecodeContext {
  const base::Zone& zone;  ///< in which the owner's days, months and years begin
  base::Time now;
  /// Called for what is there and cannot be read: a JSON path without personal data, and what
  /// stands there, which may be the owner's. Also called twice for one place. May be empty.
  std::function<void(std::string_view path, std::string_view text)> unknown = {};
};

/// One word of an enumeration of the cloud, in lower case, and what it means.
template <class T>
struct Word {
  std::string_view text;
  T value;
};

/// One JSON object, read by dotted paths (`doors.driver.openStatus.status`). Every reader answers
/// nullopt for what is missing, null, of a wrong type or out of range; what is there and cannot
/// be read is reported to DecodeContext::unknown. Numbers may be texts (parse_number()). Valid
/// while the JSON lives.
class Reader {
 public:
  Reader(const Json* node, const DecodeContext& context, std::string prefix = {})
      : node_(node), context_(&context), prefix_(std::move(prefix)) {}

  [[nodiscard]] const Json* find(std::string_view path) const;
  [[nodiscard]] bool has(std::string_view path) const { return find(path) != nullptr; }
  [[nodiscard]] Reader child(std::string_view path) const;
  /// The objects of an array, at most 2,000.
  [[nodiscard]] std::vector<Reader> list(std::string_view path) const;
  /// Whether there is an array and every one of its items is an object.
  [[nodiscard]] bool is_whole_list(std::string_view path) const;
  [[nodiscard]] bool is_number(std::string_view path) const;
  [[nodiscard]] const DecodeContext& context() const { return *context_; }

  [[nodiscard]] std::optional<double> number(std::string_view path) const;
  /// A number without decimals, whose text may group its digits by thousands ("21,738").
  [[nodiscard]] std::optional<double> whole_number(std::string_view path) const;
  /// A number from `least` to `most`.
  [[nodiscard]] std::optional<double> number_within(std::string_view path, double least,
                                                    double most) const;
  [[nodiscard]] std::optional<int> count(std::string_view path) const;
  /// true, "True", 1 and their opposites.
  [[nodiscard]] std::optional<bool> boolean(std::string_view path) const;
  /// The same, and what cannot be read is not reported: for lists of flags.
  [[nodiscard]] std::optional<bool> flag(std::string_view path) const;
  /// Not empty; at most `limit` bytes.
  [[nodiscard]] std::optional<std::string> text(std::string_view path,
                                                std::size_t limit = 200) const;
  /// ISO 8601, or milliseconds since 1970; a time more than two minutes ahead of now is unknown.
  [[nodiscard]] std::optional<base::Time> timestamp(std::string_view path) const;
  /// `YYYY-MM-DD`, also as the beginning of a time stamp.
  [[nodiscard]] std::optional<std::chrono::year_month_day> date(std::string_view path) const;

  /// `{"value", "unit"}`; without a unit it is unknown. Never negative.
  [[nodiscard]] std::optional<vehicle::Kilometres> distance(std::string_view path) const;
  /// The same of an odometer, whose text may group its digits by thousands.
  [[nodiscard]] std::optional<vehicle::Kilometres> odometer(std::string_view path) const;
  /// A bare number in `unit`.
  [[nodiscard]] std::optional<vehicle::Kilometres> kilometres(
      std::optional<double> value, const std::optional<std::string>& unit,
      std::string_view path) const;
  [[nodiscard]] std::optional<vehicle::Celsius> temperature(std::string_view path) const;
  [[nodiscard]] std::optional<vehicle::Celsius> celsius(std::optional<double> value,
                                                        const std::optional<std::string>& unit,
                                                        std::string_view path) const;
  /// 0 to 100, bare or `{"value", "unit"}`.
  [[nodiscard]] std::optional<vehicle::Percent> percent(std::string_view path) const;
  /// Not negative; 65535 and 65335 mean unknown (docs/toyota-protocol.md, "Battery and
  /// charging").
  [[nodiscard]] std::optional<vehicle::Minutes> minutes(std::string_view path) const;
  /// The places `latitude` and `longitude` of this object; (0, 0) means that none is known.
  [[nodiscard]] std::optional<vehicle::Position> position() const;
  /// `{"hour", "minute"}`.
  [[nodiscard]] std::optional<std::chrono::minutes> time_of_day(std::string_view path) const;

  /// The whole text, in any case, in `words`; any other text is counted and unknown.
  template <class T, std::size_t N>
  [[nodiscard]] std::optional<T> enumeration(std::string_view path,
                                             const std::array<Word<T>, N>& words) const {
    const auto found = text(path);
    if (!found) {
      report_unreadable(path);
      return std::nullopt;
    }
    const auto wanted = base::lower_case(*found);
    for (const auto& word : words) {
      if (word.text == wanted) return word.value;
    }
    report_unknown(path, *found);
    return std::nullopt;
  }
  void report_unknown(std::string_view path, std::string_view text) const;
  /// The same for whatever stands there; nothing for what is missing or null.
  void report_unreadable(std::string_view path) const;

 private:
  [[nodiscard]] std::optional<double> read_number(std::string_view path, NumberText kind) const;
  [[nodiscard]] std::optional<vehicle::Kilometres> measured_distance(std::string_view path,
                                                                     NumberText kind) const;
  const Json* node_;
  const DecodeContext* context_;
  std::string prefix_;
};

}  // namespace toyota2mqtt::toyota
