#include "support/rest_cars.hpp"
#include "support/sample_cars.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::header_of;
using test::json_of;
using test::problem_of;
using test::RestCars;
using vehicle::Source;

namespace {

rest::SourceView& source(RestCars& rig, const base::CarId& car, Source which) {
  return rig.fleet.at(car).sources.at(static_cast<std::size_t>(which));
}

/// The cloud answers `after` the request came.
void read_after(RestCars& rig, const base::CarId& car, std::chrono::milliseconds after) {
  rig.loop.clock.call_at(rig.loop.clock.steady() + after, [&rig, car] {
    for (auto& one : rig.fleet.at(car).sources) {
      one.asked_at = rig.loop.clock.now();
      one.cleared = false;
    }
    rig.fleet.read(car);
  });
}

}  // namespace

TEST_CASE("The list holds the cars of the client that asks, and no others") {
  RestCars rig;
  const auto of_anna = json_of(rig.get("/vehicles", rig.anna)).at("vehicles");
  REQUIRE(of_anna.size() == 1);
  CHECK(of_anna[0].at("id") == "1111111111");
  CHECK(of_anna[0].at("vin") == "JTMTEST0000000011");
  CHECK(of_anna[0].at("drive") == "bev");
  CHECK(of_anna[0].at("links").at("trips") == "/api/v1/vehicles/1111111111/trips");
  const auto of_gwen = json_of(rig.get("/vehicles", rig.gwen)).at("vehicles");
  REQUIRE(of_gwen.size() == 1);
  CHECK(of_gwen[0].at("id") == "2222222222");
}

TEST_CASE("A car is found by its id and by its VIN in any case") {
  RestCars rig;
  for (const auto* name : {"2222222222", "JTMTEST0000000022", "jtmtest0000000022"}) {
    const auto answer = rig.get(std::string("/vehicles/") + name, rig.gwen);
    REQUIRE(answer.status == 200);
    CHECK(json_of(answer).at("id") == "2222222222");
  }
}

TEST_CASE("A car of another account is answered exactly like one that does not exist") {
  RestCars rig;
  const auto without_id = [](const rest::Response& answer) {
    std::string all = std::to_string(answer.status) + answer.body;
    for (const auto& header : answer.headers) {
      if (header.name != "X-Request-Id") all += header.name + header.value;
    }
    return all;
  };
  const std::vector<std::pair<const char*, const char*>> routes = {{"GET", ""},
                                                                   {"GET", "/location"},
                                                                   {"GET", "/telemetry"},
                                                                   {"GET", "/status"},
                                                                   {"GET", "/abrp"},
                                                                   {"GET", "/trips"},
                                                                   {"GET", "/charges"},
                                                                   {"GET", "/samples"},
                                                                   {"GET", "/events"},
                                                                   {"GET", "/commands"},
                                                                   {"GET", "/statistics"},
                                                                   {"GET", "/trips/export"},
                                                                   {"POST", "/refresh"},
                                                                   {"DELETE", "/history"},
                                                                   {"POST", "/commands/lock"},
                                                                   {"GET", "/commands/command-1"}};
  for (const auto& [method, what] : routes) {
    INFO(method << " " << what);
    const auto none = without_id(rig.of({"9999999999"}, rig.gwen, what, method));
    CHECK(none.starts_with("404"));
    for (const auto* name : {"3333333333", "JTMTEST0000000033", "1111111111"}) {
      const auto theirs = rig.of({name}, rig.gwen, what, method);
      CHECK(without_id(theirs) == none);
      CHECK(test::tells_nothing_of(theirs, rig.fleet.at(rig.hugos).car));
    }
    // An administrator sees the owner's cars, not the guests'.
    CHECK(without_id(rig.of(rig.gwens, rig.anna, what, method)) == none);
  }
  CHECK(rig.fleet.commands.empty());
  CHECK(rig.fleet.refreshed.empty());
}

TEST_CASE("Nobody sees a car without signing in") {
  RestCars rig;
  for (const auto* target : {"/vehicles", "/vehicles/1111111111", "/location", "/telemetry",
                             "/vehicles/1111111111/trips", "/events"}) {
    CHECK(rig.get(target).status == 401);
  }
}

