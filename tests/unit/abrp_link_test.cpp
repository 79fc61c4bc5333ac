#include <set>

#include "support/abrp_world.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::test::abrp_world;

TEST_CASE("one point goes as a form: key in the header, token and tlm in the body") {
  World world;
  world.start();
  REQUIRE(world.offer(64, 60s));
  world.loop.advance(1min);
  REQUIRE(world.count("/1/tlm/send") == 1);
  const auto& request = world.http.requests.back();
  CHECK(request.method == "POST");
  CHECK(request.url == "https://abrp.example/1/tlm/send");
  CHECK(request.max_response_bytes == 65536);
  CHECK(request.body.starts_with("token=canary%20token%260002&tlm="));
  CHECK(form_tlm(request)["soc"] == 64);
  const HttpResponse headers{.status = 0, .headers = request.headers, .body = {}};
  CHECK(headers.header("Authorization") == "APIKEY " + std::string(kKey));
  CHECK(headers.header("Content-Type") == "application/x-www-form-urlencoded");
  CHECK_FALSE(headers.header("Content-Encoding"));
}

TEST_CASE("several points go in bulk, at most 100 at a time, with their own times") {
  World world;
  world.fill(150);
  world.start();
  world.loop.advance(5min);
  REQUIRE(world.count("/1/tlm/bulk") == 2);
  CHECK(world.count("/1/tlm/send") == 0);
  CHECK(world.waiting() == 0);
  const auto& request = world.http.requests.back();
  CHECK(request.url == "https://abrp.example/1/tlm/bulk");
  const auto body = json::parse(request.body);
  REQUIRE(body["data"].size() == 1);
  CHECK(body["data"][0]["token"] == kToken);
  const auto& list = body["data"][0]["tlm_list"];
  REQUIRE(list.size() == 50);
  CHECK(list[0]["soc"] == 100);
  CHECK(list[1]["utc"].get<int>() - list[0]["utc"].get<int>() == 60);
}

TEST_CASE("no two requests of a car come within 10 s") {
  World world;
  world.fill(450);
  world.start();
  world.loop.advance(10min);
  REQUIRE(world.times.size() >= 7);
  for (std::size_t i = 1; i < world.times.size(); ++i) {
    CHECK(world.times[i] - world.times[i - 1] >= 10s);
  }
}

TEST_CASE("what was sent is not sent again after a restart") {
  World world;
  const auto car = electric_car(world.loop.clock.now() - 1min, 64);
  REQUIRE(world.loop.run(world.link->offer(car)));
  world.start();
  world.loop.advance(2min);
  CHECK(world.sent() == 1);
  world.restart();
  world.start();
  REQUIRE(world.loop.run(world.link->offer(car)));
  world.loop.advance(1h);
  CHECK(world.sent() == 1);
}

TEST_CASE("A3: how the link was, and the last acceptance, are reported after a restart") {
  World world;
  world.on_read = [](const HttpRequest&) {
    return answer(200, R"({"status":"ok","result":{"vehicle_name":"Blitz"}})");
  };
  REQUIRE(world.offer(64, 60s));
  world.start();
  world.loop.advance(2min);
  const auto before = world.link->status();
  REQUIRE(before.state == "ok");
  REQUIRE(before.last_accepted);
  CHECK(before.vehicle_name == "Blitz");
  world.loop.advance(3h);

  SECTION("with the same key and token") {
    world.restart();
    world.start();
    CHECK(world.link->status() == before);
    CHECK(world.states.back() == "ok");
    world.loop.advance(1h);
    CHECK(world.link->status() == before);
  }
  SECTION("what ABRP thought of another token says nothing about this one") {
    world.token = "another token";
    world.restart();
    world.start();
    CHECK(world.link->status().state == "waiting");
    CHECK_FALSE(world.link->status().last_accepted);
  }
  SECTION("a token that is rejected now is reported, though it was accepted before") {
    world.on_read = [](const HttpRequest&) { return answer(401, "Unauthorized Token"); };
    world.restart();
    world.start();
    world.loop.advance(1min);
    CHECK(world.link->status().state == "token_rejected");
    CHECK(world.link->status().last_accepted == before.last_accepted);
  }
}

