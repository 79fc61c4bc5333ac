#pragma once

#include <array>
#include <span>
#include <string_view>

namespace toyota2mqtt::web {

/// One sentence of the bridge in the page's words. {0}, {1} stand for what varies.
struct Translation {
  std::string_view source;        ///< as the bridge writes it, without a full stop or with
  std::string_view english = {};  ///< on the page, for what was typed there; empty: as it is
  std::string_view english_configured = {};  ///< for what stands in the configuration
  std::string_view german = {};              ///< on the page, in German
  std::string_view german_configured = {};  ///< for what stands in the configuration; empty: german
};

std::span<const Translation> translations();

}  // namespace toyota2mqtt::web
