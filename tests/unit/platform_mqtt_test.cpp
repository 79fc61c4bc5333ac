#include <boost/asio/ip/tcp.hpp>

#include "support/fake_mqtt.hpp"
#include "support/mosquitto.hpp"
#include "support/real_loop.hpp"
#include "support/stalled_resolver.hpp"
#include "toyota2mqtt/platform/paho_mqtt_client.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;

namespace {

base::MqttConnection to(const test::Mosquitto& broker, const std::string& client_id = "test") {
  return {.host = "127.0.0.1", .port = broker.port(), .client_id = client_id};
}

using Outcome = std::optional<base::Result<void>>;

base::Task<void> keep_publish(base::MqttClient& client, base::MqttMessage message, Outcome& out) {
  out = co_await client.publish(std::move(message));
}

base::Task<void> keep_connect(base::MqttClient& client, base::MqttConnection connection,
                              Outcome& out) {
  out = co_await client.connect(std::move(connection));
}

bool ended(test::RealLoop& loop, base::MqttClient& client) {
  const auto event = loop.run(client.next_event());
  return event && std::holds_alternative<base::MqttDisconnected>(*event);
}

std::string next_payload(test::RealLoop& loop, base::MqttClient& client) {
  const auto event = loop.run(client.next_event());
  REQUIRE(event.has_value());
  REQUIRE(std::holds_alternative<base::MqttReceived>(*event));
  return std::get<base::MqttReceived>(*event).payload;
}

// Accepts connections into its queue and never says a word.
struct SilentPort {
  explicit SilentPort(test::RealLoop& loop)
      : acceptor(loop.loop.executor(), {boost::asio::ip::address_v4::loopback(), 0}) {}
  [[nodiscard]] base::MqttConnection connection() const {
    return {.host = "127.0.0.1", .port = acceptor.local_endpoint().port(), .timeout = 300ms};
  }
  boost::asio::ip::tcp::acceptor acceptor;
};

}  // namespace

TEST_CASE("a burst of 500 publishes is acknowledged completely") {
  test::RealLoop loop;
  test::Mosquitto broker;
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  REQUIRE(loop.run(client.connect(to(broker))).has_value());
  std::vector<Outcome> outcomes(500);
  const test::EndTasks end(loop);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    loop.tasks.spawn(
        "publish",
        keep_publish(client, {"t/" + std::to_string(i), std::string(500, 'x')}, outcomes[i]));
  }
  loop.run_until([&] { return loop.tasks.running() == 0; });
  std::size_t acknowledged = 0;
  for (const auto& outcome : outcomes) acknowledged += outcome->has_value() ? 1U : 0U;
  CHECK(acknowledged == 500);
}

TEST_CASE("the order of publishes to one topic is kept through the window") {
  test::RealLoop loop;
  test::Mosquitto broker;
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  REQUIRE(loop.run(client.connect(to(broker))).has_value());
  REQUIRE(loop.run(client.subscribe({"t"})).has_value());
  std::vector<Outcome> outcomes(100);
  const test::EndTasks end(loop);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    loop.tasks.spawn("publish",
                     keep_publish(client, {"t", std::to_string(i), 1, false}, outcomes[i]));
  }
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    CHECK(next_payload(loop, client) == std::to_string(i));
  }
}

TEST_CASE("a broker that restarts is reached again by the next connect") {
  test::RealLoop loop;
  test::Mosquitto broker;
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  for (int round = 0; round < 3; ++round) {
    REQUIRE(loop.run(client.connect(to(broker))).has_value());
    REQUIRE(loop.run(client.publish({"t", "p"})).has_value());
    broker.restart();
    CHECK(ended(loop, client));
  }
}

TEST_CASE("publishes that wait when the connection ends are unreachable") {
  test::RealLoop loop;
  test::Mosquitto broker;
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  REQUIRE(loop.run(client.connect(to(broker))).has_value());
  std::vector<Outcome> outcomes(300);
  const test::EndTasks end(loop);
  for (auto& outcome : outcomes) {
    loop.tasks.spawn("publish", keep_publish(client, {"t", std::string(5000, 'x')}, outcome));
  }
  loop.run_until([&] { return outcomes.front().has_value(); });
  broker.stop();
  loop.run_until([&] { return loop.tasks.running() == 0; });
  CHECK(outcomes.front()->has_value());
  REQUIRE_FALSE(outcomes.back()->has_value());
  CHECK(outcomes.back()->error().code == ErrorCode::unreachable);
  CHECK(ended(loop, client));
}

TEST_CASE("another client with the same name takes the connection over") {
  test::RealLoop loop;
  test::Mosquitto broker;
  platform::PahoMqttClient first(loop.loop, loop.clock, loop.log);
  platform::PahoMqttClient second(loop.loop, loop.clock, loop.log);
  REQUIRE(loop.run(first.connect(to(broker, "same"))).has_value());
  REQUIRE(loop.run(second.connect(to(broker, "same"))).has_value());
  CHECK(ended(loop, first));
  CHECK(loop.run(second.publish({"t", "p"})).has_value());
}

