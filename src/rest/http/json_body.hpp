#pragma once

#include <cstddef>
#include <expected>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "json/json_io.hpp"
#include "rest/http/problem.hpp"
#include "toyota2mqtt/rest/api.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

/// JSON as answers carry it. Private to this part.
namespace toyota2mqtt::rest {

/// A request's body as a JSON object of known members. Everything about it is checked before it is
/// taken: kind, depth, names, types and lengths; what was sent is never repeated in a problem.
class JsonBody {
 public:
  static constexpr std::size_t kLargest = std::size_t{16} << 10;  ///< bytes
  static constexpr int kDeepest = 8;

  /// `members` are the names that may be there. Problems: 400 (no JSON, no object, too deep, a name
  /// that is unknown or comes twice), 413, 415. `request` must have a body; a route whose body may
  /// be left out asks for that first.
  static std::expected<JsonBody, Problem> read(const Request& request,
                                               std::initializer_list<std::string_view> members);

  /// A text of 1 to `longest` bytes without control characters, which must be there.
  [[nodiscard]] std::expected<std::string, Problem> text(std::string_view name,
                                                         std::size_t longest) const;
  /// The member "password", which must be there and can be one (base::check_password()).
  [[nodiscard]] std::expected<std::string, Problem> password() const;
  /// The member "brand"; Toyota when it is missing or null.
  [[nodiscard]] std::expected<vehicle::Brand, Problem> brand() const;
  /// A text, or nullopt when it is missing or null.
  [[nodiscard]] std::expected<std::optional<std::string>, Problem> optional_text(
      std::string_view name, std::size_t longest) const;
  [[nodiscard]] std::expected<std::optional<bool>, Problem> optional_flag(
      std::string_view name) const;
  /// For what the above do not cover.
  [[nodiscard]] const json_io::Json& object() const { return object_; }

 private:
  explicit JsonBody(json_io::Json object) : object_(std::move(object)) {}
  [[nodiscard]] const json_io::Json* member(std::string_view name) const;

  json_io::Json object_;
};

/// Whether Content-Type says JSON; the character set is UTF-8 or not named.
bool says_json(const Request& request);

using Json = json_io::OrderedJson;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
/// null for an empty text.
Json text_or_null(std::string_view text);
Response json_response(int status, const Json& body);

}  // namespace toyota2mqtt::rest