TEST_CASE("A3: a rejection is reported after a restart, until ABRP thinks otherwise") {
  World world;
  world.on_send = [](const HttpRequest&) { return answer(401, "Unauthorized Token"); };
  REQUIRE(world.offer(64, 60s));
  world.start();
  world.loop.advance(1min);
  REQUIRE(world.link->status().state == "token_rejected");
  const auto detail = world.link->status().detail;
  CHECK(detail.find("Connect live data") != std::string::npos);

  SECTION("while it cannot be asked") {
    world.on_send = [](const HttpRequest&) { return answer(503, ""); };
    world.restart();
    world.start();
    CHECK(world.link->status().state == "token_rejected");
    CHECK(world.link->status().detail == detail);
  }
  SECTION("a check that knows it lifts it") {
    world.on_read = [](const HttpRequest&) { return answer(200, kOk); };
    world.queue.memory.cars.clear();
    world.restart();
    world.start();
    world.loop.advance(1min);
    CHECK(world.link->status().state == "waiting");
  }
}

TEST_CASE("A3: whether ABRP can be reached is not remembered, nor is a broken record believed") {
  World world;
  world.on_send = [](const HttpRequest&) { return answer(503, ""); };
  REQUIRE(world.offer(64, 60s));
  world.start();
  world.loop.advance(1min);
  REQUIRE(world.link->status().state == "unreachable");
  world.restart();
  world.queue.memory.cars.clear();
  world.start();
  CHECK(world.link->status().state == "waiting");
  for (const auto* link : {R"("x")", R"({"state":"<b>","credentials":7})", R"({"state":7})"}) {
    world.stop();
    world.store.entries[{"abrp", kCar}] = std::string(R"({"sent_ms":{},"link":)") + link + "}";
    world.restart();
    world.start();
    CHECK(world.link->status().state == "waiting");
  }
}

TEST_CASE("progress is stored only when the points are durable") {
  World world;
  world.queue.disk_full = true;
  const auto car = electric_car(world.loop.clock.now(), 64);
  CHECK_FALSE(world.loop.run(world.link->offer(car)));
  CHECK(world.store.entries.empty());
  world.queue.disk_full = false;
  CHECK(world.loop.run(world.link->offer(car)));
  CHECK(world.waiting() == 1);
}

TEST_CASE("a crash between queue and progress sends twice, never not at all") {
  World world;
  const auto car = electric_car(world.loop.clock.now(), 64);
  world.store.disk_full = true;
  CHECK_FALSE(world.loop.run(world.link->offer(car)));
  CHECK(world.waiting() == 1);
  SECTION("the same process remembers, and stores its progress with the next offer") {
    world.store.disk_full = false;
    CHECK(world.loop.run(world.link->offer(car)));
    CHECK(world.waiting() == 1);
    CHECK(world.store.entries.size() == 1);
  }
  SECTION("a new process offers the point again") {
    world.restart();
    world.store.disk_full = false;
    CHECK(world.loop.run(world.link->offer(car)));
    CHECK(world.waiting() == 2);
  }
}

TEST_CASE("a progress that cannot be read starts anew, with a warning") {
  World world;
  world.store.entries[{"abrp", kCar}] = "garbage";
  CHECK(world.offer(64));
  CHECK(world.waiting() == 1);
  CHECK(world.loop.log.text().find("cannot be read") != std::string::npos);
}

TEST_CASE("the status is waiting until the first acceptance, then ok with its time") {
  World world;
  CHECK(world.link->status().state == "waiting");
  world.start();
  world.loop.advance(1min);
  CHECK(world.link->status().state == "waiting");
  CHECK_FALSE(world.link->status().last_accepted);
  REQUIRE(world.offer(64));
  world.loop.advance(1min);
  CHECK(world.link->status().state == "ok");
  CHECK(world.link->status().detail.empty());
  CHECK(world.link->status().last_accepted);
  CHECK(world.states == std::vector<std::string>{"ok"});
}

namespace {

struct Case {
  int http;
  const char* body;
  const char* state;               // after the first answer
  bool kept;                       // the point is still in the queue
  std::chrono::seconds no_sooner;  // than this comes the next try
  std::chrono::seconds no_later;
};

const std::vector<Case> kCases = {
    {200, R"({"status":"ok"})", "ok", false, 0s, 0s},
    {200, R"({"status":"ok","missing":"speed"})", "ok", false, 0s, 0s},
    {200, R"({"status":"error","errors":"Unauthorized Token"})", "token_rejected", true, 6h, 6h},
    {200, R"({"status":"error","errors":"try later"})", "unreachable", true, 15s, 15s},
    {200, R"({"status":null})", "unreachable", true, 15s, 15s},
    {200, R"({"status":true})", "unreachable", true, 15s, 15s},
    {200, "[]", "unreachable", true, 15s, 15s},
    {200, "", "unreachable", true, 15s, 15s},
    {200, "<html>sign in to the hotel</html>", "unreachable", true, 15s, 15s},
    {201, R"({"status":"ok"})", "unreachable", true, 15s, 15s},
    {302, "", "unreachable", true, 15s, 15s},
    {400, R"({"status":"error","errors":"bad tlm"})", "waiting", false, 0s, 0s},
    {400, "proxy says no", "unreachable", true, 15s, 15s},
    {401, R"({"status":"error","errors":"Unauthorized Key"})", "key_rejected", true, 6h, 6h},
    {401, R"({"status":"error","errors":"Unauthorized Token"})", "token_rejected", true, 6h, 6h},
    {401, "Unauthorized Key", "key_rejected", true, 6h, 6h},
    {401, "", "key_rejected", true, 6h, 6h},
    {403, R"({"status":"error"})", "key_rejected", true, 6h, 6h},
    {404, "", "unreachable", true, 15s, 15s},
    {429, "", "unreachable", true, 15s, 15s},
    {500, R"({"status":"ok"})", "unreachable", true, 15s, 15s},
    {503, "", "unreachable", true, 15s, 15s},
};

}  // namespace

