#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/rest/sign_in.hpp"

namespace toyota2mqtt::platform {

/// rest::TokenCodec by libjwt. Tokens over 1,024 bytes are not looked at. Any thread.
class JwtCodec final : public rest::TokenCodec {
 public:
  [[nodiscard]] std::string sign(const rest::Claims& claims,
                                 const std::vector<Key>& keys) const override;
  [[nodiscard]] std::optional<rest::Claims> verify(std::string_view token,
                                                   const std::vector<Key>& keys) const override;
};

}  // namespace toyota2mqtt::platform
