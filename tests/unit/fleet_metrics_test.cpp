#include <algorithm>
#include <set>

#include "support/metrics_home.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::MetricsHome;
using test::value_of;

namespace {

vehicle::CommandResult result(std::string command, vehicle::Outcome outcome) {
  return {.outcome = outcome, .command = std::move(command), .entity = "x"};
}

}  // namespace

TEST_CASE("a home that is well shows it: account, broker, car, cloud") {
  MetricsHome home;
  home.open();
  home.loop.advance(10min);
  const auto id = home.lexus_id();
  CHECK(home.word("toyota2mqtt_account_status", "status", {{"account", home.key()}}) == "ok");
  CHECK(home.value("toyota2mqtt_mqtt_connected") == 1);
  CHECK(home.value("toyota2mqtt_mqtt_connections_total") == 1);
  CHECK(home.value("toyota2mqtt_mqtt_messages_published_total") == home.mqtt.published.size());
  CHECK(home.value("toyota2mqtt_mqtt_messages_waiting") == 0);
  CHECK(home.value("toyota2mqtt_car_available", {{"car", id}}) == 1);
  CHECK(home.value("toyota2mqtt_car_reading", {{"car", id}}) == 1);
  CHECK(home.value("toyota2mqtt_car_read_age_seconds", {{"car", id}}).value() <= 600);
  CHECK(home.value("toyota2mqtt_car_info", {{"car", id}, {"brand", "lexus"}, {"drive", "bev"}}) ==
        1);
  CHECK(home.value("toyota2mqtt_car_entities", {{"car", id}}) ==
        home.bridge->publisher.entities(home.car()));
  CHECK(home.value("toyota2mqtt_cloud_sign_ins_total", {{"outcome", "ok"}}) == 1);
  CHECK(home.value("toyota2mqtt_cloud_sign_ins_total", {{"outcome", "credentials_rejected"}}) == 0);
  CHECK(home.value("toyota2mqtt_cloud_reads_total", {{"source", "telemetry"}, {"outcome", "ok"}}) ==
        home.value("toyota2mqtt_car_source_reads_total", {{"car", id}, {"source", "telemetry"}}));
  CHECK(home.value("toyota2mqtt_cloud_requests_total",
                   {{"route", "vehicle_list"}, {"answer", "2xx"}}) == 1);
}

TEST_CASE("the age of a source is counted from the car's own time, and grows while nothing comes") {
  MetricsHome home;
  home.open();
  home.loop.advance(1min);
  const test::MetricLabels labels = {{"car", home.lexus_id()}, {"source", "telemetry"}};
  const auto reported = home.car().car().state.reported(vehicle::Source::telemetry);
  REQUIRE(reported);
  const auto seconds = [&] {
    return std::chrono::duration<double>(home.loop.clock.now() - *reported).count();
  };
  CHECK(home.value("toyota2mqtt_car_source_age_seconds", labels) == seconds());
  home.line.cut = true;
  home.loop.advance(3h);
  CHECK(home.value("toyota2mqtt_car_source_age_seconds", labels) == seconds());
  // A clock that is set back must not make an age of less than nothing.
  home.loop.clock.set_now(*reported - 1h);
  CHECK(home.value("toyota2mqtt_car_source_age_seconds", labels) == 0);
}

TEST_CASE("the mode of the schedule is one state, with its reason beside it") {
  MetricsHome home;
  home.open();
  home.loop.advance(1min);
  const auto id = home.lexus_id();
  const auto& noticed = home.car().car().diagnostics;
  REQUIRE_FALSE(noticed.mode.empty());
  CHECK(home.word("toyota2mqtt_car_mode", "mode", {{"car", id}}) == noticed.mode);
  CHECK(home.value("toyota2mqtt_car_mode_info",
                   {{"car", id}, {"mode", noticed.mode}, {"reason", noticed.mode_reason}}) == 1);

  home.line.cut = true;
  home.loop.advance(2h);
  CHECK(home.word("toyota2mqtt_car_mode", "mode", {{"car", id}}) == "unreachable");
  CHECK(home.word("toyota2mqtt_car_mode_info", "reason", {{"car", id}}) ==
        "The cloud could not be reached several times.");
}

