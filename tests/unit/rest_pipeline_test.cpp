#include "rest/http/pipeline.hpp"

#include <set>

#include "rest/events.hpp"
#include "rest/routes/car_views.hpp"
#include "support/rest_rig.hpp"
#include "toyota2mqtt/base/address.hpp"

// The way of a request before and after its handler: who asks from where, and what every answer
// carries.
namespace toyota2mqtt::test {
namespace {

using rest::Access;
using rest::Route;

base::Task<rest::Response> nothing(rest::Context& /*context*/) { co_return rest::Response{}; }

constexpr Route kOpen{.method = "GET", .path = "/test", .access = Access::open, .handler = nothing};
constexpr Route kUsers{
    .method = "GET", .path = "/test", .access = Access::user, .handler = nothing};
constexpr Route kChange{
    .method = "POST", .path = "/test/{car}", .access = Access::user, .handler = nothing};
constexpr Route kAdministrators{
    .method = "GET", .path = "/test", .access = Access::administrator, .handler = nothing};

/// Where one of the routes above would be asked.
struct PipelineRig {
  explicit PipelineRig(rest::Options with = rest_options()) : options(std::move(with)) {
    REQUIRE(rig.loop.run(auth.load()));
  }

  std::string token(const std::string& name) {
    rig.guests.passwords[name] = name + "'s password";
    rest::SignIn entry{.username = name, .password = base::Secret(name + "'s password")};
    auto issued =
        rig.loop.run(auth.sign_in(std::move(entry), "127.0.0.1", rig.loop.clock.steady()));
    REQUIRE(issued);
    return issued->access;
  }
  /// What the pipeline says about a request for `route`; 200 when nothing.
  rest::Response ask(const Route& route, rest::Request request) {
    auto exchange = pipeline.receive(std::move(request));
    exchange.found.route = &route;
    exchange.found.allowed = {};
    auto refused = pipeline.refusal(exchange);
    auto response = refused ? std::move(*refused) : rest::Response{};
    client = exchange.context.client;
    who = exchange.context.who;
    pipeline.finish(exchange, response);
    return response;
  }
  int status(const Route& route, rest::Request request) {
    return ask(route, std::move(request)).status;
  }

