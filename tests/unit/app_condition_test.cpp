#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "app/part_states.hpp"
#include "support/metrics_home.hpp"
#include "toyota2mqtt/setup/set_up_service.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::MetricsHome;
using test::SimulatedHome;

namespace {

/// A home whose every surface is looked at: Home Assistant, page, `ready`, `health`, metrics.
struct WatchedHome : MetricsHome {
  void open() {
    MetricsHome::open();
    actions = std::make_unique<setup::SetUpService>(setup::Services{.outside = services(),
                                                                    .accounts = bridge->accounts,
                                                                    .publisher = bridge->publisher,
                                                                    .set_up = set_up,
                                                                    .hide = [](const auto&) {}},
                                                    options.fleet);
    loop.advance(1min);
  }
  /// Past the next reading of the telemetry, its repeats, and one route more.
  void probe() { loop.advance(16min); }
  void sim(const std::string& path) {
    const auto taken = loop.run(cloud.send(
        {.method = "POST", .url = "http://127.0.0.1:2/_sim/" + path, .log_path = "/_sim"}));
    REQUIRE(taken->status == 200);
  }
  [[nodiscard]] nlohmann::json bridge_state() {
    return nlohmann::json::parse(mqtt.last("toyota2mqtt/bridge/state").value_or("{}"));
  }
  [[nodiscard]] setup::AccountCard card() const { return actions->overview().accounts.at(0); }
  [[nodiscard]] std::string available() {
    return mqtt.last("toyota2mqtt/" + lexus_id() + "/availability").value_or("");
  }
  /// Every surface says `status`, with the same cause; answers that cause.
  std::string agree(const std::string& status) {
    INFO("expected: " << status);
    const bool well = status == "ok";
    const auto reported = bridge_state();
    const auto name = "status_" + key();
    const auto attributes = reported.at(name + "_attributes");
    const auto cause = attributes.at("cause").get<std::string>();
    CHECK(reported.at(name) == status);
    CHECK(reported.at("cloud") == well);
    CHECK(cause.empty() == well);
    CHECK(attributes.at("remedy").get<std::string>().empty() == well);
    CHECK(attributes.at("since").is_string());
    if (!well) CHECK(reported.at("last_error") == cause);
    CHECK(card().status == status);
    CHECK(card().message == cause);
    CHECK(card().remedy.empty() == well);
    const auto part = app::toyota_state(bridge->accounts);
    CHECK(part.state == (well ? "ok" : "down"));
    CHECK(part.reason == cause);
    CHECK(part.remedy.empty() == well);
    CHECK(part.since == card().since);
    CHECK(part.next_try == card().next_try);
    CHECK(bridge->troubles().size() == (well ? 0 : 1));
    if (!well) CHECK(bridge->troubles().at(0).contains(cause));
    CHECK(word("toyota2mqtt_account_status", "status", {{"account", key()}}) == status);
    CHECK_FALSE(reported.dump().contains("127.0.0.1"));
    CHECK_FALSE(reported.dump().contains("authenticate"));
    return cause;
  }

  test::MemorySetUpStore set_up;
  std::unique_ptr<setup::SetUpService> actions;
};

constexpr const char* kEverything503 = R"({"kind":"status","status":503,"forever":true})";
constexpr const char* kEveryCar503 = R"([
  {"route":"/v3/*","kind":"status","status":503,"forever":true},
  {"route":"/v1/*","kind":"status","status":503,"forever":true},
  {"route":"/v2/notification/*","kind":"status","status":503,"forever":true}])";

}  // namespace

TEST_CASE("A1: a cloud that answers 503 to everything is reported everywhere within one probe") {
  for (const char* fault : {kEverything503, kEveryCar503}) {
    WatchedHome home;
    home.open();
    home.agree("ok");
    home.fault(fault);
    home.probe();
    CHECK(home.agree("unreachable") == "Toyota's cloud has trouble (status 503)");
    CHECK_FALSE(home.card().remedy.contains("internet"));
    REQUIRE(home.card().next_try);
    CHECK(*home.card().next_try - home.loop.clock.now() <= 19min);
    CHECK(home.available() == "online");  // its last values stay
    home.loop.advance(12h);
    home.agree("unreachable");
    const auto since = home.card().since;
    home.sim("clear-faults");
    home.loop.advance(20min);
    home.agree("ok");
    CHECK(home.card().since > since);
    CHECK(home.cloud.world().journal.password_posts == 1);
  }
}

TEST_CASE("A1: 429, a refused line and answers that are none are reported as what they are") {
  WatchedHome home;
  home.open();
  home.fault(R"({"route":"/v*","kind":"status","status":429,"forever":true})");
  home.probe();
  CHECK(home.agree("rate_limited") == "Toyota's cloud asks for a pause (status 429)");
  home.sim("clear-faults");
  home.loop.advance(20min);
  home.agree("ok");

  home.fault(R"({"route":"/v*","kind":"html","forever":true})");
  home.probe();
  CHECK(home.agree("unreachable") == "Toyota's cloud answers with something that cannot be read");
  home.sim("clear-faults");
  home.loop.advance(20min);
  home.agree("ok");

  home.line.cut = true;
  home.probe();
  CHECK(home.agree("unreachable") == "There is no connection to Toyota's cloud");
  CHECK(home.card().remedy.contains("internet"));
  home.line.cut = false;
  home.loop.advance(20min);
  home.agree("ok");
  CHECK(home.available() == "online");
}

