#include "toyota/sign_in.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "json/json_io.hpp"
#include "toyota/json_read.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;
using base::percent_encode;

namespace {

constexpr std::size_t kLongestTokenAnswer = std::size_t{256} << 10U;
constexpr std::size_t kMostToken = std::size_t{16} << 10U;
constexpr std::size_t kMostGuid = 128;
constexpr std::int64_t kLongestLife = std::int64_t{7} * 86400;
constexpr std::chrono::seconds kTokenDeadline{30};

base::HttpRequest token_request(const Endpoints& endpoints, const BrandConstants& brand,
                                std::string form) {
  return {.method = "POST",
          .url = fmt::format("{}/oauth2/realms/root/realms/{}/access_token", endpoints.login_url,
                             brand.realm),
          .log_path = "/oauth2/access_token",
          .headers = {{"content-type", "application/x-www-form-urlencoded"},
                      {"authorization", fmt::format("basic {}", brand.basic_credential)},
                      {"accept", "application/json"}},
          .body = std::move(form),
          .timeout = kTokenDeadline,
          .max_response_bytes = kLongestTokenAnswer};
}

// The uuid claim of an id_token. The signature is not checked, as in every client: the token came
// over a checked TLS connection from its issuer.
std::optional<std::string> guid_of(std::string_view id_token) {
  const auto first = id_token.find('.');
  if (first == std::string_view::npos || id_token.size() > kMostToken) return std::nullopt;
  const auto second = id_token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto payload = base::base64_decode(id_token.substr(first + 1, second - first - 1));
  if (!payload) return std::nullopt;
  const auto claims = json_io::parse_repaired(*payload);
  if (!claims) return std::nullopt;
  auto guid = json_io::text_member(*claims, "uuid");
  if (!guid || !is_token_text(*guid, kMostGuid)) return std::nullopt;
  return guid;
}

base::Error refused(const base::HttpResponse& response) {
  const auto body = json_io::parse_repaired(response.body);
  const bool oauth_error = body && json_io::text_member(*body, "error").has_value();
  if (response.status == 401 || (response.status == 400 && oauth_error)) {
    return {.code = ErrorCode::token_expired,
            .message = "The stored sign-in is no longer accepted",
            .http_status = response.status};
  }
  const auto code = response.status == 429   ? ErrorCode::rate_limited
                    : response.status >= 500 ? ErrorCode::unreachable
                                             : ErrorCode::unexpected_response;
  return {.code = code,
          .message = fmt::format("The token endpoint answered with status {}", response.status),
          .http_status = response.status};
}

base::Result<Tokens> incomplete() {
  return base::fail(ErrorCode::unexpected_response,
                    "The token endpoint's answer lacks a part or has one that cannot be used");
}

}  // namespace

base::HttpRequest code_request(const Endpoints& endpoints, const BrandConstants& brand,
                               std::string_view code, std::string_view verifier) {
  return token_request(
      endpoints, brand,
      fmt::format("client_id={}&code={}&redirect_uri={}&grant_type=authorization_code"
                  "&code_verifier={}",
                  percent_encode(brand.client_id), percent_encode(code),
                  percent_encode(brand.redirect_uri), percent_encode(verifier)));
}

base::HttpRequest refresh_request(const Endpoints& endpoints, const BrandConstants& brand,
                                  const base::Secret& refresh) {
  return token_request(
      endpoints, brand,
      fmt::format("grant_type=refresh_token&refresh_token={}&client_id={}&redirect_uri={}",
                  percent_encode(refresh.reveal()), percent_encode(brand.client_id),
                  percent_encode(brand.redirect_uri)));
}

base::Result<Tokens> read_tokens(const base::HttpResponse& response, base::Time now,
                                 const std::optional<Tokens>& before) {
  if (response.status != 200) return base::fail(refused(response));
  const auto answer = json_io::parse_repaired(response.body);
  if (!answer) return incomplete();
  const auto access = json_io::text_member(*answer, "access_token");
  auto refresh = json_io::text_member(*answer, "refresh_token");
  const auto id_token = json_io::text_member(*answer, "id_token");
  const auto life = json_io::integer_member(*answer, "expires_in");
  auto guid = id_token ? guid_of(*id_token) : std::nullopt;
  if (before && !refresh) refresh = before->refresh.reveal();
  if (before && !guid) guid = before->guid;
  if (!access || !is_token_text(*access, kMostToken) || !refresh || refresh->empty() ||
      refresh->size() > kMostToken || !guid || !life || *life <= 0) {
    return incomplete();
  }
  return Tokens{.access = base::Secret(*access),
                .refresh = base::Secret(std::move(*refresh)),
                .guid = std::move(*guid),
                .expires_at = now + std::chrono::seconds(std::min(*life, kLongestLife))};
}

}  // namespace toyota2mqtt::toyota
