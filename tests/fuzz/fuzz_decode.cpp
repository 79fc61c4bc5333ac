#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "support/decode_property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(data, data + size);
  const auto violation = toyota2mqtt::test::decode_violation(body);
  if (!violation.empty()) {
    std::fprintf(stderr, "%s\n", violation.c_str());
    std::abort();
  }
  return 0;
}
