#include "rest/routes/command_log.hpp"
#include "support/rest_cars.hpp"
#include "support/sample_cars.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using nlohmann::json;
using test::header_of;
using test::json_of;
using test::problem_of;
using test::RestCars;
using vehicle::Action;
using vehicle::Outcome;

namespace {

rest::Response post(RestCars& rig, const std::string& what, const json& body = nullptr,
                    const std::string& key = {}, const std::string& token = {}) {
  auto request =
      RestCars::request("POST", "/vehicles/1111111111/" + what, token.empty() ? rig.anna : token);
  if (!body.is_null()) {
    request.headers.push_back({.name = "Content-Type", .value = "application/json"});
    request.body = body.dump();
  }
  if (!key.empty()) request.headers.push_back({.name = "Idempotency-Key", .value = key});
  return rig.ask(std::move(request));
}

rest::CommandStep step(RestCars& rig, const std::string& id, Outcome outcome,
                       const char* reason = "", const char* by = "") {
  return {.id = id,
          .at = rig.loop.clock.now(),
          .result = {.outcome = outcome,
                     .command = "lock",
                     .entity = "lock_doors",
                     .reason = reason,
                     .confirmed_by = by}};
}

const vehicle::CommandRequest& sent(const RestCars& rig) {
  return rig.fleet.commands.back().second;
}

}  // namespace

TEST_CASE("A command is taken with 202, and its result grows step by step") {
  RestCars rig;
  const auto answer = post(rig, "commands/lock");
  REQUIRE(answer.status == 202);
  CHECK(json_of(answer) == json{{"id", "command-1"},
                                {"vehicle", "1111111111"},
                                {"command", "lock"},
                                {"entity", "lock_doors"},
                                {"requested_at", "2026-11-20T12:00:00Z"},
                                {"status", "requested"},
                                {"steps", json::array()}});
  const auto location = header_of(answer, "Location");
  REQUIRE(location == "/api/v1/vehicles/1111111111/commands/command-1");
  CHECK(sent(rig).action == Action::lock);
  CHECK(sent(rig).entity == "lock_doors");

  rig.loop.advance(2s);
  rig.fleet.commanded(rig.home, step(rig, "command-1", Outcome::accepted));
  rig.loop.advance(20s);
  rig.fleet.commanded(rig.home, step(rig, "command-1", Outcome::done, "", "report"));
  const auto result = json_of(rig.get(location.substr(7), rig.anna));
  CHECK(result.at("status") == "done");
  CHECK(result.at("confirmed_by") == "report");
  CHECK(result.at("steps") ==
        json::array(
            {{{"at", "2026-11-20T12:00:02Z"}, {"status", "accepted"}},
             {{"at", "2026-11-20T12:00:22Z"}, {"status", "done"}, {"confirmed_by", "report"}}}));
}

TEST_CASE("A command that is refused at once answers 409 with reason and remedy") {
  RestCars rig;
  rig.fleet.told_at_once = {.outcome = Outcome::refused,
                            .command = "unlock",
                            .entity = "doors",
                            .reason = "The configuration does not allow it",
                            .remedy = "Add unlock to commands.allow."};
  const auto answer = post(rig, "commands/unlock");
  CHECK(answer.status == 409);
  CHECK(problem_of(answer) == "refused");
  CHECK(json_of(answer).at("detail") == "The configuration does not allow it");
  CHECK(json_of(answer).at("remedy") == "Add unlock to commands.allow.");
  const auto kept = json_of(rig.of(rig.home, rig.anna, "/commands/command-1"));
  CHECK(kept.at("status") == "refused");
}

TEST_CASE("What belongs to a command is understood by the rules that hold for MQTT") {
  RestCars rig;
  const json body{
      {"temperature", 21.3},     {"duration", 15},
      {"front_defroster", true}, {"rear_defogger", false},
      {"steering_heater", true}, {"seats", {{"driver", "high"}, {"rear_passenger", "off"}}}};
  REQUIRE(post(rig, "commands/climate_start", body).status == 202);
  const auto& climate = sent(rig).climate;
  CHECK(climate.temperature->value == 21);
  CHECK(climate.duration == 15min);
  CHECK(climate.front_defroster == true);
  CHECK(climate.rear_defogger == false);
  CHECK(climate.steering_heater == true);
  CHECK(climate.seat(vehicle::Seat::driver) == vehicle::SeatHeat::high);
  CHECK(climate.seat(vehicle::Seat::rear_passenger) == vehicle::SeatHeat::off);
  CHECK_FALSE(climate.seat(vehicle::Seat::passenger));
  REQUIRE(post(rig, "commands/charge_start_time", {{"time", "06:30"}}).status == 202);
  CHECK(sent(rig).time == 390min);
  REQUIRE(post(rig, "commands/unlock", {{"code", "4711"}}).status == 202);
  CHECK(sent(rig).code.reveal() == "4711");
}

