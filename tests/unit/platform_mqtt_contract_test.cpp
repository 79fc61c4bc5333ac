#include "support/fake_mqtt.hpp"
#include "support/mosquitto.hpp"
#include "support/real_loop.hpp"
#include "toyota2mqtt/platform/paho_mqtt_client.hpp"

// What every base::MqttClient does: the same cases against the fake and against Paho with a real
// broker.

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;

namespace {

class FakeWorld {
 public:
  explicit FakeWorld(test::RealLoop&) {}
  base::MqttClient& client() { return mqtt_; }
  base::MqttConnection connection() { return {}; }
  base::MqttConnection wrong_password() {
    mqtt_.broker = test::FakeMqtt::Broker::refuses_password;
    return {};
  }
  void go_away() {
    mqtt_.broker = test::FakeMqtt::Broker::unreachable;
    mqtt_.drop_connection();
  }

 private:
  test::FakeMqtt mqtt_;
};

class RealWorld {
 public:
  explicit RealWorld(test::RealLoop& loop)
      : broker_({.username = "user", .password = "right"}),
        client_(loop.loop, loop.clock, loop.log) {}
  base::MqttClient& client() { return client_; }
  base::MqttConnection connection() {
    return {.host = "127.0.0.1",
            .port = broker_.port(),
            .username = "user",
            .password = base::Secret("right")};
  }
  base::MqttConnection wrong_password() {
    auto wrong = connection();
    wrong.password = base::Secret("CANARY");
    return wrong;
  }
  void go_away() { broker_.stop(); }

 private:
  test::Mosquitto broker_;
  platform::PahoMqttClient client_;
};

base::MqttReceived received(test::RealLoop& loop, base::MqttClient& client) {
  const auto event = loop.run(client.next_event());
  REQUIRE(event.has_value());
  REQUIRE(std::holds_alternative<base::MqttReceived>(*event));
  return std::get<base::MqttReceived>(*event);
}

base::Task<void> keep_event(base::MqttClient& client,
                            std::optional<base::Result<base::MqttEvent>>& event) {
  event = co_await client.next_event();
}

}  // namespace

TEMPLATE_TEST_CASE("mqtt contract: a published message comes back to its subscriber, in order", "",
                   FakeWorld, RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  auto& client = world.client();
  REQUIRE(loop.run(client.connect(world.connection())).has_value());
  REQUIRE(loop.run(client.subscribe({"car/+/set", "other/#"})).has_value());
  for (const int qos : {0, 1}) {
    const auto text = "payload " + std::to_string(qos);
    REQUIRE(loop.run(client.publish({"car/1/set", text, qos, false})).has_value());
  }
  REQUIRE(loop.run(client.publish({"car/1/state", "not subscribed", 1, false})).has_value());
  REQUIRE(loop.run(client.publish({"other", std::string("\0\xff", 2), 1, false})).has_value());
  CHECK(received(loop, client).payload == "payload 0");
  CHECK(received(loop, client).payload == "payload 1");
  const auto last = received(loop, client);
  CHECK(last.topic == "other");
  CHECK(last.payload == std::string("\0\xff", 2));
}

TEMPLATE_TEST_CASE("mqtt contract: only a replay at subscription time is marked as retained", "",
                   FakeWorld, RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  auto& client = world.client();
  REQUIRE(loop.run(client.connect(world.connection())).has_value());
  REQUIRE(loop.run(client.publish({"a/kept", "old", 1, true})).has_value());
  REQUIRE(loop.run(client.publish({"a/cleared", "old", 1, true})).has_value());
  REQUIRE(loop.run(client.publish({"a/cleared", "", 1, true})).has_value());
  REQUIRE(loop.run(client.subscribe({"a/#"})).has_value());
  const auto replay = received(loop, client);
  CHECK(replay.payload == "old");
  CHECK(replay.retained);
  REQUIRE(loop.run(client.publish({"a/kept", "new", 1, true})).has_value());
  const auto live = received(loop, client);
  CHECK(live.payload == "new");
  CHECK_FALSE(live.retained);
}

TEMPLATE_TEST_CASE(
    "mqtt contract: a refused password is credentials_rejected, without the password", "",
    FakeWorld, RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  const auto connected = loop.run(world.client().connect(world.wrong_password()));
  REQUIRE_FALSE(connected.has_value());
  CHECK(connected.error().code == ErrorCode::credentials_rejected);
  CHECK(connected.error().message.find("CANARY") == std::string::npos);
}

TEMPLATE_TEST_CASE(
    "mqtt contract: without a connection, publishing and subscribing are unreachable", "",
    FakeWorld, RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  auto& client = world.client();
  CHECK(loop.run(client.publish({"t", "p"})).error().code == ErrorCode::unreachable);
  CHECK(loop.run(client.subscribe({"t"})).error().code == ErrorCode::unreachable);
  REQUIRE(loop.run(client.connect(world.connection())).has_value());
  loop.run(client.disconnect());
  CHECK(loop.run(client.publish({"t", "p"})).error().code == ErrorCode::unreachable);
}

TEMPLATE_TEST_CASE("mqtt contract: the end of the connection comes once, after what came before",
                   "", FakeWorld, RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  auto& client = world.client();
  REQUIRE(loop.run(client.connect(world.connection())).has_value());
  REQUIRE(loop.run(client.subscribe({"t"})).has_value());
  REQUIRE(loop.run(client.publish({"t", "before", 1, false})).has_value());
  world.go_away();
  CHECK(received(loop, client).payload == "before");
  const auto ended = loop.run(client.next_event());
  REQUIRE(ended.has_value());
  REQUIRE(std::holds_alternative<base::MqttDisconnected>(*ended));
  CHECK(std::get<base::MqttDisconnected>(*ended).reason.code == ErrorCode::unreachable);
  CHECK(loop.run(client.publish({"t", "after"})).error().code == ErrorCode::unreachable);
  const auto again = loop.run(client.connect(world.connection()));
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code == ErrorCode::unreachable);

  std::optional<base::Result<base::MqttEvent>> more;
  base::TaskGroup group(loop.loop.executor(), loop.log);
  group.spawn("reader", keep_event(client, more));
  loop.run_until([&, end = loop.clock.steady() + 50ms] { return loop.clock.steady() > end; });
  CHECK_FALSE(more.has_value());
  group.cancel();
  loop.run_until([&] { return more.has_value(); });
  CHECK(more->error().code == ErrorCode::cancelled);
}

TEMPLATE_TEST_CASE("mqtt contract: a new connection begins without the old one's messages", "",
                   FakeWorld, RealWorld) {
  test::RealLoop loop;
  TestType world(loop);
  auto& client = world.client();
  REQUIRE(loop.run(client.connect(world.connection())).has_value());
  REQUIRE(loop.run(client.subscribe({"t"})).has_value());
  REQUIRE(loop.run(client.publish({"t", "old", 1, false})).has_value());
  loop.run(client.disconnect());
  REQUIRE(loop.run(client.connect(world.connection())).has_value());
  REQUIRE(loop.run(client.publish({"t", "lost, not subscribed again", 1, false})).has_value());
  REQUIRE(loop.run(client.subscribe({"t"})).has_value());
  REQUIRE(loop.run(client.publish({"t", "new", 1, false})).has_value());
  CHECK(received(loop, client).payload == "new");
}
