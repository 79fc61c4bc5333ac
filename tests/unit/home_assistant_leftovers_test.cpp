#include "toyota2mqtt/home_assistant/leftovers.hpp"

#include "support/catch.hpp"
#include "support/sample_bridge.hpp"
#include "support/sample_cars.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::home_assistant;
using Left = Leftover::Kind;

namespace {

base::MqttReceived kept(const base::MqttMessage& message) {
  return {.topic = message.topic, .payload = message.payload, .retained = true};
}

std::optional<Left> kind_of(const Settings& settings, const base::MqttReceived& message) {
  const auto found = decode_leftover(settings, message);
  return found ? std::optional(found->kind) : std::nullopt;
}

}  // namespace

TEST_CASE("what this installation published is known again from the broker alone") {
  const auto settings = test::sample_settings();
  const auto car = test::full_car(vehicle::Brand::toyota, vehicle::Drive::bev);
  const auto values = kept(car_diagnostics(settings, car, base::Zone::utc()));
  const auto document = kept(car_discovery(settings, car));
  CHECK(kind_of(settings, values) == Left::car);
  CHECK(decode_leftover(settings, values)->car == car.identity.id.text);
  CHECK(kind_of(settings, document) == Left::car_document);

  auto echo = values;
  echo.retained = false;
  CHECK_FALSE(kind_of(settings, echo));
  // As versions published it that did not say who they were.
  auto old = values;
  old.payload = R"({"wakes_today":0})";
  CHECK(kind_of(settings, old) == Left::car);
}

TEST_CASE("what another installation published is left alone") {
  const auto mine = test::sample_settings();
  auto other = mine;
  other.installation = "abcdef0123";
  const auto car = test::full_car(vehicle::Brand::toyota, vehicle::Drive::bev);
  CHECK_FALSE(kind_of(mine, kept(car_diagnostics(other, car, base::Zone::utc()))));
  other.base_topic = "second";
  CHECK_FALSE(kind_of(mine, kept(car_diagnostics(other, car, base::Zone::utc()))));
  CHECK_FALSE(kind_of(mine, kept(car_discovery(other, car))));
  CHECK(kind_of(other, kept(car_discovery(other, car))) == Left::car_document);
}

TEST_CASE("the bridge's document of earlier versions is found by the topics that it names") {
  auto before = test::sample_settings();
  before.installation.clear();
  const auto old = kept(bridge_discovery(before, test::sample_bridge()));
  REQUIRE(old.topic == "homeassistant/device/toyota2mqtt_bridge/config");
  CHECK(kind_of(test::sample_settings(), old) == Left::old_bridge);
  auto second = test::sample_settings();
  second.base_topic = "second";
  CHECK_FALSE(kind_of(second, old));
}

TEST_CASE("a second installation under the same base topic is noticed") {
  const auto mine = test::sample_settings();
  auto other = mine;
  other.installation = "abcdef0123";
  CHECK(kind_of(mine, kept(bridge_state(other, test::sample_bridge()))) == Left::rival);
  CHECK_FALSE(kind_of(mine, kept(bridge_state(mine, test::sample_bridge()))));
}

TEST_CASE("no topic and no payload is too odd to be looked at") {
  const auto settings = test::sample_settings();
  for (const char* topic :
       {"", "/", "toyota2mqtt", "toyota2mqtt//diagnostics", "toyota2mqtt/diagnostics",
        "toyota2mqtt/0123456789/diagnostics", "toyota2mqtt/bridge/state",
        "homeassistant/device/toyota2mqtt_bridge/config",
        "homeassistant/device/toyota2mqtt_0123456789/config", "homeassistant/device/toyota2mqtt_",
        "a/toyota2mqtt_0123456789"}) {
    for (const char* payload : {"", "{", "[]", "null", "1", R"({"installation":1})"}) {
      const auto found =
          decode_leftover(settings, {.topic = topic, .payload = payload, .retained = true});
      // A car's document of values without a name is one of an earlier version.
      if (found) CHECK(std::string(topic) == "toyota2mqtt/0123456789/diagnostics");
    }
  }
}
