#include <boost/asio/ip/tcp.hpp>

#include "support/http_rig.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

/// `/stream` is the scripted one; everything else is answered at once.
struct Streaming {
  explicit Streaming(platform::HttpServerLimits limits = {})
      : rig([this](base::HttpServerRequest request) { return answer(*this, request.path); },
            limits) {
    rig.listen();
  }

  static base::Task<base::HttpResponse> answer(Streaming& self, std::string path) {
    base::HttpResponse response;
    if (path == "/stream") {
      response.headers = {{.name = "Content-Type", .value = "text/event-stream"}};
      response.stream = test::scripted_stream(self.script);
    } else {
      response.body = "at once";
    }
    co_return response;
  }

  void begin(test::RawClient& client, const std::string& version = "1.1",
             const std::string& method = "GET") {
    client.connect();
    client.send(method + " /stream HTTP/" + version + "\r\nHost: x\r\n\r\n");
    client.read();
  }
  void give(const std::string& text) {
    script.give(text);
    script.news.notify();
  }

  test::StreamScript script;
  test::HttpRig rig;
};

bool has(const test::RawClient& client, const std::string& text) {
  return client.received.contains(text);
}

}  // namespace

TEST_CASE("a stream goes out as it comes, in chunks, and its end ends the connection") {
  Streaming server;
  test::RawClient client(server.rig);
  server.begin(client);
  REQUIRE(server.rig.until([&] { return has(client, "\r\n\r\n"); }));
  CHECK(has(client, "Content-Type: text/event-stream\r\n"));
  CHECK(has(client, "Transfer-Encoding: chunked\r\n"));
  CHECK_FALSE(has(client, "Content-Length"));
  CHECK(client.received.ends_with("\r\n\r\n"));
  server.give("one");
  CHECK(server.rig.until([&] { return client.received.ends_with("\r\n\r\n3\r\none\r\n"); }));
  server.give("and a longer two");
  CHECK(server.rig.until([&] { return client.received.ends_with("10\r\nand a longer two\r\n"); }));
  server.script.end();
  CHECK(server.rig.until([&] { return client.ended; }));
  CHECK(client.received.ends_with("two\r\n0\r\n\r\n"));
  CHECK(server.script.destroyed);
}

TEST_CASE("pieces that wait together go out in one chunk, in order") {
  Streaming server;
  for (int i = 0; i < 200; ++i) server.script.give("<" + std::to_string(i) + ">");
  std::string all;
  for (int i = 0; i < 200; ++i) all += "<" + std::to_string(i) + ">";
  test::RawClient client(server.rig);
  server.begin(client);
  CHECK(server.rig.until(
      [&] { return client.received.ends_with("\r\n\r\n37a\r\n" + all + "\r\n"); }));
}

TEST_CASE("HTTP/1.0 gets the bare pieces, up to the end of the connection") {
  Streaming server;
  server.script.give("one ");
  server.script.give("two");
  server.script.ended = true;
  test::RawClient client(server.rig);
  server.begin(client, "1.0");
  CHECK(server.rig.until([&] { return client.ended; }));
  CHECK_FALSE(has(client, "Transfer-Encoding"));
  CHECK(client.received.ends_with("\r\n\r\none two"));
}

TEST_CASE("an empty piece is not taken for the end") {
  Streaming server;
  server.script.give("");
  test::RawClient client(server.rig);
  server.begin(client);
  REQUIRE(server.rig.until([&] { return server.script.asked == 2; }));
  server.give("after it");
  CHECK(server.rig.until([&] { return has(client, "8\r\nafter it\r\n"); }));
}

TEST_CASE("HEAD of a stream is its head alone, and nothing of it is asked for") {
  Streaming server;
  server.script.give("never sent");
  test::RawClient client(server.rig);
  server.begin(client, "1.1", "HEAD");
  CHECK(server.rig.until([&] { return client.ended; }));
  CHECK(client.received.ends_with("\r\n\r\n"));
  CHECK(server.script.destroyed);
  CHECK(server.script.asked == 0);
}

TEST_CASE("the stream of a client that goes away is destroyed, though there was nothing to write") {
  Streaming server;
  test::RawClient client(server.rig);
  server.begin(client);
  REQUIRE(server.rig.until([&] { return server.script.asked == 1; }));
  CHECK_FALSE(server.script.destroyed);
  client.socket.close();
  CHECK(server.rig.until([&] { return server.script.destroyed; }));
  CHECK(server.rig.until([&] { return server.rig.server.connections() == 0; }));
}

TEST_CASE("a client that does not read is cut off, and what it did not take is not heaped up") {
  Streaming server({.request = 200ms});
  server.script.endless = true;
  test::RawClient client(server.rig);
  client.connect();
  client.send("GET /stream HTTP/1.1\r\n\r\n");
  CHECK(server.rig.until([&] { return server.script.destroyed; }));
  // Only what fits between the two ends was asked for: a few MiB of system buffers.
  CHECK(server.script.asked < 1000);
  CHECK(server.rig.until([&] { return server.rig.server.connections() == 0; }));
}

TEST_CASE("a stream that always has something leaves the loop to others") {
  Streaming server;
  server.script.endless = true;
  test::RawClient greedy(server.rig);
  server.begin(greedy);
  REQUIRE(server.rig.until([&] { return server.script.asked > 20; }));
  test::RawClient other(server.rig);
  other.connect();
  other.send("GET / HTTP/1.1\r\n\r\n");
  other.read();
  CHECK(server.rig.until([&] { return has(other, "at once"); }));
  CHECK_FALSE(greedy.ended);
}

TEST_CASE("a stream that breaks is logged, and its client can tell that something is missing") {
  Streaming server;
  server.script.broken = true;
  test::RawClient client(server.rig);
  server.begin(client);
  CHECK(server.rig.until([&] { return client.ended; }));
  CHECK_FALSE(has(client, "0\r\n\r\n"));
  CHECK(server.script.destroyed);
  CHECK(server.rig.log.text().contains("a stream on purpose"));
}

TEST_CASE("stop ends streams, those that wait and those that write") {
  for (const bool writing : {false, true}) {
    Streaming server;
    server.script.endless = writing;
    test::RawClient client(server.rig);
    client.connect();
    client.send("GET /stream HTTP/1.1\r\n\r\n");
    REQUIRE(server.rig.until([&] { return server.script.asked > 0; }));
    server.rig.server.stop();
    CHECK(server.rig.until([&] { return server.script.destroyed; }));
    CHECK(server.rig.until([&] { return server.rig.server.connections() == 0; }));
  }
}

TEST_CASE("what a client sends during a stream is thrown away, up to the size of a request") {
  Streaming server({.header_bytes = 1000});
  test::RawClient client(server.rig);
  server.begin(client);
  client.send(std::string(900, 'x'));
  server.give("still there");
  CHECK(server.rig.until([&] { return has(client, "still there"); }));
  client.send(std::string(200, 'x'));
  CHECK(server.rig.until([&] { return client.ended; }));
  CHECK(server.script.destroyed);
}

TEST_CASE("a stream may wait much longer for its next piece than a request may take") {
  Streaming server({.idle = 40ms, .request = 40ms});
  test::RawClient client(server.rig);
  server.begin(client);
  REQUIRE(server.rig.until([&] { return server.script.asked == 1; }));
  // 200 ms of loop time in which nothing is written.
  client.after(200ms, [&] { server.give("late"); });
  CHECK(server.rig.until([&] { return has(client, "late") || client.ended; }));
  CHECK(has(client, "late"));
}
