#include "abrp/protocol.hpp"
#include "support/abrp_world.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::test::abrp_world;

TEST_CASE("the check names the ABRP vehicle of the token, never its owner") {
  World world;
  SECTION("from the telemetry, when the key may read") {
    world.on_read = [](const HttpRequest&) {
      return answer(200, R"({"status":"ok","result":{"name":"Blitz","telemetry":{}}})");
    };
    CHECK(world.loop.run(world.link->check()).value() == "Blitz");
    CHECK(world.http.requests.size() == 1);
  }
  SECTION("from the identity call") {
    world.on_read = [](const HttpRequest& request) {
      if (request.log_path != "/1/oauth/me") return answer(200, R"({"status":"ok"})");
      return answer(200, R"({"status":"ok","result":{"name":"Jane Doe","email":"j@example.com",
                             "vehicle_name":"Blitz"}})");
    };
    CHECK(world.loop.run(world.link->check()).value() == "Blitz");
  }
  SECTION("and no name is no reason to fail") {
    world.on_read = [](const HttpRequest& request) {
      if (request.log_path == "/1/oauth/me") return answer(401, "Unauthorized Token");
      return answer(200, R"({"status":"ok","result":{}})");
    };
    CHECK(world.loop.run(world.link->check()).value().empty());
  }
  for (const auto& request : world.http.requests) {
    CHECK(request.url.find("canary") == std::string::npos);
  }
}

TEST_CASE(
    "the check tells a rejected key, a rejected token and a key without reading right apart") {
  struct Row {
    int http;
    const char* body;
    base::ErrorCode code;
    const char* word;
    std::size_t requests;
  };
  using enum base::ErrorCode;
  const std::vector<Row> rows = {
      {401, R"({"status":"error","errors":"Unauthorized Key"})", credentials_rejected, "key", 1},
      {401, R"({"status":"error","errors":"Unauthorized Token"})", credentials_rejected, "token",
       1},
      {403, R"({"status":"error"})", forbidden, "may not read", 3},
      {404, "", unexpected_response, "404", 3},
      {500, "", unreachable, "500", 1},
      {200, "{}", unexpected_response, "200", 3},
  };
  for (const auto& row : rows) {
    CAPTURE(row.http, row.body);
    World world;
    world.on_read = [&row](const HttpRequest&) { return answer(row.http, row.body); };
    const auto result = world.loop.run(world.link->check());
    REQUIRE_FALSE(result);
    CHECK(result.error().code == row.code);
    CHECK(result.error().message.find(row.word) != std::string::npos);
    CHECK(world.http.requests.size() == row.requests);
  }
}

TEST_CASE("E3: oauth/me gets the key as a parameter beside the token") {
  World world;
  world.on_read = [](const HttpRequest& request) {
    return answer(request.log_path == "/1/oauth/me" ? 200 : 403, R"({"status":"ok","result":{}})");
  };
  (void)world.loop.run(world.link->check());
  REQUIRE(world.count("/1/oauth/me") == 1);
  for (const auto& request : world.http.requests) {
    if (request.log_path != "/1/oauth/me") continue;
    CHECK(request.body == "api_key=canary-key-0001&access_token=canary%20token%260002");
    CHECK(request.url == "https://abrp.example/1/oauth/me");
  }
}

TEST_CASE("E3: a token is never called bad because of oauth/me alone") {
  for (const auto* refusal : {"Unauthorized Token", "Unauthorized Key", "{}"}) {
    World world;
    world.on_read = [refusal](const HttpRequest& request) {
      if (request.log_path == "/1/oauth/me") return answer(401, refusal);
      return answer(403, R"({"status":"error"})");
    };
    CHECK(world.loop.run(world.link->check()).error().code == base::ErrorCode::forbidden);
    world.start();
    world.loop.advance(1min);
    CHECK(world.link->status().state == "waiting");
  }
}

TEST_CASE("a failing check never blocks sending, and sending has the last word") {
  World world;
  world.on_read = [](const HttpRequest&) { return answer(401, "Unauthorized Key"); };
  world.start();
  world.loop.advance(1s);
  CHECK(world.link->status().state == "key_rejected");
  REQUIRE(world.offer(64));
  world.loop.advance(1min);
  CHECK(world.link->status().state == "ok");
}

TEST_CASE("a name that could not be asked for is asked for again after the next acceptance") {
  World world;
  world.on_read = [](const HttpRequest&) -> Result<HttpResponse> {
    return base::fail(base::ErrorCode::unreachable, "no route");
  };
  world.start();
  world.loop.advance(1min);
  world.on_read = [](const HttpRequest&) {
    return answer(200, R"({"status":"ok","result":{"vehicle_name":"Blitz"}})");
  };
  REQUIRE(world.offer(64));
  world.loop.advance(1min);
  CHECK(world.link->status().vehicle_name == "Blitz");
  REQUIRE(world.offer(65));
  world.loop.advance(1min);
  CHECK(world.count("/1/tlm/get_telemetry") == 2);
}

TEST_CASE("neither key nor token nor place appears in a URL, a log line or a status") {
  const auto echo = [](int status) {
    return [status](const HttpRequest& request) {
      const json body = {{"status", "error"},
                         {"errors", "you sent " + request.body + " lat 50.12345"},
                         {"missing", std::string("canary-key-0001 and canary token&0002")}};
      return answer(status, body.dump());
    };
  };
  for (const int status : {200, 400, 401, 403, 500}) {
    World world;
    world.on_send = echo(status);
    world.on_read = echo(status);
    REQUIRE(world.offer(64));
    world.start();
    world.loop.advance(1h);
    auto text = world.loop.log.text() + world.link->status().detail;
    for (const auto& request : world.http.requests) text += request.url + request.log_path;
    CHECK(text.find("canary") == std::string::npos);
    CHECK(text.find("50.12345") == std::string::npos);
    CHECK(text.find("JTMTEST") == std::string::npos);
  }
}

TEST_CASE("an answer nested without end is an answer that makes no sense") {
  const auto reply = abrp::classify_reply(answer(200, std::string(60'000, '[')), {});
  CHECK(reply.verdict == abrp::Verdict::unreachable);
  CHECK(abrp::vehicle_name("oauth/me", std::string(60'000, '{')).empty());
}

TEST_CASE("a vehicle name is cut and cleaned of control characters") {
  json body;
  body["result"]["vehicle_name"] = "B\x01l\nitz " + std::string(200, 'x');
  const auto name = abrp::vehicle_name("oauth/me", body.dump());
  CHECK(name.starts_with("Blitz xxx"));
  CHECK(name.size() == 100);
}
