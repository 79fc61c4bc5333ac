#include "toyota2mqtt/setup/input_validation.hpp"
#include "toyota2mqtt/base/text.hpp"

#include <algorithm>
#include <utility>

#include "toyota2mqtt/fleet/condition.hpp"

namespace toyota2mqtt::setup {

using base::ErrorCode;

namespace {

constexpr std::size_t kLongestToken = 200;

std::string_view remedy_for(const base::Error& error) {
  constexpr int kServerError = 500;
  switch (error.code) {
    case ErrorCode::unreachable:
    case ErrorCode::timeout:
      if (error.http_status >= kServerError) {
        return "Nothing is wrong here: wait some minutes, then choose \"Try again\".";
      }
      return "Check that this machine reaches the internet, then choose \"Try again\". If the "
             "maker's app on the phone does not work either, the cloud is down: try again later.";
    case ErrorCode::rate_limited: return "Wait some minutes, then choose \"Try again\".";
    case ErrorCode::unexpected_response:
    case ErrorCode::forbidden:
    case ErrorCode::not_supported:
    case ErrorCode::token_expired:
      return "Sign in with the maker's app on the phone and do what it asks there; then choose "
             "\"Try again\". If the app works and this does not, please report it with the log.";
    case ErrorCode::storage_failed:
      return "Make room on the disk and make the storage directory writable for this program; "
             "then try again.";
    case ErrorCode::credentials_rejected:
    case ErrorCode::action_required:
      return "Sign in with the maker's app on the phone and do what it asks there; then choose "
             "\"Try again\".";
    case ErrorCode::cancelled:
    case ErrorCode::config_invalid: return "";
  }
  return "";
}

}  // namespace

bool is_token(const base::Secret& secret) {
  const auto& text = secret.reveal();
  return !text.empty() && text.size() <= kLongestToken &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_line(std::string_view text, std::size_t limit) {
  return !text.empty() && text.size() <= limit && base::is_plain_line(text);
}

base::Error sign_in_error(base::Error error) {
  error = with_remedy(std::move(error));
  error.message = fleet::plain_cause(error);
  return error;
}

base::Error with_remedy(base::Error error) {
  if (error.remedy.empty()) error.remedy = remedy_for(error);
  return error;
}

}  // namespace toyota2mqtt::setup
