#include <chrono>
#include <span>
#include <string>

#include "rest/auth/jwt.hpp"
#include "support/catch.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/platform/crypto.hpp"

using namespace toyota2mqtt;

namespace {

rest::Claims claims() {
  return {.subject = "session",
          .type = "access",
          .id = "id",
          .issued = base::Time(std::chrono::seconds(1'800'000'000)),
          .expires = base::Time(std::chrono::seconds(1'800'000'900))};
}

}  // namespace

TEST_CASE("what was signed is read back, by the key that its kid names") {
  const rest::TokenKey a{.id = "a", .secret = base::Secret(std::string(32, 'a'))};
  const rest::TokenKey b{.id = "b", .secret = base::Secret(std::string(32, '\0') + "b")};
  const auto token = rest::sign_token(claims(), {b, a});
  const auto found = rest::verify_token(token, {a, b}).value();
  CHECK(found.subject == "session");
  CHECK(found.type == "access");
  CHECK(found.id == "id");
  CHECK(found.issued == claims().issued);
  CHECK(found.expires == claims().expires);
  CHECK_FALSE(rest::verify_token(token, {a}));
  CHECK_FALSE(rest::verify_token(token, {}));
  // A key with a zero byte in it is used whole.
  const rest::TokenKey cut{.id = "b", .secret = base::Secret(std::string(32, '\0'))};
  CHECK_FALSE(rest::verify_token(token, {cut}));
}

TEST_CASE(
    "the time before which a token does not hold is read, and one that is no time is refused") {
  const rest::TokenKey key{.id = "a", .secret = base::Secret(std::string(32, 'a'))};
  const platform::OpenSslCrypto crypto;
  const auto token_with = [&](const std::string& nbf) {
    const auto encoded = [](const std::string& text) {
      return base::base64url(
          std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    };
    const auto text = encoded(R"({"alg":"HS256","kid":"a","typ":"JWT"})") + "." +
                      encoded(R"({"exp":1800000900,"iat":1800000000,"jti":"id","nbf":)" + nbf +
                              R"(,"sub":"session","typ":"access"})");
    return text + "." + base::base64url(crypto.hmac_sha256(key.secret.reveal(), text));
  };
  const auto found = rest::verify_token(token_with("1800000300"), {key});
  REQUIRE(found.has_value());
  CHECK(found->not_before == base::Time(std::chrono::seconds(1'800'000'300)));
  for (const auto* nonsense : {"\"soon\"", "-1", "0", "1e300", "null", "[]", "99999999999999"}) {
    INFO(nonsense);
    CHECK_FALSE(rest::verify_token(token_with(nonsense), {key}).has_value());
  }
  CHECK_FALSE(rest::verify_token(rest::sign_token(claims(), {key}), {key})->not_before.has_value());
}

TEST_CASE("a token is the one that RFC 7519's other programs make") {
  const rest::TokenKey key{.id = "a", .secret = base::Secret(std::string(32, 'k'))};
  // PyJWT: jwt.encode({...}, "k" * 32, "HS256", headers={"kid": "a"})
  CHECK(rest::verify_token(
            "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ."
            "eyJzdWIiOiJzIiwidHlwIjoiYWNjZXNzIiwianRpIjoiaSIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIj"
            "oxODAwMDAwOTAwfQ.SUtkr_4NntcNGzoK4HpFJYfLyvTAIoonQ1_fhrSz9I8",
            {key})
            .value()
            .expires == claims().expires);
}
