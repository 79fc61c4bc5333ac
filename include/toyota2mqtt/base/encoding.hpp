#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace toyota2mqtt::base {

/// Lower-case hexadecimal.
std::string hex(std::span<const std::uint8_t> bytes);
/// base64url without padding (RFC 4648 section 5), as PKCE and JWT use it.
std::string base64url(std::span<const std::uint8_t> bytes);
/// Accepts base64 and base64url, padded or not; nullopt on any other character.
std::optional<std::string> base64_decode(std::string_view text);
/// Percent-encodes everything but RFC 3986 unreserved characters.
std::string percent_encode(std::string_view text);
/// Decodes `%XX` (and leaves `+` alone); nullopt on a broken escape.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace toyota2mqtt::base
