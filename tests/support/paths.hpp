#pragma once

#include <string>
#include <string_view>

namespace toyota2mqtt::test {

/// A path below the project's folder: `source_path("/tests/golden")`; and below the folder of this
/// build. One file alone knows where they are, so that a compiler cache serves every checkout.
std::string source_path(std::string_view below);
std::string build_path(std::string_view below);

}  // namespace toyota2mqtt::test
