#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/discovery_checker.hpp"
#include "support/golden.hpp"
#include "support/in_process_cloud.hpp"
#include "support/outside.hpp"

/// Every command through the whole bridge against the simulator, from the topic and payload that
/// Home Assistant sends to the events and states that it sees (tests/golden/commands).
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using nlohmann::ordered_json;

namespace {

constexpr const char* kBev = "JTMSIMBZ4X0000001";
constexpr const char* kPhev = "JTMSIMRAV40000001";
constexpr const char* kCanaryCode = "canary-4711";

class World : public test::Outside {
 public:
  explicit World(const char* vin = kBev) : vin_(vin) {
    loop.clock.set_now(base::parse_iso8601("2026-11-20T02:00:00Z").value());
    cloud = std::make_unique<test::InProcessCloud>(loop.clock, crypto);
    options.fleet.accounts = {{.username = "driver@example.com",
                               .password = base::Secret("secret-password"),
                               .brand = vehicle::Brand::toyota}};
    options.fleet.endpoints = {.login_url = "http://127.0.0.1:1", .api_url = "http://127.0.0.1:2"};
    options.fleet.policy.commands.allow = {vehicle::kAllAllows.begin(), vehicle::kAllAllows.end()};
    for (const auto& car : cloud->world().cars) {
      if (car->spec().vin != vin) {
        options.fleet.vehicles.push_back({.vin = *base::Vin::parse(car->spec().vin),
                                          .name = "",
                                          .abrp_token = {},
                                          .ignore = true});
      }
    }
    id = base::car_id(*base::Vin::parse(vin), crypto).text;
  }
  ~World() { stop(); }

  void start() {
    bridge = bridge_with(services_with(*cloud, *cloud), options);
    bridge->start();
    loop.advance(1min);
    shown_ = mqtt.published.size();
    last_state_ = state();
  }
  void stop() {
    if (!bridge) return;
    loop.run(bridge->stop());
    bridge.reset();
  }

  /// As docs/simulator.md, "/_sim/", describes `faults`.
  void fault(const std::string& json) {
    const auto taken = loop.run(cloud->send({.method = "POST",
                                             .url = "http://127.0.0.1:2/_sim/faults",
                                             .log_path = "/_sim/faults",
                                             .body = json}));
    REQUIRE(taken->status == 200);
  }
  /// The car has stood unlocked, and said so.
  void open_up() {
    auto* car = cloud->world().car(vin_);
    const auto when = loop.clock.now() - 30min;
    car->set_lock(when, false);
    car->set_trunk_lock(when, false);
    car->report_at(when + 5s, simulator::kStatus);
  }
  /// Until the evening: the car stands at its plug and has not begun to charge.
  void plug_in() {
    const auto waits = [this] {
      const auto now = truth();
      return now.plugged && !now.charging && !now.charge_complete && !now.driving;
    };
    for (int i = 0; i < 300 && !waits(); ++i) loop.clock.advance(10min);
    REQUIRE(waits());
    loop.clock.advance(2min);
  }
  simulator::CommandMood& mood() { return cloud->world().moods[vin_]; }
  simulator::CarState truth() { return cloud->world().car(vin_)->at(loop.clock.now()); }
  ordered_json state() {
    const auto found = mqtt.retained.find("toyota2mqtt/" + id + "/state");
    return found == mqtt.retained.end() ? ordered_json::object()
                                        : ordered_json::parse(found->second);
  }
  ordered_json discovery() {
    return ordered_json::parse(
        mqtt.retained.at("homeassistant/device/toyota2mqtt_" + id + "/config"))["components"];
  }

  /// As Home Assistant sends it: not retained.
  void send(const std::string& path, const std::string& payload, bool retain = false) {
    text += "> " + path + "/set " + payload + (retain ? " (retained)\n" : "\n");
    mqtt.inject({.topic = "toyota2mqtt/" + id + "/" + path + "/set",
                 .payload = payload,
                 .qos = 1,
                 .retain = retain});
    loop.settle();
    note();
  }
  /// What is seen while `time` goes by.
  void watch(std::chrono::milliseconds time = 4min) {
    const auto end = loop.clock.steady() + time;
    while (loop.clock.steady() < end) {
      loop.advance(1s);
      note();
    }
  }

