#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/http_message.hpp"

namespace toyota2mqtt::base {

/// A request to send. One that came in is a HttpServerRequest (docs/decisions/0023).
struct HttpRequest {
  std::string method = "GET";
  std::string url;
  /// What logs call this request, for example `/v3/telemetry` or `/v1/trips/{id}`: a path template
  /// without query, so that nothing personal is ever logged. Never empty.
  std::string log_path;
  std::vector<HttpHeader> headers = {};
  std::string body = {};
  std::chrono::milliseconds timeout = std::chrono::seconds(60);  ///< for the whole exchange
  std::size_t max_response_bytes = std::size_t{4} << 20;         ///< counted after decompression
};

/// What an error of an HttpClient says, without the host, port and path that it begins with in the
/// log.
std::string_view without_address(std::string_view message);

/// One HTTP exchange at a time per call; many calls may be under way. Loop thread only.
///
/// An answer with any status, 404 and 500 included, is a *successful* exchange. Errors are
/// `unreachable` (resolution, connection, TLS), `timeout`, `unexpected_response` (over a limit) and
/// `cancelled`. Redirects are never followed. Certificates and host names are always checked;
/// plain http:// is refused except for loopback addresses.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Task<Result<HttpResponse>> send(HttpRequest request) = 0;
  /// A client with a cookie jar of its own (and nobody else's cookies): for one sign-in
  /// conversation. Must not outlive this client.
  virtual std::unique_ptr<HttpClient> new_session() = 0;
};

}  // namespace toyota2mqtt::base
