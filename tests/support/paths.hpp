#pragma once

#include <string>
#include <string_view>

namespace toyota2mqtt::test {

/// A path below the project's folder: `source_path("/tests/golden")`. One file alone is told where
/// that is, so that a compiler cache serves every checkout.
std::string source_path(std::string_view below);

}  // namespace toyota2mqtt::test