  std::unique_ptr<test::InProcessCloud> cloud;
  test::BridgeOptions options;
  std::unique_ptr<test::RunningBridge> bridge;
  std::string id;
  std::string text;

  /// Events and changed values of command entities since the last call.
  void note() {
    for (; shown_ < mqtt.published.size(); ++shown_) {
      const auto& message = mqtt.published[shown_];
      if (message.topic.ends_with("/event/command_result")) {
        auto event = ordered_json::parse(message.payload);
        text += "  " + event["event_type"].get<std::string>();
        for (const auto* key : {"command", "entity", "confirmed_by", "reason", "remedy"}) {
          if (!event[key].is_null()) text += std::string(" ") + key + "=" + event[key].dump();
        }
        text += "\n";
        CHECK_FALSE(message.retain);
      } else if (message.topic.ends_with("/state") &&
                 message.topic.find("bridge") == std::string::npos) {
        note_state(ordered_json::parse(message.payload));
      } else if (message.topic.ends_with("/config") &&
                 message.payload.find("\"platform\":\"lock\"}") != std::string::npos) {
        text += "  (an entity is withdrawn)\n";
      } else if (message.topic.ends_with("/set") && message.payload.empty()) {
        text += "  (the retained command is cleared)\n";
      }
    }
  }

 private:
  void note_state(const ordered_json& now) {
    for (const auto* key :
         {"doors", "trunk", "climate_mode", "climate_action", "climate_temperature",
          "climate_preset", "charge_schedule", "charge_start_time", "charge_end_time"}) {
      if (!now.contains(key)) continue;
      const auto before = last_state_.contains(key) ? last_state_[key] : ordered_json();
      if (before != now[key]) {
        text += std::string("  ") + key + ": " + before.dump() + " -> " + now[key].dump() + "\n";
      }
    }
    last_state_ = now;
  }

  std::string vin_;
  std::size_t shown_ = 0;
  ordered_json last_state_ = ordered_json::object();
};

void check_golden(const std::string& name, const std::string& text) {
  const auto difference = test::golden_difference("commands/" + name + ".txt", text);
  INFO(difference);
  CHECK(difference.empty());
}

/// One command and all its ends.
std::string all_ends(const char* path, const std::string& payload, const char* vin = kBev) {
  std::string text;
  const auto run = [&](const std::string& title, const std::function<void(World&)>& prepare) {
    World world(vin);
    prepare(world);
    if (payload == "LOCK") world.open_up();
    if (std::string_view(path) == "charge_now") world.plug_in();
    world.start();
    world.send(path, payload);
    world.watch(6min);
    text += "# " + title + "\n" + world.text + "\n";
  };
  run("the car does it", [](World&) {});
  run("the car does it and sends no message", [](World& w) { w.mood().silent = true; });
  run("the car is silent", [](World& w) { w.cloud->world().deaf.insert("*"); });
  run("the car reports, and has not done it", [](World& w) {
    w.mood().ignores = true;
    w.mood().silent = true;
  });
  run("the car breaks it off", [](World& w) { w.mood().interrupts = true; });
  run("the car is not ready", [](World& w) { w.mood().return_code = "118003"; });
  run("it is not allowed", [](World& w) { w.options.fleet.policy.commands.allow.clear(); });
  return text;
}

}  // namespace

TEST_CASE("doors: every end of locking and unlocking", "[golden]") {
  check_golden("lock", all_ends("doors", "LOCK"));
  check_golden("unlock", all_ends("doors", "UNLOCK"));
}
TEST_CASE("trunk: every end of locking and unlocking", "[golden]") {
  check_golden("trunk_lock", all_ends("trunk", "LOCK"));
  check_golden("trunk_unlock", all_ends("trunk", "UNLOCK"));
}
TEST_CASE("climate: every end of starting", "[golden]") {
  check_golden("climate_start", all_ends("climate/mode", "heat_cool"));
}
TEST_CASE("buttons: every end", "[golden]") {
  check_golden("horn", all_ends("horn", "PRESS"));
  check_golden("hazards_on", all_ends("hazards_on", "PRESS"));
  check_golden("buzzer", all_ends("buzzer", "PRESS"));
  check_golden("windows_close", all_ends("windows_close", "PRESS"));
}
TEST_CASE("charging: every end of charging now and of its times", "[golden]") {
  check_golden("charge_now", all_ends("charge_now", "PRESS", kPhev));
  check_golden("charge_start", all_ends("charge_start", "05:30:00"));
  check_golden("charge_end", all_ends("charge_end", "07:00:00"));
  check_golden("charge_schedule", all_ends("charge_schedule", "ON"));
}
TEST_CASE("what the simulated car lacks: headlights, engine", "[golden]") {
  check_golden("headlights_on", all_ends("headlights_on", "PRESS"));
  check_golden("headlights_off", all_ends("headlights_off", "PRESS"));
  check_golden("engine_start", all_ends("engine_start", "PRESS", kPhev));
  check_golden("engine_stop", all_ends("engine_stop", "PRESS", kPhev));
}
TEST_CASE("refresh: the car reports, is silent, or may not be asked", "[golden]") {
  check_golden("refresh", all_ends("refresh", "PRESS"));
}