  RestRig rig;
  rest::Options options;
  rest::Services services = rig.services();
  rest::Auth auth{services, options};
  rest::AuditLog audit;
  rest::HttpMetrics http_metrics;
  rest::EventHub events{services, http_metrics};
  rest::CarCaches car_caches{services};
  rest::RouteDeps deps{.services = services,
                       .options = options,
                       .auth = auth,
                       .events = events,
                       .audit = audit,
                       .http_metrics = http_metrics,
                       .car_caches = car_caches};
  rest::Pipeline pipeline{deps, rig.loop.random};
  std::string client;
  rest::Principal who;
};

rest::Request from(const std::string& peer, std::vector<base::HttpHeader> headers = {},
                   const std::string& token = {}) {
  auto request = RestRig::request("GET", "/test", token);
  request.peer = peer;
  for (auto& header : headers) request.headers.push_back(std::move(header));
  return request;
}

rest::Request encrypted(rest::Request request) {
  request.encrypted = true;
  return request;
}

rest::Options with_proxy() {
  auto options = rest_options();
  options.trusted_proxies = {"192.0.2.10", "192.0.2.11", "::1"};
  return options;
}

constexpr const char* kGateway = "172.30.32.2";

rest::Options in_app() {
  auto options = rest_options();
  options.ingress_gateway = kGateway;
  return options;
}

}  // namespace

TEST_CASE("open routes take anybody, others a client that is signed in, some administrators only") {
  PipelineRig rig;
  const auto anna = rig.token("anna");
  const auto carla = rig.token("carla@example.com");
  const auto local = [](const std::string& token) { return from("127.0.0.1", {}, token); };
  CHECK(rig.status(kOpen, local({})) == 200);
  CHECK(rig.status(kOpen, local("nonsense")) == 200);
  CHECK(rig.who.kind == rest::Principal::Kind::nobody);
  CHECK(rig.status(kUsers, local({})) == 401);
  CHECK(rig.status(kUsers, local(carla)) == 200);
  CHECK_FALSE(rig.who.scope.owner);
  CHECK(rig.who.scope.account_key == "key-carla");
  CHECK(rig.status(kUsers, local(anna)) == 200);
  CHECK(rig.who.scope.owner);
  CHECK(rig.status(kAdministrators, local({})) == 401);
  CHECK(rig.status(kAdministrators, local(carla)) == 403);
  CHECK(rig.status(kAdministrators, local(anna)) == 200);
  CHECK(header_of(rig.ask(kUsers, local({})), "WWW-Authenticate") == "Bearer");
}

TEST_CASE("tokens are taken over HTTPS or from this host, else not even looked at") {
  PipelineRig rig;
  const auto anna = rig.token("anna");
  for (const auto* peer : {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"}) {
    INFO(peer);
    CHECK(rig.status(kUsers, from(peer, {}, anna)) == 200);
  }
  for (const auto* peer : {"192.0.2.1", "128.0.0.1", "fe80::1", "::ffff:192.0.2.1", "", "nonsense",
                           "127.0.0.1.example.com"}) {
    INFO(peer);
    CHECK(problem_of(rig.ask(kUsers, from(peer, {}, anna))) == "tls-required");
    CHECK(problem_of(rig.ask(kUsers, from(peer))) == "tls-required");
    CHECK(problem_of(rig.ask(kOpen, from(peer, {}, anna))) == "tls-required");
    CHECK(rig.status(kOpen, from(peer)) == 200);
    CHECK(rig.status(kUsers, encrypted(from(peer, {}, anna))) == 200);
  }
}

TEST_CASE("passwords are taken over HTTPS or from this machine") {
  RestRig rig;
  auto asked = RestRig::request("POST", "/auth/login");
  asked.headers.push_back({.name = "Content-Type", .value = "application/json"});
  asked.body = R"({"username": "anna", "password": "anna's password"})";
  asked.peer = "192.0.2.1";
  CHECK(problem_of(rig.ask(rest::Request(asked))) == "tls-required");
  CHECK(rig.hasher.asked.empty());
  asked.encrypted = true;
  CHECK(rig.ask(rest::Request(asked)).status == 200);
}

TEST_CASE("a trusted proxy says who asks and whether the line is encrypted") {
  PipelineRig rig(with_proxy());
  const auto anna = rig.token("anna");
  const auto asked = [&](const std::string& peer, const std::string& forwarded,
                         const std::string& scheme) {
    return rig.status(kUsers, from(peer,
                                   {{.name = "X-Forwarded-For", .value = forwarded},
                                    {.name = "X-Forwarded-Proto", .value = scheme}},
                                   anna));
  };
  CHECK(asked("192.0.2.10", "198.51.100.7", "https") == 200);
  CHECK(rig.client == "198.51.100.7");
  CHECK(asked("192.0.2.10", "198.51.100.7", "http") == 403);
  CHECK(asked("192.0.2.10", "198.51.100.7", "https, http") == 403);
  CHECK(asked("::ffff:192.0.2.10", "198.51.100.7", "https") == 200);
  CHECK(asked("192.0.2.10", "127.0.0.1", "http") == 200);
  SECTION("the rightmost address that is no proxy's counts") {
    CHECK(asked("192.0.2.10", "127.0.0.1, 198.51.100.7", "https") == 200);
    CHECK(rig.client == "198.51.100.7");
    CHECK(asked("192.0.2.10", "10.0.0.1, 198.51.100.7, 192.0.2.11", "https") == 200);
    CHECK(rig.client == "198.51.100.7");
    CHECK(asked("192.0.2.10", "127.0.0.1, 198.51.100.7", "http") == 403);
    CHECK(asked("192.0.2.10", "127.0.0.1, nonsense", "http") == 403);
    CHECK(rig.client == "192.0.2.10");
    CHECK(asked("192.0.2.10", "::ffff:198.51.100.7", "https") == 200);
    CHECK(rig.client == "198.51.100.7");
  }
  SECTION("so do several headers of the name") {
    CHECK(rig.status(kUsers, from("192.0.2.10",
                                  {{.name = "X-Forwarded-For", .value = "127.0.0.1"},
                                   {.name = "x-forwarded-for", .value = "198.51.100.7"},
                                   {.name = "X-Forwarded-Proto", .value = "https"}},
                                  anna)) == 200);
    CHECK(rig.client == "198.51.100.7");
  }
  SECTION("a very long list is cut off") {
    std::string list = "127.0.0.1";
    for (int i = 0; i < 3000; ++i) list += ",192.0.2.11";
    CHECK(asked("192.0.2.10", list, "http") == 403);
  }
}

TEST_CASE("nobody else is believed about who asks") {
  PipelineRig rig(with_proxy());
  const auto anna = rig.token("anna");
  const std::vector<base::HttpHeader> lies = {{.name = "X-Forwarded-For", .value = "127.0.0.1"},
                                              {.name = "X-Forwarded-Proto", .value = "https"},
                                              {.name = "X-Request-Id", .value = "mine"}};
  const auto answer = rig.ask(kUsers, from("198.51.100.7", lies, anna));
  CHECK(problem_of(answer) == "tls-required");
  CHECK(rig.client == "198.51.100.7");
  CHECK(header_of(answer, "X-Request-Id") != "mine");
  CHECK(header_of(answer, "Strict-Transport-Security").empty());
}

TEST_CASE("a proxy on this machine that nobody named is not taken for this machine") {
  PipelineRig rig;
  const auto anna = rig.token("anna");
  for (const auto* name : {"X-Forwarded-For", "Forwarded", "X-Forwarded-Proto"}) {
    CHECK(problem_of(rig.ask(kUsers, from("127.0.0.1", {{.name = name, .value = "x"}}, anna))) ==
          "tls-required");
  }
}

TEST_CASE("a client that comes through Home Assistant is an administrator") {
  PipelineRig rig(in_app());
  CHECK(rig.status(kAdministrators, from(kGateway)) == 200);
  CHECK(rig.who.name == "home-assistant");
  CHECK(rig.who.scope.owner);
  CHECK(rig.status(kAdministrators, from("172.30.32.3")) == 403);
  CHECK(rig.status(kAdministrators, from("127.0.0.1")) == 401);
  CHECK(rig.status(kAdministrators, from(kGateway, {}, "nonsense")) == 401);
  CHECK(rig.status(kAdministrators,
                   from("192.0.2.1", {{.name = "X-Forwarded-For", .value = kGateway}})) == 403);
  PipelineRig outside;
  CHECK(outside.status(kAdministrators, from(kGateway)) == 403);
}

TEST_CASE("through Home Assistant only its own pages may change something") {
  PipelineRig rig(in_app());
  const auto asked = [&](std::vector<base::HttpHeader> headers, const std::string& token = {}) {
    auto request = from(kGateway, std::move(headers), token);
    request.method = "POST";
    request.headers.at(0).value = "ha.example.com";
    return problem_of(rig.ask(kChange, std::move(request)));
  };
  CHECK(asked({{.name = "Sec-Fetch-Site", .value = "same-origin"}}).empty());
  CHECK(asked({{.name = "Origin", .value = "https://ha.example.com"}}).empty());
  CHECK(asked({{.name = "Origin", .value = "http://HA.example.com"}}).empty());
  CHECK(asked({{.name = "Origin", .value = "https://outside.example.com"},
               {.name = "X-Forwarded-Host", .value = "outside.example.com"}})
            .empty());
  CHECK(asked({}) == "cross-site");
  CHECK(asked({{.name = "Sec-Fetch-Site", .value = "cross-site"}}) == "cross-site");
  CHECK(asked({{.name = "Sec-Fetch-Site", .value = "same-site"}}) == "cross-site");
  CHECK(asked({{.name = "Sec-Fetch-Site", .value = "none"}}) == "cross-site");
  CHECK(asked({{.name = "Origin", .value = "null"}}) == "cross-site");
  CHECK(asked({{.name = "Origin", .value = "https://evil.example.com"}}) == "cross-site");
  CHECK(asked({{.name = "Origin", .value = "https://ha.example.com"},
               {.name = "Sec-Fetch-Site", .value = "cross-site"}}) == "cross-site");
  // A token of one's own is evidence enough.
  CHECK(asked({}, rig.token("anna")).empty());
}

TEST_CASE("every answer carries the headers that keep it safe") {
  PipelineRig rig;
  for (const auto& answer :
       {rig.ask(kOpen, from("127.0.0.1")), rig.ask(kUsers, from("127.0.0.1"))}) {
    CHECK(header_of(answer, "X-Content-Type-Options") == "nosniff");
    CHECK(header_of(answer, "Referrer-Policy") == "no-referrer");
    CHECK(header_of(answer, "Content-Security-Policy") ==
          "default-src 'none'; frame-ancestors 'none'");
    CHECK(header_of(answer, "Cache-Control") == "no-store");
    CHECK(header_of(answer, "Strict-Transport-Security").empty());
    CHECK(header_of(answer, "Access-Control-Allow-Origin").empty());
    CHECK(header_of(answer, "RateLimit-Limit").empty());
  }
  CHECK(header_of(rig.ask(kOpen, encrypted(from("192.0.2.1"))), "Strict-Transport-Security") ==
        "max-age=86400");
}

TEST_CASE("every request has an id of its own, in its answer and in the log") {
  PipelineRig rig;
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    const auto id = header_of(rig.ask(kOpen, from("127.0.0.1")), "X-Request-Id");
    CHECK(ids.insert(id).second);
    CHECK(rig.rig.loop.log.text().contains("(request " + id + ")"));
  }
}

TEST_CASE("a trusted proxy's request id is kept if it is one") {
  PipelineRig rig(with_proxy());
  const auto id = [&](const std::string& sent) {
    return header_of(rig.ask(kOpen, from("192.0.2.10", {{.name = "X-Request-Id", .value = sent}})),
                     "X-Request-Id");
  };
  CHECK(id("req-1.A_b") == "req-1.A_b");
  CHECK(id(std::string(64, 'a')) == std::string(64, 'a'));
  for (const auto& sent : {std::string(), std::string(65, 'a'), std::string("a b"),
                           std::string("a\r\nSet-Cookie: x=y"), std::string("a\nb"),
                           std::string("a\0b", 3), std::string("<script>"), std::string("ü")}) {
    CHECK(id(sent) != sent);
    CHECK_FALSE(id(sent).empty());
  }
}

TEST_CASE("the log names routes, never what stood in the path") {
  RestRig rig;
  rig.get("/vehicles/JTMTEST0000000001/canary", rig.administrator());
  rig.get("/canary?canary=canary");
  CHECK(rig.loop.log.text().contains("no route: 404"));
  CHECK_FALSE(rig.loop.log.text().contains("canary"));
  CHECK_FALSE(rig.loop.log.text().contains("JTMTEST"));
}

TEST_CASE("requests are written down only when the log is that detailed") {
  RestRig rig;
  auto level = base::LogLevel::info;
  rig.host.log_level = [&level] { return level; };
  rig.restart();
  rig.get("/nowhere");
  CHECK_FALSE(rig.loop.log.text().contains("404"));
  level = base::LogLevel::debug;
  rig.get("/nowhere");
  CHECK(rig.loop.log.text().contains("404"));
}

TEST_CASE("what a user changes stands in the audit log, whether it was allowed or not") {
  constexpr Route kAdministrate{.method = "DELETE",
                                .path = "/test/{car}",
                                .access = Access::administrator,
                                .handler = nothing};
  PipelineRig rig;
  const auto ask = [&](const Route& route, const std::string& method, const std::string& token) {
    auto request = from("127.0.0.1", {}, token);
    request.method = method;
    rig.ask(route, std::move(request));
  };
  const auto anna = rig.token("anna");
  ask(kUsers, "GET", anna);
  ask(kChange, "POST", {});
  ask(kChange, "POST", "nonsense");
  CHECK(rig.audit.entries().empty());
  ask(kChange, "POST", anna);
  ask(kAdministrate, "DELETE", rig.token("carla@example.com"));
  REQUIRE(rig.audit.entries().size() == 2);
  CHECK(rig.audit.entries().at(0).who == "anna");
  CHECK(rig.audit.entries().at(0).what == "POST /test/{car}");
  CHECK(rig.audit.entries().at(0).client == "127.0.0.1");
  CHECK(rig.audit.entries().at(0).outcome == "200");
  CHECK(rig.audit.entries().at(1).who == "c…@…");
  CHECK(rig.audit.entries().at(1).outcome == "403");
}

TEST_CASE("a session may send so many requests in a minute, another one its own") {
  auto options = rest_options();
  options.requests_per_minute = 3;
  PipelineRig rig(options);
  const auto anna = rig.token("anna");
  const auto ben = rig.token("ben");
  for (int left = 2; left >= 0; --left) {
    const auto answer = rig.ask(kUsers, from("127.0.0.1", {}, anna));
    CHECK(answer.status == 200);
    CHECK(header_of(answer, "RateLimit-Limit") == "3");
    CHECK(header_of(answer, "RateLimit-Remaining") == std::to_string(left));
    CHECK(header_of(answer, "RateLimit-Reset") == "60");
  }
  rig.rig.loop.advance(std::chrono::seconds(20));
  const auto refused = rig.ask(kUsers, from("127.0.0.1", {}, anna));
  CHECK(refused.status == 429);
  CHECK(header_of(refused, "Retry-After") == "40");
  CHECK(header_of(refused, "RateLimit-Remaining") == "0");
  CHECK(rig.status(kUsers, from("127.0.0.1", {}, ben)) == 200);
  rig.rig.loop.advance(std::chrono::seconds(40));
  CHECK(rig.status(kUsers, from("127.0.0.1", {}, anna)) == 200);
}

TEST_CASE("who is not signed in is limited by address, and so is who sends wrong tokens") {
  auto options = rest_options();
  options.requests_per_minute = 3;
  PipelineRig rig(options);
  for (int i = 0; i < 3; ++i) {
    CHECK(rig.status(kUsers, encrypted(from("192.0.2.1", {}, "nonsense"))) == 401);
  }
  CHECK(rig.status(kUsers, encrypted(from("192.0.2.1", {}, "nonsense"))) == 429);
  CHECK(rig.status(kOpen, from("192.0.2.1")) == 429);
  CHECK(rig.status(kOpen, from("192.0.2.2")) == 200);
  CHECK(rig.status(kUsers, encrypted(from("192.0.2.1", {}, rig.token("anna")))) == 200);
}

TEST_CASE("other sites' pages may read nothing, unless the configuration names them") {
  auto options = rest_options();
  options.cors_origins = {"https://home.example.com"};
  PipelineRig named(options);
  PipelineRig closed;
  const auto asked = [](PipelineRig& rig, const std::string& origin) {
    return rig.ask(kOpen, from("127.0.0.1", {{.name = "Origin", .value = origin}}));
  };
  const auto good = asked(named, "https://home.example.com");
  CHECK(header_of(good, "Access-Control-Allow-Origin") == "https://home.example.com");
  CHECK(header_of(good, "Vary") == "Origin");
  CHECK(header_of(good, "Access-Control-Allow-Credentials").empty());
  CHECK(header_of(good, "Access-Control-Expose-Headers").contains("ETag"));
  CHECK(
      header_of(asked(closed, "https://home.example.com"), "Access-Control-Allow-Origin").empty());
  CHECK(header_of(asked(closed, "https://home.example.com"), "Vary").empty());
  for (const auto* origin :
       {"https://evil.example.com", "http://home.example.com", "https://home.example.com.evil.com",
        "https://home.example.com:8443", "https://HOME.example.com", "null", "*", ""}) {
    INFO(origin);
    CHECK(header_of(asked(named, origin), "Access-Control-Allow-Origin").empty());
    CHECK(header_of(asked(named, origin), "Vary") == "Origin");
  }
}

TEST_CASE("browsers learn beforehand what a named site may send") {
  auto options = rest_options();
  options.cors_origins = {"https://home.example.com"};
  RestRig rig(options);
  const auto preflight = [&](const std::string& origin) {
    auto request = RestRig::request("OPTIONS", "/auth/logout");
    request.headers.push_back({.name = "Origin", .value = origin});
    request.headers.push_back({.name = "Access-Control-Request-Method", .value = "POST"});
    request.headers.push_back({.name = "Access-Control-Request-Headers", .value = "authorization"});
    return rig.ask(std::move(request));
  };
  const auto good = preflight("https://home.example.com");
  CHECK(good.status == 204);
  CHECK(header_of(good, "Access-Control-Allow-Origin") == "https://home.example.com");
  CHECK(header_of(good, "Access-Control-Allow-Methods") == "POST, OPTIONS");
  CHECK(header_of(good, "Access-Control-Allow-Headers").contains("Authorization"));
  const auto bad = preflight("https://evil.example.com");
  CHECK(bad.status == 204);
  CHECK(header_of(bad, "Access-Control-Allow-Origin").empty());
  CHECK(header_of(bad, "Access-Control-Allow-Methods").empty());
}

TEST_CASE("an answer names the methods that a path takes") {
  RestRig rig;
  const auto answer = rig.get("/auth/login");
  CHECK(answer.status == 405);
  CHECK(problem_of(answer) == "method-not-allowed");
  CHECK(header_of(answer, "Allow") == "POST, OPTIONS");
  const auto options = rig.send("OPTIONS", "/auth/login");
  CHECK(options.status == 204);
  CHECK(header_of(options, "Allow") == "POST, OPTIONS");
  for (const auto* method : {"PUT", "DELETE", "TRACE", "HEAD", "post", "", "POST /x"}) {
    INFO(method);
    CHECK(rig.send(method, "/auth/login").status == 405);
  }
  CHECK(rig.send("OPTIONS", "/nowhere").status == 404);
}

TEST_CASE("a path that leads nowhere is said to") {
  RestRig rig;
  for (const auto* path : {"", "/", "//", "/nowhere", "/auth", "/auth/", "/auth/login/",
                           "/auth//login", "/Auth/login", "/auth/login/more", "/../auth/login"}) {
    INFO(path);
    const auto answer = rig.get(path);
    CHECK(answer.status == 404);
    CHECK(problem_of(answer) == "not-found");
  }
  auto outside = RestRig::request("GET", "/x");
  for (const auto* path : {"", "/", "/api", "/api/v2/auth/login", "/api/v1x"}) {
    INFO(path);
    outside.path = path;
    CHECK_FALSE(rest::Api::owns(path));
    CHECK(rig.ask(rest::Request(outside)).status == 404);
  }
  CHECK(rest::Api::owns("/api/v1"));
  CHECK(rest::Api::owns("/api/v1/auth/login"));
}

TEST_CASE("every route is found by its path, and by HEAD where it takes GET") {
  std::set<std::string> seen;
  for (const auto& route : rest::all_routes()) {
    std::string path;
    std::vector<std::string> parameters;
    for (std::size_t i = 0; i < route.path.size(); ++i) {
      if (route.path[i] != '{') {
        path += route.path[i];
        continue;
      }
      i = route.path.find('}', i);
      parameters.push_back("value-" + std::to_string(parameters.size()));
      path += parameters.back();
    }
    INFO(route.method << " " << route.path);
    CHECK(seen.insert(std::string(route.method) + " " + std::string(route.path)).second);
    const auto found = rest::match(route.method, path);
    CHECK(found.route == &route);
    CHECK(found.parameters == parameters);
    if (route.method == "GET") CHECK(rest::match("HEAD", path).route == &route);
    const auto other = rest::match("BREW", path);
    CHECK(other.route == nullptr);
    CHECK(other.allowed.contains(route.method));
  }
  CHECK(seen.size() >= 3);
}

TEST_CASE("a body is JSON and at most 16 KiB, on every route") {
  PipelineRig rig;
  const auto anna = rig.token("anna");
  const auto asked = [&](std::string body, const std::string& type) {
    auto request = from("127.0.0.1", {{.name = "Content-Type", .value = type}}, anna);
    request.method = "POST";
    request.body = std::move(body);
    return rig.status(kChange, std::move(request));
  };
  CHECK(asked("{}", "application/json") == 200);
  CHECK(asked("{}", "text/plain") == 415);
  CHECK(asked("a=b", "application/x-www-form-urlencoded") == 415);
  CHECK(asked(std::string((16 << 10) + 1, ' '), "application/json") == 413);
  CHECK(asked("", "text/plain") == 200);
}

TEST_CASE("a mistake of the program is reported by its request id alone") {
  class BrokenHasher final : public base::PasswordHasher {
   public:
    base::Task<base::Result<std::string>> hash(base::Secret /*password*/) override {
      throw std::runtime_error("canary");
    }
    base::Task<base::Result<bool>> matches(base::Secret /*password*/,
                                           std::string /*hash*/) override {
      throw std::runtime_error("canary");
    }
  };
  RestRig rig;
  BrokenHasher hasher;
  rest::Api api(rig.services(&hasher), rest_options());
  REQUIRE(rig.loop.run(api.load()));
  auto asked = RestRig::request("POST", "/auth/login");
  asked.headers.push_back({.name = "Content-Type", .value = "application/json"});
  asked.body = R"({"username": "anna", "password": "x"})";
  const auto answer = rig.loop.run(api.handle(std::move(asked)));
  CHECK(answer.status == 500);
  CHECK(problem_of(answer) == "internal-error");
  const auto body = json_of(answer);
  CHECK(body.size() == 4);
  CHECK(body.at("request_id") == header_of(answer, "X-Request-Id"));
  CHECK_FALSE(answer.body.contains("canary"));
  CHECK(rig.loop.log.text().contains("canary"));
}

TEST_CASE("addresses have one spelling") {
  CHECK(base::plain_address("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(base::plain_address("::FFFF:C000:0201") == "192.0.2.1");
  CHECK(base::plain_address("2001:DB8:0:0::1") == "2001:db8::1");
  for (const auto* text : {"", "localhost", "1.2.3", "1.2.3.4:80", "[::1]", "01.2.3.4", "1.2.3.04",
                           "1.2.3.4 ", "::1%eth0", "1.2.3.4, 5.6.7.8"}) {
    INFO(text);
    CHECK_FALSE(base::plain_address(text));
  }
  CHECK(base::counted_address("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
  CHECK(base::counted_address("192.0.2.1") == "192.0.2.1");
}

}  // namespace toyota2mqtt::test
