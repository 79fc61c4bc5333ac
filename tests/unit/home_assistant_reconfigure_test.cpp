#include <nlohmann/json.hpp>

#include "support/discovery_checker.hpp"
#include "support/simulated_home.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::SimulatedHome;

namespace {

nlohmann::json components(const SimulatedHome& home) {
  const auto found = home.mqtt.retained.lower_bound("homeassistant/device/toyota2mqtt_bridge_");
  REQUIRE(found != home.mqtt.retained.end());
  return nlohmann::json::parse(found->second)["components"];
}

std::string key(const SimulatedHome& home, const toyota::Credentials& account) {
  return toyota::account_key(account, home.crypto);
}

const char* const kLexusVin = SimulatedHome::kLexusVin;
const char* const kSubaruVin = SimulatedHome::kSubaruVin;

}  // namespace

TEST_CASE("without an account the bridge runs, and one that comes brings its cars and entities") {
  SimulatedHome home;
  home.start();
  CHECK(home.mqtt.last("toyota2mqtt/status") == "online");
  CHECK(home.line.requests == 0);
  CHECK(home.bridge->troubles().empty());

  auto options = home.options;
  options.fleet.accounts = {SimulatedHome::lexus()};
  home.reconfigure(options);
  CHECK(home.topics_of(kLexusVin) >= 4);
  CHECK(home.mqtt.last("toyota2mqtt/" + home.id(kLexusVin) + "/availability") == "online");
  CHECK(components(home).contains("status_" + key(home, SimulatedHome::lexus())));
  CHECK(home.cloud.world().journal.password_posts == 1);
  REQUIRE(home.bridge->accounts.owners().size() == 1);
  const auto& cars = home.bridge->accounts.owners()[0]->cars();
  REQUIRE(cars.size() == 1);
  CHECK(home.bridge->publisher.entities(*cars.begin()->second) > 10);
  CHECK(home.bridge->publisher.bridge_entities() == components(home).size());
}

TEST_CASE("an account that goes is stopped and its topics are removed, the other's are not") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::subaru()};
  home.start();
  REQUIRE(home.topics_of(kLexusVin) >= 4);
  const auto kept = home.topics_of(kSubaruVin);
  REQUIRE(kept >= 4);

  auto options = home.options;
  options.fleet.accounts = {SimulatedHome::subaru()};
  home.reconfigure(options);
  CHECK(home.topics_of(kLexusVin) == 0);
  CHECK(home.topics_of(kSubaruVin) == kept);
  const auto asked = home.requests_about(kLexusVin);
  home.loop.advance(2h);
  CHECK(home.requests_about(kLexusVin) == asked);
  CHECK(home.topics_of(kLexusVin) == 0);
  // Its entities are withdrawn by name, lest they stay in Home Assistant for ever.
  const auto gone = components(home)["status_" + key(home, SimulatedHome::lexus())];
  CHECK(gone == nlohmann::json{{"platform", "sensor"}});
  CHECK(test::check_discoveries(home.mqtt.published) == test::Problems{});
}

TEST_CASE("the entities of an account that left while the program was stopped are withdrawn") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::subaru()};
  home.start();
  home.stop();
  home.options.fleet.accounts = {SimulatedHome::subaru()};
  home.start();
  CHECK(home.topics_of(kLexusVin) == 0);
  CHECK(components(home)["status_" + key(home, SimulatedHome::lexus())].size() == 1);
  CHECK(components(home)["status_" + key(home, SimulatedHome::subaru())].size() > 1);
}

TEST_CASE("an account that comes back has its entities again") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.start();
  auto none = home.options;
  none.fleet.accounts.clear();
  home.reconfigure(none);
  home.reconfigure(home.options);
  CHECK(home.topics_of(kLexusVin) >= 4);
  CHECK(components(home)["status_" + key(home, SimulatedHome::lexus())].size() > 1);
  CHECK(home.cloud.world().journal.password_posts == 1);
}

