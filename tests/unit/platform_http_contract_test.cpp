#include "support/fakes.hpp"
#include "support/faulty_server.hpp"
#include "support/real_loop.hpp"
#include "toyota2mqtt/platform/curl_http_client.hpp"

// What every base::HttpClient does: the same cases against the fake and the real adapter.

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;

namespace {

class FakeWorld {
 public:
  explicit FakeWorld(test::RealLoop&) {}
  base::HttpClient& client() { return http_; }
  void answer(int status, std::vector<base::HttpHeader> headers, std::string body) {
    answer_ = {.status = status, .headers = std::move(headers), .body = std::move(body)};
  }
  void stall() { http_.stall(true); }
  void refuse() { answer_ = base::fail(ErrorCode::unreachable, "127.0.0.1 /p: no connection"); }
  [[nodiscard]] std::size_t received() const { return http_.requests.size(); }
  [[nodiscard]] static std::string url() { return "http://127.0.0.1:1/p?q=1"; }

 private:
  base::Result<base::HttpResponse> answer_;
  test::FakeHttp http_{[this](const base::HttpRequest&) { return answer_; }};
};

class RealWorld {
 public:
  explicit RealWorld(test::RealLoop& loop)
      : server_(loop.loop.executor()), client_(loop.loop, loop.clock, loop.log) {}
  base::HttpClient& client() { return client_; }
  void answer(int status, const std::vector<base::HttpHeader>& headers, std::string body) {
    server_.head = "HTTP/1.1 " + std::to_string(status) + " Text\r\n";
    for (const auto& header : headers) server_.head += header.name + ": " + header.value + "\r\n";
    server_.body = std::move(body);
  }
  void stall() { server_.mode = test::FaultyServer::Mode::stalls_before_headers; }
  void refuse() { server_.mode = test::FaultyServer::Mode::resets; }
  [[nodiscard]] std::size_t received() const { return server_.requests.size(); }
  [[nodiscard]] std::string url() const { return server_.url("/p?q=1"); }

 private:
  test::FaultyServer server_;
  platform::CurlHttpClient client_;
};

using Outcome = std::optional<base::Result<base::HttpResponse>>;

base::Task<void> keep(base::HttpClient& client, base::HttpRequest request, Outcome& outcome) {
  outcome = co_await client.send(std::move(request));
}

}  // namespace

TEMPLATE_TEST_CASE("http contract: an answer of any status is a successful exchange", "", FakeWorld,
                   RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  for (const int status : {200, 302, 404, 500}) {
    world.answer(status, {}, "body");
    const auto answer = loop.run(world.client().send({.url = world.url(), .log_path = "/p"}));
    REQUIRE(answer.has_value());
    CHECK(answer->status == status);
    CHECK(answer->body == "body");
  }
}

TEMPLATE_TEST_CASE("http contract: headers are found by any case, the first of a name", "",
                   FakeWorld, RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  world.answer(200, {{"X-One", "1"}, {"x-two", "a"}, {"X-TWO", "b"}}, "");
  const auto answer = loop.run(world.client().send({.url = world.url(), .log_path = "/p"}));
  REQUIRE(answer.has_value());
  CHECK(answer->header("x-one") == "1");
  CHECK(answer->header("X-Two") == "a");
  CHECK_FALSE(answer->header("x-three").has_value());
}

TEMPLATE_TEST_CASE("http contract: no connection is unreachable", "", FakeWorld, RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  world.refuse();
  const auto answer = loop.run(world.client().send({.url = world.url(), .log_path = "/p"}));
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == ErrorCode::unreachable);
}

TEMPLATE_TEST_CASE("http contract: a cancelled exchange answers cancelled at once", "", FakeWorld,
                   RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  world.stall();
  base::TaskGroup group(loop.loop.executor(), loop.log);
  Outcome outcome;
  group.spawn("request", keep(world.client(), {.url = world.url(), .log_path = "/p"}, outcome));
  loop.run_until([&] { return world.received() == 1; });
  CHECK_FALSE(outcome.has_value());
  group.cancel();
  loop.run_until([&] { return outcome.has_value(); }, 1s);
  CHECK(outcome->error().code == ErrorCode::cancelled);
}

TEMPLATE_TEST_CASE("http contract: several exchanges are under way at once", "", FakeWorld,
                   RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  world.stall();
  base::TaskGroup group(loop.loop.executor(), loop.log);
  std::array<Outcome, 3> outcomes;
  for (auto& outcome : outcomes) {
    group.spawn("request", keep(world.client(), {.url = world.url(), .log_path = "/p"}, outcome));
  }
  loop.run_until([&] { return world.received() == 3; });
  group.cancel();
  loop.run_until([&] { return group.running() == 0; });
  for (const auto& outcome : outcomes) CHECK(outcome->error().code == ErrorCode::cancelled);
}

TEMPLATE_TEST_CASE("http contract: a session is a client too", "", FakeWorld, RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  world.answer(200, {}, "in a session");
  const auto session = world.client().new_session();
  const auto nested = session->new_session();
  for (auto* client : {session.get(), nested.get()}) {
    const auto answer = loop.run(client->send({.url = world.url(), .log_path = "/p"}));
    REQUIRE(answer.has_value());
    CHECK(answer->body == "in a session");
  }
}