TEST_CASE("the will is published when the connection dies, not when it is left politely") {
  test::RealLoop loop;
  test::Mosquitto broker;
  platform::PahoMqttClient watcher(loop.loop, loop.clock, loop.log);
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  platform::PahoMqttClient thief(loop.loop, loop.clock, loop.log);
  REQUIRE(loop.run(watcher.connect(to(broker, "watcher"))).has_value());
  REQUIRE(loop.run(watcher.subscribe({"status"})).has_value());
  auto connection = to(broker, "client");
  connection.will = {"status", "offline by will", 1, true};

  REQUIRE(loop.run(client.connect(connection)).has_value());
  loop.run(client.disconnect());
  REQUIRE(loop.run(watcher.publish({"status", "after the farewell", 1, false})).has_value());
  CHECK(next_payload(loop, watcher) == "after the farewell");

  REQUIRE(loop.run(client.connect(connection)).has_value());
  REQUIRE(loop.run(thief.connect(to(broker, "client"))).has_value());
  CHECK(next_payload(loop, watcher) == "offline by will");
}

TEST_CASE("payloads over 64 KiB and topics over 1 KiB are dropped") {
  test::RealLoop loop;
  test::Mosquitto broker;
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  REQUIRE(loop.run(client.connect(to(broker))).has_value());
  REQUIRE(loop.run(client.subscribe({"#"})).has_value());
  constexpr std::size_t kLargest = std::size_t{64} << 10;
  REQUIRE(loop.run(client.publish({"t", std::string(kLargest + 1, 'x'), 1, false})).has_value());
  REQUIRE(loop.run(client.publish({std::string(1025, 't'), "long topic", 1, false})).has_value());
  REQUIRE(loop.run(client.publish({"t", std::string(kLargest, 'x'), 1, false})).has_value());
  REQUIRE(loop.run(client.publish({std::string(1024, 't'), "fits", 1, false})).has_value());
  CHECK(next_payload(loop, client).size() == kLargest);
  CHECK(next_payload(loop, client) == "fits");
}

TEST_CASE("a broker that never answers is a timeout, and cancelling does not wait for it") {
  test::RealLoop loop;
  const SilentPort silent(loop);
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  auto begin = loop.clock.steady();
  const auto connected = loop.run(client.connect(silent.connection()));
  CHECK(connected.error().code == ErrorCode::timeout);
  CHECK(loop.since(begin) < 1s);

  auto patient = silent.connection();
  patient.timeout = 1h;
  base::TaskGroup group(loop.loop.executor(), loop.log);
  Outcome outcome;
  group.spawn("connect", keep_connect(client, patient, outcome));
  loop.run_until([&, end = loop.clock.steady() + 50ms] { return loop.clock.steady() > end; });
  begin = loop.clock.steady();
  group.cancel();
  loop.run_until([&] { return outcome.has_value(); });
  CHECK(outcome->error().code == ErrorCode::cancelled);
  CHECK(loop.since(begin) < 500ms);

  test::Mosquitto broker;
  CHECK(loop.run(client.connect(to(broker))).has_value());
}

TEST_CASE("a closed port is unreachable") {
  test::RealLoop loop;
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  const auto connected = loop.run(client.connect({.host = "127.0.0.1", .port = test::free_port()}));
  CHECK(connected.error().code == ErrorCode::unreachable);
}

TEST_CASE("a broker that refuses MQTT 5 is an explained error") {
  test::RealLoop loop;
  boost::asio::ip::tcp::acceptor acceptor(loop.loop.executor(),
                                          {boost::asio::ip::address_v4::loopback(), 0});
  // CONNACK with MQTT 5 reason 132, and as an MQTT 3 broker says it, with return code 1.
  const std::string answer = GENERATE(as<std::string>{}, std::string("\x20\x03\x00\x84\x00", 5),
                                      std::string("\x20\x02\x00\x01", 4));
  acceptor.async_accept([&answer](boost::system::error_code error, boost::asio::ip::tcp::socket s) {
    if (error) return;
    const auto socket = std::make_shared<boost::asio::ip::tcp::socket>(std::move(s));
    const auto request = std::make_shared<std::array<char, 512>>();
    socket->async_read_some(boost::asio::buffer(*request),
                            [socket, request, &answer](boost::system::error_code, std::size_t) {
                              socket->send(boost::asio::buffer(answer));
                            });
  });
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  const auto connected = loop.run(client.connect(
      {.host = "127.0.0.1", .port = acceptor.local_endpoint().port(), .timeout = 3s}));
  REQUIRE_FALSE(connected.has_value());
  INFO(connected.error().message);
  CHECK(connected.error().code == ErrorCode::not_supported);
}

