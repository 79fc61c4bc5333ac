#include <algorithm>
#include <nlohmann/json.hpp>

#include "support/outside.hpp"
#include "support/scripted_cloud.hpp"
#include "support/slow_routes.hpp"
#include "toyota2mqtt/base/encoding.hpp"

// What an owner sees after a start: first values, values of before, cars of before.
using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

constexpr const char* kOwnVin = "JTMTEST0000000002";
constexpr const char* kListPath = "/v2/vehicle/guid";

/// One car between a scripted cloud and a fake broker, through as many starts as a test wants.
class Garage : public test::Outside {
 public:
  Garage() : Outside(base::Zone::named("Europe/Berlin").value()) {
    options = test::one_driver("p");
    const toyota::Account account(services().for_toyota(), options.fleet.endpoints,
                                  options.fleet.accounts[0]);
    tokens.entries[account.key()] = test::valid_tokens(loop.clock.now());
  }
  ~Garage() { stop(); }

  fleet::Services services() {
    auto services = services_with(line, abrp);
    services.sealed = &sealed;
    return services;
  }
  void start(std::chrono::milliseconds then = 2s) {
    bridge = bridge_with(services(), options);
    bridge->start();
    loop.advance(then);
  }
  void stop() {
    if (!bridge) return;
    loop.run(bridge->stop());
    bridge.reset();
  }
  /// Every answer fails from now on.
  void fail_all(int status) {
    for (auto& [path, answer] : cloud.answers) {
      if (path != kListPath) answer.status = status;
    }
  }
  nlohmann::json state() {
    const auto text = mqtt.last(topic("state"));
    return text ? nlohmann::json::parse(*text) : nlohmann::json();
  }
  [[nodiscard]] std::string topic(const std::string& name) const {
    return "toyota2mqtt/" + base::car_id(base::Vin::parse(kOwnVin).value(), crypto).text + "/" +
           name;
  }
  /// Topics of the car that hold something.
  [[nodiscard]] int topics() const {
    const auto id = base::car_id(base::Vin::parse(kOwnVin).value(), crypto).text;
    int count = 0;
    for (const auto& [name, payload] : mqtt.retained) {
      if (name.find(id) != std::string::npos && !payload.empty()) ++count;
    }
    return count;
  }
  void read_now() {
    mqtt.inject({.topic = topic("reading/set"), .payload = "ON", .qos = 1, .retain = false});
    loop.advance(1s);
  }
  std::string& body(const std::string& path) { return cloud.answers.at(path).body; }
  void replace(const std::string& path, const std::string& from, const std::string& to) {
    auto& text = body(path);
    const auto place = text.find(from);
    REQUIRE(place != std::string::npos);
    text.replace(place, from.size(), to);
  }
  [[nodiscard]] int lines(const std::string& part) const {
    return static_cast<int>(std::ranges::count_if(
        loop.log.lines, [&](const auto& line) { return line.message.contains(part); }));
  }

  test::ScriptedCloud cloud;
  test::SlowRoutes line{cloud.http, loop.clock};
  test::FakeHttp abrp{[](const base::HttpRequest&) -> base::Result<base::HttpResponse> {
    return base::HttpResponse{.status = 200, .body = R"({"status":"ok","result":{}})"};
  }};
  test::MemoryStore sealed;
  test::BridgeOptions options;
  std::unique_ptr<test::RunningBridge> bridge;
};

}  // namespace

TEST_CASE("after a restart an older answer of a cold cache replaces nothing newer") {
  Garage garage;
  garage.start();
  auto before = garage.state();
  REQUIRE(before["battery_level"] == 74);
  garage.stop();
  garage.replace("/v1/vehicle/electric/status", "T11:41:00Z", "T08:00:00Z");
  garage.replace("/v1/vehicle/electric/status", R"("phevUsableBatteryLevel":74)",
                 R"("phevUsableBatteryLevel":12)");
  garage.replace("/v3/telemetry", "T11:40:00Z", "T07:00:00Z");
  garage.replace("/v3/telemetry", "15000.4", "14000");
  garage.replace("/v1/vehicle/status", "T11:43:00Z", "T07:00:00Z");
  garage.replace("/v1/vehicle/status", R"("locked")", R"("unlocked")");
  garage.replace("/v1/location", "51.123456", "52.5");
  garage.replace("/v1/location", R"("locationAcquisitionDatetime":"2026-11-20T11:42:00Z")",
                 R"("locationAcquisitionDatetime":"2026-11-20T07:42:00Z")");
  garage.start();
  garage.loop.advance(1min);
  CHECK(garage.state() == before);
  CHECK(garage.mqtt.last(garage.topic("location")).value_or("").contains("51.123456"));
  // And what is newer is taken.
  garage.replace("/v1/vehicle/electric/status", "T08:00:00Z", "T12:01:00Z");
  garage.read_now();
  CHECK(garage.state()["battery_level"] == 12);
}

