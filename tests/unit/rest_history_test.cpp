#include "support/rest_cars.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using nlohmann::json;
using test::header_of;
using test::json_of;
using test::problem_of;
using test::RestCars;

namespace {

base::Time time(const char* text) { return base::parse_iso8601(text).value(); }

history::TripRecord trip(std::string id, base::Time start) {
  history::TripRecord record;
  record.trip.id = std::move(id);
  record.trip.start = start;
  record.trip.end = start + 20min;
  record.trip.distance = vehicle::Kilometres{14.2};
  return record;
}

/// Five trips of the owner's car, an hour apart, and one of gwen's.
void fill(RestCars& rig) {
  const auto first = time("2026-11-19T06:00:00Z");
  for (int i = 0; i < 5; ++i) {
    rig.archive.cars[rig.home].trips.push_back(
        trip("trip-" + std::to_string(i), first + std::chrono::hours(i)));
  }
  rig.archive.cars[rig.gwens].trips.push_back(trip("gwens", first));
}

}  // namespace

TEST_CASE("Trips come newest first, page by page, with a link to what follows") {
  RestCars rig;
  fill(rig);
  std::string target = "/vehicles/1111111111/trips?limit=2";
  std::vector<std::string> seen;
  for (int pages = 0; pages < 3; ++pages) {
    const auto answer = rig.get(target, rig.anna);
    REQUIRE(answer.status == 200);
    const auto page = json_of(answer);
    CHECK(page.at("vehicle") == "1111111111");
    for (const auto& trip : page.at("trips")) seen.push_back(trip.at("id"));
    const auto link = header_of(answer, "Link");
    CHECK(page.at("next").is_null() == link.empty());
    if (link.empty()) break;
    CHECK(link.ends_with(">; rel=\"next\""));
    target = link.substr(8, link.find('>') - 8);  // behind "</api/v1"
  }
  CHECK(seen == std::vector<std::string>{"trip-4", "trip-3", "trip-2", "trip-1", "trip-0"});
}

TEST_CASE("An entry says null for what is not known, and a route only when there is one") {
  RestCars rig;
  fill(rig);
  const auto newest = [&rig] {
    return json_of(rig.get("/vehicles/1111111111/trips?limit=1", rig.anna)).at("trips").at(0);
  };
  CHECK(newest() == json{{"id", "trip-4"},
                         {"start", "2026-11-19T10:00:00Z"},
                         {"end", "2026-11-19T10:20:00Z"},
                         {"distance", 14.2},
                         {"duration", nullptr},
                         {"ev_distance", nullptr},
                         {"fuel", nullptr},
                         {"average_speed", nullptr},
                         {"score", nullptr}});
  rig.archive.cars[rig.home].trips.back().route = {{.latitude = 50.5, .longitude = 8.5}};
  CHECK(newest().at("route") == json::array({{{"latitude", 50.5}, {"longitude", 8.5}}}));
}

TEST_CASE("Charges, samples and events have lists of their own") {
  RestCars rig;
  auto& car = rig.archive.cars[rig.home];
  const auto at = time("2026-11-19T06:00:00Z");
  car.charges.push_back({.id = 7, .start = at, .level_start = 38, .basis = "Why."});
  car.samples.push_back({.at = at, .battery_level = 64});
  car.events.push_back(
      {.kind = history::EventRecord::Kind::wake, .at = at, .name = "stopped", .outcome = "sent"});
  const auto list = [&](const std::string& what) {
    return json_of(rig.of(rig.home, rig.anna, "/" + what)).at(what).at(0);
  };
  CHECK(list("charges") == json{{"id", 7},
                                {"start", "2026-11-19T06:00:00Z"},
                                {"end", nullptr},
                                {"level_start", 38.0},
                                {"level_end", nullptr},
                                {"energy", nullptr},
                                {"cost", nullptr},
                                {"basis", "Why."}});
  CHECK(list("samples").at("battery_level") == 64.0);
  CHECK(list("samples").at("odometer").is_null());
  CHECK(list("events") == json{{"kind", "wake"},
                               {"at", "2026-11-19T06:00:00Z"},
                               {"name", "stopped"},
                               {"outcome", "sent"},
                               {"detail", ""}});
}

TEST_CASE("A period is given in times or in days of the owner, and ends with the last of them") {
  RestCars rig;
  const auto asked = [&rig](const std::string& query) {
    rig.archive.asked.clear();
    const auto answer = rig.get("/vehicles/1111111111/statistics" + query, rig.anna);
    REQUIRE(answer.status == 200);
    REQUIRE(rig.archive.asked.size() == 1);
    return rig.archive.asked.front();
  };
  const auto now = rig.loop.clock.now();
  CHECK(asked("").to == now);
  CHECK(asked("").from == now - std::chrono::days(30));
  CHECK(asked("?from=2026-11-01&to=2026-11-03").from == time("2026-11-01T00:00:00Z"));
  CHECK(asked("?from=2026-11-01&to=2026-11-03").to == time("2026-11-04T00:00:00Z"));
  CHECK(asked("?from=2026-11-01T08:00:00Z").from == time("2026-11-01T08:00:00Z"));
  CHECK(asked("?from=2026-11-01T08:00:00%2B01:00").from == time("2026-11-01T07:00:00Z"));
  CHECK(asked("?from=2026-11-01T08:00:00+01:00").from == time("2026-11-01T07:00:00Z"));
}

