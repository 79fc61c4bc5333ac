#pragma once

#include <cstddef>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"

namespace toyota2mqtt::base {

/// Longest password, in bytes, that any part of the program takes: of the maker's account, of the
/// broker, of an administrator. Other secrets of the configuration have the same limit.
inline constexpr std::size_t kLongestPassword = 1024;

/// What a password must be, for a message: "expected …", "must be …", "a password is …".
inline constexpr std::string_view kPasswordRule =
    "one line of 1 to 1024 bytes without control characters";

/// Blanks count: a password may consist of them. Errors: config_invalid, with kPasswordRule in the
/// remedy; nothing of the password is repeated.
Result<void> check_password(std::string_view password);

}  // namespace toyota2mqtt::base