TEST_CASE("what was known before a restart is shown although the cloud answers nothing about it") {
  Garage garage;
  garage.start();
  const auto before = garage.state();
  garage.stop();
  garage.mqtt.retained.clear();  // as when the broker lost everything
  garage.fail_all(503);
  garage.start();
  CHECK(garage.state() == before);
  CHECK(garage.mqtt.last(garage.topic("availability")) == "online");
  garage.loop.advance(25h);
  CHECK(garage.mqtt.last(garage.topic("availability")) == "offline");
}

TEST_CASE("what is kept was read with the owner's day, not with that of the restart") {
  Garage garage;
  garage.cloud.answers["/v1/trips"] = {.body = R"({"payload":{"from":"2026-01-01","trips":[],
      "summary":[{"year":2026,"month":11,"histograms":[{"year":2026,"month":11,"day":20,
        "summary":{"length":7000}}]}]}})"};
  garage.start();
  REQUIRE(garage.state()["distance_day"] == 7);
  garage.stop();
  garage.fail_all(503);
  garage.loop.advance(24h);
  garage.start();
  const auto state = garage.state();
  CHECK((state["distance_day"].is_null() ||
         state["distance_day_last_reset"] == "2026-11-19T23:00:00Z"));
}

TEST_CASE("without anything kept, as after an update, a start reads as before") {
  Garage garage;
  garage.start();
  garage.stop();
  garage.sealed.entries.clear();
  garage.start();
  CHECK(garage.state()["battery_level"] == 74);
  for (auto& [place, text] : garage.sealed.entries) text = "no answer of anybody";
  garage.stop();
  garage.start();
  CHECK(garage.state()["battery_level"] == 74);
}

TEST_CASE("an impossible odometer is neither shown, nor sent, nor taken for a drive") {
  Garage garage;
  garage.options.fleet.policy.abrp.api_key = base::Secret("key");
  garage.options.fleet.policy.abrp.url = "http://127.0.0.1:1";
  garage.options.fleet.vehicles = {
      {.vin = base::Vin::parse(kOwnVin).value(), .name = {}, .abrp_token = base::Secret("token")}};
  garage.start();
  REQUIRE(garage.state()["odometer"] == 15000.4);
  std::string said = "15000.4";
  std::string at = "T11:40:00Z";
  const auto tell = [&](const std::string& km, const std::string& time) {
    garage.replace("/v3/telemetry", said, km);
    garage.replace("/v3/telemetry", at, time);
    said = km;
    at = time;
    garage.loop.advance(6min);
    garage.read_now();
  };
  tell("0.0", "T12:02:00Z");
  CHECK(garage.state()["odometer"] == 15000.4);
  tell("999999", "T12:08:00Z");
  CHECK(garage.state()["odometer"] == 15000.4);
  CHECK(garage.state()["activity"] != "driving");
  garage.stop();  // the doubt is kept, too
  garage.start();
  CHECK(garage.state()["odometer"] == 15000.4);
  tell("15001", "T12:20:00Z");
  CHECK(garage.state()["odometer"] == 15001);
  garage.loop.advance(1min);
  REQUIRE_FALSE(garage.abrp.requests.empty());
  for (const auto& request : garage.abrp.requests) {
    const auto sent = base::percent_decode(request.url + request.body).value_or("");
    CHECK_FALSE(sent.contains("999999"));
    CHECK_FALSE(sent.contains(R"("odometer":0)"));
    CHECK_FALSE(sent.contains(R"("is_parked":false)"));
  }
  CHECK(garage.lines("held back") == 1);
}

TEST_CASE("one odd list removes no car, also when it comes first after a restart") {
  Garage garage;
  garage.start();
  const auto topics = garage.topics();
  REQUIRE(topics > 4);
  garage.stop();
  const auto good = garage.body(kListPath);
  for (const auto* odd :
       {R"({"payload":[],"status":{"messages":[{"responseCode":"ONE-VL-10000"}]}})",
        R"({"payload":[],"status":{"messages":[{"responseCode":"ONE-GLOBAL-RS-50000"}]}})",
        R"({"payload":[{"vin":null,"nickName":"?"},{}]})"}) {
    INFO(odd);
    garage.body(kListPath) = odd;
    garage.start();
    garage.loop.advance(9min);
    CHECK(garage.topics() == topics);
    garage.body(kListPath) = good;
    garage.loop.advance(2h);  // read hourly while a car is missing
    CHECK(garage.topics() == topics);
    garage.stop();
  }
  CHECK(garage.lines("is not in the list of cars") == 2);
  CHECK(garage.lines("is in the list of cars again") == 2);
  CHECK(garage.lines("left the account") == 0);
}

TEST_CASE("a car that two lists lack is removed with one line, and nothing is kept of it") {
  Garage garage;
  garage.start();
  REQUIRE(garage.topics() > 4);
  REQUIRE_FALSE(garage.sealed.entries.empty());
  garage.body(kListPath) = R"({"payload":[]})";
  garage.loop.advance(65min);
  CHECK(garage.lines("is not in the list of cars") == 1);
  CHECK(garage.topics() > 4);
  garage.loop.advance(61min);
  CHECK(garage.topics() == 0);
  CHECK(garage.lines("left the account") == 1);
  CHECK(garage.sealed.entries.empty());
}

