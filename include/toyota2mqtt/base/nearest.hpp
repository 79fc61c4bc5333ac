#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace toyota2mqtt::base {

/// The candidate that `word` was probably meant to be; empty when none is near. Upper case, `-` and
/// `.` count as lower case and `_`. Meant for short words: keys, commands, options.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace toyota2mqtt::base