TEST_CASE("a climate control's whole life, wishes included", "[golden]") {
  World world;
  world.start();
  world.send("climate/temperature", "24.0");
  world.send("climate/preset", "front_defrost");
  world.send("climate/duration", "10");
  world.send("climate/seat_driver", "high");
  world.watch(5s);
  CHECK(world.cloud->world().journal.commands == 0);
  world.send("climate/mode", "heat_cool");
  world.watch(2min);
  world.send("climate/mode", "off");
  world.watch(4min);
  check_golden("climate_life", world.text);
  const auto& log = world.cloud->world().journal.command_log;
  REQUIRE(log.size() == 2);
  const auto body = ordered_json::parse(log[0].substr(log[0].find('{')));
  CHECK(body["temperature"]["value"] == 24);
  CHECK(body["duration"] == 10);
  CHECK(body["heatingOptions"]["frontDefroster"] == "on");
  CHECK(body["seatOptions"]["driverSeat"] == "high");
  CHECK(world.cloud->world().journal.violations.empty());
}

TEST_CASE("a lock that is asked twice, and a horn behind it", "[golden]") {
  World world;
  world.start();
  world.send("doors", "UNLOCK");
  world.send("doors", "LOCK");
  world.send("horn", "PRESS");
  world.watch(3min);
  check_golden("in_turn", world.text);
}

TEST_CASE("a code is asked for before the car is opened, never for locking", "[golden]") {
  World world;
  world.options.fleet.policy.commands.unlock_code = base::Secret(kCanaryCode);
  world.start();
  CHECK(world.discovery()["doors"]["code_format"] == "^.{0,64}$");
  world.send("doors", "UNLOCK");
  world.send("doors", R"({"action": "UNLOCK", "code": "0000"})");
  world.send("doors", std::string(R"({"action": "UNLOCK", "code": ")") + kCanaryCode + "\"}");
  world.watch(3s);
  world.send("doors", R"({"action": "LOCK", "code": ""})");
  world.watch(3min);
  world.send("doors", std::string(R"({"action": "UNLOCK", "code": ")") + kCanaryCode + "\"}");
  world.watch(3min);
  CHECK_FALSE(world.truth().locked);
  auto text = world.text;
  for (auto at = text.find(kCanaryCode); at != std::string::npos; at = text.find(kCanaryCode)) {
    text.replace(at, std::string(kCanaryCode).size(), "(the code)");
  }
  check_golden("code", text);
  CHECK(world.loop.log.text().find(kCanaryCode) == std::string::npos);
  for (const auto& message : world.mqtt.published) {
    CHECK(message.payload.find(kCanaryCode) == std::string::npos);
  }
}

TEST_CASE(
    "hostile and retained commands are refused, reported and cleared, nothing reaches the car",
    "[golden]") {
  World world;
  world.start();
  world.send("doors", "OPEN");
  world.send("doors", "{\"action\":[[[[");
  world.send("doors", std::string(5000, 'x').substr(0, 300));
  world.send("climate/temperature", "1e9");
  world.send("climate/temperature", "nan");
  world.send("charge_start", "25:00");
  world.send("horn", "press");
  world.mqtt.drop_connection();
  world.mqtt.retained["toyota2mqtt/" + world.id + "/doors/set"] = "UNLOCK";
  world.watch(20s);
  check_golden("refused", world.text);
  CHECK(world.cloud->world().journal.commands == 0);
  CHECK_FALSE(world.mqtt.retained.contains("toyota2mqtt/" + world.id + "/doors/set"));
}

