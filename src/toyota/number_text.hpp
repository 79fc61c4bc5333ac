#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Numbers that came as texts. Pure; any thread. Private to this part.
namespace toyota2mqtt::toyota {

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
