#include <fmt/format.h>

#include "simulator/sign_in.hpp"
#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::simulator {

namespace {

struct Client {
  std::string id;
  std::string redirect;
  std::string basic;
  std::string audience;
};

// Published constants of the apps (docs/toyota-protocol.md, "Hosts and brands"), not secrets of any
// user.
Client client_of(const std::string& realm) {
  if (realm == "tme") {
    return {"oneapp", "com.toyota.oneapp:/oauth2Callback",
            "b25lYXBwOm9uZWFwcA==", "oneappsdkclient"};
  }
  const std::string id = "8c4921b0b08901fef389ce1af49c4e10.subaru.com";
  return {id, "com.subaru.oneapp:/oauth2Callback",
          "OGM0OTIxYjBiMDg5MDFmZWYzODljZTFhZjQ5YzRlMTAuc3ViYXJ1LmNvbTpJaGNkcjV4YmhIYlRSMk9aOGdRa3Yy"
          "NTZicmhTYjc=",
          id};
}

std::string value(const std::map<std::string, std::string>& pairs, const char* key) {
  const auto found = pairs.find(key);
  return found == pairs.end() ? std::string() : found->second;
}

Reply oauth_error(int status, const char* error, const char* description) {
  return json_reply(status, {{"error", error}, {"error_description", description}});
}

Reply redirect(const std::string& to) {
  Reply reply;
  reply.status = 302;
  reply.headers.push_back({"Location", to});
  return reply;
}

// The client proves itself in the Authorization header, or in the form (RFC 6749 section 2.3.1).
bool client_proved(const Request& request, const std::map<std::string, std::string>& form,
                   const Client& client) {
  const auto pair = base::base64_decode(client.basic).value_or("");
  if (const auto header = request.header("authorization")) {
    const auto space = header->find(' ');
    if (space == std::string::npos || !same_text(header->substr(0, space), "basic")) return false;
    return base::base64_decode(header->substr(space + 1)) == pair;
  }
  return form.contains("client_secret") &&
         value(form, "client_id") + ":" + value(form, "client_secret") == pair;
}

}  // namespace

Reply SignIn::authorize(const Request& request, const std::string& realm) {
  const auto client = client_of(realm);
  const auto& query = request.query;
  if (request.method != "GET") return oauth_error(405, "invalid_request", "only GET");
  if (value(query, "client_id") != client.id) {
    return oauth_error(400, "invalid_client", "Client authentication failed");
  }
  if (value(query, "redirect_uri") != client.redirect) {
    return oauth_error(400, "redirect_uri_mismatch", "The redirection URI is not registered");
  }
  const auto session = cookie(request, "iPlanetDirectoryPro");
  const auto known = session ? sessions_.find(*session) : sessions_.end();
  if (known == sessions_.end()) {
    return redirect("https://b2c-login.toyota-europe.com/login/?realm=/" + realm);
  }
  const auto method = query.contains("code_challenge_method") ? query.at("code_challenge_method")
                                                              : std::string("plain");
  const auto challenge = value(query, "code_challenge");
  const bool method_known = method == "plain" || method == "S256";
  if (value(query, "response_type") != "code" || challenge.empty() || !method_known) {
    return redirect(client.redirect + "?error=invalid_request&error_description=" +
                    base::percent_encode("response_type, code_challenge or its method is wrong"));
  }
  const auto code = base::base64url(world_.crypto.sha256(world_.random_hex(16))).substr(0, 27);
  codes_[code] = {realm, known->second, challenge, method == "S256", client.redirect};
  const auto issuer = "https://b2c-login.toyota-europe.com/oauth2/realms/root/realms/" + realm;
  return redirect(client.redirect + "?code=" + base::percent_encode(code) +
                  "&iss=" + base::percent_encode(issuer) + "&client_id=" + client.id);
}

