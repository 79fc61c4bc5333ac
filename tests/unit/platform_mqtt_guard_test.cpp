#include <fstream>

#include "platform/mqtt_frames.hpp"
#include "platform/mqtt_guard.hpp"
#include "support/catch.hpp"
#include "support/real_loop.hpp"
#include "support/scripted_broker.hpp"
#include "toyota2mqtt/platform/paho_mqtt_client.hpp"

// Brokers that send what they were asked not to, or what is not MQTT at all.

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;
using platform::MqttFilter;

namespace {

constexpr std::size_t kMegabyte = std::size_t{1} << 20U;

/// AddressSanitizer keeps freed memory for a while, so memory says nothing there.
constexpr bool kMemoryIsMeasured = !__has_feature(address_sanitizer);

/// The most memory that the process has held since the last call, in bytes.
std::size_t peak_memory() {
  std::ifstream status("/proc/self/status");
  std::size_t kilobytes = 0;
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") status >> kilobytes;
  }
  std::ofstream("/proc/self/clear_refs") << "5";
  return kilobytes << 10U;
}

using GuardOutcome = std::optional<base::Result<void>>;

base::Task<void> keep_guard_outcome(base::Task<base::Result<void>> task, GuardOutcome& out) {
  out = co_await std::move(task);
}

struct GuardedClient {
  explicit GuardedClient(test::RealLoop& the_loop)
      : loop(the_loop), broker(loop), client(loop.loop, loop.clock, loop.log) {
    GuardOutcome outcome;
    const base::MqttConnection connection{
        .host = "127.0.0.1", .port = broker.port(), .client_id = "test", .timeout = 5s};
    loop.tasks.spawn("connect", keep_guard_outcome(client.connect(connection), outcome));
    broker.wait_for(1);
    broker.say(test::connack());
    loop.run_until([&] { return outcome.has_value(); });
    REQUIRE(outcome->has_value());
    hello = broker.heard().size();
  }

  base::MqttEvent next() {
    auto event = loop.run(client.next_event());
    REQUIRE(event.has_value());
    return *event;
  }

  test::RealLoop& loop;
  test::ScriptedBroker broker;
  platform::PahoMqttClient client;
  std::size_t hello = 0;  ///< bytes of CONNECT
};

struct Filtered {
  std::string pass;
  std::string answers;
  bool is_mqtt = true;
};

Filtered filtered(MqttFilter& filter, std::string_view stream, std::size_t step) {
  Filtered result;
  for (std::size_t at = 0; at < stream.size() && result.is_mqtt; at += step) {
    result.is_mqtt = filter.take(stream.substr(at, step), result.pass, result.answers);
  }
  return result;
}

}  // namespace

TEST_CASE("mqtt filter: small packets pass unchanged, however the stream is cut") {
  const auto stream =
      test::connack() + test::publish_head("a/b", 3, 7) + "xyz" + std::string("\xD0\x00", 2);
  for (std::size_t step = 1; step <= stream.size(); ++step) {
    MqttFilter filter(100);
    const auto result = filtered(filter, stream, step);
    CHECK(result.is_mqtt);
    CHECK(result.pass == stream);
    CHECK(result.answers.empty());
    CHECK(filter.largest_left_out() == 0);
  }
}

TEST_CASE("mqtt filter: a message over the limit is left out and acknowledged") {
  const auto large = test::publish_head("a/b", 500, 0x0102) + std::string(500, 'x');
  const auto small = test::publish_head("c", 1, 9) + "y";
  for (std::size_t step = 1; step <= large.size(); ++step) {
    MqttFilter filter(100);
    const auto result = filtered(filter, small + large + small, step);
    CHECK(result.is_mqtt);
    CHECK(result.pass == small + small);
    CHECK(result.answers == std::string("\x40\x02\x01\x02", 4));
    CHECK(filter.largest_left_out() > 500);
  }
}

TEST_CASE("mqtt filter: at QoS 0 there is nothing to acknowledge") {
  // Topic "t", no properties, 200 bytes of payload.
  const auto stream =
      std::string("\x30\xCC\x01\x00\x01t\x00", 7) + std::string(200, 'x') + test::connack();
  MqttFilter filter(100);
  const auto result = filtered(filter, stream, 13);
  CHECK(result.is_mqtt);
  CHECK(result.pass == test::connack());
  CHECK(result.answers.empty());
}

TEST_CASE("mqtt filter: what is not MQTT is refused") {
  const auto stream = GENERATE(
      as<std::string>{}, std::string("\x30\xFF\xFF\xFF\xFF\x01", 6),  // a length of five bytes
      std::string("\x20\xC8\x01", 3) + std::string(200, '\0'),        // a CONNACK over the limit
      std::string("\x34\xC8\x01\x00\x01t\x00\x01", 8) + std::string(200, '\0'),  // QoS 2
      std::string("\x32\xC8\x01\xFF\xFF", 5) + std::string(200, '\0'));  // longer topic than packet
  MqttFilter filter(100);
  CHECK_FALSE(filtered(filter, stream, 7).is_mqtt);
}

TEST_CASE("the broker is asked for packets of at most 128 KiB") {
  test::RealLoop loop;
  const GuardedClient world(loop);
  CHECK(world.broker.heard().contains(std::string("\x27\x00\x02\x00\x00", 5)));
}

TEST_CASE("a message of 200 MB is left out and acknowledged, memory stays where it was") {
  test::RealLoop loop;
  GuardedClient world(loop);
  constexpr std::size_t kGiant = 200 * kMegabyte;
  peak_memory();
  const auto before = peak_memory();
  world.broker.say(test::publish_head("toyota2mqtt/giant", kGiant, 0x0102));
  world.broker.say_nothing(kGiant);
  world.broker.say(test::publish_head("toyota2mqtt/small", 5, 0x0304) + "hello");
  const auto event = world.next();
  REQUIRE(std::holds_alternative<base::MqttReceived>(event));
  CHECK(std::get<base::MqttReceived>(event).payload == "hello");
  if (kMemoryIsMeasured) CHECK(peak_memory() < before + 8 * kMegabyte);
  world.broker.wait_for(world.hello + 8);
  CHECK(world.broker.heard().substr(world.hello) ==
        std::string("\x40\x02\x01\x02\x40\x02\x03\x04", 8));
  loop.run_until([&] { return loop.log.text().contains("are ignored"); });
}

TEST_CASE("a broker that sends what is not MQTT loses the connection, and the next one works") {
  test::RealLoop loop;
  {
    GuardedClient world(loop);
    world.broker.say(std::string("\x30\xFF\xFF\xFF\xFF\x01", 6));
    CHECK(std::holds_alternative<base::MqttDisconnected>(world.next()));
  }
  const GuardedClient again(loop);
  CHECK(again.hello > 0);
}

TEST_CASE("the client's farewell reaches the broker when the client is destroyed") {
  test::RealLoop loop;
  std::optional<GuardedClient> world(std::in_place, loop);
  auto& broker = world->broker;
  loop.tasks.spawn("farewell", world->client.disconnect());
  broker.wait_for(world->hello + 2);
  CHECK(broker.heard().substr(world->hello, 1) == "\xE0");
}