TEST_CASE("options that stay the same change nothing: no request, no message") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.start();
  const auto requests = home.line.requests;
  const auto published = home.mqtt.published.size();
  home.reconfigure(home.options);
  CHECK(home.line.requests == requests);
  CHECK(home.mqtt.published.size() == published);
}

TEST_CASE("an account that comes does not disturb the one that is there") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.start();
  const auto requests = home.requests_about(kLexusVin);
  const auto* session = home.bridge->accounts.owners()[0].get();
  const auto begin = home.mqtt.published.size();
  auto options = home.options;
  options.fleet.accounts = {SimulatedHome::subaru(), SimulatedHome::lexus()};
  home.reconfigure(options);
  CHECK(home.topics_of(kSubaruVin) >= 4);
  CHECK(home.requests_about(kLexusVin) == requests);
  CHECK(home.bridge->accounts.owners()[1].get() == session);
  CHECK(home.cloud.world().journal.password_posts == 2);
  for (auto i = begin; i < home.mqtt.published.size(); ++i) {
    CHECK(home.mqtt.published[i].topic.find(home.id(kLexusVin)) == std::string::npos);
  }
}

TEST_CASE("a corrected password is tried once, and the rejected one never again") {
  SimulatedHome home;
  home.options.fleet.accounts = {
      SimulatedHome::account("lexus", vehicle::Brand::lexus, "canary-wrong-password")};
  home.start();
  home.loop.advance(1h);
  const auto& journal = home.cloud.world().journal;
  CHECK(journal.password_posts == 1);
  CHECK(home.bridge->troubles().size() == 1);
  auto options = home.options;
  options.fleet.accounts = {SimulatedHome::lexus()};
  home.reconfigure(options);
  home.loop.advance(1h);
  CHECK(journal.password_posts == 2);
  CHECK(home.bridge->troubles().empty());
  CHECK(home.topics_of(kLexusVin) >= 4);
}

TEST_CASE("a car that is not used any more goes without a request, and comes back") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::account("toyota")};
  home.start();
  const std::string vin = "SB1SIMCORO0000001";
  REQUIRE(home.topics_of(vin) >= 4);
  const auto topics = home.mqtt.retained.size();
  auto options = home.options;
  options.fleet.vehicles = {
      {.vin = base::Vin::parse(vin).value(), .name = {}, .abrp_token = {}, .ignore = true}};
  const auto requests = home.line.requests;
  home.reconfigure(options);
  CHECK(home.topics_of(vin) == 0);
  CHECK(home.line.requests == requests);
  CHECK(home.bridge->accounts.owners()[0]->listed().size() == 4);
  CHECK(home.bridge->accounts.owners()[0]->cars().size() == 3);
  home.reconfigure(home.options);
  CHECK(home.topics_of(vin) >= 4);
  CHECK(home.mqtt.retained.size() == topics);
  CHECK(home.line.requests > requests);
}

TEST_CASE("a token for one car starts that car anew and no other") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::account("toyota")};
  home.start();
  const std::string electric = "JTMSIMBZ4X0000001";
  const std::string other = "JTMSIMRAV40000001";
  const auto read_electric = home.requests_about(electric);
  const auto read_other = home.requests_about(other);
  auto options = home.options;
  options.fleet.policy.abrp.api_key = base::Secret(home.cloud.world().options.abrp_key);
  options.fleet.vehicles = {{.vin = base::Vin::parse(electric).value(),
                             .name = {},
                             .abrp_token = base::Secret(home.abrp_token(electric))}};
  home.reconfigure(options);
  home.loop.advance(1min);
  CHECK(home.requests_about(electric) > read_electric);
  CHECK(home.requests_about(other) == read_other);
  CHECK(home.cloud.world().journal.abrp_points > 0);
  CHECK(home.topics_of(electric) >= 4);
}