TEST_CASE(
    "a flood of refused commands and births is one line a minute and cause, with its number") {
  World world;
  world.start();
  world.watch(20s);
  const auto lines = [&world](const std::string& words) {
    return std::ranges::count_if(world.loop.log.lines,
                                 [&](const auto& line) { return line.message.contains(words); });
  };
  const auto announced = [&world] {
    return std::ranges::count_if(world.mqtt.published, [](const auto& message) {
      return message.topic.starts_with("homeassistant/device/");
    });
  };
  const auto before = announced();
  for (int i = 0; i < 500; ++i) {
    world.mqtt.inject({.topic = "toyota2mqtt/" + world.id + "/doors/set",
                       .payload = "OPEN " + std::to_string(i),
                       .qos = 1,
                       .retain = false});
    world.mqtt.inject(
        {.topic = "homeassistant/status", .payload = "online", .qos = 0, .retain = false});
  }
  world.watch(5s);
  const auto refused = lines("command refused");
  CHECK(refused >= 1);
  CHECK(refused <= 1 + static_cast<long>(base::LogLimit::kMostCauses));
  CHECK(lines("Home Assistant came up") == 1);
  world.watch(15s);
  CHECK(announced() > before);
  world.watch(2min);
  CHECK(lines("like it were left out") >= 1);
  CHECK(lines("Home Assistant came up") == 2);
}

TEST_CASE("a command that the cloud says the car lacks is withdrawn, and stays so after a restart",
          "[golden]") {
  World world;
  world.start();
  world.fault(R"({"route": "/v1/global/remote/command", "kind": "status", "status": 400, "body":
      "{\"status\":{\"messages\":[{\"responseCode\":\"CTP-REMOTE-40006\"}]}}"})");
  CHECK(world.discovery()["trunk"].contains("unique_id"));
  world.send("trunk", "UNLOCK");
  world.watch(30s);
  world.send("trunk", "UNLOCK");
  check_golden("withdrawn", world.text);
  CHECK(world.discovery()["trunk"] == ordered_json{{"platform", "lock"}});
  world.stop();
  world.start();
  CHECK(world.discovery()["trunk"] == ordered_json{{"platform", "lock"}});
}

TEST_CASE("without remote services no command is announced, and the reason stands beside") {
  World world;
  world.mood().remote_display = "3";
  world.start();
  for (const auto& [key, component] : world.discovery().items()) {
    const auto platform = component["platform"].get<std::string>();
    CHECK((platform != "lock" && platform != "climate"));
    if (platform == "button" || platform == "switch") CHECK(key == "reading");
  }
  const auto diagnostics =
      ordered_json::parse(world.mqtt.retained.at("toyota2mqtt/" + world.id + "/diagnostics"));
  CHECK(diagnostics["remote_services"] == "not_activated");
  CHECK(diagnostics["remote_services_attributes"]["reason"] ==
        "The maker's app offers no remote services for this car (state 3)");
  world.send("doors", "LOCK");
  world.watch(5s);
  CHECK(world.text.find("refused") != std::string::npos);
  CHECK(world.cloud->world().journal.commands == 0);
}

TEST_CASE(
    "the end of the program leaves no lock pending: unconfirmed is reported, the state is true") {
  World world;
  world.start();
  world.send("doors", "UNLOCK");
  world.watch(3s);
  CHECK(world.state()["doors"] == "UNLOCKING");
  world.stop();
  world.note();
  CHECK(world.text.find("unconfirmed command=\"unlock\"") != std::string::npos);
  CHECK(world.state()["doors"] == "LOCKED");
}

TEST_CASE("all documents with every command allowed are sound, also while commands are under way") {
  World world;
  world.start();
  world.send("doors", "UNLOCK");
  world.watch(10s);
  world.send("climate/mode", "heat_cool");
  world.watch(2min);
  for (const auto& problem : test::check_all(world.mqtt.published)) FAIL_CHECK(problem);
  CHECK(world.mqtt.retained.contains("homeassistant/time/toyota2mqtt_" + world.id +
                                     "/charge_start/config"));
}
