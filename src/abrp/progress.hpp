#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/abrp/link.hpp"

namespace toyota2mqtt::abrp {

/// JSON text for the store, and back; nullopt for anything that is not such a text. A source that
/// this version does not know is left out.
std::string serialize(const Progress& progress);
std::optional<Progress> parse_progress(std::string_view text);

}  // namespace toyota2mqtt::abrp
