#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/setup/set_up.hpp"

/// The content of the set-up file before it is sealed. Pure.
namespace toyota2mqtt::platform {

inline constexpr std::string_view kSetUpHeader = "toyota2mqtt-set-up 1\n";

std::string encode_set_up(const setup::SetUp& set_up);
/// nullopt when the text is no set-up at all. An entry that makes no sense loses that entry.
std::optional<setup::SetUp> decode_set_up(std::string_view text);

}  // namespace toyota2mqtt::platform
