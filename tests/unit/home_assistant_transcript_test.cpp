#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/discovery_checker.hpp"
#include "support/outside.hpp"
#include "support/paths.hpp"
#include "support/scripted_cloud.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

/// The whole bridge under the fake clock, between a scripted cloud and a fake broker.
class World : public test::Outside {
 public:
  World() : Outside(base::Zone::named("Europe/Berlin").value()) {
    options = test::one_driver("p");
    const toyota::Account account(services().for_toyota(), options.fleet.endpoints,
                                  options.fleet.accounts[0]);
    tokens.entries[account.key()] = test::valid_tokens(loop.clock.now());
  }
  ~World() { stop(); }

  fleet::Services services() { return services_with(cloud.http, abrp); }

  void start() {
    bridge = bridge_with(services(), options);
    bridge->start();
    loop.advance(2s);
  }
  void stop() {
    if (!bridge) return;
    loop.run(bridge->stop());
    bridge.reset();
  }

  /// What was published since the last call, as text, and checked by the discovery checker.
  std::string transcript() {
    std::string text;
    const auto begin = mqtt.published.begin() + static_cast<std::ptrdiff_t>(shown_);
    for (auto message = begin; message != mqtt.published.end(); ++message) {
      text += message->topic + " [qos " + std::to_string(message->qos) +
              (message->retain ? ", retained]" : "]") + "\n" + readable(*message);
    }
    const std::vector<base::MqttMessage> fresh(begin, mqtt.published.end());
    CHECK(test::check_all(fresh) == test::Problems{});
    shown_ = mqtt.published.size();
    return text;
  }

  test::ScriptedCloud cloud;
  test::FakeHttp abrp{[](const base::HttpRequest&) -> base::Result<base::HttpResponse> {
    return base::HttpResponse{.status = 200, .body = R"({"status":"ok","result":{}})"};
  }};
  test::BridgeOptions options;
  std::unique_ptr<test::RunningBridge> bridge;

 private:
  /// Discovery documents are shown by the names of their components: their text has goldens of its
  /// own in tests/golden/home_assistant.
  static std::string readable(const base::MqttMessage& message) {
    if (message.payload.empty()) return "  (removed)\n";
    const auto json = nlohmann::ordered_json::parse(message.payload, nullptr, false);
    if (!json.is_object()) return "  " + message.payload + "\n";
    std::string text;
    if (json.contains("components")) {
      for (const auto& [key, component] : json["components"].items()) {
        text +=
            (text.empty() ? "  announces " : " ") + key + (component.size() == 1 ? "(gone)" : "");
      }
      return text + "\n";
    }
    for (const auto& [key, value] : json.items()) text += "  " + key + ": " + value.dump() + "\n";
    return text;
  }

  std::size_t shown_ = 0;
};

void check_golden(const std::string& name, const std::string& text) {
  const std::string path = test::source_path("/tests/golden/bridge/" + name + ".txt");
  if (std::getenv("T2M_ACCEPT") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::stringstream expected;
  expected << file.rdbuf();
  INFO("accept an intended change with tests/golden/accept.sh");
  CHECK(text == expected.str());
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  const auto place = text.find(from);
  REQUIRE(place != std::string::npos);
  text.replace(place, from.size(), to);
}

}  // namespace

TEST_CASE("start: state, discovery and availability, in that order", "[golden]") {
  World world;
  world.start();
  check_golden("start", world.transcript());
}

TEST_CASE("an unchanged car publishes its diagnostics and nothing else", "[golden]") {
  World world;
  world.start();
  world.transcript();
  world.loop.advance(20min);
  check_golden("unchanged", world.transcript());
}

TEST_CASE("after a reconnect everything wanted stands on the broker again", "[golden]") {
  World world;
  world.start();
  const auto first = world.transcript();
  world.mqtt.drop_connection();
  world.mqtt.retained.clear();
  world.loop.advance(5s);
  check_golden("reconnect", world.transcript());
}

TEST_CASE("on Home Assistant's birth message everything is published again, after jitter",
          "[golden]") {
  World world;
  world.start();
  world.transcript();
  world.mqtt.inject(
      {.topic = "homeassistant/status", .payload = "online", .qos = 0, .retain = false});
  world.loop.advance(999ms);
  CHECK(world.transcript().empty());
  world.loop.advance(10s);
  check_golden("birth", world.transcript());
}

