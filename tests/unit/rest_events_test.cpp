#include "rest/events.hpp"

#include "support/rest_cars.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::events_of;
using test::json_of;
using test::problem_of;
using test::RestCars;
using test::SeenEvent;

namespace {

std::shared_ptr<base::HttpBodyStream> open(RestCars& rig, const std::string& token,
                                           const std::string& last_id = {}) {
  auto request = RestCars::request("GET", "/events", token);
  if (!last_id.empty()) request.headers.push_back({.name = "Last-Event-ID", .value = last_id});
  auto answer = rig.ask(std::move(request));
  REQUIRE(answer.status == 200);
  REQUIRE(answer.stream);
  return std::move(answer.stream);
}

std::vector<SeenEvent> take(RestCars& rig, base::HttpBodyStream& stream) {
  return events_of(rig.loop.run(stream.next()));
}

void drive(RestCars& rig, const base::CarId& car) {
  rig.fleet.at(car).car.state.odometer->value.value += 1;
  rig.fleet.changed(car);
}

/// A stream that has been read up to now, and the id of what it saw last.
struct Reader {
  std::shared_ptr<base::HttpBodyStream> stream;
  std::string last = {};
};
Reader reader(RestCars& rig, const std::string& token) {
  Reader made{.stream = open(rig, token)};
  made.last = take(rig, *made.stream).back().id;
  return made;
}

}  // namespace

TEST_CASE("A stream begins with the cars and everything that is known of them") {
  RestCars rig;
  auto stream = open(rig, rig.gwen);
  const auto pieces = rig.loop.run(stream->next());
  CHECK(test::text_of(pieces).starts_with("retry: 3000\n\n"));
  const auto events = events_of(pieces);
  REQUIRE(events.size() == 2);
  CHECK(events[0].name == "cars");
  CHECK(events[0].data == nlohmann::json{{"vehicles", {"2222222222"}}});
  CHECK(events[1].name == "car");
  CHECK(events[1].data.at("vehicle") == "2222222222");
  CHECK(events[1].data.at("values").at("battery_level").at("value") == 68.0);
}

TEST_CASE("A change tells the changed values only, once") {
  RestCars rig;
  const auto [stream, last] = reader(rig, rig.anna);
  rig.fleet.changed(rig.home);
  drive(rig, rig.home);
  const auto events = take(rig, *stream);
  REQUIRE(events.size() == 1);
  CHECK(events[0].name == "car");
  REQUIRE(events[0].data.at("values").size() == 1);
  CHECK(events[0].data.at("values").at("odometer").at("value").is_number());
  CHECK(events[0].data.at("at") == base::format_iso8601(rig.loop.clock.now()));
}

TEST_CASE("What is not known any more is reported as null") {
  RestCars rig;
  const auto [stream, last] = reader(rig, rig.anna);
  rig.fleet.at(rig.home).car.state.inside_temperature.reset();
  rig.fleet.changed(rig.home);
  const auto events = take(rig, *stream);
  REQUIRE(events.size() == 1);
  CHECK(events[0].data.at("values").at("inside_temperature").at("value").is_null());
}

TEST_CASE("Messages and steps of commands are reported as they come") {
  RestCars rig;
  const auto [stream, last] = reader(rig, rig.anna);
  rig.fleet.notified(rig.home, {.id = "n1",
                                .at = rig.loop.clock.now(),
                                .category = "VehicleStatusAlert",
                                .message = "Line one\nLine two",
                                .type = "alert"});
  rig.fleet.commanded(rig.home, {.id = "command-7",
                                 .at = rig.loop.clock.now(),
                                 .result = {.outcome = vehicle::Outcome::failed,
                                            .command = "lock",
                                            .entity = "doors",
                                            .reason = "Why."}});
  rig.fleet.commanded(rig.home, {.at = rig.loop.clock.now(),
                                 .result = {.outcome = vehicle::Outcome::done,
                                            .command = "horn",
                                            .entity = "horn",
                                            .confirmed_by = "message"}});
  const auto events = take(rig, *stream);
  REQUIRE(events.size() == 3);
  CHECK(events[0].name == "notification");
  CHECK(events[0].data.at("message") == "Line one\nLine two");
  CHECK(events[1].name == "command");
  CHECK(events[1].data == nlohmann::json{{"vehicle", "1111111111"},
                                         {"id", "command-7"},
                                         {"at", "2026-11-20T12:00:00Z"},
                                         {"command", "lock"},
                                         {"entity", "doors"},
                                         {"status", "failed"},
                                         {"reason", "Why."}});
  CHECK(events[2].data.at("id").is_null());
  CHECK(events[2].data.at("confirmed_by") == "message");
}

