#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/loop.hpp"
#include "toyota2mqtt/platform/http_server.hpp"

namespace toyota2mqtt::test {

/// A real listener on a loopback port and its loop.
class HttpRig {
 public:
  explicit HttpRig(platform::HttpServer::Handler handler, platform::HttpServerLimits limits = {});
  ~HttpRig();
  HttpRig(const HttpRig&) = delete;
  HttpRig& operator=(const HttpRig&) = delete;

  /// Call it once, after server.use_tls() if there is any.
  void listen(const std::string& address = "127.0.0.1");
  /// Runs the loop until `done` is true, ten seconds at most; answers what `done` then says.
  bool until(const std::function<bool()>& done);
  [[nodiscard]] boost::asio::ip::tcp::endpoint where() const { return where_; }

  boost::asio::io_context io;
  RecordingLog log;
  platform::HttpServer server;

 private:
  boost::asio::ip::tcp::endpoint where_;
};

/// A client that does what the test says, byte by byte, on the loop of the rig.
class RawClient {
 public:
  explicit RawClient(HttpRig& rig) : socket(rig.io), timer(rig.io), rig_(rig) {}
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// Connects, from this address of the loopback network if one is given.
  void connect(const std::string& from = {});
  void send(const std::string& text);
  /// Reads from now on, all that comes.
  void read();
  /// Calls `what` then, unless the client is gone by then. One at a time.
  void after(std::chrono::milliseconds time, std::function<void()> what);
  /// Sends a byte every few milliseconds until the connection has ended.
  void dribble();

  boost::asio::ip::tcp::socket socket;
  boost::asio::steady_timer timer;
  std::string received;
  bool ended = false;

 private:
  HttpRig& rig_;
  int waiting_ = 0;
  std::array<char, 4096> piece_{};
};

/// What a stream gives, in the hands of a test.
struct StreamScript {
  std::vector<base::HttpBodyStream::Piece> waiting;
  bool ended = false;
  bool broken = false;
  bool endless = false;  ///< a piece of 64 KiB whenever it is asked
  bool destroyed = false;
  std::size_t asked = 0;
  base::Event news;

  void give(const std::string& text);
  void end();
};

std::unique_ptr<base::HttpBodyStream> scripted_stream(StreamScript& script);

}  // namespace toyota2mqtt::test
