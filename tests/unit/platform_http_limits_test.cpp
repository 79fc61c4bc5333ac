#include <algorithm>
#include <boost/asio/ip/tcp.hpp>

#include "support/http_rig.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

int slow_asked = 0;

base::Task<base::HttpResponse> answer(base::HttpServerRequest request) {
  base::HttpResponse response;
  if (request.path == "/large") response.body.assign(std::size_t{64} << 20, 'l');
  if (request.path == "/slow") {
    ++slow_asked;
    base::Event never;
    (void)co_await never.wait();
  }
  if (request.path == "/") response.body = "body of " + std::to_string(request.body.size());
  if (request.path == "/fields") {
    for (const auto& header : request.headers) response.body += header.name + ",";
  }
  co_return response;
}

std::string request(const std::string& path, const std::string& headers = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
}

/// What a client that sends this receives, to the end of the connection.
std::string talk(const std::string& text, platform::HttpServerLimits limits = {}) {
  test::HttpRig rig(answer, limits);
  rig.listen();
  test::RawClient client(rig);
  client.connect();
  client.send(text);
  client.read();
  CHECK(rig.until([&] { return client.ended; }));
  return client.received;
}

}  // namespace

TEST_CASE("a client that does not read its answer is cut off") {
  test::HttpRig rig(answer, {.request = 200ms});
  rig.listen();
  test::RawClient client(rig);
  client.connect();
  client.send(request("/large"));
  REQUIRE(rig.until([&] { return rig.server.connections() == 1; }));
  CHECK(rig.until([&] { return rig.server.connections() == 0; }));
}

TEST_CASE("a client that reads gets an answer of any size, whole") {
  test::HttpRig rig(answer);
  rig.listen();
  test::RawClient client(rig);
  client.connect();
  client.send(request("/large", "Connection: close\r\n"));
  client.read();
  CHECK(rig.until([&] { return client.ended; }));
  CHECK(client.received.size() - client.received.find("\r\n\r\n") - 4 == std::size_t{64} << 20);
}

TEST_CASE("a connection on which nothing is asked is closed after a while") {
  test::HttpRig rig(answer, {.idle = 50ms});
  rig.listen();
  test::RawClient client(rig);
  client.connect();
  client.read();
  CHECK(rig.until([&] { return client.ended; }));
  CHECK(client.received.empty());
}

TEST_CASE("one address gets no more connections than its share, others still get theirs") {
  test::HttpRig rig(answer, {.connections_per_peer = 2});
  rig.listen();
  std::vector<std::unique_ptr<test::RawClient>> clients;
  slow_asked = 0;
  int served = 0;
  for (const std::string from : {"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2"}) {
    auto& client = *clients.emplace_back(std::make_unique<test::RawClient>(rig));
    client.connect(from);
    client.send(request("/slow"));
    client.read();
    if (clients.size() != 3) ++served;
    CHECK(rig.until([&] {
      return slow_asked == served && (served != 2 || clients.size() < 3 || clients[2]->ended);
    }));
  }
  CHECK(clients[2]->received.empty());
  CHECK(rig.server.connections() == 3);
  // A place that was given back is taken again.
  clients[0]->socket.close();
  test::RawClient next(rig);
  next.connect("127.0.0.2");
  next.send(request("/"));
  next.read();
  CHECK(rig.until([&] { return next.received.contains("body of 0"); }));
}

TEST_CASE("a newcomer takes the place of what waited longest, never of what is being answered") {
  test::HttpRig rig(answer, {.connections_per_peer = 2});
  rig.listen();
  test::RawClient busy(rig);
  busy.connect("127.0.0.1");
  slow_asked = 0;
  busy.send(request("/slow"));
  busy.read();
  REQUIRE(rig.until([&] { return slow_asked == 1; }));
  test::RawClient idle(rig);
  idle.connect("127.0.0.1");
  idle.send("GET / HTTP/1.1\r\nHost: ");  // half a request is none
  idle.read();
  REQUIRE(rig.until([&] { return rig.server.connections() == 2; }));
  for (int i = 0; i < 5; ++i) {
    test::RawClient next(rig);
    next.connect("127.0.0.1");
    next.send(request("/"));
    next.read();
    CHECK(rig.until([&] { return next.received.contains("body of 0"); }));
    CHECK(rig.until([&] { return idle.ended; }));
  }
  CHECK_FALSE(busy.ended);
}

