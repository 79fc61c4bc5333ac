#pragma once

#include <memory>

#include <string>

#include "json/json_io.hpp"
#include "toyota/brands.hpp"
#include "toyota2mqtt/toyota/account.hpp"

namespace toyota2mqtt::toyota {

/// One sign-in conversation (docs/toyota-protocol.md, "Sign-in") in two halves, because from the
/// moment the password is on the wire the outcome must be learnt and kept, whatever happens
/// meanwhile. Use once; must not outlive what it is given.
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
