#pragma once

#include <optional>

#include "rest/context.hpp"
#include "rest/problem.hpp"

namespace toyota2mqtt::rest {

/// Sign-ins, sessions and tokens (docs/rest.md, "Signing in"). Loop thread only.
class Auth {
 public:
  Auth(Services& services, const Options& options) : services_(services), options_(options) {}

  base::Task<base::Result<void>> load();
  /// Who sends this request: the session of its access token. `nobody` when there is no token;
  /// nullopt when there is one that does not hold.
  [[nodiscard]] std::optional<Principal> who(const Request& request);

 private:
  [[maybe_unused]] Services& services_;
  [[maybe_unused]] const Options& options_;
};

}  // namespace toyota2mqtt::rest
