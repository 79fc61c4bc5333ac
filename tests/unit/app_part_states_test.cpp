#include "app/part_states.hpp"

#include "support/simulated_home.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::SimulatedHome;

TEST_CASE("the storage is ok until something fails, and again a while after the last failure") {
  const auto begin = base::parse_iso8601("2026-11-20T12:00:00Z").value();
  app::StorageWatch watch;
  CHECK(watch.state(begin).state == "ok");
  watch.look(10, 0, begin);
  CHECK(watch.state(begin).state == "ok");

  watch.look(12, 2, begin + 1min);  // everything since the last look
  CHECK(watch.state(begin + 1min).state == "down");
  CHECK_FALSE(watch.state(begin + 1min).reason.empty());
  CHECK(watch.state(begin + 1min).since == begin + 1min);
  CHECK(watch.state(begin + 3h).state == "down");  // nothing has shown that it works again

  watch.look(14, 3, begin + 2min);
  CHECK(watch.state(begin + 2min).state == "degraded");
  CHECK(watch.state(begin + 2min).since == begin + 1min);
  watch.look(20, 3, begin + 13min);
  CHECK(watch.state(begin + 13min).state == "ok");
  CHECK_FALSE(watch.state(begin + 13min).since);
}

TEST_CASE("the cloud is down when no account can be read, and degraded when there is none") {
  SimulatedHome home;
  home.make_bridge();
  CHECK(app::toyota_state(home.bridge->accounts).state == "degraded");
  home.start();
  auto options = home.options;
  options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::account("subaru")};
  home.reconfigure(options);
  CHECK(app::toyota_state(home.bridge->accounts).state == "ok");
  options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::account("nobody")};
  home.reconfigure(options);
  const auto degraded = app::toyota_state(home.bridge->accounts);
  CHECK(degraded.state == "degraded");
  CHECK_FALSE(degraded.reason.empty());
  CHECK(degraded.since);
  CHECK(degraded.reason.find("@") == std::string::npos);
  options.fleet.accounts = {SimulatedHome::account("nobody")};
  home.reconfigure(options);
  CHECK(app::toyota_state(home.bridge->accounts).state == "down");
}

TEST_CASE("the broker is down without a connection, and ABRP is off when no car is sent there") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.make_bridge();
  CHECK(app::broker_state(home.bridge->publisher.broker()).state == "down");
  home.start();
  CHECK(app::broker_state(home.bridge->publisher.broker()).state == "ok");
  CHECK(app::abrp_state(home.bridge->accounts).state == "off");
  home.mqtt.broker = test::FakeMqtt::Broker::unreachable;
  home.mqtt.drop_connection();
  home.loop.advance(5s);
  const auto down = app::broker_state(home.bridge->publisher.broker());
  CHECK(down.state == "down");
  CHECK_FALSE(down.reason.empty());
}

TEST_CASE("ABRP is down when it takes nothing of any car, and says what to do") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.options.fleet.policy.abrp.api_key = base::Secret("sim-key");
  home.options.fleet.policy.abrp.token = base::Secret("a token of nobody");
  home.start();
  home.loop.advance(10min);
  const auto down = app::abrp_state(home.bridge->accounts);
  CHECK(down.state == "down");
  CHECK_FALSE(down.reason.empty());
}
