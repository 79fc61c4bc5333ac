#include "support/paths.hpp"

namespace toyota2mqtt::test {

std::string source_path(std::string_view below) {
  return std::string(T2M_SOURCE_DIR).append(below);
}

std::string build_path(std::string_view below) { return std::string(T2M_BINARY_DIR).append(below); }

}  // namespace toyota2mqtt::test