TEST_CASE("a circuit breaker is one state: closed, open, half open, or the car lacks the source") {
  MetricsHome home;
  home.fault(R"({"route": "/v1/location", "kind": "status", "status": 500, "forever": true})");
  home.fault(R"({"route": "/v1/servicehistory/*", "kind": "status", "status": 404,
                 "forever": true})");
  home.open();
  const auto state = [&](const std::string& source) {
    return home.word("toyota2mqtt_car_source_state", "state",
                     {{"car", home.lexus_id()}, {"source", source}});
  };
  home.loop.advance(1min);
  CHECK(state("telemetry") == "closed");
  CHECK(state("service_history") == "not_there");
  home.loop.advance(40min);
  CHECK(state("location") == "open");
  CHECK(state("telemetry") == "closed");
  CHECK(state("vehicle_list").empty());
  CHECK(home.value("toyota2mqtt_cloud_requests_total", {{"route", "location"}, {"answer", "5xx"}})
            .value() >= 3);
  CHECK(home.value("toyota2mqtt_cloud_repeats_total", {{"route", "location"}}).value() >= 3);
}

TEST_CASE("wakes are counted by reason and outcome, and against the day's budget") {
  MetricsHome home;
  home.options.fleet.policy.wake.max_per_day = 7;
  home.open();
  home.loop.advance(1min);
  const auto id = home.lexus_id();
  const auto wakes = [&](const std::string& reason, const std::string& outcome) {
    return home.value("toyota2mqtt_car_wakes_total",
                      {{"car", id}, {"reason", reason}, {"outcome", outcome}});
  };
  CHECK(wakes("owner", "accepted") == 0);
  const auto decision = home.loop.run(home.car().refresh());
  REQUIRE(decision.allowed());
  CHECK(wakes("owner", "accepted") == decision.routes.size());
  CHECK(wakes("owner", "rejected") == 0);
  // Two questions at one time are one step of the budget.
  REQUIRE(decision.routes.size() == 2);
  CHECK(home.value("toyota2mqtt_car_wakes_today", {{"car", id}, {"kind", "other"}}) == 1);
  CHECK(home.value("toyota2mqtt_car_wakes_today", {{"car", id}, {"kind", "charging"}}) == 0);
  CHECK(home.value("toyota2mqtt_wake_budget", {{"kind", "other"}}) == 7);
  CHECK(home.value("toyota2mqtt_wake_budget", {{"kind", "charging"}}) == 16);
  CHECK(home.word("toyota2mqtt_car_waking", "state", {{"car", id}}) == "on");

  home.loop.clock.set_now(home.loop.clock.now() + 24h);
  CHECK(home.value("toyota2mqtt_car_wakes_today", {{"car", id}, {"kind", "other"}}) == 0);
}

TEST_CASE("commands are counted by what was reported of them, what is no command has no name") {
  MetricsHome home;
  home.open();
  home.loop.advance(1min);
  const auto commands = [&](const std::string& command, const std::string& outcome) {
    return home.value("toyota2mqtt_commands_total", {{"command", command}, {"outcome", outcome}});
  };
  const vehicle::CommandRequest request{.action = vehicle::Action::unlock, .entity = "lock_doors"};
  REQUIRE(home.bridge->command({home.lexus_id()}, request));
  home.loop.advance(1s);
  CHECK(commands("unlock", "accepted") == 1);
  CHECK(commands("unlock", "refused") == std::nullopt);
  REQUIRE(home.bridge->command({home.lexus_id()}, request));  // while the first is under way
  home.loop.advance(1s);
  CHECK(commands("unlock", "refused") == 1);
  home.loop.advance(10min);
  CHECK(commands("unlock", "done") == 1);
  CHECK(commands("unlock", "accepted") == 1);

  home.figures->commanded({}, result("canary\"text", vehicle::Outcome::failed));
  CHECK(commands("unknown", "failed") == 1);
  CHECK(commands("canary\"text", "failed") == std::nullopt);
}

TEST_CASE("points for ABRP are counted until they are sent or given up") {
  MetricsHome home;
  home.open();
  home.loop.advance(10min);
  const auto id = home.lexus_id();
  const auto points = [&](const std::string& outcome) {
    return home.value("toyota2mqtt_abrp_points_total", {{"car", id}, {"outcome", outcome}});
  };
  CHECK(home.word("toyota2mqtt_abrp_status", "status", {{"car", id}}) == "ok");
  CHECK(points("sent").value() > 0);
  CHECK(points("sent") == points("queued"));
  CHECK(points("sent") == home.cloud.world().journal.abrp_points);
  CHECK(points("dropped") == 0);
  CHECK(home.value("toyota2mqtt_abrp_last_accepted_timestamp_seconds", {{"car", id}}).value() >
        1.7e9);
}

TEST_CASE("what ABRP does not accept is a failure, and a rejected token is the state") {
  MetricsHome home;
  home.options.fleet.policy.abrp.token = base::Secret("wrong");
  home.open();
  home.loop.advance(10min);
  const auto id = home.lexus_id();
  CHECK(home.word("toyota2mqtt_abrp_status", "status", {{"car", id}}) == "token_rejected");
  CHECK(home.value("toyota2mqtt_abrp_failures_total", {{"car", id}}).value() >= 1);
  CHECK(home.value("toyota2mqtt_abrp_points_total", {{"car", id}, {"outcome", "sent"}}) == 0);
}

TEST_CASE("a broker that goes and comes is counted, and what waits for it") {
  MetricsHome home;
  home.open();
  home.loop.advance(1min);
  home.mqtt.broker = test::FakeMqtt::Broker::unreachable;
  home.mqtt.drop_connection();
  home.loop.advance(5s);
  CHECK(home.value("toyota2mqtt_mqtt_connected") == 0);
  CHECK(home.value("toyota2mqtt_mqtt_connections_lost_total") == 1);
  CHECK(home.value("toyota2mqtt_mqtt_connections_failed_total").value() >= 1);
  home.car().set_reading(false);
  home.loop.advance(1s);
  CHECK(home.value("toyota2mqtt_mqtt_messages_waiting").value() >= 1);
  home.mqtt.broker = test::FakeMqtt::Broker::works;
  home.loop.advance(2min);
  CHECK(home.value("toyota2mqtt_mqtt_connected") == 1);
  CHECK(home.value("toyota2mqtt_mqtt_connections_total") == 2);
  CHECK(home.value("toyota2mqtt_mqtt_messages_waiting") == 0);
  CHECK(home.value("toyota2mqtt_car_reading", {{"car", home.lexus_id()}}) == 0);
}

TEST_CASE("a message that the broker does not take is counted and does not wait") {
  MetricsHome home;
  home.mqtt.forbidden_topic = "toyota2mqtt/" + home.lexus_id() + "/state";
  home.open();
  home.loop.advance(1min);
  CHECK(home.value("toyota2mqtt_mqtt_messages_refused_total") == home.mqtt.refusals);
  CHECK(home.mqtt.refusals > 0);
  CHECK(home.value("toyota2mqtt_mqtt_messages_waiting") == 0);
}

TEST_CASE("an account that needs its owner is reported by its state") {
  MetricsHome home;
  home.options.fleet.accounts = {MetricsHome::account("lexus", vehicle::Brand::lexus, "wrong")};
  home.open();
  CHECK(home.word("toyota2mqtt_account_status", "status", {{"account", home.key()}}) ==
        "credentials_rejected");
  CHECK(home.value("toyota2mqtt_cloud_sign_ins_total", {{"outcome", "credentials_rejected"}}) == 1);
}

TEST_CASE("guests' cars are numbers, never names") {
  MetricsHome home;
  home.open();
  home.loop.advance(1min);
  // The guest's car happens to be woken and commanded, and the figures are reported.
  MetricsHome guest;
  guest.options.fleet.accounts = {MetricsHome::subaru()};
  guest.open();
  guest.loop.advance(1min);
  home.guests = {.accounts = 1, .cars = 1};
  const auto car = guest.bridge->accounts.find_owner(guest.key())->view(guest.car());
  home.figures->woken(car, fleet::WakeReason::owner, fleet::WakeRoute::status, {});
  home.figures->car_changed(car);
  home.figures->cars_changed(guest.key());
  const auto families = home.families();
  const auto values = test::label_values(families);
  const auto guest_car = guest.id(MetricsHome::kSubaruVin);
  CHECK(std::ranges::find(values, home.lexus_id()) != values.end());
  CHECK(std::ranges::find(values, guest_car) == values.end());
  CHECK(std::ranges::find(values, guest.key()) == values.end());
  CHECK(value_of(families, "toyota2mqtt_guest_accounts") == 1);
  CHECK(value_of(families, "toyota2mqtt_guest_cars") == 1);
}

TEST_CASE("a car that left has no series, and counts from nothing when it comes back") {
  MetricsHome home;
  home.open();
  home.loop.advance(1min);
  REQUIRE(home.loop.run(home.car().refresh()).allowed());
  auto without = home.options;
  without.fleet.vehicles = {{.vin = *base::Vin::parse(MetricsHome::kLexusVin),
                             .name = {},
                             .abrp_token = {},
                             .ignore = true}};
  home.reconfigure(without);
  const auto values = test::label_values(home.families());
  CHECK(std::ranges::find(values, home.lexus_id()) == values.end());
  home.reconfigure(home.options);
  home.loop.advance(1min);
  CHECK(home.value("toyota2mqtt_car_wakes_total",
                   {{"car", home.lexus_id()}, {"reason", "owner"}, {"outcome", "accepted"}}) == 0);
}

TEST_CASE("labels are words of the program and hashes: nothing personal, nothing from outside") {
  MetricsHome home;
  home.open();
  home.loop.advance(2h);
  REQUIRE(home.loop.run(home.car().refresh()).allowed());
  for (const auto& value : test::label_values(home.families())) {
    INFO(value);
    CHECK(value.find("SIM") == std::string::npos);  // every VIN has it
    CHECK(value.find('@') == std::string::npos);
    CHECK(value.find("example") == std::string::npos);
    CHECK(value.find("secret") == std::string::npos);
    CHECK(value.find("sim-key") == std::string::npos);
    CHECK(value.find(home.abrp_token(MetricsHome::kLexusVin)) == std::string::npos);
    CHECK(value != home.car().car().name);
  }
}

TEST_CASE("the number of series is bounded: a day of trouble adds no new labels to a car") {
  MetricsHome home;
  home.fault(R"({"route": "*", "kind": "status", "status": 500, "count": 200})");
  home.open();
  home.loop.advance(24h);
  std::size_t series = 0;
  for (const auto& family : home.families()) series += family.samples.size();
  CHECK(series < 250);
}