TEST_CASE("What happens to a car is an event of its name, with its facts") {
  RestCars rig;
  const auto [stream, last] = reader(rig, rig.anna);
  const auto end = rig.loop.clock.now();
  rig.fleet.happened(rig.home, {.id = "trip_ended",
                                .type = "ended",
                                .at = end - std::chrono::minutes(5),
                                .facts = {{"distance", 12.3}, {"fuel", {}}, {"end", end}}});
  const auto events = take(rig, *stream);
  REQUIRE(events.size() == 1);
  CHECK(events[0].name == "trip_ended");
  CHECK(events[0].data == nlohmann::json{{"vehicle", "1111111111"},
                                         {"at", "2026-11-20T11:55:00Z"},
                                         {"type", "ended"},
                                         {"distance", 12.3},
                                         {"fuel", nullptr},
                                         {"end", "2026-11-20T12:00:00Z"}});
}

TEST_CASE("Every client hears of its own cars only, live and afterwards") {
  RestCars rig;
  const auto [annas, annas_last] = reader(rig, rig.anna);
  const auto [gwens, gwens_last] = reader(rig, rig.gwen);
  const auto [hugos, hugos_last] = reader(rig, rig.hugo);
  for (const auto& car : {rig.home, rig.gwens, rig.hugos}) {
    drive(rig, car);
    rig.fleet.notified(car, {.id = "n", .at = {}, .category = "c", .message = "m", .type = "t"});
    rig.fleet.commanded(car, {.at = {}, .result = {.command = "lock", .entity = "doors"}});
  }
  const auto check = [](const std::vector<SeenEvent>& events, const std::string& car) {
    REQUIRE(events.size() == 3);
    for (const auto& event : events) CHECK(event.data.at("vehicle") == car);
  };
  check(take(rig, *annas), "1111111111");
  check(take(rig, *gwens), "2222222222");
  check(take(rig, *hugos), "3333333333");
  check(take(rig, *open(rig, rig.anna, annas_last)), "1111111111");
  check(take(rig, *open(rig, rig.gwen, gwens_last)), "2222222222");
  // The id of another client's event opens nothing but a place in time.
  check(take(rig, *open(rig, rig.gwen, hugos_last)), "2222222222");
}

TEST_CASE("Ids grow by one, and who was away goes on behind the last one seen") {
  RestCars rig;
  const auto [stream, last] = reader(rig, rig.anna);
  for (int i = 0; i < 3; ++i) drive(rig, rig.home);
  const auto live = take(rig, *stream);
  REQUIRE(live.size() == 3);
  const auto again = take(rig, *open(rig, rig.anna, live[0].id));
  REQUIRE(again.size() == 2);
  CHECK(again[0].id == live[1].id);
  CHECK(again[1].data == live[2].data);
  const auto number = [](const SeenEvent& event) {
    return std::stoi(event.id.substr(event.id.find('-') + 1));
  };
  CHECK(number(live[1]) == number(live[0]) + 1);
  CHECK(live[0].id.substr(0, 9) == last.substr(0, 9));
}

TEST_CASE("A client that missed nothing receives nothing but that the stream lives") {
  RestCars rig;
  const auto last = reader(rig, rig.anna).last;
  auto stream = open(rig, rig.anna, last);
  CHECK(test::text_of(rig.loop.run(stream->next())) == "retry: 3000\n\n");
  const auto began = rig.loop.clock.steady();
  CHECK(test::text_of(rig.loop.run(stream->next())) == ": heartbeat\n\n");
  CHECK(rig.loop.clock.steady() - began <= 15s);
  const auto second = rig.loop.clock.steady();
  CHECK(test::text_of(rig.loop.run(stream->next())) == ": heartbeat\n\n");
  CHECK(rig.loop.clock.steady() - second == 15s);
}

TEST_CASE("An id that is unknown, forgotten or of another run gives a reset and everything anew") {
  RestCars rig;
  const auto first = reader(rig, rig.anna).last;
  const auto run = first.substr(0, first.find('-'));
  for (std::size_t i = 0; i <= rest::EventHub::kMostKept; ++i) drive(rig, rig.home);
  for (const auto& id :
       {first, run + "-999999", run + "-", run + "--1", run + "-1x", run + "-begin",
        std::string("00000000-5"), std::string("nonsense"), run + "-99999999999999999999999"}) {
    INFO(id);
    const auto events = take(rig, *open(rig, rig.anna, id));
    REQUIRE(events.size() == 3);
    CHECK(events[0].name == "reset");
    CHECK(events[0].data.contains("reason"));
    CHECK(events[1].name == "cars");
    CHECK(events[2].name == "car");
    CHECK(events[2].data.at("values").contains("battery_level"));
  }
  rig.restart();
  CHECK(take(rig, *open(rig, rig.administrator(), first)).front().name == "reset");
}

