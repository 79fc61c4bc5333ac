#include "rest/cors.hpp"

#include <algorithm>

namespace toyota2mqtt::rest {

std::string_view allowed_origin(const Request& request, const Options& options) {
  if (options.cors_origins.empty()) return {};
  const auto origin = request.header("Origin");
  if (!origin || std::ranges::find(options.cors_origins, *origin) == options.cors_origins.end()) {
    return {};
  }
  return *origin;
}

void add_cors(Response& response, std::string_view origin, const Options& options) {
  if (options.cors_origins.empty()) return;
  response.headers.push_back({.name = "Vary", .value = "Origin"});
  if (origin.empty()) return;
  response.headers.push_back({.name = "Access-Control-Allow-Origin", .value = std::string(origin)});
  response.headers.push_back({.name = "Access-Control-Expose-Headers",
                              .value = "Age, Content-Disposition, ETag, Link, Location, "
                                       "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
                                       "Retry-After, X-Cache, X-Request-Id"});
}

Response options_answer(const Request& request, std::string_view origin,
                        const std::string& methods) {
  Response response{.status = 204, .headers = {{.name = "Allow", .value = methods}}};
  if (origin.empty() || !request.header("Access-Control-Request-Method")) return response;
  response.headers.push_back({.name = "Access-Control-Allow-Methods", .value = methods});
  response.headers.push_back(
      {.name = "Access-Control-Allow-Headers",
       .value = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, "
                "X-Request-Id"});
  response.headers.push_back({.name = "Access-Control-Max-Age", .value = "600"});
  return response;
}

}  // namespace toyota2mqtt::rest