TEST_CASE("The document of a car holds values, offers, the bridge's own facts and the sources") {
  RestCars rig;
  auto& entry = rig.fleet.at(rig.home);
  source(rig, rig.home, Source::status).failures = 2;
  const auto car = json_of(rig.of(rig.home, rig.anna));
  CHECK(car.at("name") == "Car of home");
  CHECK(car.at("stale") == false);
  CHECK_FALSE(car.contains("stale_reason"));
  CHECK(car.at("reported_at") == base::format_iso8601(test::sample_time(5)));
  CHECK(car.at("values").at("battery_level").at("value") == 68.0);
  CHECK(car.at("values").at("battery_level").at("unit") == "%");
  CHECK(car.at("values").at("location").at("value").contains("latitude"));
  CHECK(car.at("diagnostics").contains("abrp_status"));
  CHECK(car.at("capabilities").at("entities").size() == car.at("values").size());
  CHECK(car.at("sources").size() == vehicle::kAllSources.size());
  CHECK(car.at("sources").at(2).at("failures") == 2);
  const auto offer = [&](const char* name) {
    for (const auto& one : car.at("capabilities").at("commands")) {
      if (one.at("name") == name) return one;
    }
    return nlohmann::json();
  };
  CHECK(offer("lock").at("offered") == true);
  CHECK(offer("lock").at("entity") == "lock_doors");
  CHECK(offer("unlock").at("offered") == false);
  CHECK(offer("unlock").at("remedy") == "Add unlock to commands.allow.");
  CHECK(offer("climate_set").at("entity") == "climate");
  CHECK(entry.car.commands.allowed == vehicle::default_allowed());
}

TEST_CASE("Place, telemetry and status each hold their own part") {
  RestCars rig;
  const auto place = json_of(rig.of(rig.home, rig.anna, "/location"));
  CHECK(place.at("vehicle") == "1111111111");
  CHECK(place.at("latitude").is_number());
  const auto telemetry = json_of(rig.of(rig.home, rig.anna, "/telemetry")).at("values");
  CHECK(telemetry.contains("odometer"));
  CHECK(telemetry.contains("charging"));
  CHECK_FALSE(telemetry.contains("locked"));
  CHECK_FALSE(telemetry.contains("location"));
  const auto status = json_of(rig.of(rig.home, rig.anna, "/status")).at("values");
  CHECK(status.contains("locked"));
  CHECK(status.contains("warning"));
  CHECK_FALSE(status.contains("odometer"));
}

TEST_CASE("What a car has not said yet is a 404 of its own kind") {
  RestCars rig;
  rig.fleet.at(rig.home).car.state.position.reset();
  rig.fleet.at(rig.home).abrp.reset();
  rig.fleet.changed(rig.home);
  CHECK(problem_of(rig.of(rig.home, rig.anna, "/location")) == "nothing-known");
  CHECK(problem_of(rig.of(rig.home, rig.anna, "/abrp")) == "nothing-known");
}

TEST_CASE("The point of ABRP is answered byte for byte as ABRP gets it, with its own age") {
  RestCars rig;
  const auto answer = rig.of(rig.home, rig.anna, "/abrp");
  CHECK(answer.body == R"({"is_charging":true,"soc":68.0,"utc":1772352000})");
  const auto age = rig.loop.clock.now() - base::Time(std::chrono::seconds(1772352000));
  CHECK(header_of(answer, "Age") ==
        std::to_string(std::chrono::floor<std::chrono::seconds>(age).count()));
}

TEST_CASE("Age counts from the car's own time, not from the request for it") {
  RestCars rig;
  const auto age = [&] { return std::stoll(header_of(rig.of(rig.home, rig.anna), "Age")); };
  const auto first = age();
  CHECK(first ==
        std::chrono::floor<std::chrono::seconds>(rig.loop.clock.now() - test::sample_time(5))
            .count());
  rig.loop.advance(30s);
  CHECK(age() == first + 30);
  // A car whose clock is ahead is not younger than nothing.
  for (auto& at : rig.fleet.at(rig.home).car.state.reported_at) at = rig.loop.clock.now() + 1h;
  rig.fleet.changed(rig.home);
  CHECK(age() == 0);
}

