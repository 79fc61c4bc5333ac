#include "toyota/api_host.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "json/json_io.hpp"
#include "toyota/json_read.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

using base::Error;
using base::ErrorCode;

namespace {

constexpr std::size_t kLongestErrorCode = 40;
constexpr int kLongestRetryAfter = 86400;
constexpr std::string_view kAccepted = "000000";  // return code of commands and wakes
constexpr std::size_t kLongestReturnCode = 20;
constexpr std::string_view kNoCapability = "ONE-GLOBAL-RC-10004";
constexpr std::string_view kNoCommand = "CTP-REMOTE-40006";
constexpr std::string_view kNotThisCar = "CTP-REMOTE-40041";
constexpr std::string_view kNotActivated = "ONE-GLOBAL-RS-10068";
constexpr std::string_view kInterrupted = "ONE-GLOBAL-RS-40000";

// What the body of an error says, whatever its shape.
struct Complaint {
  std::string code;
  std::string text;
};

/// Of a list of messages, which stands below `status` or at the top.
std::optional<Complaint> first_of_messages(const json_io::Json* messages) {
  if (messages == nullptr || !messages->is_array()) return std::nullopt;
  for (const auto& message : *messages) {
    Complaint found{.code = json_io::text_member(message, "responseCode").value_or(""),
                    .text = json_io::text_member(message, "description").value_or("") + " " +
                            json_io::text_member(message, "detailedDescription").value_or("")};
    if (!found.code.empty() || found.text != " ") return found;
  }
  return std::nullopt;
}

Complaint complaint_in(std::string_view body) {
  const auto answer = json_io::parse_repaired(body);
  if (!answer) return {};
  const auto* status = json_io::member(*answer, "status");
  for (const auto* place : {status, &*answer}) {
    const auto* messages = place != nullptr ? json_io::member(*place, "messages") : nullptr;
    if (auto found = first_of_messages(messages)) return std::move(*found);
  }
  return {.code = json_io::text_member(*answer, "code").value_or(""),
          .text = json_io::text_member(*answer, "message").value_or("")};
}

// Texts of AWS's gateway when a route wants a signed request (or does not exist).
bool is_fenced(std::string_view text) {
  constexpr std::array<std::string_view, 4> kSigns = {"signature", "authorization header",
                                                      "key=value", "missing authentication token"};
  for (const auto sign : kSigns) {
    if (base::contains_ignoring_case(text, sign)) return true;
  }
  return false;
}

ErrorCode code_of_status(int status) {
  switch (status) {
    case 401: return ErrorCode::token_expired;
    case 403: return ErrorCode::forbidden;
    case 404:
    case 405:
    case 410:
    case 422: return ErrorCode::not_supported;
    case 408: return ErrorCode::timeout;
    case 429: return ErrorCode::rate_limited;
    default: return status >= 500 ? ErrorCode::unreachable : ErrorCode::unexpected_response;
  }
}

std::string_view words_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::token_expired: return "The access token is not accepted";
    case ErrorCode::forbidden: return "The cloud refuses this call";
    case ErrorCode::not_supported: return "The cloud has no such data for this car";
    case ErrorCode::rate_limited: return "The cloud asks for a pause";
    case ErrorCode::timeout:
    case ErrorCode::unreachable: return "The cloud has trouble";
    default: return "The cloud does not accept the request";
  }
}

std::string return_code(std::string_view body) {
  const auto answer = json_io::parse_repaired(body);
  const auto* payload = answer ? json_io::member(*answer, "payload") : nullptr;
  if (payload == nullptr) return {};
  return json_io::text_member(*payload, "returnCode").value_or("");
}

bool says_never(const Error& error) {
  if (error.code == ErrorCode::not_supported) return true;
  if (needs_activation(error)) return false;
  return error.http_status == 403 && disposition(error) != Disposition::drop_vehicle;
}

CommandAnswer failed_command(Error error) {
  return {.kind = CommandAnswer::Kind::failed, .error = std::move(error)};
}

/// 118003, 600000, 200000: unlocked, a door open, the key inside, running already, or the limit of
/// 20 minutes; the cloud does not say which.
CommandAnswer not_ready(std::string_view code, int status) {
  return failed_command(
      {.code = ErrorCode::forbidden,
       .message = fmt::format("The car is not ready for it (code {})",
                              presentable(code, kLongestReturnCode)),
       .remedy = "Close and lock the car and take the key out of it. The climate control "
                 "cannot be started while it runs, nor for more than 20 minutes.",
       .http_status = status});
}

/// The request may have been carried out although the answer is no answer.
bool may_have_arrived(const Error& error) {
  constexpr int kRequestTimeout = 408;
  constexpr int kServerTrouble = 500;
  if (error.http_status != 0) {
    return error.http_status == kRequestTimeout ||
           (error.http_status >= kServerTrouble && !was_interrupted(error));
  }
  switch (error.code) {
    case ErrorCode::timeout:
    case ErrorCode::unreachable:
    case ErrorCode::cancelled:
    case ErrorCode::unexpected_response: return true;
    default: return false;
  }
}

std::string remedy_for(const Error& error) {
  if (!error.remedy.empty()) return error.remedy;
  if (was_interrupted(error)) return "Try again.";
  if (error.code == ErrorCode::rate_limited) return "Try again in some minutes.";
  return "If the maker's app can do it now, please report this with the log.";
}