TEST_CASE("What cannot be used is refused before anything is sent, without repeating it") {
  RestCars rig;
  const std::vector<std::tuple<const char*, json, int>> cases = {
      {"climate_start", {{"temperature", 17.9}}, 422},
      {"climate_start", {{"temperature", "21"}}, 422},
      {"climate_start", {{"duration", 21}}, 422},
      {"climate_start", {{"duration", 1.5}}, 422},
      {"climate_start", {{"front_defroster", 1}}, 422},
      {"climate_start", {{"seats", {{"driver", "hot"}}}}, 422},
      {"climate_start", {{"seats", {{"dog", "high"}}}}, 422},
      {"climate_start", {{"seats", "high"}}, 422},
      {"climate_start", {{"code", "canary-4711"}}, 422},
      {"climate_set", json::object(), 422},
      {"charge_start_time", json::object(), 422},
      {"charge_start_time", {{"time", "24:00"}}, 422},
      {"charge_start_time", {{"time", 630}}, 422},
      {"lock", {{"temperature", 20}}, 422},
      {"unlock", {{"code", std::string(65, 'x')}}, 422},
      {"unlock", {{"canary-4711", true}}, 400},
      {"lock", json::array({1}), 400},
      {"explode", nullptr, 404},
      {"", nullptr, 404}};
  for (const auto& [name, body, status] : cases) {
    INFO(name << " " << body.dump());
    const auto answer = post(rig, std::string("commands/") + name, body);
    CHECK(answer.status == status);
    CHECK_FALSE(answer.body.contains("canary-4711"));
  }
  CHECK(rig.fleet.commands.empty());
}

TEST_CASE("The same key gives the same answer, and nothing is sent twice") {
  RestCars rig;
  const auto first = post(rig, "commands/lock", nullptr, "key-1");
  rig.fleet.commanded(rig.home, step(rig, "command-1", Outcome::done));
  rig.loop.advance(23h + 59min);
  const auto again = post(rig, "commands/lock", nullptr, "key-1", rig.administrator("anna"));
  CHECK(again.status == first.status);
  CHECK(again.body == first.body);
  CHECK(header_of(again, "Location") == header_of(first, "Location"));
  CHECK(rig.fleet.commands.size() == 1);

  const auto other = post(rig, "commands/horn", nullptr, "key-1", rig.administrator("anna"));
  CHECK(other.status == 409);
  CHECK(problem_of(other) == "conflict");
  CHECK(rig.fleet.commands.size() == 1);

  // Ben's keys are his own.
  CHECK(post(rig, "commands/lock", nullptr, "key-1", rig.administrator("ben")).status == 202);
  CHECK(rig.fleet.commands.size() == 2);
  rig.loop.advance(2min);
  CHECK(post(rig, "commands/lock", nullptr, "key-1", rig.administrator("anna")).status == 202);
  CHECK(rig.fleet.commands.size() == 3);
}

TEST_CASE("A refusal is kept for its key as well") {
  RestCars rig;
  rig.fleet.told_at_once = {
      .outcome = Outcome::refused, .command = "unlock", .entity = "doors", .reason = "Wrong code"};
  const auto first = post(rig, "commands/unlock", {{"code", "1"}}, "key");
  rig.fleet.told_at_once.reset();
  const auto again = post(rig, "commands/unlock", {{"code", "1"}}, "key");
  CHECK(again.status == 409);
  CHECK(again.body == first.body);
  CHECK(post(rig, "commands/unlock", {{"code", "2"}}, "key").status == 409);
  CHECK(rig.fleet.commands.size() == 1);
}

TEST_CASE("A key that cannot be remembered is not taken, and neither is its command") {
  RestCars rig;
  for (const auto& key : {std::string(129, 'k'), std::string("with space"), std::string("\x01")}) {
    CHECK(post(rig, "commands/lock", nullptr, key).status == 400);
  }
  CHECK(rig.fleet.commands.empty());
  for (std::size_t i = 0; i < rest::CommandLog::kMostKeys; ++i) {
    REQUIRE(post(rig, "commands/horn", nullptr, "key-" + std::to_string(i)).status == 202);
  }
  const auto full = post(rig, "commands/horn", nullptr, "one-too-many");
  CHECK(full.status == 429);
  CHECK(header_of(full, "Retry-After") == "86400");
  CHECK(rig.fleet.commands.size() == rest::CommandLog::kMostKeys);
  CHECK(post(rig, "commands/horn", nullptr, "key-0").status == 202);
  CHECK(rig.fleet.commands.size() == rest::CommandLog::kMostKeys);
}