TEST_CASE("what an answer means: status, queue and next try") {
  for (const auto& row : kCases) {
    CAPTURE(row.http, row.body);
    World world;
    world.on_send = [&row](const HttpRequest&) { return answer(row.http, row.body); };
    REQUIRE(world.offer(64));
    world.start();
    world.loop.advance(45s);  // the name's two calls come first
    CHECK(world.link->status().state == row.state);
    CHECK((world.waiting() == 1) == row.kept);
    CHECK(world.link->status().detail.empty() ==
          (row.state == std::string("ok") || row.state == std::string("waiting")));
    if (row.no_sooner > 0s) {
      world.loop.advance(row.no_later);
      const auto sends = world.sent();
      CHECK(sends >= 2);
      CHECK(world.times.at(4) - world.times.at(3) >= row.no_sooner);
      CHECK(world.times.at(4) - world.times.at(3) <= row.no_later);
    } else {
      world.loop.advance(24h);
      CHECK(world.sent() == 1);
    }
  }
}

TEST_CASE("a 401 says in plain words which of key or token is wrong, once") {
  World world;
  world.on_send = [](const HttpRequest&) { return answer(401, "Unauthorized Token"); };
  REQUIRE(world.offer(64));
  world.start();
  world.loop.advance(24h);
  CHECK(world.sent() == 4);
  CHECK(world.link->status().detail.find("abrp_token") != std::string::npos);
  CHECK(std::ranges::count_if(world.loop.log.lines, [](const auto& line) {
          return line.level == base::LogLevel::warning;
        }) == 1);
}

TEST_CASE("new points do not end the pause after a rejection") {
  World world;
  world.on_send = [](const HttpRequest&) { return answer(401, "Unauthorized Key"); };
  REQUIRE(world.offer(64));
  world.start();
  world.loop.advance(1min);
  for (int i = 0; i < 20; ++i) {
    world.loop.advance(15min);
    REQUIRE(world.offer(60 + i));
  }
  CHECK(world.sent() == 1);
  CHECK(world.waiting() == 21);
}

TEST_CASE("while ABRP is away tries grow apart from 15 s to 15 min and nothing is lost") {
  World world;
  world.on_send = [](const HttpRequest&) -> Result<HttpResponse> {
    return base::fail(base::ErrorCode::unreachable, "connection refused");
  };
  world.fill(3);
  world.start();
  world.loop.advance(6h);
  CHECK(world.waiting() == 3);
  CHECK(world.link->status().state == "unreachable");
  REQUIRE(world.times.size() > 12);
  for (std::size_t i = 5; i < world.times.size(); ++i) {
    const auto gap = world.times[i] - world.times[i - 1];
    CHECK(gap >= 15s);
    CHECK(gap <= 15min);
  }
  CHECK(world.times.back() - world.times[world.times.size() - 2] > 11min);
  CHECK(std::ranges::count_if(world.loop.log.lines, [](const auto& line) {
          return line.level == base::LogLevel::warning;
        }) == 1);

  world.on_send = [](const HttpRequest&) { return answer(200, kOk); };
  world.loop.advance(16min);
  CHECK(world.waiting() == 0);
  CHECK(world.states == std::vector<std::string>{"unreachable", "ok"});
  CHECK(world.loop.log.text().find("accepts points again") != std::string::npos);
}

TEST_CASE("a pause that ABRP names is kept") {
  World world;
  world.on_send = [](const HttpRequest&) {
    return HttpResponse{.status = 429, .headers = {{"retry-after", "1800"}}, .body = {}};
  };
  REQUIRE(world.offer(64));
  world.start();
  world.loop.advance(29min);
  CHECK(world.sent() == 1);
  world.loop.advance(2min);
  CHECK(world.sent() == 2);
}

