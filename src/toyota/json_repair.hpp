#pragma once

#include <string>
#include <string_view>

/// Texts that are almost JSON. Pure; any thread. Private to this part.
namespace toyota2mqtt::toyota {

/// `text` with what no JSON parser takes inside of strings made harmless: bytes that are no UTF-8
/// and escaped halves of characters become U+FFFD, raw control characters become blanks. Everything
/// else is as it was.
std::string repaired_json(std::string_view text);

}  // namespace toyota2mqtt::toyota
