#include "toyota2mqtt/base/error.hpp"

namespace toyota2mqtt::base {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::credentials_rejected: return "credentials_rejected";
    case ErrorCode::action_required: return "action_required";
    case ErrorCode::token_expired: return "token_expired";
    case ErrorCode::forbidden: return "forbidden";
    case ErrorCode::not_supported: return "not_supported";
    case ErrorCode::rate_limited: return "rate_limited";
    case ErrorCode::unreachable: return "unreachable";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::unexpected_response: return "unexpected_response";
    case ErrorCode::config_invalid: return "config_invalid";
    case ErrorCode::storage_failed: return "storage_failed";
  }
  return "unknown";
}

}  // namespace toyota2mqtt::base
