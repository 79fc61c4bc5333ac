#include "toyota/sign_in.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "json/json_io.hpp"
#include "toyota/json_read.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

using base::ErrorCode;
using base::percent_encode;
using json_io::Json;

namespace {

constexpr int kMostRounds = 10;
constexpr std::size_t kLongestSignInAnswer = std::size_t{256} << 10U;
constexpr std::size_t kLongestAuthorizationCode = 4096;
constexpr std::chrono::seconds kSignInDeadline{30};
constexpr std::string_view kSessionCookie = "iPlanetDirectoryPro";

std::string authorize_url(const Endpoints& endpoints, const BrandConstants& brand,
                          std::string_view challenge) {
  return fmt::format(
      "{}/oauth2/realms/root/realms/{}/authorize?client_id={}&scope=openid+profile+write"
      "&response_type=code&redirect_uri={}&code_challenge={}&code_challenge_method=S256",
      endpoints.login_url, brand.realm, percent_encode(brand.client_id),
      percent_encode(brand.redirect_uri), challenge);
}

// The app's scheme is not http, so the target is not taken apart as a URL but at its '?'.
std::optional<std::string> code_in(std::string_view location) {
  const auto question = location.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  auto query = location.substr(question + 1);
  query = query.substr(0, query.find('#'));
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (!pair.starts_with("code=")) continue;
    auto code = base::percent_decode(pair.substr(5));
    if (!code || code->empty() || code->size() > kLongestAuthorizationCode) return std::nullopt;
    return code;
  }
  return std::nullopt;
}

bool sets_session_cookie(const base::HttpResponse& response) {
  for (const auto& header : response.headers) {
    if (base::contains_ignoring_case(header.name, "set-cookie") &&
        header.value.starts_with(fmt::format("{}=", kSessionCookie))) {
      return true;
    }
  }
  return false;
}

}  // namespace

SignIn::SignIn(const Services& services, const Endpoints& endpoints, const Credentials& credentials)
    : services_(services),
      endpoints_(endpoints),
      credentials_(credentials),
      brand_(constants_of(credentials.brand)),
      session_(services.http.new_session()) {}

Task<Result<void>> SignIn::post(Json body) {
  if (++rounds_ > kMostRounds) {
    co_return base::fail(ErrorCode::unexpected_response,
                         "The sign-in asks more and more questions");
  }
  base::HttpRequest request{
      .method = "POST",
      .url = fmt::format("{}/json/realms/root/realms/{}/authenticate?authIndexType=service"
                         "&authIndexValue={}",
                         endpoints_.login_url, brand_.realm, kAuthService),
      .log_path = "/json/authenticate",
      .headers = {{"content-type", "application/json"},
                  {"accept", "application/json"},
                  {"accept-api-version", "resource=2.1, protocol=1.0"}},
      .body = json_io::to_text(body),
      .timeout = kSignInDeadline,
      .max_response_bytes = kLongestSignInAnswer};
  auto response = co_await session_->send(std::move(request));
  if (!response) co_return base::fail(response.error());
  if (response->status != 200) {
    co_return base::fail(refusal_of(response->status, response->body, name_sent_, brand_));
  }
  auto reply = json_io::parse_repaired(response->body);
  if (!reply) {
    co_return base::fail(ErrorCode::unexpected_response, "The sign-in answered with no JSON",
                         cloud_is_ill());
  }
  if (auto validated = validate_questions(*reply, brand_); !validated) {
    co_return base::fail(validated.error());
  }
  session_cookie_held_ = sets_session_cookie(*response);
  reply_ = std::move(*reply);
  co_return Result<void>();
}

Task<Result<void>> SignIn::until_password() {
  auto body = Json::object();
  while (!asks_for_password(reply_)) {
    if (json_io::text_member(reply_, "tokenId")) {
      co_return base::fail(ErrorCode::unexpected_response,
                           "The sign-in gave a session without asking for the password");
    }
    if (auto posted = co_await post(body); !posted) co_return base::fail(posted.error());
    // Only with_password() may answer this question.
    if (asks_for_password(reply_)) break;
    body = answered(reply_, credentials_);
    name_sent_ = name_sent_ || body != reply_;
  }
  name_sent_ = true;
  co_return Result<void>();
}

Task<Result<Tokens>> SignIn::with_password() {
  bool password_sent = false;
  while (!json_io::text_member(reply_, "tokenId")) {
    if (password_sent && asks_for_password(reply_)) co_return base::fail(wrong_password(brand_));
    password_sent = true;
    if (auto posted = co_await post(answered(reply_, credentials_)); !posted) {
      co_return base::fail(posted.error());
    }
  }
  std::array<std::uint8_t, 32> bytes{};
  services_.random.fill(bytes);
  const auto verifier = base::base64url(bytes);
  auto code = co_await authorize(base::base64url(services_.crypto.sha256(verifier)));
  if (!code) co_return base::fail(code.error());
  co_return co_await exchange(std::move(*code), verifier);
}

Task<Result<std::string>> SignIn::authorize(std::string challenge) {
  const auto session = json_io::text_member(reply_, "tokenId").value_or("");
  base::HttpRequest request{.method = "GET",
                            .url = authorize_url(endpoints_, brand_, challenge),
                            .log_path = "/oauth2/authorize",
                            .timeout = kSignInDeadline,
                            .max_response_bytes = kLongestSignInAnswer};
  if (!session_cookie_held_) {
    if (!is_token_text(session, kLongestAuthorizationCode)) {
      co_return base::fail(ErrorCode::unexpected_response,
                           "The sign-in gave a session that cannot be sent back");
    }
    request.headers.push_back({"cookie", fmt::format("{}={}", kSessionCookie, session)});
  }
  auto response = co_await session_->send(std::move(request));
  if (!response) co_return base::fail(response.error());
  if (response->status != 302) {
    auto error = refusal_of(response->status, "", false, brand_);
    error.message = fmt::format("The authorization answered with status {} instead of a redirect",
                                response->status);
    co_return base::fail(error);
  }
  auto code = code_in(response->header("location").value_or(""));
  if (!code) {
    co_return base::fail(ErrorCode::unexpected_response,
                         "The authorization's redirect carries no code", terms_open(brand_).remedy);
  }
  co_return std::move(*code);
}

Task<Result<Tokens>> SignIn::exchange(std::string code, std::string verifier) {
  auto response = co_await session_->send(code_request(endpoints_, brand_, code, verifier));
  if (!response) co_return base::fail(response.error());
  auto tokens = read_tokens(*response, services_.clock.now(), std::nullopt);
  if (!tokens && tokens.error().code == ErrorCode::token_expired) {
    // There is no older token to refresh here: the exchange itself was refused.
    auto error = tokens.error();
    error.code = ErrorCode::unexpected_response;
    error.message = "The code of the sign-in was not accepted";
    co_return base::fail(error);
  }
  co_return tokens;
}

}  // namespace toyota2mqtt::toyota