TEST_CASE("a poisoned point in a bulk is found, dropped and never holds up the others") {
  World world;
  world.fill(20);
  std::set<int> accepted;
  const auto poisoned = [](const json& tlm) { return tlm["soc"] == 7; };
  world.on_send = [&](const HttpRequest& request) {
    std::vector<json> list;
    if (request.log_path == "/1/tlm/bulk") {
      for (const auto& tlm : json::parse(request.body)["data"][0]["tlm_list"]) list.push_back(tlm);
    } else {
      list.push_back(form_tlm(request));
    }
    if (std::ranges::any_of(list, poisoned)) {
      return answer(400, R"({"status":"error","errors":"tlm malformed 50.1234"})");
    }
    for (const auto& tlm : list) accepted.insert(static_cast<int>(tlm["soc"].get<double>()));
    return answer(200, kOk);
  };
  world.start();
  world.loop.advance(1h);
  CHECK(world.waiting() == 0);
  CHECK(accepted.size() == 19);
  CHECK_FALSE(accepted.contains(7));
  CHECK(world.count("/1/tlm/bulk") == 2);
  CHECK(world.count("/1/tlm/send") == 8);
  CHECK(world.link->status().state == "ok");
  CHECK(world.loop.log.text().find("tlm malformed ##.####") != std::string::npos);
}

TEST_CASE("a point that is refused with HTTP 200 again and again is dropped at last") {
  World world;
  world.on_send = [](const HttpRequest&) { return answer(200, R"({"status":"error"})"); };
  REQUIRE(world.offer(64));
  world.start();
  world.loop.advance(24h);
  CHECK(world.waiting() == 0);
  CHECK(world.sent() == 5);
}

TEST_CASE("what single points of an accepted bulk are called does not matter") {
  World world;
  world.fill(3);
  world.on_send = [](const HttpRequest&) {
    return answer(200, R"({"status":"ok","result":[{"status":"error"},null,7]})");
  };
  world.start();
  world.loop.advance(1min);
  CHECK(world.waiting() == 0);
  CHECK(world.sent() == 1);
}

TEST_CASE("points older than 7 days are dropped before sending, with a note") {
  World world;
  world.fill(1);
  world.loop.advance(2h);
  world.fill(1);
  world.loop.advance(std::chrono::days(7) - 1h);
  world.fill(1);
  REQUIRE(world.loop.run(world.queue.append(kCar, {"not a point"})));
  world.start();
  world.loop.advance(1min);
  CHECK(world.sent() == 1);
  CHECK(json::parse(world.http.requests.back().body)["data"][0]["tlm_list"].size() == 2);
  CHECK(world.waiting() == 0);
  CHECK(world.loop.log.text().find("older than 7 days") != std::string::npos);
}

TEST_CASE("an accepted point that cannot be removed from the queue is not sent again") {
  World world;
  REQUIRE(world.offer(64));
  world.start();
  world.queue.disk_full = true;
  world.loop.advance(10min);
  CHECK(world.waiting() == 1);
  CHECK(world.sent() == 1);
  world.queue.disk_full = false;
  world.loop.advance(2min);
  CHECK(world.waiting() == 0);
  CHECK(world.sent() == 1);
}

TEST_CASE("the missing text is logged for debugging only") {
  World world;
  world.on_send = [](const HttpRequest&) {
    return answer(200, R"({"status":"ok","missing":"power, speed"})");
  };
  REQUIRE(world.offer(64));
  world.start();
  world.loop.advance(1min);
  const auto line = std::ranges::find_if(world.loop.log.lines, [](const auto& l) {
    return l.message.find("power, speed") != std::string::npos;
  });
  REQUIRE(line != world.loop.log.lines.end());
  CHECK(line->level == base::LogLevel::debug);
}

TEST_CASE("stopping ends a stalled request at once") {
  World world;
  world.http.stall(true);
  REQUIRE(world.offer(64));
  world.start();
  world.loop.advance(1min);
  CHECK(world.http.requests.size() == 1);
  world.stop();
  CHECK(world.waiting() == 1);
}

TEST_CASE("points that waited while the place was allowed go without it once it is kept back") {
  World world;
  const abrp::Point point{
      .utc = world.loop.clock.now(), .latitude = 50.1, .longitude = 8.2, .is_parked = true};
  REQUIRE(world.loop.run(world.queue.append(kCar, {abrp::to_tlm(point)})));
  world.send_location = false;
  world.restart();
  world.start();
  world.loop.advance(1min);
  REQUIRE(world.count("/1/tlm/send") == 1);
  const auto tlm = form_tlm(world.http.requests.back());
  CHECK_FALSE(tlm.contains("lat"));
  CHECK_FALSE(tlm.contains("lon"));
  CHECK(tlm["is_parked"] == true);
}