TEST_CASE("a value that the car reports for the first time brings its entity", "[golden]") {
  World world;
  auto& status = world.cloud.answers["/v1/vehicle/status"].body;
  world.start();
  world.transcript();
  replace(status, R"("windows":{)", R"("hood":{},"windows":{"passenger":{"status":"open"},)");
  replace(status, "T11:43:00Z", "T12:03:00Z");
  world.loop.advance(20min);
  check_golden("new_capability", world.transcript());
}

TEST_CASE("a bridge that clears its topics leaves nothing on the broker, also when it stops") {
  World world;
  world.start();
  world.mqtt.inject({.topic = "foreign", .payload = "1"});
  const auto before = world.mqtt.retained.size();
  REQUIRE(before > 5);
  const auto removed = world.loop.run(world.bridge->publisher.clear_topics());
  CHECK(removed.value() == before - 1);
  CHECK(world.mqtt.retained.size() == 1);
  CHECK_FALSE(world.bridge->publisher.broker().connected);
  CHECK(world.bridge->troubles().size() == 1);

  world.loop.advance(25h);  // cars are read, nothing is published
  CHECK(world.mqtt.retained.size() == 1);
  world.stop();
  CHECK(world.mqtt.retained.size() == 1);
  world.start();
  world.loop.advance(2s);
  CHECK(world.mqtt.retained.size() == before);
}

TEST_CASE("topics are not cleared while there is no broker, and nothing changes") {
  World world;
  world.mqtt.broker = test::FakeMqtt::Broker::unreachable;
  world.start();
  CHECK(world.loop.run(world.bridge->publisher.clear_topics()).error().code ==
        base::ErrorCode::unreachable);
  world.mqtt.broker = test::FakeMqtt::Broker::works;
  world.loop.advance(2min);
  CHECK(world.mqtt.connected());
  CHECK(world.mqtt.retained.size() > 5);
}

TEST_CASE("a car that left the account is removed from the broker", "[golden]") {
  World world;
  world.start();
  world.transcript();
  world.cloud.answers["/v2/vehicle/guid"].body = R"({"payload":[]})";
  world.loop.advance(26h);
  const auto text = world.transcript();
  check_golden("car_removed", text.substr(text.find("(removed)") == std::string::npos
                                              ? 0
                                              : text.rfind('\n', text.find("(removed)") - 4) + 1));
  for (const auto& [topic, payload] : world.mqtt.retained) {
    CHECK(topic.find(base::car_id(*base::Vin::parse("JTMTEST0000000002"), world.crypto).text) ==
          std::string::npos);
  }
}

TEST_CASE("a car that left while the bridge was stopped is removed when a second list says so",
          "[golden]") {
  World world;
  world.start();
  world.stop();
  world.transcript();
  world.cloud.answers["/v2/vehicle/guid"].body = R"({"payload":[]})";
  world.start();
  CHECK(world.transcript().find("(removed)") == std::string::npos);
  world.loop.advance(61min);
  check_golden("car_removed_while_stopped", world.transcript());
}

TEST_CASE("a value that the car stops reporting becomes unknown, not zero and not old",
          "[golden]") {
  World world;
  auto& telemetry = world.cloud.answers["/v3/telemetry"].body;
  auto& electric = world.cloud.answers["/v1/vehicle/electric/status"].body;
  world.start();
  world.transcript();
  replace(telemetry, R"("fuelLevel":41,)", "");
  replace(telemetry, "T11:40:00Z", "T12:00:00Z");
  replace(electric, R"("fuelLevel":41,)", "");
  replace(electric, "T11:41:00Z", "T12:01:00Z");
  world.loop.advance(20min);
  check_golden("unknown_values", world.transcript());
}

TEST_CASE("while the cloud cannot be reached at start, what an earlier run published stays") {
  World world;
  world.start();
  world.stop();
  const auto kept = world.mqtt.retained;
  for (auto& [path, answer] : world.cloud.answers) answer.status = 503;
  world.start();
  world.loop.advance(5min);
  for (const auto& [topic, payload] : kept) {
    if (topic.find("/bridge") != std::string::npos || topic == "toyota2mqtt/status") continue;
    INFO(topic);
    CHECK(world.mqtt.retained[topic] == payload);
  }
}

