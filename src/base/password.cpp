#include "toyota2mqtt/base/password.hpp"

#include <algorithm>

namespace toyota2mqtt::base {

Result<void> check_password(std::string_view password) {
  const bool control = std::ranges::any_of(
      password, [](char byte) { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F; });
  if (!password.empty() && password.size() <= kLongestPassword && !control) return {};
  return fail(ErrorCode::config_invalid,
              password.empty() ? "The password is missing"
                               : "The password is too long or holds control characters",
              "A password is one line of 1 to 1024 bytes without control characters.");
}

}  // namespace toyota2mqtt::base
