#include "platform/http_answer.hpp"
#include "support/http_rig.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

base::Task<base::HttpResponse> answer(base::HttpServerRequest request) {
  base::HttpResponse response{.body = "text"};
  if (request.path == "/none") response.status = 204;
  if (request.path == "/same") response.status = 304;
  if (request.path == "/framing") {
    response.headers = {{.name = "content-length", .value = "1"},
                        {.name = "Transfer-Encoding", .value = "chunked"},
                        {.name = "connection", .value = "close"},
                        {.name = "X-Kept", .value = "yes"}};
  }
  if (request.path == "/injected") {
    response.headers = {{.name = "X-One", .value = "a\r\nSet-Cookie: b"},
                        {.name = "X-Two\r\nSet-Cookie", .value = "b"},
                        {.name = "X-Three", .value = "c"}};
  }
  if (request.path == "/dated") response.headers = {{.name = "date", .value = "my own"}};
  co_return response;
}

/// The answers to these requests, up to the one after which the connection ends.
std::string talk(const std::string& text) {
  test::HttpRig rig(answer);
  rig.listen();
  test::RawClient client(rig);
  client.connect();
  client.send(text + "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n");
  client.read();
  CHECK(rig.until([&] { return client.ended; }));
  // The last answer is the same everywhere, but for its date.
  CHECK(client.received.ends_with("Content-Length: 4\r\nConnection: close\r\n\r\ntext"));
  return client.received.substr(0, client.received.rfind("HTTP/1.1 "));
}

}  // namespace

TEST_CASE("the date of an answer is written as RFC 9110 wants it") {
  platform::DateLine date;
  const auto at = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;
  CHECK(date.at(at) == "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  CHECK(date.at(at + 999ms) == "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  CHECK(date.at(at + 1s) == "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
}

TEST_CASE("every answer has a date, unless the handler gave one") {
  CHECK(talk("GET / HTTP/1.1\r\n\r\n").contains("\r\nDate: "));
  const auto own = talk("GET /dated HTTP/1.1\r\n\r\n");
  CHECK(own.contains("date: my own\r\n"));
  CHECK_FALSE(own.contains("Date: "));
}

TEST_CASE("HEAD learns the length of the body that it does not get") {
  const auto reported = talk("HEAD / HTTP/1.1\r\n\r\n");
  CHECK(reported.contains("Content-Length: 4\r\n"));
  CHECK(reported.ends_with("\r\n\r\n"));
}

TEST_CASE("answers that have no body get none, and no length") {
  for (const std::string path : {"/none", "/same"}) {
    const auto reported = talk("GET " + path + " HTTP/1.1\r\n\r\n");
    CHECK_FALSE(reported.contains("Content-Length"));
    CHECK(reported.ends_with("\r\n\r\n"));
  }
}

TEST_CASE("how long the body is and whether the connection goes on is the listener's to say") {
  const auto reported = talk("GET /framing HTTP/1.1\r\n\r\n");
  CHECK_FALSE(reported.contains("content-length"));
  CHECK_FALSE(reported.contains("Transfer-Encoding"));
  CHECK_FALSE(reported.contains("close"));
  CHECK(reported.contains("X-Kept: yes\r\n"));
}

TEST_CASE("a header with a line break is left out, not sent as two") {
  const auto reported = talk("GET /injected HTTP/1.1\r\n\r\n");
  CHECK_FALSE(reported.contains("Set-Cookie"));
  CHECK(reported.contains("X-Three: c\r\n"));
}

TEST_CASE("a client of HTTP/1.0 that wants to go on learns that it may") {
  CHECK(talk("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .contains("Connection: keep-alive\r\n"));
}
