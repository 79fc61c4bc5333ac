#include "rest/auth/jwt.hpp"

#include <jwt.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace toyota2mqtt::rest {

namespace {

constexpr std::size_t kLongestJwt = 1024;
constexpr long kLatestJwtTime = 4'102'444'800;  // the year 2100: later times are no times

struct FreeJwt {
  void operator()(jwt_t* token) const { jwt_free(token); }
};
struct FreeJwtText {
  // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): libjwt's texts come from malloc
  void operator()(char* text) const { std::free(text); }
};
using JwtToken = std::unique_ptr<jwt_t, FreeJwt>;

bool is_token_shaped(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return text.size() <= kLongestJwt && std::ranges::all_of(text, fits);
}

/// OpenSSL's and libjwt's interfaces want bytes; the text is only read.
const unsigned char* jwt_bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// `secret` nullptr: neither signature nor algorithm is looked at.
JwtToken decode_jwt(const std::string& text, const std::string* secret) {
  jwt_t* found = nullptr;
  const auto* key = secret == nullptr ? nullptr : jwt_bytes(*secret);
  const auto size = secret == nullptr ? 0 : static_cast<int>(secret->size());
  if (jwt_decode(&found, text.c_str(), key, size) != 0) return nullptr;
  JwtToken token(found);
  // The algorithm is ours to say, not the token's.
  if (secret != nullptr && jwt_get_alg(found) != JWT_ALG_HS256) return nullptr;
  return token;
}

std::string jwt_text(const char* text) { return text == nullptr ? "" : text; }

std::optional<base::Time> jwt_time(jwt_t* token, const char* name) {
  const auto seconds = jwt_get_grant_int(token, name);
  if (seconds <= 0 || seconds > kLatestJwtTime) return std::nullopt;
  return base::Time(std::chrono::seconds(seconds));
}

long jwt_seconds(base::Time time) {
  return static_cast<long>(
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
}

void check_jwt(int result) {
  if (result != 0) throw std::runtime_error("libjwt could not make a token");
}

}  // namespace

std::string sign_token(const Claims& claims, const std::vector<TokenKey>& keys) {
  const auto& key = keys.at(0);
  jwt_t* made = nullptr;
  check_jwt(jwt_new(&made));
  const JwtToken token(made);
  check_jwt(jwt_add_header(made, "kid", key.id.c_str()));
  check_jwt(jwt_add_grant(made, "sub", claims.subject.c_str()));
  check_jwt(jwt_add_grant(made, "typ", claims.type.c_str()));
  check_jwt(jwt_add_grant(made, "jti", claims.id.c_str()));
  check_jwt(jwt_add_grant_int(made, "iat", jwt_seconds(claims.issued)));
  check_jwt(jwt_add_grant_int(made, "exp", jwt_seconds(claims.expires)));
  const auto& secret = key.secret.reveal();
  check_jwt(jwt_set_alg(made, JWT_ALG_HS256, jwt_bytes(secret), static_cast<int>(secret.size())));
  const std::unique_ptr<char, FreeJwtText> text(jwt_encode_str(made));
  if (!text) throw std::runtime_error("libjwt could not sign a token");
  return text.get();
}

std::optional<Claims> verify_token(std::string_view token, const std::vector<TokenKey>& keys) {
  if (!is_token_shaped(token)) return std::nullopt;
  const std::string text(token);
  const auto unchecked = decode_jwt(text, nullptr);
  if (!unchecked) return std::nullopt;
  const auto kid = jwt_text(jwt_get_header(unchecked.get(), "kid"));
  const auto key = std::ranges::find(keys, kid, &TokenKey::id);
  if (key == keys.end() || key->secret.empty()) return std::nullopt;
  const auto checked = decode_jwt(text, &key->secret.reveal());
  if (!checked) return std::nullopt;
  const auto issued = jwt_time(checked.get(), "iat");
  const auto expires = jwt_time(checked.get(), "exp");
  if (!issued || !expires) return std::nullopt;
  const auto not_before = jwt_time(checked.get(), "nbf");
  const bool names_one =
      std::unique_ptr<char, FreeJwtText>(jwt_get_grants_json(checked.get(), "nbf")) != nullptr;
  // A beginning that is no time is not one that has come.
  if (names_one && !not_before) return std::nullopt;
  return Claims{.subject = jwt_text(jwt_get_grant(checked.get(), "sub")),
                .type = jwt_text(jwt_get_grant(checked.get(), "typ")),
                .id = jwt_text(jwt_get_grant(checked.get(), "jti")),
                .issued = *issued,
                .not_before = not_before,
                .expires = *expires};
}

}  // namespace toyota2mqtt::rest