TEST_CASE("an account that is rejected at the start shows its cars of earlier runs as offline") {
  World world;
  world.start();
  world.stop();
  world.tokens.entries.clear();
  world.cloud.know_nobody();
  world.start();
  world.loop.advance(1h);
  const auto id = base::car_id(*base::Vin::parse("JTMTEST0000000002"), world.crypto).text;
  CHECK(world.mqtt.last("toyota2mqtt/" + id + "/availability") == "offline");
  CHECK(world.mqtt.retained.at("toyota2mqtt/bridge/state").find("credentials_rejected") !=
        std::string::npos);
  int attempts = 0;
  for (const auto& request : world.cloud.http.requests) {
    attempts += request.url.find("/authenticate") != std::string::npos ? 1 : 0;
  }
  CHECK(attempts == 2);  // the question and the name; asked once
}

TEST_CASE("SIGTERM's way out: offline is published and every task ends") {
  World world;
  world.start();
  world.stop();
  CHECK(world.mqtt.last("toyota2mqtt/status") == "offline");
  CHECK(world.mqtt.polite_disconnects == 1);
}

TEST_CASE("a refresh that a car's read began is stored before the bridge has stopped") {
  World world;
  const auto key = world.tokens.entries.begin()->first;
  world.tokens.entries[key].expires_at = world.loop.clock.now() + 2min;
  world.cloud.answers["/oauth2/realms/root/realms/tme/access_token"].body =
      R"({"access_token":"new","refresh_token":"rotated","expires_in":3600})";
  world.start();
  world.cloud.http.stall(true);
  world.loop.advance(16min);
  REQUIRE(world.cloud.http.requests.back().log_path == "/oauth2/access_token");
  base::TaskGroup stopping(world.loop.io.get_executor(), world.loop.log);
  stopping.spawn("stop", world.bridge->stop());
  world.loop.advance(2s);
  CHECK(world.mqtt.last("toyota2mqtt/status") == "offline");
  CHECK(stopping.running() == 1);
  world.cloud.http.release();
  world.loop.advance(1s);
  CHECK(stopping.running() == 0);
  CHECK(world.tokens.entries[key].refresh.reveal() == "rotated");
  world.bridge.reset();
}

TEST_CASE("a broker that acknowledges nothing cannot hold up the end") {
  World world;
  world.start();
  world.mqtt.holds_acknowledgements = true;
  const auto begun = world.loop.clock.steady();
  world.stop();
  CHECK(world.loop.clock.steady() - begun <= 1s);
  CHECK(world.mqtt.polite_disconnects == 1);
}

TEST_CASE("a topic that the broker forbids costs that topic only, and one line in the log") {
  World world;
  const auto id = base::car_id(*base::Vin::parse("JTMTEST0000000002"), world.crypto).text;
  world.mqtt.forbidden_topic = "toyota2mqtt/" + id + "/state";
  world.start();
  world.loop.advance(1min);
  CHECK(world.mqtt.last("toyota2mqtt/" + id + "/availability") == "online");
  CHECK(world.mqtt.refusals == 1);
  CHECK(world.loop.log.text().find("/state: the broker does not allow this topic") !=
        std::string::npos);
}

TEST_CASE("a cloud that is away shows at the next read, and its return brings a read at once") {
  World world;
  world.start();
  world.cloud.reachable = false;
  world.loop.advance(20min);
  const auto state = [&world] {
    return nlohmann::json::parse(world.mqtt.last("toyota2mqtt/bridge/state").value());
  };
  CHECK(state()["cloud"] == false);
  world.cloud.reachable = true;
  world.loop.advance(16min);
  CHECK(state()["cloud"] == true);
}

TEST_CASE("an answer without a list of cars removes no car") {
  World world;
  world.start();
  world.transcript();
  for (const auto* body : {"", "{}", R"({"status":{"messages":[]}})", R"({"payload":null})"}) {
    INFO(body);
    world.cloud.answers["/v2/vehicle/guid"].body = body;
    world.loop.advance(25h);
    CHECK(world.transcript().find("(removed)") == std::string::npos);
  }
}