TEST_CASE("thousands of half-open connections from one address keep nobody out, trusted or not") {
  const bool trusted = GENERATE(true, false);
  test::HttpRig rig(answer,
                    {.connections = 40, .connections_per_peer = 20, .connections_of_many = 30});
  if (trusted) rig.server.trust_with_many({"127.0.0.1"});
  rig.listen();
  std::vector<std::unique_ptr<test::RawClient>> crowd;
  for (int i = 0; i < 200; ++i) {
    auto& client = *crowd.emplace_back(std::make_unique<test::RawClient>(rig));
    client.connect("127.0.0.1");
    client.read();
  }
  const std::size_t share = trusted ? 30 : 20;
  REQUIRE(rig.until([&] {
    return std::ranges::count_if(crowd, [](const auto& client) { return client->ended; }) ==
           static_cast<long>(200 - share);
  }));
  CHECK(rig.server.connections() == share);
  for (const std::string from : {"127.0.0.1", "127.0.0.2"}) {
    test::RawClient other(rig);
    other.connect(from);
    other.send(request("/"));
    other.read();
    CHECK(rig.until([&] { return other.received.contains("body of 0"); }));
  }
}

TEST_CASE("when all places are taken, the one with most of them gives one up") {
  test::HttpRig rig(answer, {.connections = 10});
  rig.listen();
  test::RawClient modest(rig);
  modest.connect("127.0.0.2");
  modest.read();
  REQUIRE(rig.until([&] { return rig.server.connections() == 1; }));
  std::vector<std::unique_ptr<test::RawClient>> crowd;
  for (int i = 0; i < 30; ++i) {
    auto& client = *crowd.emplace_back(std::make_unique<test::RawClient>(rig));
    client.connect("127.0.0.1");
    client.read();
  }
  REQUIRE(rig.until([&] {
    return std::ranges::count_if(crowd, [](const auto& client) { return client->ended; }) == 21;
  }));
  CHECK_FALSE(modest.ended);
}

TEST_CASE("no limit is none") {
  test::HttpRig rig(answer, {.connections_per_peer = 0});
  rig.listen();
  std::vector<std::unique_ptr<test::RawClient>> clients;
  for (int i = 0; i < 5; ++i) {
    auto& client = *clients.emplace_back(std::make_unique<test::RawClient>(rig));
    client.connect();
    client.send(request("/"));
    client.read();
  }
  for (const auto& client : clients) {
    CHECK(rig.until([&] { return client->received.contains("body of 0"); }));
  }
}

TEST_CASE("a coding of the body that is not understood is refused, and nothing behind it is read") {
  const std::string coding = GENERATE(
      as<std::string>{}, "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
      "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: identity\r\n",
      "Transfer-Encoding:\r\n", "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n");
  INFO(coding);
  const auto reported =
      talk("POST / HTTP/1.1\r\nHost: x\r\n" + coding + "\r\n" + request("/fields"));
  CHECK(reported.starts_with("HTTP/1.1 501"));
  CHECK(reported.contains("Connection: close"));
  CHECK(reported.find("HTTP/1.1", 1) == std::string::npos);
}

TEST_CASE("two words about the length of a body are refused") {
  const std::string words =
      GENERATE(as<std::string>{}, "Content-Length: 4\r\nTransfer-Encoding: gzip\r\n",
               "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
               "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
               "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n",
               "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n");
  INFO(words);
  const auto reported =
      talk("POST / HTTP/1.1\r\nHost: x\r\n" + words + "\r\n" + request("/fields"));
  CHECK((reported.starts_with("HTTP/1.1 400") || reported.starts_with("HTTP/1.1 501")));
  CHECK(reported.contains("Connection: close"));
  CHECK(reported.find("HTTP/1.1", 1) == std::string::npos);
}

TEST_CASE("more fields than allowed are refused, however small") {
  std::string fields;
  for (int i = 0; i < 11; ++i) fields += "a:\r\n";
  CHECK(talk(request("/", fields), {.headers = 10}).starts_with("HTTP/1.1 431"));
}

TEST_CASE("a refused client hears why, even when it goes on sending") {
  const auto text = "POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'b');
  CHECK(talk(text, {.body_bytes = 1000}).starts_with("HTTP/1.1 413"));
}

TEST_CASE("a chunked body counts against the limit as it comes") {
  const std::string head =
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  const std::string chunk = "8\r\n12345678\r\n";
  CHECK(talk(head + chunk + chunk + "0\r\n\r\n", {.body_bytes = 16}).contains("body of 16"));
  CHECK(talk(head + chunk + chunk + chunk + "0\r\n\r\n", {.body_bytes = 16})
            .starts_with("HTTP/1.1 413"));
}

TEST_CASE("a line of a chunked body that never ends is given up") {
  const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK_FALSE(talk(head + "8;" + std::string(40000, 'x'), {.header_bytes = 1000}).contains("200"));
}

TEST_CASE("a body of two lengths is refused: the next request could be hidden in it") {
  CHECK(talk("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            .starts_with("HTTP/1.1 400"));
  CHECK(talk("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde")
            .starts_with("HTTP/1.1 400"));
}

TEST_CASE("fields behind a chunked body are not taken for headers") {
  const auto reported = talk(
      "POST /fields HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "1\r\nx\r\n0\r\nAuthorization: stolen\r\n\r\n");
  CHECK(reported.ends_with("Transfer-Encoding,Connection,"));
}