TEST_CASE("Who is cut off within the beginning begins anew") {
  RestCars rig;
  auto stream = open(rig, rig.anna);
  const auto events = take(rig, *stream);
  REQUIRE(events.size() == 2);
  CHECK(take(rig, *open(rig, rig.anna, events[0].id)).front().name == "reset");
  CHECK(take(rig, *open(rig, rig.anna, events[1].id)).empty());
}

TEST_CASE("A change of the set of cars is sent to those whose set it is") {
  RestCars rig;
  const auto [annas, annas_last] = reader(rig, rig.anna);
  const auto [gwens, gwens_last] = reader(rig, rig.gwen);
  auto second = rig.fleet.at(rig.gwens).car;
  second.identity.id = {"4444444444"};
  rig.fleet.add(second, "key-gwen", false);
  rig.fleet.cars_changed("key-gwen");
  rig.fleet.cars_changed("key-hugo");
  drive(rig, rig.home);
  const auto of_gwen = take(rig, *gwens);
  REQUIRE(of_gwen.size() == 1);
  CHECK(of_gwen[0].name == "cars");
  CHECK(of_gwen[0].data == nlohmann::json{{"vehicles", {"2222222222", "4444444444"}}});
  const auto of_anna = take(rig, *annas);
  REQUIRE(of_anna.size() == 1);
  CHECK(of_anna[0].name == "car");
  CHECK(take(rig, *open(rig, rig.gwen, gwens_last)).front().name == "cars");
  CHECK(take(rig, *open(rig, rig.anna, annas_last)).size() == 1);
}

TEST_CASE("A reader who does not keep up is cut off, the others go on") {
  RestCars rig;
  const auto [slow, slow_last] = reader(rig, rig.anna);
  const auto [quick, quick_last] = reader(rig, rig.anna);
  for (std::size_t i = 0; i < rest::EventReader::kMostPieces; ++i) {
    drive(rig, rig.home);
    CHECK(take(rig, *quick).size() == 1);
  }
  drive(rig, rig.home);
  CHECK(rig.loop.run(slow->next()).empty());
  CHECK(take(rig, *quick).size() == 1);
  // Nothing was lost: it comes back and gets the rest.
  CHECK(take(rig, *open(rig, rig.anna, slow_last)).size() == rest::EventReader::kMostPieces + 1);
}

TEST_CASE("Bytes count for a slow reader as well") {
  RestCars rig;
  const auto [slow, last] = reader(rig, rig.anna);
  for (int i = 0; i < 5; ++i) {
    rig.fleet.notified(rig.home, {.id = "n",
                                  .at = {},
                                  .category = "c",
                                  .message = std::string(std::size_t{60} << 10, 'm'),
                                  .type = "t"});
  }
  CHECK(rig.loop.run(slow->next()).empty());
}

TEST_CASE("A stream ends with its session, and no other does") {
  RestCars rig;
  const auto [stream, last] = reader(rig, rig.gwen);
  const auto [others, others_last] = reader(rig, rig.hugo);
  REQUIRE(rig.send("POST", "/auth/logout", rig.gwen).status == 204);
  drive(rig, rig.gwens);
  drive(rig, rig.hugos);
  CHECK(rig.loop.run(stream->next()).empty());
  CHECK(take(rig, *others).size() == 1);
}

TEST_CASE("Every stream ends when the program does") {
  RestCars rig;
  const auto [stream, last] = reader(rig, rig.anna);
  rig.api->stop();
  CHECK(rig.loop.run(stream->next()).empty());
  CHECK(rig.get("/events", rig.anna).status == 503);
}

TEST_CASE("A session has eight streams, and gets another one when one has gone") {
  RestCars rig;
  std::vector<std::shared_ptr<base::HttpBodyStream>> streams;
  for (std::size_t i = 0; i < rest::EventReaders::kMostOfSession; ++i) {
    streams.push_back(open(rig, rig.gwen));
  }
  const auto refused = rig.get("/events", rig.gwen);
  CHECK(refused.status == 429);
  CHECK(problem_of(refused) == "too-many-requests");
  CHECK(rig.get("/events", rig.hugo).status == 200);
  streams.pop_back();
  CHECK(rig.get("/events", rig.gwen).status == 200);
}

TEST_CASE("What is sent to many is written down once") {
  RestCars rig;
  const auto [one, one_last] = reader(rig, rig.anna);
  const auto [other, other_last] = reader(rig, rig.administrator("ben"));
  drive(rig, rig.home);
  const auto first = rig.loop.run(one->next());
  const auto second = rig.loop.run(other->next());
  REQUIRE(first.size() == 1);
  REQUIRE(second.size() == 1);
  CHECK(first[0] == second[0]);
}

TEST_CASE("A stream that outlives the interface ends and breaks nothing") {
  RestCars rig;
  auto stream = open(rig, rig.anna);
  rig.api->stop();
  rig.api.reset();
  CHECK(rig.loop.run(stream->next()).empty());
  stream.reset();
  rig.fleet.changed(rig.home);  // the interface listens no more
}
