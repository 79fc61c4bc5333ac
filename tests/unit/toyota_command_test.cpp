#include <nlohmann/json.hpp>

#include "support/sample_cars.hpp"
#include "support/toyota_rig.hpp"
#include "toyota/api_host.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using nlohmann::json;
using toyota::CommandAnswer;
using vehicle::Action;
using vehicle::Command;
using Kind = CommandAnswer::Kind;

namespace {

json body_of(const Command& command) { return json::parse(toyota::command_body(command)); }

vehicle::ClimateOptions at_degrees(double degrees) {
  vehicle::ClimateOptions options;
  options.temperature = vehicle::Celsius{degrees};
  return options;
}

std::string error_body(const char* code) {
  return json{{"status", {{"messages", {{{"responseCode", code}, {"description", "x"}}}}}}}.dump();
}

std::string returns(const char* code) {
  return json{{"payload", {{"appRequestNo", "1"}, {"returnCode", code}}}}.dump();
}

struct Rig : test::ToyotaRig {
  Rig() { store_tokens(1h); }
  CommandAnswer send(Command command) {
    auto at = services();
    toyota::Account account(at, endpoints, credentials());
    toyota::Cloud cloud(at, account);
    const auto car = test::new_car(vehicle::Brand::toyota, vehicle::Drive::bev);
    return loop.run(cloud.command(car, std::move(command)));
  }
  CommandAnswer send_to(int status, std::string body) {
    api = [status, body](const base::HttpRequest&) -> base::Result<base::HttpResponse> {
      return test::http_answer(status, body);
    };
    return send({.action = Action::lock});
  }
};

}  // namespace

TEST_CASE("every command is the body that the cloud knows") {
  CHECK(body_of({.action = Action::lock}) == json{{"command", "door-lock"}});
  CHECK(body_of({.action = Action::trunk_unlock}) == json{{"command", "trunk-unlock"}});
  CHECK(body_of({.action = Action::windows_close}) == json{{"command", "power-window-close"}});
  CHECK(body_of({.action = Action::climate_stop, .climate = at_degrees(21)}) ==
        json{{"command", "stop"}});
  CHECK(body_of({.action = Action::climate_start}) == json{{"command", "start"}});
  CHECK(body_of({.action = Action::charge_now}) == json{{"command", "CHARGE_NOW"}});
}

TEST_CASE("a start carries what is set and nothing else") {
  Command start{.action = Action::climate_start, .climate = at_degrees(21.5)};
  start.climate.duration = 15min;
  start.climate.front_defroster = true;
  start.climate.steering_heater = false;
  start.climate.seat(vehicle::Seat::rear_driver) = vehicle::SeatHeat::high;
  CHECK(body_of(start) ==
        json{{"command", "start"},
             {"duration", 15},
             {"temperature", {{"value", 21.5}, {"unit", "C"}}},
             {"heatingOptions", {{"frontDefroster", "on"}, {"steeringHeater", "off"}}},
             {"seatOptions", {{"rearDriverSeat", "high"}}}});
}

TEST_CASE("a charging time carries its day and its kind") {
  Command set{
      .action = Action::charge_start_time,
      .charge = vehicle::ChargeEvent{.day = std::chrono::Thursday, .start = 22h + 5min, .end = {}}};
  CHECK(body_of(set) == json{{"command", "SET_CHARGING_TIME"},
                             {"reservationCharge",
                              {{"chargeType", "startOnly"},
                               {"day", "THURSDAY"},
                               {"startTime", {{"hour", 22}, {"minute", 5}}}}}});
  set.charge->end = 6h;
  CHECK(body_of(set)["reservationCharge"]["chargeType"] == "startEnd");
  CHECK(body_of(set)["reservationCharge"]["endTime"] == json{{"hour", 6}, {"minute", 0}});
}

