#pragma once

#include <cstddef>
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

}  // namespace toyota2mqtt::toyota
