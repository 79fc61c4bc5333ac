#include <boost/asio/ip/tcp.hpp>

#include "support/http_rig.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

base::Task<platform::HttpServerResponse> answer(platform::HttpServerRequest request) {
  platform::HttpServerResponse response;
  if (request.path == "/large") response.body.assign(std::size_t{64} << 20, 'l');
  if (request.path == "/") response.body = "body of " + std::to_string(request.body.size());
  if (request.path == "/fields") {
    for (const auto& header : request.headers) response.body += header.name + ",";
  }
  co_return response;
}

std::string request(const std::string& path, const std::string& headers = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
}

/// What a client that sends this is told, to the end of the connection.
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
  for (const std::string from : {"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2"}) {
    auto& client = *clients.emplace_back(std::make_unique<test::RawClient>(rig));
    client.connect(from);
    client.send(request("/"));
    client.read();
  }
  CHECK(rig.until([&] { return clients[2]->ended; }));
  CHECK(clients[2]->received.empty());
  for (const std::size_t served : {0U, 1U, 3U}) {
    CHECK(rig.until([&] { return clients.at(served)->received.contains("body of 0"); }));
    CHECK_FALSE(clients.at(served)->ended);
  }
  // A place that was given back is taken again.
  clients[0]->socket.close();
  REQUIRE(rig.until([&] { return rig.server.connections() == 2; }));
  test::RawClient next(rig);
  next.connect("127.0.0.1");
  next.send(request("/"));
  next.read();
  CHECK(rig.until([&] { return next.received.contains("body of 0"); }));
}

TEST_CASE("a proxy that is trusted with many has no share, and no limit is none") {
  for (const std::size_t most : {1U, 0U}) {
    test::HttpRig rig(answer, {.connections_per_peer = most});
    if (most > 0) rig.server.trust_with_many({"127.0.0.1"});
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
  const auto told = talk(
      "POST /fields HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "1\r\nx\r\n0\r\nAuthorization: stolen\r\n\r\n");
  CHECK(told.ends_with("Transfer-Encoding,Connection,"));
}