TEST_CASE("An answer is known by its tag until something of it changes") {
  RestCars rig;
  const auto target = "/vehicles/1111111111";
  const auto first = rig.get(target, rig.anna);
  const auto tag = header_of(first, "ETag");
  CHECK(tag.starts_with('"'));
  CHECK(header_of(first, "Cache-Control") == "private, no-cache");
  for (const auto& sent : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
    const auto again = rig.get_if(target, rig.anna, sent);
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(header_of(again, "ETag") == tag);
    CHECK(header_of(again, "X-Cache") == "HIT");
  }
  CHECK(rig.get_if(target, rig.anna, "\"other\"").status == 200);
  CHECK(rig.get_if(target, rig.anna, tag.substr(0, 5)).status == 200);

  rig.fleet.at(rig.home).car.state.odometer->value.value += 1;
  rig.fleet.changed(rig.home);
  const auto changed = rig.get_if(target, rig.anna, tag);
  CHECK(changed.status == 200);
  CHECK(header_of(changed, "ETag") != tag);
  // The place did not change with it.
  const auto place = header_of(rig.of(rig.home, rig.anna, "/location"), "ETag");
  rig.fleet.changed(rig.home);
  CHECK(header_of(rig.of(rig.home, rig.anna, "/location"), "ETag") == place);
}

TEST_CASE("The list is known by its tag, too") {
  RestCars rig;
  const auto tag = header_of(rig.get("/vehicles", rig.anna), "ETag");
  CHECK(rig.get_if("/vehicles", rig.anna, tag).status == 304);
  CHECK(rig.get_if("/vehicles", rig.gwen, tag).status == 200);
  rig.fleet.at(rig.home).available = false;
  CHECK(rig.get_if("/vehicles", rig.anna, tag).status == 200);
}

TEST_CASE("While the cloud is away the last values are served, and say so") {
  RestCars rig;
  const auto fresh = rig.of(rig.home, rig.anna);
  CHECK(header_of(fresh, "X-Cache") == "HIT");
  rig.fleet.at(rig.home).fresh = false;
  source(rig, rig.home, Source::telemetry).failures = 3;
  source(rig, rig.home, Source::electric).breaker = "open";
  const auto stale = rig.of(rig.home, rig.anna);
  CHECK(stale.status == 200);
  CHECK(header_of(stale, "X-Cache") == "STALE");
  const auto car = json_of(stale);
  CHECK(car.at("stale") == true);
  CHECK(car.at("stale_reason") == "The cloud does not answer for: telemetry, electric.");
  CHECK(car.at("values") == json_of(fresh).at("values"));
  CHECK(header_of(stale, "ETag") != header_of(fresh, "ETag"));
  CHECK(json_of(rig.of(rig.home, rig.anna, "/location")).at("stale") == true);
}

TEST_CASE("A car that was not read yet is waited for, without waking it") {
  RestCars rig;
  auto& entry = rig.fleet.at(rig.home);
  entry.fresh = false;
  for (auto& one : entry.sources) one.asked_at.reset();
  read_after(rig, rig.home, 4s);
  const auto began = rig.loop.clock.steady();
  const auto answer = rig.of(rig.home, rig.anna);
  CHECK(rig.loop.clock.steady() - began == 4s);
  CHECK(header_of(answer, "X-Cache") == "MISS");
  CHECK(json_of(answer).at("stale") == false);
  CHECK(header_of(rig.of(rig.home, rig.anna), "X-Cache") == "HIT");
  CHECK(rig.fleet.refreshed.empty());
}

TEST_CASE("While the cloud does not answer, nobody waits for it") {
  RestCars rig;
  auto& entry = rig.fleet.at(rig.home);
  entry.fresh = false;
  auto& telemetry = source(rig, rig.home, Source::telemetry);
  const auto began = rig.loop.clock.steady();
  telemetry.cleared = true;
  telemetry.failures = 1;
  CHECK(header_of(rig.of(rig.home, rig.anna), "X-Cache") == "STALE");
  for (auto& one : entry.sources) one.asked_at.reset();
  const auto answer = rig.of(rig.home, rig.anna);
  CHECK(header_of(answer, "X-Cache") == "STALE");
  CHECK(json_of(answer).at("stale_reason") == "The car has not been read yet.");
  CHECK(rig.loop.clock.steady() == began);
}

