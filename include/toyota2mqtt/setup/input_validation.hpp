#pragma once

#include <string>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/secret.hpp"

/// What people typed, and what they are told. Pure.
namespace toyota2mqtt::setup {

/// A key or token as it can stand in a request: printable ASCII without spaces, at most 200.
bool is_token(const base::Secret& secret);
/// Free of control characters, and not too long for what it is.
bool is_line(std::string_view text, std::size_t limit);

/// The error with a remedy: where none is known, what helps against errors of its kind.
base::Error with_remedy(base::Error error);
/// The same for a sign-in that failed, with what happened in plain words.
base::Error sign_in_error(base::Error error);

}  // namespace toyota2mqtt::setup