TEST_CASE("a notification fires once, as an event that is not retained") {
  World world;
  auto& list = world.cloud.answers["/v2/notification/history"].body;
  world.start();
  world.transcript();
  replace(list, R"("notifications":[)",
          R"("notifications":[{"messageId":"n2","vin":"JTMTEST0000000002",
             "notificationDate":"2026-11-20T12:05:00.000Z","message":"Charging stopped",
             "status":0,"type":"alert","category":"ChargingAlert"},)");
  world.loop.advance(40min);
  int events = 0;
  for (const auto& message : world.mqtt.published) {
    if (message.topic.find("/event/") == std::string::npos) continue;
    ++events;
    CHECK_FALSE(message.retain);
    CHECK(message.payload.find("Charging stopped") != std::string::npos);
  }
  CHECK(events == 1);
}

TEST_CASE("no full VIN, e-mail, password or place leaves by any topic but location") {
  World world;
  world.start();
  world.loop.advance(1h);
  for (const auto& message : world.mqtt.published) {
    INFO(message.topic);
    for (const auto* secret :
         {"JTMTEST0000000002", "driver@example.com", "canary-access", "canary-refresh"}) {
      CHECK((message.topic + message.payload).find(secret) == std::string::npos);
    }
    if (message.topic.ends_with("/location")) continue;
    CHECK(message.payload.find("51.12") == std::string::npos);
    CHECK(message.payload.find("6.65") == std::string::npos);
  }
  CHECK(world.loop.log.text().find("JTMTEST0000000002") == std::string::npos);
  CHECK(world.loop.log.text().find("driver@example.com") == std::string::npos);
}

TEST_CASE("the reading switch stops requests about the car, and is remembered") {
  World world;
  world.start();
  const auto id = base::car_id(*base::Vin::parse("JTMTEST0000000002"), world.crypto).text;
  world.mqtt.inject(
      {.topic = "toyota2mqtt/" + id + "/reading/set", .payload = "OFF", .retain = false});
  world.loop.advance(1s);
  const auto about_cars = [&world] {  // not the list of cars
    return std::ranges::count_if(world.cloud.http.requests, [](const base::HttpRequest& request) {
      return !request.url.ends_with("/v2/vehicle/guid");
    });
  };
  const auto requests = about_cars();
  const auto diagnostics = world.mqtt.last("toyota2mqtt/" + id + "/diagnostics").value();
  CHECK(nlohmann::json::parse(diagnostics)["next_read"].is_null());
  world.loop.advance(2h);
  CHECK(about_cars() == requests);
  world.stop();
  world.start();
  world.loop.advance(2h);
  CHECK(about_cars() == requests);
  world.mqtt.inject(
      {.topic = "toyota2mqtt/" + id + "/reading/set", .payload = "ON", .retain = false});
  world.loop.advance(1s);
  CHECK(about_cars() > requests);
}

TEST_CASE("switching reading on when it is on reads once more and stores nothing") {
  World world;
  world.start();
  const auto id = base::car_id(*base::Vin::parse("JTMTEST0000000002"), world.crypto).text;
  const auto requests = world.cloud.http.requests.size();
  const auto stored = world.store.entries;
  world.mqtt.inject(
      {.topic = "toyota2mqtt/" + id + "/reading/set", .payload = "ON", .retain = false});
  world.loop.settle();
  CHECK(world.cloud.http.requests.size() > requests);
  CHECK(world.store.entries == stored);
}

namespace {

const std::string kWake = "/v1/remote/status";
const std::string kLevel = "/v1/global/remote/electric/realtime-status";

std::ptrdiff_t asked(const World& world, const std::string& path) {
  return std::ranges::count_if(world.cloud.http.requests, [&path](const base::HttpRequest& it) {
    return it.log_path == path && it.method == "POST";
  });
}

std::string car_id(const World& world) {
  return base::car_id(*base::Vin::parse("JTMTEST0000000002"), world.crypto).text;
}

void press_refresh(World& world) {
  world.mqtt.inject({.topic = "toyota2mqtt/" + car_id(world) + "/refresh/set",
                     .payload = "PRESS",
                     .retain = false});
  world.loop.advance(2s);
}

nlohmann::json diagnostics(const World& world) {
  return nlohmann::json::parse(
      world.mqtt.retained.at("toyota2mqtt/" + car_id(world) + "/diagnostics"));
}

/// A car that takes wakes, parked for some hours and known to be locked.
void takes_wakes(World& world) {
  for (const auto& path : {kWake, kLevel}) {
    world.cloud.answers[path].body = R"({"payload":{"appRequestNo":"1","returnCode":"000000"}})";
  }
}

}  // namespace