TEST_CASE("What makes no sense in a query is 400") {
  RestCars rig;
  fill(rig);
  for (const auto* query :
       {"?limit=0", "?limit=1001", "?limit=-1", "?limit=1e3",
        "?limit=", "?limit=99999999999999999999", "?from=yesterday", "?to=2026-13-01",
        "?from=2026-11-19&to=2026-11-18", "?from=2026-11-19T06:00:00",
        "?cursor=", "?cursor=nonsense", "?cursor=-1", "?cursor=1%00", "?cursor=999999"}) {
    INFO(query);
    CHECK(problem_of(rig.get(std::string("/vehicles/1111111111/trips") + query, rig.anna)) ==
          "bad-request");
  }
  const auto longest = "?cursor=" + std::string(201, '1');
  CHECK(rig.get("/vehicles/1111111111/trips" + longest, rig.anna).status == 400);
  CHECK(rig.get("/vehicles/1111111111/trips/export?format=xml", rig.anna).status == 400);
}

TEST_CASE("A cursor of another client's list opens nothing") {
  RestCars rig;
  fill(rig);
  const auto page = json_of(rig.get("/vehicles/1111111111/trips?limit=1", rig.anna));
  const auto cursor = page.at("next").get<std::string>();
  const auto answer = rig.get("/vehicles/2222222222/trips?cursor=" + cursor, rig.gwen);
  CHECK_FALSE(answer.body.contains("trip-"));
}

TEST_CASE("An export is one file: JSON, or CSV by format or by Accept") {
  RestCars rig;
  fill(rig);
  const auto plain = rig.of(rig.home, rig.anna, "/trips/export");
  CHECK(plain.body == "trips json 5");
  CHECK(header_of(plain, "Content-Type") == "application/json");
  CHECK(header_of(plain, "Content-Disposition") ==
        "attachment; filename=\"trips-1111111111.json\"");
  const auto csv = rig.of(rig.home, rig.anna, "/samples/export?format=csv");
  CHECK(csv.body == "samples csv 0");
  CHECK(header_of(csv, "Content-Type") == "text/csv; charset=utf-8");
  auto request = RestCars::request("GET", "/vehicles/1111111111/charges/export", rig.anna);
  request.headers.push_back({.name = "Accept", .value = "text/csv, */*;q=0.1"});
  CHECK(rig.ask(std::move(request)).body == "charges csv 0");
  CHECK(rig.of(rig.home, rig.anna, "/events/export?from=2026-11-19").body == "events json 0");
  CHECK(rig.of(rig.home, rig.gwen, "/trips/export").status == 404);
}

TEST_CASE("B8: what is null says why, and since when each kind of entry is known") {
  RestCars rig;
  auto& statistics = rig.archive.cars[rig.home].statistics;
  statistics.distance = vehicle::Statistic{.value = 0, .basis = "no trips"};
  statistics.cost = vehicle::no_statistic("the trip of yesterday does not tell its fuel");
  statistics.trips_since = time("2026-11-01T00:00:00Z");
  const auto body = json_of(rig.of(rig.home, rig.anna, "/statistics"));
  CHECK(body.at("figures").at("distance").at("value") == 0);
  CHECK(body.at("figures").at("cost").is_null());
  CHECK(body.at("reasons").at("cost") == "the trip of yesterday does not tell its fuel");
  CHECK_FALSE(body.at("reasons").contains("distance"));
  CHECK(body.at("known_since") ==
        json{{"trips", "2026-11-01T00:00:00Z"}, {"charges", nullptr}, {"samples", nullptr}});
}

TEST_CASE("Figures come with unit, basis and period, what is not known is null") {
  rest::Options options = test::rest_options();
  options.currency = "EUR";
  RestCars rig;
  auto& statistics = rig.archive.cars[rig.home].statistics;
  statistics.cost = vehicle::Statistic{.value = 12.5,
                                       .basis = "3 sessions",
                                       .since = time("2026-11-01T00:00:00Z"),
                                       .until = time("2026-11-19T00:00:00Z")};
  const auto body = json_of(rig.of(rig.home, rig.anna, "/statistics"));
  CHECK(body.at("currency").is_null());
  CHECK(body.at("figures").at("co2").is_null());
  CHECK(body.at("figures").at("cost") == json{{"value", 12.5},
                                              {"unit", nullptr},
                                              {"basis", "3 sessions"},
                                              {"since", "2026-11-01T00:00:00Z"},
                                              {"until", "2026-11-19T00:00:00Z"}});
  rig.options = options;
  rig.restart();
  const auto with = json_of(rig.of(rig.home, rig.administrator(), "/statistics"));
  CHECK(with.at("currency") == "EUR");
  CHECK(with.at("figures").at("cost").at("unit") == "EUR");
}

TEST_CASE("A client that owns a car deletes its history, and hears how much it was") {
  RestCars rig;
  fill(rig);
  CHECK(rig.of(rig.home, rig.gwen, "/history", "DELETE").status == 404);
  CHECK(rig.of(rig.gwens, rig.anna, "/history", "DELETE").status == 404);
  CHECK(json_of(rig.of(rig.home, rig.anna, "/history", "DELETE")) == json{{"deleted", 5}});
  CHECK(json_of(rig.of(rig.gwens, rig.gwen, "/history", "DELETE")) == json{{"deleted", 1}});
  CHECK(json_of(rig.of(rig.home, rig.anna, "/trips")).at("trips").empty());
}

TEST_CASE("A broken storage is 503, and tells nothing of itself but that") {
  RestCars rig;
  rig.archive.broken = true;
  for (const auto* what :
       {"/trips", "/charges", "/samples", "/events", "/statistics", "/trips/export"}) {
    CHECK(rig.of(rig.home, rig.anna, what).status == 503);
  }
  CHECK(rig.of(rig.home, rig.anna, "/history", "DELETE").status == 503);
}