TEST_CASE("The list tells what is offered, and the latest commands first") {
  RestCars rig;
  post(rig, "commands/lock");
  post(rig, "commands/horn");
  const auto list = json_of(rig.of(rig.home, rig.anna, "/commands"));
  CHECK(list.at("offered").size() == vehicle::all_actions().size());
  REQUIRE(list.at("latest").size() == 2);
  CHECK(list.at("latest").at(0).at("command") == "horn");
  CHECK(list.at("latest").at(1).at("command") == "lock");
}

TEST_CASE("A hundred commands of a car are remembered, for a day") {
  RestCars rig;
  for (int i = 0; i < 101; ++i) REQUIRE(post(rig, "commands/horn").status == 202);
  CHECK(rig.of(rig.home, rig.anna, "/commands/command-1").status == 404);
  CHECK(rig.of(rig.home, rig.anna, "/commands/command-2").status == 200);
  CHECK(json_of(rig.of(rig.home, rig.anna, "/commands")).at("latest").size() == 100);
  rig.loop.advance(24h);
  const auto token = rig.administrator("anna");
  CHECK(json_of(rig.of(rig.home, token, "/commands")).at("latest").empty());
  CHECK(rig.of(rig.home, token, "/commands/command-2").status == 404);
}

TEST_CASE("Nobody learns of a command of another account's car") {
  RestCars rig;
  REQUIRE(rig.of(rig.gwens, rig.gwen, "/commands/lock", "POST").status == 202);
  CHECK(rig.of(rig.gwens, rig.gwen, "/commands/command-1").status == 200);
  for (const auto& [car, token] : {std::pair(rig.gwens, rig.hugo), std::pair(rig.hugos, rig.hugo),
                                   std::pair(rig.home, rig.anna), std::pair(rig.gwens, rig.anna)}) {
    CHECK(rig.of(car, token, "/commands/command-1").status == 404);
  }
  CHECK(json_of(rig.of(rig.hugos, rig.hugo, "/commands")).at("latest").empty());
}

TEST_CASE("Of a car of two accounts each sees its own commands, whichever carried them out") {
  RestCars rig;
  test::FakeFleet::Entry entry = rig.fleet.at(rig.gwens);
  rest::CommandLog log(rig.loop.clock);
  const rest::FleetCar of_home{.car = &entry.car, .account_key = "home"};
  const rest::FleetCar of_gwen{.car = &entry.car, .account_key = "key-gwen"};
  log.on_step(of_home, step(rig, "command-1", Outcome::accepted));
  CHECK(log.find(of_home, "command-1") == nullptr);
  log.on_request(of_gwen, "command-1", "lock", "doors");
  log.on_step(of_home, step(rig, "command-1", Outcome::done));
  REQUIRE(log.find(of_gwen, "command-1") != nullptr);
  CHECK(log.find(of_gwen, "command-1")->status() == "done");
  CHECK(log.find(of_home, "command-1") == nullptr);
  CHECK(log.newest(of_home).empty());
}

TEST_CASE("With a car its commands are forgotten") {
  RestCars rig;
  rig.of(rig.gwens, rig.gwen, "/commands/lock", "POST");
  const auto car = rig.fleet.at(rig.gwens).car;
  rig.fleet.add(car, "key-hugo", false);
  rig.fleet.cars_changed("key-gwen");
  rig.fleet.add(car, "key-gwen", false);
  CHECK(rig.of(rig.gwens, rig.gwen, "/commands/command-1").status == 404);
}

TEST_CASE("A refresh asks the car, or says when it may be asked again") {
  RestCars rig;
  const auto taken = post(rig, "refresh");
  CHECK(taken.status == 202);
  CHECK(json_of(taken) == json{{"sent", true}});
  REQUIRE(rig.fleet.refreshed.size() == 1);

  rig.fleet.refresh_answer = {.refusal = "The car was asked a moment ago",
                              .next_at = rig.loop.clock.now() + 90s};
  const auto later = post(rig, "refresh");
  CHECK(later.status == 429);
  CHECK(header_of(later, "Retry-After") == "90");
  CHECK(json_of(later).at("next_at") == "2026-11-20T12:01:30Z");
  CHECK(json_of(later).at("detail") == "The car was asked a moment ago");

  rig.fleet.refresh_answer = {.refusal = "Waking is switched off"};
  CHECK(problem_of(post(rig, "refresh")) == "refused");
  rig.fleet.refresh_error = {.code = base::ErrorCode::unreachable, .message = "no connection"};
  CHECK(post(rig, "refresh").status == 502);
}
