#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "support/loop.hpp"
#include "toyota2mqtt/platform/http_server.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

base::Task<platform::HttpServerResponse> echo(platform::HttpServerRequest request) {
  platform::HttpServerResponse response;
  if (request.path == "/throw") throw std::runtime_error("on purpose");
  if (request.path == "/stall") response.mischief = platform::HttpMischief::stall;
  if (request.path == "/reset") response.mischief = platform::HttpMischief::reset;
  if (request.path == "/raw") response.mischief = platform::HttpMischief::raw;
  if (request.path == "/half") response.mischief = platform::HttpMischief::stall_after_headers;
  if (request.path == "/empty") response.status = 204;
  response.body = request.method + " " + request.path + " " + request.query["a b"] + " " +
                  request.header("X-ONE").value_or("-") + " " + request.body;
  co_return response;
}

/// Runs a server on the loop and one blocking client in a thread; ends within ten seconds.
class Wire {
 public:
  explicit Wire(platform::HttpServerLimits limits = {}) : server_(io_.get_executor(), log, limits) {
    server_.handle_with(echo);
    port_ = server_.listen("127.0.0.1", 0).value();
  }

  /// Sends the text and reads until `until` bytes of `stop_at` came or the connection ended.
  std::string talk(const std::string& text, const std::string& stop_at, int times = 1) {
    std::string received;
    bool finished = false;
    std::thread client([&] {
      boost::asio::io_context own;
      tcp::socket socket(own);
      boost::system::error_code error;
      socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port_), error);
      boost::asio::write(socket, boost::asio::buffer(text), error);
      std::array<char, 4096> piece{};
      while (!error) {
        const auto size = socket.read_some(boost::asio::buffer(piece), error);
        received.append(piece.data(), size);
        int seen = 0;
        for (auto at = received.find(stop_at); at != std::string::npos;
             at = received.find(stop_at, at + 1)) {
          ++seen;
        }
        if (!stop_at.empty() && seen >= times) break;
      }
      ending = error;
      boost::asio::post(io_, [this, &finished] {
        finished = true;
        server_.stop();
      });
    });
    io_.run_for(10s);
    CHECK(finished);
    server_.stop();
    io_.restart();
    io_.run_for(1s);
    client.join();
    return received;
  }

  test::RecordingLog log;
  boost::system::error_code ending;

 private:
  boost::asio::io_context io_;
  platform::HttpServer server_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("the listener passes on method, path, query, headers and body") {
  Wire wire;
  const auto reply = wire.talk(
      "POST /a%20b?a+b=c%26d HTTP/1.1\r\nHost: x\r\nx-one: 1\r\nContent-Length: 4\r\n\r\nbody",
      "body");
  CHECK(reply.find("POST /a b c&d 1 body") != std::string::npos);
  CHECK(reply.starts_with("HTTP/1.1 200"));
}

TEST_CASE("two requests on one connection are answered in order") {
  Wire wire;
  const auto reply =
      wire.talk("GET /one HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\n\r\n",
                "HTTP/1.1 200", 2);
  CHECK(reply.find("GET /one") < reply.rfind("HTTP/1.1 200"));
}

TEST_CASE("a handler that throws is logged and answered with 500") {
  Wire wire;
  CHECK(wire.talk("GET /throw HTTP/1.1\r\nHost: x\r\n\r\n", "500").find("500") !=
        std::string::npos);
  CHECK(wire.log.text().find("on purpose") != std::string::npos);
}

TEST_CASE("limits are answered by the listener itself") {
  const platform::HttpServerLimits small{.header_bytes = 512, .body_bytes = 16};
  CHECK(Wire(small)
            .talk("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n", "")
            .starts_with("HTTP/1.1 413"));
  CHECK(Wire(small)
            .talk("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", "")
            .starts_with("HTTP/1.1 431"));
  CHECK(Wire(small).talk("nonsense\r\n\r\n", "").starts_with("HTTP/1.1 400"));
}

TEST_CASE("misbehaviour on demand: raw bytes, a reset, headers without a body") {
  Wire raw;
  CHECK(raw.talk("GET /raw HTTP/1.1\r\nHost: x\r\n\r\n", "").starts_with("GET /raw"));
  Wire reset;
  CHECK(reset.talk("GET /reset HTTP/1.1\r\nHost: x\r\n\r\n", "").empty());
  CHECK(reset.ending == boost::asio::error::connection_reset);
  Wire half;
  const auto reply = half.talk("GET /half HTTP/1.1\r\nHost: x\r\n\r\n", "\r\n\r\n");
  CHECK(reply.ends_with("\r\n\r\n"));
}

