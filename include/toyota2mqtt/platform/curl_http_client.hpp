#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/platform/event_loop.hpp"

namespace toyota2mqtt::platform {

struct HttpOptions {
  /// PEM file of certificate authorities that are trusted besides the system's; empty = none.
  std::string ca_file = {};
  /// Hosts (lower case, without port) that may be spoken to by plain http:// besides loopback.
  std::vector<std::string> plain_http_hosts = {};
  /// Sent when the request names no user agent of its own; empty = none.
  std::string user_agent = {};
  std::size_t max_in_flight = 16;  ///< further requests wait in order; their time-out runs
  long max_connections_per_host = 4;
  long max_idle_connections = 8;
};

/// base::HttpClient by libcurl, on the loop. Cookies are kept only by new_session() clients, in
/// memory. TLS is at least 1.2 and always verified; the proxy variables of the environment hold
/// for https:// to hosts that are not loopback. Besides the errors of the port: `config_invalid`
/// for a URL or header that must not be sent (plain http://, user names, control characters).
///
/// The loop, clock and log must outlive this client and every task that called send(). Destroying
/// the client ends what is under way with `cancelled`.
class CurlHttpClient final : public base::HttpClient {
 public:
  CurlHttpClient(EventLoop& loop, base::Clock& clock, base::Log& log, HttpOptions options = {});
  ~CurlHttpClient() override;
  CurlHttpClient(const CurlHttpClient&) = delete;
  CurlHttpClient& operator=(const CurlHttpClient&) = delete;

  base::Task<base::Result<base::HttpResponse>> send(base::HttpRequest request) override;
  std::unique_ptr<base::HttpClient> new_session() override;

  class Engine;  ///< the inside (src/platform/http_engine.hpp)

 private:
  std::shared_ptr<Engine> engine_;
};

}  // namespace toyota2mqtt::platform
