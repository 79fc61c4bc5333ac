#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

/// Careful reading of outside JSON and text.
namespace toyota2mqtt::toyota {

inline constexpr int kDeepestNesting = 32;

/// True when the JSON text nests deeper than kDeepestNesting. Counted before parsing, so that a
/// body of brackets costs one pass and no memory; writing and copying a JSON value recurse.
bool too_deep(std::string_view text);

/// The value, or nullopt when the text is not JSON or too_deep().
std::optional<nlohmann::json> parse_bounded(std::string_view text);

/// The member, or nullptr when `object` is not an object or has no such member.
const nlohmann::json* member(const nlohmann::json& object, std::string_view name);
std::optional<std::string> text_member(const nlohmann::json& object, std::string_view name);
std::optional<std::int64_t> integer_member(const nlohmann::json& object, std::string_view name);

/// One line of text that never throws on broken UTF-8.
std::string to_text(const nlohmann::json& value);

/// True when `text` contains `part`, letters compared without case (ASCII).
bool contains_word(std::string_view text, std::string_view part);

/// True when `text` can be a header value or part of one: 1 to `most` characters of printable
/// ASCII without space, quotes, comma, semicolon and backslash.
bool is_token_text(std::string_view text, std::size_t most);

/// A text of the cloud for the owner: one line, at most `most` characters, unprintable characters
/// and words with an `@` left out.
std::string presentable(std::string_view text, std::size_t most);

}  // namespace toyota2mqtt::toyota