TEST_CASE("a stalled name resolution delays neither the loop nor the end") {
  test::RealLoop loop;
  const test::StalledResolver resolver;
  auto client = std::make_unique<platform::PahoMqttClient>(loop.loop, loop.clock, loop.log);
  const base::MqttConnection connection{.host = test::kStalledName, .timeout = 300ms};
  auto begin = loop.clock.steady();
  CHECK(loop.run(client->connect(connection)).error().code == ErrorCode::timeout);
  CHECK(resolver.begun() == 1);
  CHECK(loop.run(client->connect(connection)).error().code == ErrorCode::timeout);
  CHECK(loop.since(begin) < 1s);
  begin = loop.clock.steady();
  loop.run(client->disconnect());
  CHECK(loop.since(begin) < 700ms);
  begin = loop.clock.steady();
  client.reset();
  CHECK(loop.since(begin) < 1300ms);
}

TEST_CASE("disconnecting takes no more than half a second, also when the broker hangs") {
  test::RealLoop loop;
  test::Mosquitto broker;
  platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
  REQUIRE(loop.run(client.connect(to(broker))).has_value());
  broker.freeze();
  Outcome outcome;
  loop.tasks.spawn("publish", keep_publish(client, {"t", "p"}, outcome));
  const auto begin = loop.clock.steady();
  loop.run(client.disconnect());
  CHECK(loop.since(begin) < 700ms);
  loop.run_until([&] { return outcome.has_value(); });
  CHECK(outcome->error().code == ErrorCode::unreachable);
}

namespace {

struct BrokerName {
  std::string host;
  std::string certified;  ///< the same, as OpenSSL writes alternative names
};

/// How the broker of a test can be called: by its address everywhere, and by name where the machine
/// knows one. A system without /etc/hosts does not know localhost.
std::vector<BrokerName> broker_names() {
  std::vector<BrokerName> names{{.host = "127.0.0.1", .certified = "IP:127.0.0.1"}};
  boost::asio::io_context context;
  boost::system::error_code unknown;
  boost::asio::ip::tcp::resolver(context).resolve("localhost", "", unknown);
  if (!unknown) names.push_back({.host = "localhost", .certified = "DNS:localhost"});
  return names;
}

}  // namespace

TEST_CASE(
    "mqtt over TLS: the right authority and name are accepted, also with a client certificate") {
  for (const auto& name : broker_names()) {
    CAPTURE(name.host);
    test::RealLoop loop;
    test::CertificateAuthority authority;
    test::Mosquitto broker(
        {.tls = authority.issue(name.certified), .client_ca_file = authority.file()});
    platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
    const auto own = authority.issue("DNS:client");
    base::MqttConnection connection{.host = name.host,
                                    .port = broker.port(),
                                    .tls = true,
                                    .ca_file = authority.file(),
                                    .cert_file = own.certificate,
                                    .key_file = own.key};
    REQUIRE(loop.run(client.connect(connection)).has_value());
    CHECK(loop.run(client.publish({"t", "p"})).has_value());

    connection.cert_file.clear();
    connection.key_file.clear();
    CHECK(loop.run(client.connect(connection)).error().code == ErrorCode::unreachable);
  }
}

TEST_CASE("mqtt over TLS: another name, another authority and the system's store are refused") {
  const std::string broken = GENERATE("name", "address", "authority", "system");
  for (const auto& name : broker_names()) {
    CAPTURE(broken, name.host);
    test::RealLoop loop;
    test::CertificateAuthority authority;
    test::CertificateAuthority other;
    const auto certified = broken == "name"      ? std::string("DNS:example.org")
                           : broken == "address" ? std::string("IP:127.0.0.2")
                                                 : name.certified;
    test::Mosquitto broker({.tls = authority.issue(certified)});
    platform::PahoMqttClient client(loop.loop, loop.clock, loop.log);
    const auto ca_file = broken == "system"      ? std::string()
                         : broken == "authority" ? other.file()
                                                 : authority.file();
    const auto connected = loop.run(client.connect(
        {.host = name.host, .port = broker.port(), .tls = true, .ca_file = ca_file}));
    REQUIRE_FALSE(connected.has_value());
    CHECK(connected.error().code == ErrorCode::unreachable);
  }
}

TEST_CASE("filters match topics as the standard says") {
  CHECK(test::topic_matches("a/b", "a/b"));
  CHECK(test::topic_matches("a/+", "a/b"));
  CHECK(test::topic_matches("a/#", "a"));
  CHECK(test::topic_matches("a/#", "a/b/c"));
  CHECK(test::topic_matches("#", "a/b"));
  CHECK(test::topic_matches("+/b/#", "a/b/c"));
  CHECK_FALSE(test::topic_matches("a/+", "a"));
  CHECK_FALSE(test::topic_matches("a/+", "a/b/c"));
  CHECK_FALSE(test::topic_matches("a/b", "a/b/c"));
  CHECK_FALSE(test::topic_matches("a/b/c", "a/b"));
  CHECK_FALSE(test::topic_matches("a/b", "a/c"));
}