TEST_CASE("stop ends a connection whose answer is stalled") {
  boost::asio::io_context io;
  test::RecordingLog log;
  platform::HttpServer server(io.get_executor(), log);
  server.handle_with(echo);
  const auto port = server.listen("127.0.0.1", 0).value();
  tcp::socket client(io);
  client.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
  boost::asio::write(client, boost::asio::buffer(std::string("GET /stall HTTP/1.1\r\n\r\n")));
  bool ended = false;
  char byte = 0;
  client.async_read_some(boost::asio::buffer(&byte, 1),
                         [&](const boost::system::error_code& error, std::size_t) {
                           ended = static_cast<bool>(error);
                         });
  io.run_for(50ms);
  CHECK_FALSE(ended);
  server.stop();
  io.run_for(5s);
  CHECK(ended);
  CHECK(io.stopped());
}

TEST_CASE("listening where it cannot is an error in words") {
  boost::asio::io_context io;
  test::RecordingLog log;
  platform::HttpServer first(io.get_executor(), log);
  first.handle_with(echo);
  CHECK(first.listen("not an address", 0).error().code == base::ErrorCode::config_invalid);
  CHECK_FALSE(first.use_tls("/nonexistent.pem", "/nonexistent.key").has_value());
}

namespace {

/// Sends the pieces a moment apart, one more for ever, and answers what came back before the other
/// side cut the connection off.
struct SlowClient {
  explicit SlowClient(boost::asio::io_context& io) : socket(io), timer(io) {}

  tcp::socket socket;
  boost::asio::steady_timer timer;
  std::string received;
  bool ended = false;
  std::array<char, 4096> piece{};

  void read() {
    socket.async_read_some(boost::asio::buffer(piece),
                           [this](const boost::system::error_code& error, std::size_t size) {
                             received.append(piece.data(), size);
                             ended = static_cast<bool>(error);
                             if (!ended) read();
                           });
  }
  void dribble() {
    boost::system::error_code ignored;
    socket.write_some(boost::asio::buffer("x", 1), ignored);
    timer.expires_after(20ms);
    timer.async_wait([this](const boost::system::error_code&) {
      if (!ended) dribble();
    });
  }
};

}  // namespace

TEST_CASE("a request that comes byte by byte is cut off, in its headers and in its body") {
  for (const std::string beginning : {"GET /", "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n"}) {
    boost::asio::io_context io;
    test::RecordingLog log;
    platform::HttpServer server(io.get_executor(), log, {.idle = 60s, .request = 200ms});
    server.handle_with(echo);
    const auto port = server.listen("127.0.0.1", 0).value();
    SlowClient client(io);
    client.socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
    boost::asio::write(client.socket, boost::asio::buffer(beginning));
    client.read();
    client.dribble();
    const auto begun = std::chrono::steady_clock::now();
    while (!client.ended && std::chrono::steady_clock::now() - begun < 10s) io.run_one_for(1s);
    CHECK(client.ended);
    CHECK(client.received.empty());
    server.stop();
    io.run_for(1s);
  }
}

TEST_CASE("a connection may rest longer between requests than a request may take") {
  boost::asio::io_context io;
  test::RecordingLog log;
  platform::HttpServer server(io.get_executor(), log, {.idle = 60s, .request = 50ms});
  server.handle_with(echo);
  const auto port = server.listen("127.0.0.1", 0).value();
  SlowClient client(io);
  client.socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
  client.read();
  // The rest is 150 ms of loop time in which nothing is sent.
  client.timer.expires_after(150ms);
  client.timer.async_wait([&client](const boost::system::error_code&) {
    boost::asio::write(client.socket,
                       boost::asio::buffer(std::string("GET /late HTTP/1.1\r\n\r\n")));
  });
  const auto begun = std::chrono::steady_clock::now();
  while (!client.received.contains("/late") && !client.ended &&
         std::chrono::steady_clock::now() - begun < 10s) {
    io.run_one_for(1s);
  }
  CHECK(client.received.contains("GET /late"));
  server.stop();
  io.run_for(1s);
}

TEST_CASE("more connections than allowed are closed at once, and the others go on") {
  boost::asio::io_context io;
  test::RecordingLog log;
  platform::HttpServer server(io.get_executor(), log, {.connections = 1});
  server.handle_with(echo);
  const auto port = server.listen("127.0.0.1", 0).value();
  const tcp::endpoint where(boost::asio::ip::address_v4::loopback(), port);
  SlowClient first(io);
  first.socket.connect(where);
  boost::asio::write(first.socket, boost::asio::buffer(std::string("GET /one HTTP/1.1\r\n\r\n")));
  first.read();
  const auto begun = std::chrono::steady_clock::now();
  const auto until = [&](auto done) {
    while (!done() && std::chrono::steady_clock::now() - begun < 10s) io.run_one_for(1s);
    return done();
  };
  REQUIRE(until([&] { return first.received.contains("/one"); }));
  SlowClient second(io);
  second.socket.connect(where);
  second.read();
  CHECK(until([&] { return second.ended; }));
  CHECK(second.received.empty());
  CHECK_FALSE(first.ended);
  boost::asio::write(first.socket, boost::asio::buffer(std::string("GET /two HTTP/1.1\r\n\r\n")));
  CHECK(until([&] { return first.received.contains("/two"); }));
  server.stop();
  io.run_for(1s);
}
