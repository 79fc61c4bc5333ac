#include "support/fake_supervisor.hpp"

#include <algorithm>

namespace toyota2mqtt::test {

namespace {

bool has_token(const base::HttpRequest& request) {
  const auto wanted = std::string("Bearer ") + FakeSupervisor::kToken;
  return std::ranges::any_of(request.headers, [&](const base::HttpHeader& header) {
    return header.name == "Authorization" && header.value == wanted;
  });
}

base::HttpResponse error(int status, const std::string& message) {
  return {.status = status, .body = R"({"result":"error","message":")" + message + "\"}"};
}

}  // namespace

base::Result<base::HttpResponse> FakeSupervisor::answer(const base::HttpRequest& request) const {
  if (mode == Mode::unreachable) return base::fail(base::ErrorCode::unreachable, "no connection");
  if (mode == Mode::slow) return base::fail(base::ErrorCode::timeout, "no answer within 10 s");
  if (!has_token(request)) return error(401, "Unauthorized");
  if (!request.url.ends_with("/services/mqtt")) return error(404, "Not found");
  switch (mode) {
    case Mode::no_broker: return error(400, "Service not enabled");
    case Mode::no_right: return error(403, "Forbidden");
    case Mode::server_error: return error(502, "Bad gateway");
    case Mode::garbage: return base::HttpResponse{.status = 200, .body = "<html>"};
    case Mode::empty_data:
      return base::HttpResponse{.status = 200, .body = R"({"result":"ok","data":{}})"};
    default:
      return base::HttpResponse{.status = 200, .body = R"({"result":"ok","data":)" + data + "}"};
  }
}

}  // namespace toyota2mqtt::test