CommandAnswer classify_command_error(Error error) {
  if (car_lacks_it(error)) {
    error.message = "The cloud says that this car cannot do it";
    error.remedy = "It is not offered any more.";
    return {.kind = CommandAnswer::Kind::not_supported, .error = std::move(error)};
  }
  if (needs_activation(error)) return failed_command(std::move(error));
  if (may_have_arrived(error))
    return {.kind = CommandAnswer::Kind::unknown, .error = std::move(error)};
  error.remedy = remedy_for(error);
  if (was_interrupted(error)) error.message = "The car broke the command off";
  return failed_command(std::move(error));
}

}  // namespace

Error classify(int status, std::string_view body) {
  const auto complaint = complaint_in(body);
  const auto shown = presentable(complaint.code, kLongestErrorCode);
  Error error{.code = code_of_status(status), .message = {}, .http_status = status};
  if (status == 403 && base::contains_ignoring_case(complaint.text, "guid and vin mapping")) {
    error.message = kVehicleGone;
    error.remedy = "If it is still yours, add it again in the app.";
    return error;
  }
  if (status == 403 && is_fenced(complaint.text)) error.code = ErrorCode::not_supported;
  const bool refused = status >= 400 && status < 500 && status != 401;
  if (refused && (complaint.code == kNoCapability || complaint.code == kNoCommand ||
                  complaint.code == kNotThisCar)) {
    error.code = ErrorCode::not_supported;
  }
  if (complaint.code == kNotActivated) {
    error.code = ErrorCode::forbidden;
    error.message = fmt::format(
        "The cloud says that something has to be activated for this car first (status {}, {})",
        status, kNotActivated);
    error.remedy =
        "Open the maker's app, look at the car's services there and activate what it asks for.";
    return error;
  }
  error.message = shown.empty()
                      ? fmt::format("{} (status {})", words_for(error.code), status)
                      : fmt::format("{} (status {}, {})", words_for(error.code), status, shown);
  return error;
}

Error classify(const base::HttpResponse& response) {
  auto error = classify(response.status, response.body);
  const auto pause = response.header("retry-after").value_or("");
  int seconds = 0;
  const char* begin = pause.data();
  const char* end = begin + pause.size();
  const auto read = std::from_chars(begin, end, seconds);
  if (read.ec == std::errc() && read.ptr == end && seconds > 0 && seconds <= kLongestRetryAfter) {
    error.retry_after = std::chrono::seconds(seconds);
  }
  return error;
}

bool may_repeat(const Error& error) {
  if (needs_activation(error)) return false;
  if (error.http_status != 0) return error.http_status == 429 || error.http_status >= 500;
  return error.code == ErrorCode::unreachable || error.code == ErrorCode::timeout;
}

// The message is made above, and ends with the code.
bool car_lacks_it(const Error& error) {
  return error.code == ErrorCode::not_supported &&
         (error.message.contains(kNoCapability) || error.message.contains(kNoCommand) ||
          error.message.contains(kNotThisCar));
}

bool needs_activation(const Error& error) { return error.message.contains(kNotActivated); }

bool was_interrupted(const Error& error) { return error.message.contains(kInterrupted); }

bool route_refused(const Error& error) {
  if (needs_activation(error)) return false;
  switch (error.http_status) {
    case 403: return error.message != kVehicleGone;
    case 404:
    case 405:
    case 410: return true;
    default: return false;
  }
}

Disposition disposition(const Error& error) {
  switch (error.code) {
    case ErrorCode::credentials_rejected:
    case ErrorCode::action_required:
    case ErrorCode::config_invalid: return Disposition::stop_account;
    case ErrorCode::token_expired: return Disposition::refresh_token;
    case ErrorCode::not_supported: return Disposition::give_up_route;
    case ErrorCode::cancelled: return Disposition::stop;
    case ErrorCode::forbidden:
      return error.message == kVehicleGone ? Disposition::drop_vehicle : Disposition::retry;
    case ErrorCode::rate_limited:
    case ErrorCode::unreachable:
    case ErrorCode::timeout:
    case ErrorCode::unexpected_response:
    case ErrorCode::storage_failed: return Disposition::retry;
  }
  return Disposition::retry;
}

CommandAnswer classify_command(const base::Result<base::HttpResponse>& answer) {
  if (!answer) return classify_command_error(answer.error());
  const auto code = return_code(answer->body);
  if (code.empty() || code == kAccepted) return {};
  return not_ready(code, answer->status);
}

WakeAnswer classify_wake(const base::Result<base::HttpResponse>& answer) {
  using Kind = WakeAnswer::Kind;
  if (!answer) {
    return {.kind = says_never(answer.error()) ? Kind::rejected : Kind::failed,
            .error = answer.error()};
  }
  const auto code = return_code(answer->body);
  if (code.empty() || code == kAccepted) return {};
  return {.kind = Kind::rejected,
          .error = Error{.code = ErrorCode::not_supported,
                         .message = fmt::format("The car cannot be woken this way (code {})",
                                                presentable(code, kLongestReturnCode)),
                         .http_status = answer->status}};
}

}  // namespace toyota2mqtt::toyota