TEST_CASE("without memory no topic of an earlier run is removed before a second list") {
  Garage garage;
  garage.start();
  const auto topics = garage.topics();
  garage.stop();
  garage.sealed.entries.clear();
  garage.body(kListPath) = R"({"payload":[]})";
  garage.start();
  garage.loop.advance(50min);
  CHECK(garage.topics() == topics);
  garage.loop.advance(15min);
  CHECK(garage.topics() == 0);
}

TEST_CASE("an account that is taken out leaves nothing of its cars on the disk") {
  Garage garage;
  garage.start();
  REQUIRE_FALSE(garage.sealed.entries.empty());
  SECTION("while it runs") {
    auto without = garage.options;
    without.fleet.accounts.clear();
    garage.loop.run(garage.bridge->reconfigure(without.fleet));
  }
  SECTION("while it was stopped") {
    garage.stop();
    garage.options.fleet.accounts.clear();
    garage.start();
  }
  CHECK(garage.sealed.entries.empty());
}

TEST_CASE("a car that is ignored since is removed at once: no list has to say so") {
  Garage garage;
  garage.start();
  garage.stop();
  garage.options.fleet.vehicles = {
      {.vin = base::Vin::parse(kOwnVin).value(), .name = {}, .abrp_token = {}, .ignore = true}};
  garage.start();
  CHECK(garage.topics() == 0);
}

TEST_CASE("a route that hangs or fails holds nobody up: the car is shown at once") {
  const auto* const path =
      GENERATE("/v3/telemetry", "/v1/vehicle/electric/status", "/v1/vehicle/status", "/v1/location",
               "/v1/trips", "/v1/vehicle/climate-settings");
  const auto delay = GENERATE(0ms, 29000ms, 3600000ms);
  INFO(path << ", " << delay.count());
  Garage garage;
  garage.cloud.answers["/v1/vehicle/climate-settings"] = {.body = R"({"payload":{}})"};
  garage.cloud.answers["/v1/trips"] = {.body = R"({"payload":{}})"};
  garage.cloud.answers[path].status = delay == 0ms ? 500 : 504;
  if (delay != 0ms) garage.line.delays[path] = delay;
  garage.start(150ms);
  REQUIRE_FALSE(garage.state().is_null());
  garage.loop.advance(500ms);  // without a memory the broker is listened to before the rest
  CHECK(garage.mqtt.last(garage.topic("availability")).value_or("none") == "online");
  garage.loop.advance(20s);
  const auto state = garage.state();
  if (std::string(path) != "/v3/telemetry") CHECK(state["odometer"] == 15000.4);
  if (std::string(path) != "/v1/vehicle/status") CHECK(state["locked"] == false);
  CHECK(state["warning_count"] == 0);
  CHECK(garage.line.most_outstanding <= 4);
  // Known to fail: with the next starts of readings it is asked once each, never again at once.
  garage.loop.advance(10min);
  const auto asked = garage.line.asked[path];
  garage.read_now();
  garage.loop.advance(100s);
  CHECK(garage.line.asked[path] <= asked + 1);
}

TEST_CASE("a failure that passes is repeated within seconds, and is no news") {
  Garage garage;
  garage.start();
  garage.cloud.answers["/v3/telemetry"].status = 503;
  garage.replace("/v3/telemetry", "T11:40:00Z", "T12:01:00Z");
  garage.replace("/v3/telemetry", "15000.4", "15003");
  garage.read_now();
  garage.cloud.answers["/v3/telemetry"].status = 200;
  garage.loop.advance(5s);
  CHECK(garage.state()["odometer"] == 15003);
  CHECK(garage.lines("cannot be read") == 0);
}

TEST_CASE("an answer that comes late is taken when it comes") {
  Garage garage;
  garage.line.delays["/v1/vehicle/status"] = 20s;
  garage.start(5s);
  CHECK(garage.state()["locked"].is_null());
  garage.loop.advance(20s);
  CHECK(garage.state()["locked"] == false);
  garage.stop();
}

TEST_CASE("climate settings are given up after the fourth 500 in a row, not after one") {
  Garage garage;
  garage.cloud.answers["/v1/vehicle/climate-settings"] = {.status = 500, .body = "{}"};
  garage.cloud.answers["/v1/vehicle/climate-status"] = {.body = R"({"payload":{}})"};
  garage.replace(kListPath, R"("telemetryCapable":true)",
                 R"("telemetryCapable":true,"climateCapable":true)");
  garage.start(1s);
  CHECK(garage.line.asked["/v1/vehicle/climate-settings"] == 1);
  garage.loop.advance(1min);
  CHECK(garage.line.asked["/v1/vehicle/climate-settings"] == 4);
  garage.loop.advance(10h);
  CHECK(garage.line.asked["/v1/vehicle/climate-settings"] == 4);
}
