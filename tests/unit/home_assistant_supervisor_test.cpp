#include <random>

#include "support/fake_supervisor.hpp"
#include "support/loop.hpp"
#include "toyota2mqtt/home_assistant/supervisor.hpp"

using namespace toyota2mqtt;
using base::ErrorCode;
using Mode = test::FakeSupervisor::Mode;

namespace {

struct World {
  base::Result<home_assistant::BrokerService> ask(
      const std::string& token = test::FakeSupervisor::kToken) {
    home_assistant::Supervisor supervisor(fake.http, {.token = base::Secret(token)});
    return loop.run(supervisor.mqtt_service());
  }
  base::Error error_in(Mode mode) {
    fake.mode = mode;
    auto answer = ask();
    REQUIRE_FALSE(answer);
    return answer.error();
  }
  test::TestLoop loop;
  test::FakeSupervisor fake;
};

/// What an answer with this `data` means.
base::Result<home_assistant::BrokerService> decode(const std::string& data) {
  return home_assistant::decode_mqtt_service(
      {.status = 200, .body = R"({"result":"ok","data":)" + data + "}"});
}

std::string with(const std::string& key, const std::string& value) {
  std::string data = R"({"host":"h","port":1883)";
  if (key != "host" && key != "port") return data + ",\"" + key + "\":" + value + "}";
  return key == "host" ? R"({"port":1883,"host":)" + value + "}"
                       : R"({"host":"h","port":)" + value + "}";
}

}  // namespace

TEST_CASE("the Supervisor names the broker, and is asked with the app's token") {
  World world;
  const auto service = world.ask();
  REQUIRE(service);
  CHECK(service->host == "core-mosquitto");
  CHECK(service->port == 1883);
  CHECK_FALSE(service->tls);
  CHECK(service->username == "addons");
  CHECK(service->password.reveal() == "canary-broker-password");
  REQUIRE(world.fake.http.requests.size() == 1);
  const auto& request = world.fake.http.requests.front();
  CHECK(request.url == "http://supervisor/services/mqtt");
  CHECK(request.log_path == "/services/mqtt");
  CHECK(request.timeout <= std::chrono::seconds(10));
  CHECK(request.max_response_bytes <= 65536);
}

TEST_CASE("a broker without user, and one with TLS, are understood") {
  const auto service = decode(R"({"host":"broker.example","port":8883,"ssl":true})");
  REQUIRE(service);
  CHECK(service->tls);
  CHECK(service->port == 8883);
  CHECK(service->username.empty());
  CHECK(service->password.empty());
}

TEST_CASE("each failure of the Supervisor is distinguished and says what to do") {
  World world;
  for (const auto mode : {Mode::no_broker, Mode::empty_data}) {
    const auto error = world.error_in(mode);
    CHECK(error.code == ErrorCode::action_required);
    CHECK(error.message == "Home Assistant knows no MQTT broker");
    CHECK(error.remedy.contains("Mosquitto broker"));
    CHECK(error.remedy.contains("mqtt.host"));
  }
  CHECK(world.error_in(Mode::no_right).code == ErrorCode::forbidden);
  CHECK(world.error_in(Mode::server_error).code == ErrorCode::unreachable);
  CHECK(world.error_in(Mode::garbage).code == ErrorCode::unexpected_response);
  CHECK(world.error_in(Mode::slow).code == ErrorCode::timeout);
  CHECK(world.error_in(Mode::unreachable).code == ErrorCode::unreachable);
  CHECK(world.error_in(Mode::unreachable).message.contains("Supervisor"));

  world.fake.mode = Mode::works;
  const auto refused = world.ask("another");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::forbidden);
  CHECK(refused.error().remedy == "Restart the app.");
}

TEST_CASE("a host or port that cannot be one names no broker") {
  for (const auto* host : {"\"\"", "null", "12", "[]", "\"a b\"", "\"a/b\"", "\"a\\nb\"", "\"-h\"",
                           "\"user@host\"", "\"h\\u0000\""}) {
    INFO(host);
    const auto service = decode(with("host", host));
    REQUIRE_FALSE(service);
    CHECK(service.error().code == ErrorCode::unexpected_response);
  }
  CHECK_FALSE(decode(with("host", '"' + std::string(254, 'a') + '"')));
  for (const auto* port : {"0", "-1", "65536", "1883.5", "\"1883\"", "null", "1e99", "true"}) {
    INFO(port);
    CHECK_FALSE(decode(with("port", port)));
  }
}

TEST_CASE("an ssl that is neither true nor false is not guessed") {
  CHECK_FALSE(decode(with("ssl", "\"yes\"")));
  CHECK_FALSE(decode(with("ssl", "1")));
  CHECK(decode(with("ssl", "null")));
}

TEST_CASE("a user or password that cannot be one counts as none") {
  for (const auto* value : {"12", "null", "[\"x\"]", "\"a\\nb\"", "\"\\u007f\""}) {
    INFO(value);
    CHECK(decode(with("username", value))->username.empty());
    CHECK(decode(with("password", value))->password.empty());
  }
  CHECK(decode(with("username", '"' + std::string(1025, 'a') + '"'))->username.empty());
}

TEST_CASE("no hostile answer throws, yields an impossible broker, or is repeated in a message") {
  std::mt19937 random(20261125);
  const auto pick = [&random](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  const std::string good =
      R"({"result":"ok","data":{"host":"canary","port":1883,"ssl":false,"username":"canary",)"
      R"("password":"canary","deep":[[[[[[[[[[[[]]]]]]]]]]]]}})";
  constexpr int kCases = 20000;
  for (int i = 0; i < kCases; ++i) {
    auto body = good;
    for (auto changes = 1 + pick(3); changes > 0 && !body.empty(); --changes) {
      if (pick(4) == 0) body.resize(pick(body.size()));
      if (!body.empty()) body[pick(body.size())] = static_cast<char>(random() & 0xFFU);
    }
    constexpr std::array kStatus{200, 200, 200, 200, 400, 401, 403, 404, 500, 0, -1};
    const auto service = home_assistant::decode_mqtt_service(
        {.status = kStatus.at(pick(kStatus.size())), .body = body});
    if (service && (service->host.empty() || service->port == 0)) FAIL(body);
    if (!service && (service.error().message + service.error().remedy).contains("canary")) {
      FAIL(body);
    }
  }
}
