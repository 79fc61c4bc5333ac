#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "support/http_rig.hpp"
#include "toyota2mqtt/platform/http_server.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;

namespace {

base::Task<base::HttpResponse> echo(base::HttpServerRequest request) {
  base::HttpResponse response;
  if (request.path == "/throw") throw std::runtime_error("on purpose");
  if (request.path == "/stall") {
    base::Event never;
    (void)co_await never.wait();
  }
  if (request.path == "/reset") response.status = base::HttpResponse::kNoAnswer;
  if (request.path == "/empty") response.status = 204;
  response.body = request.method + " " + request.path + " " + request.query["a b"] + " " +
                  std::string(request.header("X-ONE").value_or("-")) + " " + request.body;
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

TEST_CASE("a handler may have the connection reset instead of an answer") {
  Wire wire;
  CHECK(wire.talk("GET /reset HTTP/1.1\r\nHost: x\r\n\r\n", "").empty());
  CHECK(wire.ending == boost::asio::error::connection_reset);
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

TEST_CASE("a request that comes byte by byte is cut off, in its headers and in its body") {
  for (const std::string beginning : {"GET /", "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n"}) {
    test::HttpRig rig(echo, {.idle = 60s, .request = 200ms});
    rig.listen();
    test::RawClient client(rig);
    client.connect();
    client.send(beginning);
    client.read();
    client.dribble();
    CHECK(rig.until([&] { return client.ended; }));
    CHECK(client.received.empty());
  }
}

TEST_CASE("a connection may rest longer between requests than a request may take") {
  test::HttpRig rig(echo, {.idle = 60s, .request = 50ms});
  rig.listen();
  test::RawClient client(rig);
  client.connect();
  client.read();
  // The rest is 150 ms of loop time in which nothing is sent.
  client.after(150ms, [&client] { client.send("GET /late HTTP/1.1\r\n\r\n"); });
  CHECK(rig.until([&] { return client.received.contains("/late") || client.ended; }));
  CHECK(client.received.contains("GET /late"));
}

TEST_CASE("a connection more than allowed takes the place of one that asks nothing") {
  test::HttpRig rig(echo, {.connections = 1});
  rig.listen();
  test::RawClient first(rig);
  first.connect();
  first.send("GET /one HTTP/1.1\r\n\r\n");
  first.read();
  REQUIRE(rig.until([&] { return first.received.contains("/one"); }));
  test::RawClient second(rig);
  second.connect();
  second.read();
  CHECK(rig.until([&] { return first.ended; }));
  second.send("GET /two HTTP/1.1\r\n\r\n");
  CHECK(rig.until([&] { return second.received.contains("/two"); }));
  CHECK(rig.server.connections() == 1);
}