TEST_CASE("What an administrator cleared is waited for once, at most ten seconds") {
  RestCars rig;
  auto& entry = rig.fleet.at(rig.home);
  entry.fresh = false;
  source(rig, rig.home, Source::status).cleared = true;

  // What does not show the cleared part does not wait for it, and does not pass for fresh.
  const auto began = rig.loop.clock.steady();
  CHECK(header_of(rig.of(rig.home, rig.anna, "/location"), "X-Cache") == "STALE");
  CHECK(rig.loop.clock.steady() == began);

  const auto late = rig.of(rig.home, rig.anna, "/status");
  CHECK(rig.loop.clock.steady() - began == 10s);
  CHECK(header_of(late, "X-Cache") == "STALE");
  CHECK(json_of(late).at("stale_reason") == "It is about to be read anew.");

  read_after(rig, rig.home, 1s);
  CHECK(header_of(rig.of(rig.home, rig.anna, "/status"), "X-Cache") == "MISS");
  CHECK(header_of(rig.of(rig.home, rig.anna, "/status"), "X-Cache") == "HIT");
}

TEST_CASE("The single-car forms of the old gateway take a VIN, or the only car there is") {
  RestCars rig;
  for (const auto* what : {"location", "telemetry", "status", "abrp"}) {
    INFO(what);
    const auto plain = rig.of(rig.gwens, rig.gwen, std::string("/") + what);
    REQUIRE(plain.status == 200);
    const auto form = std::string("/") + what;
    CHECK(rig.get(form, rig.gwen).body == plain.body);
    CHECK(rig.get(form + "?vin=JTMTEST0000000022", rig.gwen).body == plain.body);
    CHECK(rig.get(form + "?vin=2222222222", rig.gwen).body == plain.body);
    const auto theirs = rig.get(form + "?vin=JTMTEST0000000033", rig.gwen);
    CHECK(theirs.status == 404);
    CHECK(test::tells_nothing_of(theirs, rig.fleet.at(rig.hugos).car));
    CHECK(rig.get(form + "?vin=", rig.gwen).status == 404);
    CHECK(rig.get(form + "?vin=" + std::string(5000, 'A'), rig.gwen).status == 404);
  }
  auto second = rig.fleet.at(rig.gwens).car;
  second.identity.id = {"4444444444"};
  rig.fleet.add(second, "key-gwen", false);
  CHECK(problem_of(rig.get("/location", rig.gwen)) == "bad-request");
}

TEST_CASE("A car that changes hands takes nothing of the old answers with it") {
  RestCars rig;
  const auto before = rig.of(rig.gwens, rig.gwen);
  auto car = rig.fleet.at(rig.gwens).car;
  car.name = "Hugo's now";
  rig.fleet.add(car, "key-hugo", false);
  rig.fleet.at(rig.gwens).version = 1;
  rig.fleet.cars_changed("key-gwen");
  rig.fleet.cars_changed("key-hugo");
  CHECK(rig.of(rig.gwens, rig.gwen).status == 404);
  auto now = rig.of(rig.gwens, rig.hugo);
  REQUIRE(now.status == 200);
  CHECK(json_of(now).at("name") == "Hugo's now");
}

TEST_CASE("HEAD answers the headers of GET") {
  RestCars rig;
  const auto get = rig.of(rig.home, rig.anna);
  const auto head = rig.of(rig.home, rig.anna, "", "HEAD");
  CHECK(head.status == 200);
  CHECK(header_of(head, "ETag") == header_of(get, "ETag"));
  CHECK(header_of(head, "Age") == header_of(get, "Age"));
  const auto events = rig.send("HEAD", "/events", rig.anna);
  CHECK(events.status == 200);
  CHECK(events.stream == nullptr);
  CHECK(header_of(events, "Content-Type") == "text/event-stream");
}