TEST_CASE("a car that starts anew with other options stays known and available meanwhile") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.start();
  auto options = home.options;
  options.fleet.policy.polling.parked = 20min;
  home.cloud.latency = 1min;  // nothing is answered before we look
  home.loop.run(home.bridge->reconfigure(options.fleet));
  home.loop.settle();
  const auto& account = *home.bridge->accounts.owners()[0];
  const auto& car = *account.cars().begin()->second;
  CHECK(account.available(car));
  CHECK(car.car().state.odometer);
}

TEST_CASE("a name is published without reading the car again") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.start();
  const auto requests = home.line.requests;
  auto options = home.options;
  options.fleet.vehicles = {
      {.vin = base::Vin::parse(kLexusVin).value(), .name = "Blitz", .abrp_token = {}}};
  home.reconfigure(options);
  CHECK(home.line.requests == requests);
  const auto topic = "homeassistant/device/toyota2mqtt_" + home.id(kLexusVin) + "/config";
  CHECK(nlohmann::json::parse(home.mqtt.retained.at(topic))["device"]["name"] == "Blitz");
}

TEST_CASE("another interval holds from now on") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.start();
  auto options = home.options;
  options.fleet.policy.polling.driving = options.fleet.policy.polling.charging =
      options.fleet.policy.polling.parked = 5h;
  home.reconfigure(options);
  home.loop.advance(1min);
  // Other sources have times of their own; the probe is what the interval is about.
  auto& routes = home.cloud.world().journal.by_car[kLexusVin];
  const auto probes = routes["GET /v3/telemetry"];
  CHECK(probes > 0);
  home.loop.advance(2h);
  CHECK(routes["GET /v3/telemetry"] == probes);
}

TEST_CASE("calls that come together wait for each other, and the last one holds") {
  SimulatedHome home;
  home.start();
  base::TaskGroup callers(home.loop.io.get_executor(), home.loop.log);
  for (const auto& accounts : std::vector<std::vector<toyota::Credentials>>{
           {SimulatedHome::lexus()},
           {SimulatedHome::lexus(), SimulatedHome::subaru()},
           {},
           {SimulatedHome::subaru()}}) {
    auto options = home.options;
    options.fleet.accounts = accounts;
    callers.spawn("reconfigure", home.bridge->reconfigure(std::move(options.fleet)));
  }
  home.loop.advance(1min);
  CHECK(callers.running() == 0);
  CHECK(home.bridge->accounts.owners().size() == 1);
  CHECK(home.topics_of(kSubaruVin) >= 4);
  CHECK(home.topics_of(kLexusVin) == 0);
}

TEST_CASE("before the start the options are taken, and nothing is asked") {
  SimulatedHome home;
  home.make_bridge();
  auto options = home.options;
  options.fleet.accounts = {SimulatedHome::lexus()};
  home.reconfigure(options);
  CHECK(home.line.requests == 0);
  home.start();
  CHECK(home.topics_of(kLexusVin) >= 4);
}

TEST_CASE("a bridge that stops takes no more options") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.start();
  auto options = home.options;
  options.fleet.accounts = {SimulatedHome::subaru()};
  base::TaskGroup tasks(home.loop.io.get_executor(), home.loop.log);
  tasks.spawn("stop", home.bridge->stop());
  tasks.spawn("reconfigure", home.bridge->reconfigure(options.fleet));
  home.loop.advance(5s);
  CHECK(tasks.running() == 0);
  CHECK(home.mqtt.last("toyota2mqtt/status") == "offline");
  CHECK(home.cloud.world().journal.password_posts == 1);
  home.bridge.reset();
}

TEST_CASE("the day's count of requests does not fall when an account goes") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::subaru()};
  home.start();
  home.loop.advance(24h);
  const auto count = [&home] {
    return nlohmann::json::parse(home.mqtt.retained.at("toyota2mqtt/bridge/state"))
        .at("requests_today")
        .get<std::int64_t>();
  };
  const auto before = count();
  auto options = home.options;
  options.fleet.accounts = {SimulatedHome::subaru()};
  home.reconfigure(options);
  CHECK(count() >= before);
  CHECK(count() < before + 100);
}
