#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/http_client.hpp"

namespace toyota2mqtt::platform {

struct HttpServerRequest {
  std::string method;
  std::string target;                        ///< as received: path and query, still encoded
  std::string path;                          ///< percent-decoded path
  std::map<std::string, std::string> query;  ///< decoded; of repeated keys the last one
  std::vector<base::HttpHeader> headers;
  std::string body;
  std::string peer;  ///< numeric address of the other side

  /// The first header of that name (any case), or nullopt.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
};

/// Deliberate misbehaviour, for simulators. `none` everywhere else.
enum class HttpMischief {
  none,
  stall,                ///< the answer never comes; the connection stays open until stop()
  stall_after_headers,  ///< headers and nothing more
  reset,                ///< the connection is reset (RST) instead of an answer
  raw,                  ///< `body` is written as it is, instead of an HTTP answer, then closed
};

struct HttpServerResponse {
  int status = 200;
  std::vector<base::HttpHeader> headers = {};  ///< Content-Length and Date are added
  std::string body = {};
  std::chrono::milliseconds delay{0};  ///< before the first byte of the answer
  HttpMischief mischief = HttpMischief::none;
};

/// Decodes `a=b&c=d` (form bodies and query strings; `+` is a space). Broken escapes stay as sent.
std::map<std::string, std::string> parse_form(std::string_view text);

struct HttpServerLimits {
  std::size_t header_bytes = std::size_t{16} << 10;
  std::size_t body_bytes = std::size_t{1} << 20;
  std::size_t connections = 256;                              ///< further ones are closed at once
  std::chrono::milliseconds idle = std::chrono::seconds(60);  ///< between two requests
  /// From the first byte of a request to its last, however slowly they come; the answer has as
  /// long to be taken.
  std::chrono::milliseconds request = std::chrono::seconds(60);
};

/// A small HTTP/1.1 listener (Boost.Beast) on the loop. Keep-alive and pipelining in order; answers
/// 400, 413 and 431 itself when a request breaks the limits in size; one that breaks those in time
/// is cut off. Loop thread only.
class HttpServer {
 public:
  /// Called once per request; must not throw (an exception is logged and answered with 500).
  using Handler = std::function<base::Task<HttpServerResponse>(HttpServerRequest)>;

  HttpServer(boost::asio::any_io_executor executor, base::Log& log, HttpServerLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void handle_with(Handler handler);
  /// Serves TLS (1.2 and newer) from now on. Files are PEM. Call it before listen().
  base::Result<void> use_tls(const std::string& cert_file, const std::string& key_file);
  /// Listens; port 0 lets the system choose. Answers the port. Errors: config_invalid (address not
  /// numeric), unreachable (port taken, not allowed).
  base::Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);
  /// Closes the listener and every connection, stalled ones too. The loop must run once more for
  /// the tasks to end.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
