#include "rest/auth.hpp"

namespace toyota2mqtt::rest {

base::Task<base::Result<void>> Auth::load() { co_return base::Result<void>(); }

std::optional<Principal> Auth::who(const Request& request) {
  if (request.header("Authorization")) return std::nullopt;
  return Principal{};
}

}  // namespace toyota2mqtt::rest
