#include <algorithm>

#include "support/fake_mqtt.hpp"
#include "support/fakes.hpp"
#include "support/loop.hpp"
#include "toyota2mqtt/home_assistant/broker_connection.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

base::MqttConnection broker(std::string host, std::string password) {
  return {.host = std::move(host), .username = "addons", .password = base::Secret(password)};
}

/// A source that says what the test wants, and counts how often it was asked.
class ScriptedSource final : public home_assistant::BrokerSource {
 public:
  base::Task<base::Result<base::MqttConnection>> connection() override {
    ++asked;
    co_return answer;
  }
  [[nodiscard]] bool from_supervisor() const override { return true; }

  base::Result<base::MqttConnection> answer = broker("core-mosquitto", "first");
  int asked = 0;
};

/// A publisher under the fake clock, between a scripted source and a fake broker.
class World {
 public:
  World() {
    publisher.outbox().set("bridge", home_assistant::Rank::state,
                           {.topic = "t/state", .payload = "1"});
  }
  ~World() {
    conversations.cancel();
    loop.run(conversations.join());
  }
  void start() {
    conversations.spawn("connection", publisher.connect_and_listen());
    conversations.spawn("sending", publisher.send());
    loop.settle();
  }

  test::TestLoop loop;
  base::TaskGroup conversations{loop.io.get_executor(), loop.log};
  test::FakeMqtt mqtt;
  test::MemoryStore store;
  ScriptedSource source;
  home_assistant::BrokerConnection publisher{
      {.mqtt = mqtt, .clock = loop.clock, .random = loop.random, .log = loop.log, .store = store},
      source,
      {.topic = "t/status", .payload = "offline"},
      {"t/+/set"},
      [](const base::MqttReceived&) {}};
};

std::size_t lines_with(const World& world, const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      world.loop.log.lines,
      [&](const test::RecordingLog::Line& line) { return line.message.contains(text); }));
}

}  // namespace

TEST_CASE("the source is asked before every connect, so that a new password is used") {
  World world;
  world.start();
  REQUIRE(world.mqtt.connected());
  CHECK(world.mqtt.connections.back().password.reveal() == "first");

  world.source.answer = broker("core-mosquitto", "second");
  world.mqtt.drop_connection();
  world.loop.advance(2s);
  REQUIRE(world.mqtt.connected());
  CHECK(world.mqtt.connections.back().password.reveal() == "second");
  CHECK(world.source.asked == 2);
  CHECK(world.mqtt.connections.back().will.payload == "offline");
}

TEST_CASE("a broker that moves is followed") {
  World world;
  world.start();
  CHECK(world.publisher.status().where == "core-mosquitto:1883");
  world.source.answer = broker("elsewhere", "first");
  world.mqtt.drop_connection();
  world.loop.advance(2s);
  CHECK(world.publisher.status().where == "elsewhere:1883");
  CHECK(world.mqtt.retained["t/state"] == "1");
}

TEST_CASE("no broker is one line, and it is found within a minute of its coming") {
  World world;
  world.source.answer = base::fail(base::ErrorCode::action_required, "there is no broker yet",
                                   "Install the Mosquitto broker app.");
  world.start();
  world.loop.advance(3h);
  CHECK(world.mqtt.connections.empty());
  CHECK(world.source.asked > 180);  // at least once a minute
  CHECK(world.source.asked < 300);  // and not much more often
  CHECK(lines_with(world, "there is no broker yet (Install the Mosquitto broker app.)") == 1);

  world.source.answer = broker("core-mosquitto", "first");
  world.loop.advance(61s);
  CHECK(world.mqtt.connected());
  CHECK(lines_with(world, "broker is back") == 1);
  CHECK(world.mqtt.retained["t/state"] == "1");
}

TEST_CASE("the status tells where the broker is, since when, and what is wrong") {
  World world;
  CHECK_FALSE(world.publisher.status().since);
  CHECK(world.publisher.status().where.empty());
  world.start();
  const auto begun = world.loop.clock.now();
  CHECK(world.publisher.status().connected);
  CHECK(world.publisher.status().from_supervisor);
  CHECK(world.publisher.status().since == begun);
  CHECK_FALSE(world.publisher.status().trouble);

  world.loop.advance(1h);
  world.mqtt.broker = test::FakeMqtt::Broker::unreachable;
  world.mqtt.drop_connection();
  world.loop.advance(5min);
  const auto& lost = world.publisher.status();
  CHECK_FALSE(lost.connected);
  CHECK(lost.since == begun + 1h);  // not the time of the latest try
  CHECK(lost.where == "core-mosquitto:1883");
  REQUIRE(lost.trouble);
  CHECK(lost.trouble->code == base::ErrorCode::unreachable);
}

