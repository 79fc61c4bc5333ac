#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace toyota2mqtt::base {

/// Every way in which something can fail, as a short closed list of *decisions*: each enumerator
/// tells the caller what to do next, not which component complained.
enum class ErrorCode {
  credentials_rejected,  ///< The name or password is wrong. Never repeat by itself: accounts lock.
  action_required,       ///< The owner must act first (one-time code, terms, locked account).
  token_expired,         ///< The access token is no longer valid: refresh once.
  forbidden,             ///< Signed in, but this call is refused. Never a reason to sign in again.
  not_supported,        ///< This car or account does not have the feature: give it up, remember it.
  rate_limited,         ///< The other side asks for a pause.
  unreachable,          ///< No connection, name not resolved, TLS refused, server error (5xx).
  timeout,              ///< Nothing came in time.
  cancelled,            ///< We stopped it ourselves (shutdown).
  unexpected_response,  ///< An answer that makes no sense: wrong shape, too large, not JSON.
  config_invalid,       ///< The user's configuration cannot be used.
  storage_failed,       ///< The disk or database refused.
};

/// The enumerator's name, for logs, states and JSON.
std::string_view to_string(ErrorCode code);

/// One failure, in words for its reader. `message` and `remedy` never hold secrets, e-mail
/// addresses, full VINs or coordinates: they are logged and published.
struct Error {
  ErrorCode code = ErrorCode::unexpected_response;
  std::string message;                                   ///< what happened, one sentence
  std::string remedy = {};                               ///< what the owner can do; may be empty
  std::optional<std::chrono::seconds> retry_after = {};  ///< when the other side named a pause
  int http_status = 0;                                   ///< 0 when no HTTP answer was received
};

template <class T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorCode::timeout, "…");` in any function that returns a Result.
inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string remedy = {}) {
  return std::unexpected(
      Error{.code = code, .message = std::move(message), .remedy = std::move(remedy)});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace toyota2mqtt::base
