#include "support/faulty_server.hpp"
#include "support/real_loop.hpp"
#include "support/stalled_resolver.hpp"
#include "toyota2mqtt/platform/curl_http_client.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;
using test::FaultyServer;

namespace {

struct Setup {
  explicit Setup(platform::HttpOptions options = {})
      : server(loop.loop.executor()),
        client(std::make_unique<platform::CurlHttpClient>(loop.loop, loop.clock, loop.log,
                                                          std::move(options))) {}

  base::HttpRequest request(const std::string& path = "/secret?vin=CANARY") const {
    return {.url = server.url(path), .log_path = "/path/{id}"};
  }
  base::Result<base::HttpResponse> get() { return loop.run(client->send(request())); }

  test::RealLoop loop;
  FaultyServer server;
  std::unique_ptr<platform::CurlHttpClient> client;
};

using Outcome = std::optional<base::Result<base::HttpResponse>>;

base::Task<void> keep(base::HttpClient& client, base::HttpRequest request, Outcome& outcome) {
  outcome = co_await client.send(std::move(request));
}

ErrorCode code_of(const base::Result<base::HttpResponse>& result) {
  REQUIRE_FALSE(result.has_value());
  INFO(result.error().message);
  CHECK(result.error().message.find("CANARY") == std::string::npos);
  CHECK(result.error().message.find("/path/{id}") != std::string::npos);
  return result.error().code;
}

}  // namespace

TEST_CASE("the request goes out as it was given") {
  Setup setup;
  auto request = setup.request("/a%2Fb?c=d");
  request.method = "POST";
  request.headers = {{"X-Api-Key", "k"}, {"x-empty", ""}, {"user-agent", "okhttp/4.10.0"}};
  request.body = "{\"a\":1}";
  CHECK(setup.loop.run(setup.client->send(request)).value().body == "hello");
  const auto& sent = setup.server.requests.at(0);
  CHECK(sent.starts_with("POST /a%2Fb?c=d HTTP/1.1\r\n"));
  CHECK(sent.find("X-Api-Key: k\r\n") != std::string::npos);
  CHECK(sent.find("x-empty:\r\n") != std::string::npos);
  CHECK(sent.find("user-agent: okhttp/4.10.0\r\n") != std::string::npos);
  CHECK(sent.find("Accept-Encoding: gzip\r\n") != std::string::npos);
  CHECK(sent.find("Content-Type") == std::string::npos);
  CHECK(sent.find("Expect") == std::string::npos);
  CHECK(sent.find("Cookie") == std::string::npos);
  CHECK(sent.ends_with("\r\n\r\n{\"a\":1}"));
}

