#include "support/toyota_rig.hpp"

#include "toyota/lockout_guard.hpp"

#include <map>
#include <span>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::test {

using base::HttpRequest;
using base::HttpResponse;
using base::Result;
using nlohmann::json;

namespace {

constexpr std::string_view kPasswordError =
    R"({"code":401,"reason":"Unauthorized","message":"Login failure",)"
    R"("detail":{"failureUrl":"error://passworderror"}})";

json choice(std::vector<std::string> choices, int number) {
  auto made = callback("ChoiceCallback", "Prompt", number);
  made["output"].push_back({{"name", "choices"}, {"value", std::move(choices)}});
  made["input"][0]["value"] = 0;
  return made;
}

HttpResponse questions(std::vector<json> callbacks) {
  return http_answer(200, json{{"authId", "auth-id"}, {"callbacks", callbacks}}.dump());
}

// The value that the client filled in for this prompt.
std::optional<std::string> filled(const json& body, std::string_view prompt) {
  if (!body.contains("callbacks")) return std::nullopt;
  for (const auto& question : body["callbacks"]) {
    if (question["output"][0]["value"] == prompt) {
      return question["input"][0]["value"].get<std::string>();
    }
  }
  return std::nullopt;
}

std::map<std::string, std::string> form_fields(std::string_view text) {
  std::map<std::string, std::string> fields;
  while (!text.empty()) {
    const auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    fields[std::string(pair.substr(0, equals))] =
        base::percent_decode(pair.substr(equals + 1)).value_or("");
  }
  return fields;
}

}  // namespace

HttpResponse http_answer(int status, std::string body) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

std::string id_token(const std::string& guid) {
  const auto claims = json{{"uuid", guid}}.dump();
  const std::vector<std::uint8_t> bytes(claims.begin(), claims.end());
  return "eyJhbGciOiJSUzI1NiJ9." + base::base64url(bytes) + ".c2lnbmF0dXJl";
}

json callback(const std::string& type, const std::string& prompt, int number) {
  return {{"type", type},
          {"output", {{{"name", "prompt"}, {"value", prompt}}}},
          {"input", {{{"name", "IDToken" + std::to_string(number)}, {"value", ""}}}},
          {"_id", number}};
}

Result<HttpResponse> LoginServer::answer(const HttpRequest& request) {
  if (request.url.find("/authenticate?") != std::string::npos) return authenticate(request);
  if (request.url.ends_with("/access_token")) return token(request);
  if (instead_of_redirect) return *instead_of_redirect;
  const auto question = request.url.find('?');
  code_challenge = form_fields(request.url.substr(question + 1))["code_challenge"];
  auto redirect = http_answer(302);
  redirect.headers.push_back(
      {"Location",
       "com.toyota.oneapp:/oauth2Callback?iss=https%3A%2F%2Fx&code=co%2Fde&client_id=x"});
  return redirect;
}

Result<HttpResponse> LoginServer::authenticate(const HttpRequest& request) {
  const auto body = json::parse(request.body);
  if (!body.contains("callbacks")) {
    ++starts;
    if (instead_of_start) return *instead_of_start;
    return questions(
        {callback("NameCallback", "Market Locale", 1), callback("NameCallback", "UI Locales", 2)});
  }
  if (filled(body, "Market Locale")) {
    return questions({callback("NameCallback", "User Name", 1),
                      choice({"Local", "Google", "Facebook", "Apple"}, 2)});
  }
  if (filled(body, "User Name")) {
    if (instead_of_password_question) return *instead_of_password_question;
    return questions(
        {callback("PasswordCallback", "Password", 1), choice({"continue", "resetpass"}, 2)});
  }
  ++password_posts;
  if (instead_of_session) return *instead_of_session;
  if (filled(body, "Password") != password) return http_answer(401, std::string(kPasswordError));
  auto session = http_answer(200, R"({"tokenId":"session-1","successUrl":"/console"})");
  if (sets_session_cookie) {
    session.headers.push_back({"set-cookie", "route=1; path=/"});
    session.headers.push_back({"Set-Cookie", "iPlanetDirectoryPro=session-1; Path=/; Secure"});
  }
  return session;
}

Result<HttpResponse> LoginServer::token(const HttpRequest& request) {
  auto form = form_fields(request.body);
  if (form["grant_type"] == "authorization_code") {
    if (instead_of_tokens) return *instead_of_tokens;
    const platform::OpenSslCrypto crypto;
    const auto challenge = base::base64url(crypto.sha256(form["code_verifier"]));
    if (challenge != code_challenge || form["code"] != "co/de") {
      return http_answer(400, R"({"error":"invalid_grant"})");
    }
    return new_tokens();
  }
  ++refreshes;
  if (instead_of_refresh) return *instead_of_refresh;
  if (form["refresh_token"] != valid_refresh) {
    return http_answer(400, R"({"error":"invalid_grant"})");
  }
  return new_tokens();
}

HttpResponse LoginServer::new_tokens() {
  ++generation;
  valid_refresh = "refresh-" + std::to_string(generation);
  return http_answer(200, json{{"access_token", "access-" + std::to_string(generation)},
                               {"refresh_token", valid_refresh},
                               {"id_token", id_token(guid)},
                               {"token_type", "Bearer"},
                               {"expires_in", 3599}}
                              .dump());
}

ToyotaRig::ToyotaRig()
    : http([this](const HttpRequest& request) -> Result<HttpResponse> {
        if (request.url.starts_with(endpoints.login_url)) return login.answer(request);
        if (api) return api(request);
        return http_answer(404, "{}");
      }) {}

toyota::Services ToyotaRig::services() { return services_with(http); }

toyota::Services ToyotaRig::services_with(base::HttpClient& client) {
  return {.http = client,
          .clock = loop.clock,
          .random = loop.random,
          .crypto = crypto,
          .log = loop.log,
          .store = store,
          .tokens = tokens};
}

toyota::Credentials ToyotaRig::credentials() const {
  return {.username = "driver@example.com",
          .password = base::Secret("canary-password-1"),
          .brand = vehicle::Brand::toyota};
}

std::optional<base::Error> ToyotaRig::rejection_of(const toyota::Account& account) {
  const auto with = services();
  const auto& credentials = account.credentials();
  const bool lasting = account.key() == toyota::account_key(credentials, crypto);
  toyota::LockoutGuard guard(with, credentials, account.key(), lasting);
  return loop.run(guard.standing_rejection()).value();
}

std::string ToyotaRig::key() { return toyota::Account(services(), endpoints, credentials()).key(); }

void ToyotaRig::store_tokens(std::chrono::seconds valid_for) {
  tokens.entries[key()] = {.access = base::Secret("access-0"),
                           .refresh = base::Secret("refresh-0"),
                           .guid = login.guid,
                           .expires_at = loop.clock.now() + valid_for};
  login.valid_refresh = "refresh-0";
}

}  // namespace toyota2mqtt::test
