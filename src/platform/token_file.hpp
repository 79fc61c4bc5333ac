#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/toyota/account.hpp"

/// The content of the token file (layout: file_token_store.hpp). Pure.
namespace toyota2mqtt::platform {

using TokenMap = std::map<std::string, toyota::Tokens>;  // by account key
using Nonce = std::array<std::uint8_t, 12>;
constexpr std::size_t kTokenKeySize = 32;
constexpr std::size_t kLargestTokenFile = std::size_t{1} << 20U;

/// `key` has kTokenKeySize bytes; a nonce is never used twice with one key.
std::string seal_tokens(const TokenMap& tokens, std::string_view key, const Nonce& nonce);
/// nullopt for everything that seal_tokens() did not make with this key.
std::optional<TokenMap> open_tokens(std::string_view file, std::string_view key);

}  // namespace toyota2mqtt::platform