Reply SignIn::token(const Request& request, const std::string& realm) {
  const auto type = request.header("content-type").value_or("");
  if (request.method != "POST" ||
      !same_text(type.substr(0, 33), "application/x-www-form-urlencoded")) {
    return oauth_error(400, "invalid_request", "a form is expected");
  }
  const auto form = base::parse_form(request.body);
  const auto client = client_of(realm);
  if (!client_proved(request, form, client) ||
      (form.contains("client_id") && form.at("client_id") != client.id)) {
    return oauth_error(401, "invalid_client", "Client authentication failed");
  }
  const auto grant = value(form, "grant_type");
  if (grant == "authorization_code") return redeem(form, realm);
  if (grant == "refresh_token") return renew(form, realm);
  return oauth_error(400, "unsupported_grant_type", "Grant type is not supported");
}

Reply SignIn::redeem(const std::map<std::string, std::string>& form, const std::string& realm) {
  const auto found = codes_.find(value(form, "code"));
  if (found == codes_.end()) return oauth_error(400, "invalid_grant", "The code is not valid");
  const auto code = found->second;
  codes_.erase(found);  // single use, also when what follows fails
  const auto verifier = value(form, "code_verifier");
  const auto proof = code.s256 ? base::base64url(world_.crypto.sha256(verifier)) : verifier;
  if (code.realm != realm || value(form, "redirect_uri") != code.redirect) {
    return oauth_error(400, "invalid_grant", "The redirection URI does not match");
  }
  if (verifier.empty() || proof != code.challenge) {
    return oauth_error(400, "invalid_grant", "code_verifier parameter does not match");
  }
  return tokens(code.guid, realm);
}

Reply SignIn::renew(const std::map<std::string, std::string>& form, const std::string& realm) {
  const auto found = refresh_.find(value(form, "refresh_token"));
  if (found == refresh_.end() || found->second.realm != realm) {
    world_.journal.refreshes_refused += 1;
    return oauth_error(400, "invalid_grant", "grant is invalid");
  }
  const auto guid = found->second.guid;
  refresh_.erase(found);
  world_.journal.refreshes += 1;
  return tokens(guid, realm);
}

Reply SignIn::tokens(const std::string& guid, const std::string& realm) {
  const auto seconds = token_seconds_.value_or(world_.options.token_seconds);
  const auto now =
      std::chrono::floor<std::chrono::seconds>(world_.clock.now()).time_since_epoch().count();
  const Json claims = {{"sub", guid},          {"iss", "https://b2c-login.toyota-europe.com"},
                       {"exp", now + seconds}, {"iat", now},
                       {"realm", "/" + realm}, {"jti", world_.random_hex(12)}};
  const auto access = jwt(claims, "RS256");
  auto renewal_claims = claims;
  renewal_claims["jti"] = world_.random_hex(12);
  renewal_claims["tokenName"] = "refresh_token";
  const auto renewal = jwt(renewal_claims, "HS256");
  auto identity = claims;
  identity["uuid"] = guid;
  identity["aud"] = client_of(realm).audience;
  identity["tokenName"] = "id_token";

  constexpr std::size_t kMostTokens = 10000;
  if (access_.size() > kMostTokens) access_.clear();
  access_[access] = {guid, world_.clock.real() + std::chrono::seconds(seconds)};
  refresh_[renewal] = {guid, realm};
  return json_reply(200, {{"access_token", access},
                          {"refresh_token", renewal},
                          {"scope", "openid profile write"},
                          {"id_token", jwt(identity, "RS256")},
                          {"token_type", "Bearer"},
                          {"expires_in", seconds}});
}

SignIn::TokenState SignIn::check(const std::string& access, std::string& guid) const {
  const auto found = access_.find(access);
  if (found == access_.end()) return TokenState::unknown;
  guid = found->second.guid;
  return world_.clock.real() < found->second.ends ? TokenState::valid : TokenState::expired;
}

void SignIn::expire_tokens(bool refresh_tokens) {
  for (auto& [token, access] : access_) access.ends = world_.clock.real();
  if (refresh_tokens) refresh_.clear();
}

}  // namespace toyota2mqtt::simulator
