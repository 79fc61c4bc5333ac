#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "support/fakes.hpp"
#include "support/loop.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::test {

base::HttpResponse http_answer(int status, std::string body = "");
/// An id_token with this `uuid` claim; its signature is nonsense.
std::string id_token(const std::string& guid);
/// A ForgeRock callback with one input.
nlohmann::json callback(const std::string& type, const std::string& prompt, int number);

/// The sign-in side of the cloud (docs/toyota-protocol.md, "Sign-in"), with the failures as
/// switches.
struct LoginServer {
  base::Result<base::HttpResponse> answer(const base::HttpRequest& request);

  std::string username = "driver@example.com";
  std::string password = "canary-password-1";
  std::string guid = "00000000-0000-4000-8000-000000000001";
  bool sets_session_cookie = true;

  /// Answers instead of the usual ones.
  std::optional<base::HttpResponse> instead_of_start;
  std::optional<base::HttpResponse> instead_of_password_question;
  std::optional<base::HttpResponse> instead_of_session;
  std::optional<base::HttpResponse> instead_of_redirect;
  std::optional<base::HttpResponse> instead_of_tokens;
  std::optional<base::Result<base::HttpResponse>> instead_of_refresh;

  int starts = 0;
  int password_posts = 0;
  int refreshes = 0;
  int generation = 0;          ///< numbers the tokens: access-1, refresh-1, …
  std::string valid_refresh;   ///< the only refresh token that is accepted
  std::string code_challenge;  ///< what the authorization was asked with

 private:
  base::Result<base::HttpResponse> authenticate(const base::HttpRequest& request);
  base::Result<base::HttpResponse> token(const base::HttpRequest& request);
  base::HttpResponse new_tokens();
};

/// Everything that an Account or a Cloud needs, under a fake clock.
struct ToyotaRig {
  ToyotaRig();
  toyota::Services services();
  /// The same with another way to the cloud.
  toyota::Services services_with(base::HttpClient& client);
  [[nodiscard]] toyota::Credentials credentials() const;
  /// Tokens in the store, as an earlier run left them: access-0, refresh-0.
  void store_tokens(std::chrono::seconds valid_for);
  [[nodiscard]] std::string key();
  /// The refusal that is stored for these credentials.
  std::optional<base::Error> rejection_of(const toyota::Account& account);

  TestLoop loop;
  platform::OpenSslCrypto crypto;
  MemoryStore store;
  MemoryTokenStore tokens;
  LoginServer login;
  std::function<base::Result<base::HttpResponse>(const base::HttpRequest&)> api;
  FakeHttp http;
  toyota::Endpoints endpoints{.login_url = "http://127.0.0.1:1", .api_url = "http://127.0.0.1:2"};
};

}  // namespace toyota2mqtt::test
