#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/http_message.hpp"

namespace toyota2mqtt::platform {

struct HttpServerLimits {
  std::size_t header_bytes = std::size_t{16} << 10;
  std::size_t headers = 100;  ///< fields of one request
  std::size_t body_bytes = std::size_t{1} << 20;
  /// When there are so many, a further one takes the place of the one that has waited longest for a
  /// complete request, of the peer that has most; when none waits, the further one is closed.
  std::size_t connections = 256;
  /// The same for one address (IPv6: for one /64 network). 0 = no limit.
  std::size_t connections_per_peer = 0;
  /// The same for those that speak for many. 0 = no limit.
  std::size_t connections_of_many = 0;
  std::chrono::milliseconds idle = std::chrono::seconds(60);  ///< between two requests
  /// From the first byte of a request to its last, however slowly they come. The answer, or what a
  /// stream has at one time, has as long to be taken.
  std::chrono::milliseconds request = std::chrono::seconds(60);
  std::chrono::milliseconds handshake = std::chrono::seconds(10);  ///< of TLS
};

/// A small HTTP/1.1 listener (Boost.Beast's parser) on the loop. Keep-alive and pipelining in
/// order; answers 400, 413 and 431 itself when a request breaks the limits in size; one that breaks
/// those in time is cut off, at most a quarter of the shortest limit (or a second) late. Answers
/// 501 to a Transfer-Encoding other than `chunked`. When most of many connections have gone, their
/// memory is given back to the system. Loop thread only.
class HttpServer {
 public:
  /// Called once per request, and cancelled by stop(); must not throw (an exception is logged and
  /// answered with 500).
  using Handler = std::function<base::Task<base::HttpResponse>(base::HttpServerRequest)>;

  HttpServer(boost::asio::any_io_executor executor, base::Log& log, HttpServerLimits limits = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void handle_with(Handler handler);
  /// Numeric addresses with a limit of their own: proxies, which speak for many.
  void trust_with_many(std::set<std::string> peers);
  /// Serves TLS (1.2 and newer) from now on. Files are PEM. Call it before listen(). Changed files
  /// are read again when a connection comes, and looked at every few seconds at most; if they
  /// cannot be used, the log says so and the certificate in use stays.
  base::Result<void> use_tls(const std::string& cert_file, const std::string& key_file);
  /// Listens; port 0 lets the system choose. Answers the port. Errors: config_invalid (address not
  /// numeric), unreachable (port taken, not allowed).
  base::Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);
  /// Closes the listener and every connection, stalled ones and streams too. The loop must run once
  /// more for the tasks to end.
  void stop();
  /// Connections at this moment.
  [[nodiscard]] std::size_t connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