TEST_CASE(
    "A1: after the last password of a day the account is not ok and its cars are not online") {
  WatchedHome home;
  home.open();
  for (int i = 0; i < 2; ++i) {
    home.sim("expire-tokens?refresh=true");
    home.probe();
    home.agree("ok");
  }
  CHECK(home.cloud.world().journal.password_posts == 3);
  home.sim("expire-tokens?refresh=true");
  home.probe();
  const auto cause = home.agree("rate_limited");
  CHECK(cause.contains("The password was sent 3 times within a day"));
  CHECK(home.available() == "offline");
  REQUIRE(home.card().next_try);
  CHECK(*home.card().next_try > home.loop.clock.now() + 22h);
  CHECK(home.cloud.world().journal.password_posts == 3);
  home.loop.advance(25h);
  home.agree("ok");
  CHECK(home.available() == "online");
}

TEST_CASE("A1: a token that is refused even when new is reported, and its cars are not online") {
  WatchedHome home;
  home.open();
  home.fault(R"({"route":"/v*","kind":"status","status":401,"forever":true})");
  home.probe();
  CHECK(home.agree("unreachable") ==
        "Toyota's cloud refuses what it is asked, though not the sign-in (status 401)");
  CHECK(home.available() == "offline");
  home.sim("clear-faults");
  home.loop.advance(20min);
  home.agree("ok");
  CHECK(home.available() == "online");
}

TEST_CASE("A1: one ill route of a car says nothing about the account, whichever it is") {
  for (const std::string route : {"*/telemetry", "*/vehicle/status", "*/trips", "*/location"}) {
    WatchedHome home;
    home.open();
    home.fault(R"({"route":")" + route + R"(","kind":"status","status":500,"forever":true})");
    for (int i = 0; i < 12; ++i) {
      home.loop.advance(10min);
      home.agree("ok");
    }
  }
}

TEST_CASE("A1: the remedy of a rejected account names places and buttons where it is read") {
  WatchedHome home;
  home.options.fleet.accounts = {SimulatedHome::account("lexus", vehicle::Brand::lexus, "wrong")};
  home.open();
  home.agree("credentials_rejected");
  const auto reported = home.bridge_state();
  const auto attributes = reported.at("status_" + home.key() + "_attributes");
  const auto in_home_assistant = attributes.at("remedy").get<std::string>();
  CHECK(in_home_assistant.contains("in its configuration"));
  CHECK_FALSE(in_home_assistant.contains("page"));
  CHECK_FALSE(home.card().next_try);
  auto entered = home.options;
  entered.fleet.entered.insert({"lexus@example.com", vehicle::Brand::lexus});
  home.reconfigure(entered);
  home.loop.advance(1min);
  home.bridge->publisher.show_configuration({"x"});  // publishes the bridge's device again
  CHECK(home.bridge_state()
            .at("status_" + home.key() + "_attributes")
            .at("remedy")
            .get<std::string>()
            .contains("on this program's page"));
}

TEST_CASE(
    "A2: the mistakes of a changed configuration are reported everywhere until they are gone") {
  WatchedHome home;
  home.open();
  CHECK(app::configuration_state(home.bridge->publisher.configuration()).state == "ok");
  CHECK(home.bridge_state().at("configuration") == false);
  const std::string mistake = "settings.yaml:3:5: polling.parked: found 1s, expected at least 1m";
  home.bridge->publisher.show_configuration({mistake, "settings.yaml:4:1: pollling: unknown key"});
  home.loop.advance(1s);
  const auto reported = home.bridge_state();
  CHECK(reported.at("configuration") == true);
  CHECK(
      reported.at("configuration_attributes").at("mistakes").get<std::string>().contains(mistake));
  CHECK(reported.at("configuration_attributes").at("since").is_string());
  CHECK(reported.at("last_error").get<std::string>().contains(mistake));
  const auto part = app::configuration_state(home.bridge->publisher.configuration());
  CHECK(part.state == "degraded");
  CHECK(part.reason.contains(mistake));
  CHECK(part.reason.contains("the one before is in use"));
  CHECK(part.since);
  REQUIRE(home.bridge->troubles().size() == 2);
  CHECK(home.bridge->troubles()[0] == "configuration: " + mistake + "; the one before is in use");
  CHECK(home.actions->overview().mistakes.size() == 2);
  home.bridge->publisher.show_configuration({});
  home.loop.advance(1s);
  CHECK(home.bridge_state().at("configuration") == false);
  CHECK(home.bridge->troubles().empty());
  CHECK(home.actions->overview().mistakes.empty());
}
