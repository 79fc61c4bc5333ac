#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Texts of the cloud: cleaned, and checked before they go anywhere. Pure; any thread. Private to
/// this part.
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

}  // namespace toyota2mqtt::toyota