TEST_CASE("an answer means exactly one of: accepted, failed, not supported, unknown") {
  Rig rig;
  struct Case {
    int status;
    std::string body;
    Kind kind;
    const char* message;
  };
  const std::vector<Case> cases = {
      {200, returns("000000"), Kind::accepted, ""},
      {202, "", Kind::accepted, ""},
      {200, "{}", Kind::accepted, ""},
      {200, returns("118003"), Kind::failed, "The car is not ready for it (code 118003)"},
      {200, returns("600000"), Kind::failed, "The car is not ready for it (code 600000)"},
      {200, returns("200000"), Kind::failed, "The car is not ready for it (code 200000)"},
      {400, error_body("CTP-REMOTE-40006"), Kind::not_supported,
       "The cloud says that this car cannot do it"},
      {404, error_body("ONE-GLOBAL-RC-10004"), Kind::not_supported,
       "The cloud says that this car cannot do it"},
      {400, error_body("CTP-REMOTE-40041"), Kind::not_supported,
       "The cloud says that this car cannot do it"},
      {400, R"({"messages":[{"responseCode":"CTP-REMOTE-40041"}]})", Kind::not_supported,
       "The cloud says that this car cannot do it"},
      {500, error_body("ONE-GLOBAL-RS-10068"), Kind::failed,
       "The cloud says that something has to be activated for this car first (status 500, "
       "ONE-GLOBAL-RS-10068)"},
      {400, error_body("ONE-GLOBAL-RS-10003"), Kind::failed,
       "The cloud does not accept the request (status 400, ONE-GLOBAL-RS-10003)"},
      {500, error_body("ONE-GLOBAL-RS-40000"), Kind::failed, "The car broke the command off"},
      {404, "{}", Kind::failed, "The cloud has no such data for this car (status 404)"},
      {403, "{}", Kind::failed, "The cloud refuses this call (status 403)"},
      {429, "{}", Kind::failed, "The cloud asks for a pause (status 429)"},
      {500, "{}", Kind::unknown, "The cloud has trouble (status 500)"},
      {504, "{}", Kind::unknown, "The cloud has trouble (status 504)"},
  };
  for (const auto& one : cases) {
    INFO(one.status << " " << one.body);
    const auto answer = rig.send_to(one.status, one.body);
    CHECK(answer.kind == one.kind);
    CHECK((answer.error ? answer.error->message : "") == one.message);
    if (one.kind == Kind::failed) CHECK_FALSE(answer.error->remedy.empty());
  }
}

TEST_CASE("a command is sent once, whatever trouble answers") {
  for (const int status : {429, 500, 502, 504}) {
    Rig rig;
    rig.send_to(status, "{}");
    CHECK(rig.http.requests.size() == 1);
  }
  Rig rig;
  rig.api = [](const base::HttpRequest&) -> base::Result<base::HttpResponse> {
    return base::fail(base::ErrorCode::timeout, "no answer in time");
  };
  CHECK(rig.send({.action = Action::unlock}).kind == Kind::unknown);
  CHECK(rig.http.requests.size() == 1);
}

TEST_CASE(
    "a token that the cloud refuses at its door is replaced once, the command goes out then") {
  Rig rig;
  rig.api = [](const base::HttpRequest& request) -> base::Result<base::HttpResponse> {
    const bool old = request.headers.front().value == "Bearer access-0";
    return old ? test::http_answer(401, "{}") : test::http_answer(200, returns("000000"));
  };
  CHECK(rig.send({.action = Action::lock}).kind == Kind::accepted);
  CHECK(rig.login.refreshes == 1);
}

TEST_CASE("without a token nothing is sent, and that is known") {
  Rig rig;
  rig.tokens.entries.clear();
  rig.login.instead_of_start = test::http_answer(503, "");
  CHECK(rig.send({.action = Action::lock}).kind == Kind::failed);
  for (const auto& request : rig.http.requests) {
    CHECK(request.url.find("/v1/global/remote/command") == std::string::npos);
  }
}

TEST_CASE("the request is a POST with the VIN in its header, and neither log nor path shows it") {
  Rig rig;
  rig.send_to(200, returns("000000"));
  REQUIRE(rig.http.requests.size() == 1);
  const auto& request = rig.http.requests.front();
  CHECK(request.method == "POST");
  CHECK(request.log_path == "/v1/global/remote/command");
  CHECK(request.url.find("JTMTEST") == std::string::npos);
  CHECK(rig.loop.log.text().find("JTMTEST") == std::string::npos);
}
