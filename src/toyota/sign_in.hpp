#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "json/json_io.hpp"
#include "toyota/routes.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/toyota/account.hpp"

/// The sign-in (docs/toyota-protocol.md, "Sign-in"): the conversation, its questions, the token
/// endpoint, and what a rejection means in plain words.
namespace toyota2mqtt::toyota {

// What a rejected sign-in means, and what the owner can do about it: one function for each row of
// docs/toyota-protocol.md, "Refusals at sign-in".

base::Error wrong_password(const BrandConstants& brand);
/// Advice while no password may be sent because some were rejected today.
std::string find_out_the_password(const BrandConstants& brand);
base::Error unknown_user(const BrandConstants& brand);
base::Error one_time_code_wanted(const BrandConstants& brand);
base::Error account_locked(const BrandConstants& brand);
base::Error terms_open(const BrandConstants& brand);
/// An account made with Google, Facebook or Apple: there is no password to sign in with.
base::Error social_account(const BrandConstants& brand);
/// An unknown question or message. `text` is the cloud's.
base::Error unknown_question(const BrandConstants& brand, std::string_view text);
/// The conversation grew too old; the only refusal that may be tried again at once.
base::Error session_expired();
bool is_session_expired(const base::Error& error);
/// True for refusals that must not be repeated by themselves.
bool is_standing(const base::Error& error);
/// True for answers that tell nothing about name and password (5xx, 429, HTML, none at all): the
/// same sign-in may be tried again later.
bool is_passing(const base::Error& error);
/// The remedy of an answer that came, but from a cloud that is ill.
std::string cloud_is_ill();

// The token endpoint (docs/toyota-protocol.md, "Tokens"). Pure.

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

// The questions of the conversation (ForgeRock callbacks; docs/toyota-protocol.md, "Questions and
// answers"). Pure.

/// Checks a reply of status 200: an error when it refuses the sign-in or asks what must not be
/// answered by a program. Fails closed: anything unknown is an error.
base::Result<void> validate_questions(const json_io::Json& reply, const BrandConstants& brand);

/// True when the reply asks for the account's password (type and prompt both match).
bool asks_for_password(const json_io::Json& reply);

/// The reply with every known question answered, ready to be sent back whole.
json_io::Json answered(json_io::Json reply, const Credentials& credentials);

/// What a reply of any other status than 200 means. `credentials_sent`: the name was posted before.
base::Error refusal_of(int status, std::string_view body, bool credentials_sent,
                       const BrandConstants& brand);

/// One sign-in conversation (docs/toyota-protocol.md, "Sign-in") in two halves, because once
/// the password is sent the result must be received and stored even if the task is cancelled. Use
/// once; must not outlive what it is given.
class SignIn {
 public:
  SignIn(const Services& services, const Endpoints& endpoints, const Credentials& credentials);

  /// Up to the question for the password, which is not answered yet. Errors: credentials_rejected
  /// (unknown user), action_required, unreachable, timeout, rate_limited, unexpected_response,
  /// cancelled.
  Task<Result<void>> until_password();
  /// Posts the password and goes on to the tokens. Call after until_password() succeeded.
  Task<Result<Tokens>> with_password();

 private:
  Task<Result<void>> post(json_io::Json body);
  Task<Result<std::string>> authorize(std::string challenge);
  Task<Result<Tokens>> exchange(std::string code, std::string verifier);

  const Services& services_;
  const Endpoints& endpoints_;
  const Credentials& credentials_;
  const BrandConstants& brand_;
  std::unique_ptr<base::HttpClient> session_;
  json_io::Json reply_ = json_io::Json::object();  ///< the newest questions
  int rounds_ = 0;
  bool name_sent_ = false;
  bool session_cookie_held_ = false;  ///< the cookie jar got the session's cookie by itself
};

}  // namespace toyota2mqtt::toyota
