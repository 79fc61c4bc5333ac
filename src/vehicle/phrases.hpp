#pragma once

#include <array>
#include <span>
#include <string_view>

namespace toyota2mqtt::vehicle {

/// One text, in the order of Language.
using Phrase = std::array<std::string_view, 6>;

/// Names of entities, and headings of the dashboard.
std::span<const Phrase> name_phrases();

}  // namespace toyota2mqtt::vehicle
