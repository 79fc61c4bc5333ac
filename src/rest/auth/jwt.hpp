#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/base/time.hpp"

/// JSON Web Tokens (RFC 7519) by libjwt, signed with HS256 and nothing else. Pure; any thread.
namespace toyota2mqtt::rest {

/// What a token says. It holds nothing personal.
struct Claims {
  std::string subject = {};  ///< session id
  std::string type = {};     ///< `typ`: "access" or "refresh"
  std::string id = {};       ///< `jti`
  base::Time issued{};
  std::optional<base::Time> not_before = {};  ///< `nbf`, which tokens of ours do not name
  base::Time expires{};
};

struct TokenKey {
  std::string id;  ///< `kid`
  base::Secret secret;
};

/// Signs with the first key. Requires: `keys` is not empty.
[[nodiscard]] std::string sign_token(const Claims& claims, const std::vector<TokenKey>& keys);
/// Returns the claims when the key with the token's `kid` signed it with HS256. Does not look at
/// times, type or revocation. Tokens over 1,024 bytes are refused unread.
[[nodiscard]] std::optional<Claims> verify_token(std::string_view token,
                                                 const std::vector<TokenKey>& keys);

}  // namespace toyota2mqtt::rest
