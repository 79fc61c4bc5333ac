#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "toyota2mqtt/toyota/account.hpp"

/// The content of the token file before it is sealed (layout: file_token_store.hpp). Pure.
namespace toyota2mqtt::platform {

using TokenMap = std::map<std::string, toyota::Tokens>;  // by account key
inline constexpr std::string_view kTokenHeader = "toyota2mqtt-tokens 1\n";

std::string encode_tokens(const TokenMap& tokens);
/// nullopt for everything that encode_tokens() did not make.
std::optional<TokenMap> decode_tokens(std::string_view text);

}  // namespace toyota2mqtt::platform
