#pragma once

#include <optional>
#include <string_view>

#include "toyota/brands.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/toyota/account.hpp"

/// The token endpoint (docs/toyota-protocol.md, "Tokens"). Pure.
namespace toyota2mqtt::toyota {

/// Exchanges the code of a sign-in for tokens.
base::HttpRequest code_request(const Endpoints& endpoints, const BrandConstants& brand,
                               std::string_view code, std::string_view verifier);
base::HttpRequest refresh_request(const Endpoints& endpoints, const BrandConstants& brand,
                                  const base::Secret& refresh);

/// Reads the answer. `before`: the tokens that were refreshed; what a refresh may leave out (the
/// next refresh token, the id_token) is kept from them.
/// Errors: token_expired when the grant itself was refused (sign in again), rate_limited,
/// unreachable (5xx), unexpected_response.
base::Result<Tokens> read_tokens(const base::HttpResponse& response, base::Time now,
                                 const std::optional<Tokens>& before);

}  // namespace toyota2mqtt::toyota