TEST_CASE("the button asks the car for its doors and its level, and counts as one wake") {
  World world;
  takes_wakes(world);
  world.start();
  press_refresh(world);
  CHECK(asked(world, kWake) == 1);
  CHECK(asked(world, kLevel) == 1);
  CHECK(diagnostics(world)["wakes_today"] == 1);
  CHECK(diagnostics(world)["wakes_today_attributes"]["refreshes_left"] == "3");
  CHECK(diagnostics(world)["wakes_today_attributes"]["last_reason"] == "owner");
  CHECK(diagnostics(world)["wakes_today_attributes"]["refused_because"].is_null());
}

TEST_CASE("a second press within the interval is refused, says when, and reads the cloud") {
  World world;
  takes_wakes(world);
  world.start();
  press_refresh(world);
  world.loop.advance(5min);
  const auto reads = world.cloud.http.requests.size();
  press_refresh(world);
  CHECK(asked(world, kWake) == 1);
  CHECK(world.cloud.http.requests.size() > reads);
  const auto attributes = diagnostics(world)["wakes_today_attributes"];
  CHECK(attributes["refused_because"] == "The car was woken a short while ago.");
  CHECK(attributes["allowed_again_at"].is_string());
  CHECK(world.loop.log.text().find("refresh: refused") != std::string::npos);
}

TEST_CASE("the wakes of a day are remembered across a restart") {
  World world;
  takes_wakes(world);
  world.start();
  press_refresh(world);
  world.stop();
  world.start();
  CHECK(diagnostics(world)["wakes_today"] == 1);
  press_refresh(world);
  CHECK(asked(world, kWake) == 1);
}

TEST_CASE("a car that is left alone is not woken by its button either") {
  World world;
  takes_wakes(world);
  world.start();
  world.mqtt.inject({.topic = "toyota2mqtt/" + car_id(world) + "/reading/set",
                     .payload = "OFF",
                     .retain = false});
  press_refresh(world);
  CHECK(asked(world, kWake) == 0);
}

TEST_CASE("after a wake the woken source is read until its time moves on, and not longer") {
  World world;
  takes_wakes(world);
  world.start();
  world.cloud.answers.erase(kLevel);
  press_refresh(world);
  const auto status_reads = [&world] {
    return std::ranges::count_if(world.cloud.http.requests, [](const base::HttpRequest& it) {
      return it.log_path == "/v1/vehicle/status";
    });
  };
  world.loop.advance(50s);
  replace(world.cloud.answers["/v1/vehicle/status"].body, "T11:43:00Z", "T12:00:30Z");
  const auto before = status_reads();
  world.loop.advance(15s);
  CHECK(status_reads() == before + 1);
  world.loop.advance(2min);
  CHECK(status_reads() == before + 1);
}

TEST_CASE("a change of the schedule's mode does not publish the state again") {
  World world;
  world.start();
  world.loop.advance(10min);
  const auto mode = [&world] { return diagnostics(world)["activity_attributes"]["mode"]; };
  const auto first = mode();
  world.transcript();
  world.loop.advance(80h);
  CHECK(first == "parked");
  CHECK(mode() == "parked_long");
  for (const auto& message : world.mqtt.published) {
    if (!message.topic.ends_with("/state") || message.topic.find("bridge") != std::string::npos) {
      continue;
    }
    CHECK(message.payload.find("parked_long") == std::string::npos);
  }
  CHECK(world.transcript().find("/" + car_id(world) + "/state") == std::string::npos);
}

TEST_CASE("a press that the broker kept for another day is never carried out") {
  World world;
  takes_wakes(world);
  world.mqtt.inject({.topic = "toyota2mqtt/" + car_id(world) + "/refresh/set",
                     .payload = "PRESS",
                     .retain = true});
  world.start();
  CHECK(asked(world, kWake) == 0);
}