namespace {

home_assistant::BrokerConnection::Services services_of(World& world) {
  return {.mqtt = world.mqtt,
          .clock = world.loop.clock,
          .random = world.loop.random,
          .log = world.loop.log,
          .store = world.store};
}

}  // namespace

TEST_CASE("clearing removes every topic that was ever published, and leaves without a will") {
  World world;
  world.store.entries[{"mqtt", "topics"}] = R"({"old/state":"car of an older version"})";
  world.mqtt.retained = {{"old/state", "1"}, {"foreign", "1"}};
  home_assistant::BrokerConnection publisher(services_of(world), world.source, {}, {},
                                             [](const base::MqttReceived&) {});
  world.loop.run(publisher.load());
  CHECK(world.loop.run(publisher.clear()).value() == 1);
  CHECK(world.mqtt.retained == std::map<std::string, std::string>{{"foreign", "1"}});
  CHECK(world.mqtt.connections.back().will.topic.empty());
  CHECK(world.mqtt.polite_disconnects == 1);
  CHECK(world.store.entries.at({"mqtt", "topics"}) == "{}");
  CHECK(world.loop.run(publisher.clear()).value() == 0);
}

TEST_CASE("a broker that cannot be reached or refuses loses nothing of the list") {
  World world;
  const std::string list = R"({"t/a":"car","t/b":"car"})";
  world.store.entries[{"mqtt", "topics"}] = list;
  world.mqtt.retained = {{"t/a", "1"}, {"t/b", "1"}};
  home_assistant::BrokerConnection publisher(services_of(world), world.source, {}, {},
                                             [](const base::MqttReceived&) {});
  world.loop.run(publisher.load());
  world.mqtt.broker = test::FakeMqtt::Broker::unreachable;
  CHECK(world.loop.run(publisher.clear()).error().code == base::ErrorCode::unreachable);
  world.mqtt.broker = test::FakeMqtt::Broker::works;
  world.mqtt.forbidden_topic = "t/b";
  CHECK(world.loop.run(publisher.clear()).error().code == base::ErrorCode::forbidden);
  CHECK(world.store.entries.at({"mqtt", "topics"}) == R"({"t/b":"car"})");
  world.mqtt.forbidden_topic.clear();
  CHECK(world.loop.run(publisher.clear()).value() == 1);  // it goes on where it was
  CHECK(world.mqtt.retained.empty());
}

TEST_CASE("three connections in a row that are lost at once are explained by another client") {
  World world;
  world.start();
  for (int i = 0; i < 2; ++i) {
    world.loop.advance(9s);
    world.mqtt.drop_connection();
    world.loop.settle();
    CHECK(world.publisher.status().trouble->code == base::ErrorCode::unreachable);
    while (!world.mqtt.connected()) world.loop.advance(100ms);
    CHECK_FALSE(world.publisher.status().trouble);
  }
  world.loop.advance(9s);
  world.mqtt.drop_connection();
  world.loop.settle();
  const auto& status = world.publisher.status();
  REQUIRE(status.trouble);
  CHECK(status.trouble->code == base::ErrorCode::action_required);
  CHECK(status.trouble->message.contains("mqtt.client_id"));
  CHECK_FALSE(status.trouble->remedy.empty());
  CHECK(lines_with(world, "another client uses the same mqtt.client_id") == 1);

  // It stays said while the rivals throw each other out, and goes when a connection holds.
  while (!world.mqtt.connected()) world.loop.advance(100ms);
  CHECK(status.connected);
  CHECK(status.trouble->code == base::ErrorCode::action_required);
  world.mqtt.drop_connection();
  world.loop.advance(1min);
  REQUIRE(world.mqtt.connected());
  CHECK_FALSE(status.trouble);
  CHECK(lines_with(world, "another client uses the same mqtt.client_id") == 1);
  CHECK(lines_with(world, "the connection to the broker holds again") == 1);
}

TEST_CASE("a connection that is lost each minute is no sign of another client") {
  World world;
  world.start();
  for (int i = 0; i < 10; ++i) {
    world.loop.advance(1min);
    REQUIRE(world.mqtt.connected());
    world.mqtt.drop_connection();
    world.loop.settle();
    CHECK(world.publisher.status().trouble->code == base::ErrorCode::unreachable);
  }
  CHECK(lines_with(world, "another client") == 0);
}

TEST_CASE("a broker that is away between two lost connections is no sign of another client") {
  World world;
  world.start();
  for (int i = 0; i < 5; ++i) {
    world.mqtt.broker = test::FakeMqtt::Broker::unreachable;
    world.mqtt.drop_connection();
    world.loop.advance(1min);
    world.mqtt.broker = test::FakeMqtt::Broker::works;
    while (!world.mqtt.connected()) world.loop.advance(1s);
  }
  CHECK(lines_with(world, "another client") == 0);
}