TEST_CASE("a POST without a body, a DELETE, a PUT and a HEAD keep their methods") {
  Setup setup;
  for (const std::string method : {"POST", "DELETE", "PUT", "HEAD"}) {
    auto request = setup.request("/m");
    request.method = method;
    if (method == "HEAD") setup.server.body.clear();
    CHECK(setup.loop.run(setup.client->send(request)).value().status == 200);
    CHECK(setup.server.requests.back().starts_with(method + " /m HTTP/1.1\r\n"));
  }
  CHECK(setup.server.requests.at(0).find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("a redirect is never followed and its target is read as it was sent") {
  Setup setup;
  setup.server.head =
      "HTTP/1.1 302 Found\r\nLocation: com.toyota.oneapp:/oauth2Callback?code=1\r\n";
  const auto answer = setup.get();
  CHECK(answer.value().status == 302);
  CHECK(answer->header("location") == "com.toyota.oneapp:/oauth2Callback?code=1");
  CHECK(setup.server.requests.size() == 1);
}

TEST_CASE("a gzip answer is unpacked") {
  Setup setup;
  setup.server.head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n";
  setup.server.body = test::gzip_of("unpacked");
  CHECK(setup.get().value().body == "unpacked");
}

TEST_CASE("one connection serves requests that follow each other") {
  Setup setup;
  for (int i = 0; i < 5; ++i) CHECK(setup.get().has_value());
  CHECK(setup.server.connections == 1);
}

TEST_CASE("what is not HTTP, and what is too large, is an unexpected response") {
  Setup setup;
  setup.server.mode = GENERATE(FaultyServer::Mode::garbage, FaultyServer::Mode::chunks_without_end,
                               FaultyServer::Mode::gzip_bomb, FaultyServer::Mode::huge_header,
                               FaultyServer::Mode::many_headers);
  CAPTURE(static_cast<int>(setup.server.mode));
  CHECK(code_of(setup.get()) == ErrorCode::unexpected_response);
  CHECK(setup.server.bytes_sent < (16U << 20U));
}

TEST_CASE("an answer of exactly the allowed size is accepted, one byte more is not") {
  Setup setup;
  setup.server.body = std::string(1000, 'x');
  auto request = setup.request();
  request.max_response_bytes = 1000;
  CHECK(setup.loop.run(setup.client->send(request)).value().body.size() == 1000);
  request.max_response_bytes = 999;
  CHECK(code_of(setup.loop.run(setup.client->send(request))) == ErrorCode::unexpected_response);
}

TEST_CASE("a closed connection and a closed port are unreachable") {
  Setup setup;
  setup.server.mode = FaultyServer::Mode::resets;
  CHECK(code_of(setup.get()) == ErrorCode::unreachable);
  auto request = setup.request();
  {
    const FaultyServer gone(setup.loop.loop.executor());
    request.url = gone.url();
  }
  CHECK(code_of(setup.loop.run(setup.client->send(request))) == ErrorCode::unreachable);
}

TEST_CASE("the time-out covers the whole exchange") {
  Setup setup;
  setup.server.mode =
      GENERATE(FaultyServer::Mode::stalls_before_headers, FaultyServer::Mode::stalls_after_headers);
  auto request = setup.request();
  request.timeout = 150ms;
  const auto begin = setup.loop.clock.steady();
  CHECK(code_of(setup.loop.run(setup.client->send(request))) == ErrorCode::timeout);
  CHECK(setup.loop.since(begin) >= 149ms);
  CHECK(setup.loop.since(begin) < 1500ms);
  setup.server.mode = FaultyServer::Mode::answers;
  CHECK(setup.get().has_value());
}

TEST_CASE("a stalled name resolution delays neither the time-out nor other requests") {
  Setup setup;
  const test::StalledResolver resolver;
  auto request = setup.request();
  request.url = std::string("https://") + test::kStalledName + "/secret?vin=CANARY";
  request.timeout = 300ms;
  Outcome stalled;
  const auto begin = setup.loop.clock.steady();
  setup.loop.tasks.spawn("stalled", keep(*setup.client, request, stalled));
  setup.loop.run_until([&] { return resolver.begun() == 1; });
  CHECK(setup.get().has_value());
  CHECK_FALSE(stalled.has_value());
  setup.loop.run_until([&] { return stalled.has_value(); });
  CHECK(code_of(*stalled) == ErrorCode::timeout);
  CHECK(setup.loop.since(begin) < 1s);
}

TEST_CASE("a request whose name resolution stalls is cancelled at once, and so is its client") {
  Setup setup;
  const test::StalledResolver resolver;
  auto request = setup.request();
  request.url = std::string("https://") + test::kStalledName + "/";
  base::TaskGroup group(setup.loop.loop.executor(), setup.loop.log);
  std::array<Outcome, 2> outcomes;
  group.spawn("cancelled", keep(*setup.client, request, outcomes[0]));
  setup.loop.tasks.spawn("closed", keep(*setup.client, request, outcomes[1]));
  setup.loop.run_until([&] { return resolver.begun() > 0; });
  const auto begin = setup.loop.clock.steady();
  group.cancel();
  setup.loop.run_until([&] { return outcomes[0].has_value(); });
  setup.client.reset();
  setup.loop.run_until([&] { return outcomes[1].has_value(); });
  CHECK(setup.loop.since(begin) < 500ms);
  CHECK(outcomes[0]->error().code == ErrorCode::cancelled);
  CHECK(outcomes[1]->error().code == ErrorCode::cancelled);
}

TEST_CASE("cancelling a task drops its request at once") {
  Setup setup;
  setup.server.mode = FaultyServer::Mode::stalls_before_headers;
  base::TaskGroup group(setup.loop.loop.executor(), setup.loop.log);
  Outcome outcome;
  group.spawn("request", keep(*setup.client, setup.request(), outcome));
  setup.loop.run_until([&] { return setup.server.open_requests == 1; });
  const auto begin = setup.loop.clock.steady();
  group.cancel();
  setup.loop.run_until([&] { return outcome.has_value() && setup.server.open_requests == 0; });
  CHECK(outcome->error().code == ErrorCode::cancelled);
  CHECK(setup.loop.since(begin) < 1s);
}

TEST_CASE("only so many requests are in flight, and the queue honours cancellation and time-outs") {
  Setup setup({.max_in_flight = 2});
  setup.server.mode = FaultyServer::Mode::stalls_before_headers;
  base::TaskGroup group(setup.loop.loop.executor(), setup.loop.log);
  base::TaskGroup waiting(setup.loop.loop.executor(), setup.loop.log);
  std::array<Outcome, 5> outcomes;
  for (std::size_t i = 0; i < 2; ++i) {
    group.spawn("busy", keep(*setup.client, setup.request(), outcomes.at(i)));
  }
  setup.loop.run_until([&] { return setup.server.open_requests == 2; });
  waiting.spawn("cancelled", keep(*setup.client, setup.request(), outcomes[2]));
  auto hasty = setup.request();
  hasty.timeout = 20ms;
  group.spawn("hasty", keep(*setup.client, hasty, outcomes[3]));
  group.spawn("patient", keep(*setup.client, setup.request("/patient"), outcomes[4]));
  setup.loop.run_until([&] { return outcomes[3].has_value(); });
  CHECK(code_of(*outcomes[3]) == ErrorCode::timeout);
  waiting.cancel();
  setup.loop.run_until([&] { return outcomes[2].has_value(); });
  CHECK(outcomes[2]->error().code == ErrorCode::cancelled);
  CHECK(setup.server.requests.size() == 2);
  group.cancel();
  setup.loop.run_until([&] { return group.running() == 0; });
  CHECK(setup.server.most_open_requests == 2);
}

TEST_CASE("a hundred requests at once are all answered over a few connections") {
  Setup setup;
  std::vector<Outcome> outcomes(100);
  for (auto& outcome : outcomes) {
    setup.loop.tasks.spawn("request", keep(*setup.client, setup.request(), outcome));
  }
  setup.loop.run_until([&] { return setup.loop.tasks.running() == 0; });
  for (const auto& outcome : outcomes) CHECK(outcome->value().body == "hello");
  CHECK(setup.server.connections <= 4);
}

TEST_CASE("destroying the client ends what is under way, and nothing else happens") {
  Setup setup({.max_in_flight = 1});
  setup.server.mode = FaultyServer::Mode::stalls_before_headers;
  std::array<Outcome, 2> outcomes;
  for (auto& outcome : outcomes) {
    setup.loop.tasks.spawn("request", keep(*setup.client, setup.request(), outcome));
  }
  setup.loop.run_until([&] { return setup.server.open_requests == 1; });
  setup.client.reset();
  setup.loop.run_until([&] { return outcomes[0] && outcomes[1]; });
  CHECK(outcomes[0]->error().code == ErrorCode::cancelled);
  CHECK(outcomes[1]->error().code == ErrorCode::cancelled);
}

TEST_CASE("a loop that is destroyed under a running request leaks nothing and crashes nothing") {
  auto loop = std::make_unique<platform::EventLoop>();
  auto clock = std::make_unique<platform::SystemClock>(*loop);
  test::RecordingLog log;
  auto client = std::make_unique<platform::CurlHttpClient>(*loop, *clock, log);
  auto server = std::make_unique<FaultyServer>(loop->executor());
  server->mode = FaultyServer::Mode::stalls_before_headers;
  Outcome outcome;
  {
    base::TaskGroup group(loop->executor(), log);
    group.spawn("request", keep(*client, {.url = server->url(), .log_path = "/p"}, outcome));
    clock->call_at(clock->steady() + 20ms, [&loop] { loop->stop(); });
    loop->run();
    server.reset();
    client.reset();
    clock.reset();
    loop.reset();
  }
  CHECK_FALSE(outcome.has_value());
}

TEST_CASE("what must not be sent is refused before anything is sent") {
  Setup setup({.plain_http_hosts = {"supervisor"}});
  auto request = setup.request();
  const auto refused = [&] {
    const auto result = setup.loop.run(setup.client->send(request));
    REQUIRE_FALSE(result.has_value());
    INFO(result.error().message);
    CHECK(result.error().message.find("CANARY") == std::string::npos);
    return result.error().code == ErrorCode::config_invalid;
  };
  SECTION("plain http to a host that is not loopback") {
    for (const std::string host : {"example.com", "10.0.0.1", "127.0.0.1.example.com", "128.0.0.1",
                                   "localhost.example.com", "[2001:db8::1]"}) {
      request.url = "http://" + host + "/?q=CANARY";
      CAPTURE(request.url);
      CHECK(refused());
    }
  }
  SECTION("another scheme") {
    request.url = "file:///etc/passwd?CANARY";
    CHECK(refused());
  }
  SECTION("a user name in the URL") {
    request.url = "https://CANARY:CANARY@localhost/";
    CHECK(refused());
  }
  SECTION("a header with a line break") {
    request.headers = {{"X", "a\r\nY: b"}};
    CHECK(refused());
  }
  SECTION("a header name with a colon") {
    request.headers = {{"X: a", "b"}};
    CHECK(refused());
  }
  SECTION("a method with a blank") {
    request.method = "GET /";
    CHECK(refused());
  }
  SECTION("but a host that the options allow is tried") {
    request.url = "http://supervisor/";
    request.timeout = 1s;
    CHECK_FALSE(refused());
  }
  CHECK(setup.server.requests.empty());
}

TEST_CASE("one line per exchange is logged, without query, headers or bodies") {
  Setup setup;
  auto request = setup.request();
  request.headers = {{"authorization", "Bearer CANARY"}};
  setup.server.body = "CANARY";
  CHECK(setup.loop.run(setup.client->send(request)).has_value());
  setup.server.mode = FaultyServer::Mode::resets;
  CHECK_FALSE(setup.loop.run(setup.client->send(request)).has_value());
  REQUIRE(setup.loop.log.lines.size() == 2);
  CHECK(setup.loop.log.text().find("CANARY") == std::string::npos);
  const auto& line = setup.loop.log.lines[0].message;
  INFO(line);
  CHECK(line.starts_with("GET 127.0.0.1:" + std::to_string(setup.server.port()) +
                         " /path/{id}: 200, sent 0 bytes, received 6 (unpacked 6), "));
  CHECK(setup.loop.log.lines[1].message.find("unreachable") != std::string::npos);
}
