#include "support/faulty_server.hpp"
#include "support/real_loop.hpp"
#include "support/tls_server.hpp"
#include "toyota2mqtt/platform/curl_http_client.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;

namespace {

bool sent_cookie(const std::string& request, const std::string& cookie) {
  return request.find("Cookie: " + cookie + "\r\n") != std::string::npos;
}

base::Result<base::HttpResponse> get(test::RealLoop& loop, base::HttpClient& client,
                                     const std::string& url) {
  return loop.run(client.send({.url = url, .log_path = "/p"}));
}

}  // namespace

TEST_CASE("a session sends its cookies back, and nobody else does") {
  test::RealLoop loop;
  test::FaultyServer server(loop.loop.executor());
  platform::CurlHttpClient client(loop.loop, loop.clock, loop.log);
  const auto first = client.new_session();
  const auto second = client.new_session();

  server.head = "HTTP/1.1 200 OK\r\nSet-Cookie: sid=A; Path=/; HttpOnly; Secure\r\n";
  REQUIRE(get(loop, *first, server.url()).has_value());
  server.head = "HTTP/1.1 200 OK\r\n";
  REQUIRE(get(loop, *first, server.url()).has_value());
  CHECK(sent_cookie(server.requests.back(), "sid=A"));
  REQUIRE(get(loop, *second, server.url()).has_value());
  CHECK_FALSE(sent_cookie(server.requests.back(), "sid=A"));
  REQUIRE(get(loop, client, server.url()).has_value());
  CHECK_FALSE(sent_cookie(server.requests.back(), "sid=A"));
}

TEST_CASE("the shared client forgets every cookie") {
  test::RealLoop loop;
  test::FaultyServer server(loop.loop.executor());
  platform::CurlHttpClient client(loop.loop, loop.clock, loop.log);
  server.head = "HTTP/1.1 200 OK\r\nSet-Cookie: sid=A; Path=/\r\n";
  REQUIRE(get(loop, client, server.url()).has_value());
  REQUIRE(get(loop, client, server.url()).has_value());
  CHECK(server.requests.back().find("Cookie") == std::string::npos);
}

TEST_CASE("a cookie of one host is not sent to another") {
  test::RealLoop loop;
  test::FaultyServer server(loop.loop.executor());
  platform::CurlHttpClient client(loop.loop, loop.clock, loop.log);
  const auto session = client.new_session();
  server.head = "HTTP/1.1 200 OK\r\nSet-Cookie: sid=A; Path=/\r\n";
  REQUIRE(get(loop, *session, server.url()).has_value());
  REQUIRE(get(loop, *session, "http://localhost:" + std::to_string(server.port())).has_value());
  CHECK(server.requests.back().find("Cookie") == std::string::npos);
}

TEST_CASE("a certificate of the configured authority for the right name is accepted") {
  test::RealLoop loop;
  test::CertificateAuthority authority;
  test::TlsServer server(authority.issue("DNS:localhost"));
  platform::CurlHttpClient client(loop.loop, loop.clock, loop.log, {.ca_file = authority.file()});
  const auto url = "https://localhost:" + std::to_string(server.port()) + "/";
  CHECK(get(loop, client, url).value().body == "hello");
}

TEST_CASE("a certificate for another name, or of another authority, is refused") {
  test::RealLoop loop;
  test::CertificateAuthority authority;
  test::CertificateAuthority other;
  const bool wrong_name = GENERATE(true, false);
  test::TlsServer server(authority.issue(wrong_name ? "DNS:example.org" : "DNS:localhost"));
  platform::CurlHttpClient client(loop.loop, loop.clock, loop.log,
                                  {.ca_file = wrong_name ? authority.file() : other.file()});
  const auto url = "https://localhost:" + std::to_string(server.port()) + "/";
  const auto answer = get(loop, client, url);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == ErrorCode::unreachable);
  CHECK(answer.error().message.find("certificate") != std::string::npos);
}

TEST_CASE("a CA file that cannot be read stops encrypted requests with its name") {
  test::RealLoop loop;
  platform::CurlHttpClient client(loop.loop, loop.clock, loop.log, {.ca_file = "/nowhere/ca.pem"});
  const auto answer = get(loop, client, "https://localhost/");
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == ErrorCode::config_invalid);
  CHECK(answer.error().message == "the CA file /nowhere/ca.pem cannot be read");
}
