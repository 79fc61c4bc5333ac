#include "toyota/wake_answer.hpp"

#include <fmt/format.h>

#include "json/json_io.hpp"
#include "toyota/classify.hpp"
#include "toyota/cloud_text.hpp"

namespace toyota2mqtt::toyota {

namespace {

constexpr std::string_view kAccepted = "000000";
constexpr std::size_t kLongestWakeCode = 20;

std::string return_code(std::string_view body) {
  const auto answer = json_io::parse_repaired(body);
  const auto* payload = answer ? json_io::member(*answer, "payload") : nullptr;
  if (payload == nullptr) return {};
  return json_io::text_member(*payload, "returnCode").value_or("");
}

bool says_never(const base::Error& error) {
  if (error.code == base::ErrorCode::not_supported) return true;
  if (needs_activation(error)) return false;
  return error.http_status == 403 && disposition(error) != Disposition::drop_vehicle;
}

}  // namespace

std::string_view to_string(WakeRoute route) {
  switch (route) {
    case WakeRoute::status: return "status";
    case WakeRoute::electric: return "electric";
    case WakeRoute::climate: return "climate";
  }
  return "status";
}

std::string_view wake_path(WakeRoute route) {
  switch (route) {
    case WakeRoute::status: return "/v1/remote/status";
    case WakeRoute::electric: return "/v1/global/remote/electric/realtime-status";
    case WakeRoute::climate: return "/v1/remote/refresh-climate-status";
  }
  return "/v1/remote/status";
}

WakeAnswer judge_wake(const base::Result<base::HttpResponse>& answer) {
  using Kind = WakeAnswer::Kind;
  if (!answer) {
    return {.kind = says_never(answer.error()) ? Kind::rejected : Kind::failed,
            .error = answer.error()};
  }
  const auto code = return_code(answer->body);
  if (code.empty() || code == kAccepted) return {};
  return {.kind = Kind::rejected,
          .error = base::Error{.code = base::ErrorCode::not_supported,
                               .message = fmt::format("The car cannot be woken this way (code {})",
                                                      presentable(code, kLongestWakeCode)),
                               .http_status = answer->status}};
}

}  // namespace toyota2mqtt::toyota
