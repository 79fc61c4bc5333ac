#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/config/load.hpp"

// Any bytes give settings or problems, never an exception; every place lies inside the text, and
// the secret that the environment holds is in no message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toyota2mqtt::config;
  constexpr std::string_view kCanary = "CANARY-5f1c";
  const std::string text(data, data + size);
  if (text.contains(kCanary)) return 0;  // the fuzzer found the canary itself
  const Loaded loaded = load_text(text, "fuzz", [&](const std::string& name) {
    return name.ends_with("_PASSWORD") ? std::optional<std::string>(kCanary) : std::nullopt;
  });
  if (loaded.problems.size() > 101) std::abort();
  for (const Problem& problem : loaded.problems) {
    if (to_string(problem).contains(kCanary)) std::abort();
    if (problem.found.empty() || problem.expected.empty()) std::abort();
    if (static_cast<std::size_t>(problem.line) > size + 1) std::abort();
  }
  return 0;
}
