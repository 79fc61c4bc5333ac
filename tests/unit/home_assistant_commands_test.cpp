#include <string>
#include <vector>

#include "support/catch.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

using namespace toyota2mqtt::home_assistant;
using toyota2mqtt::base::MqttReceived;
using Kind = Command::Kind;

namespace {

struct Case {
  std::string topic;
  std::string payload;
  bool retained = false;
  Kind kind = Kind::ignored;
  std::string target = {};
};

const std::string kReading = "toyota2mqtt/0123456789/reading/set";
const std::string kTryAgain = "toyota2mqtt/bridge/try_again_aaaaaaaaaa/set";

const std::vector<Case> kCases = {
    {kReading, "ON", false, Kind::reading_on, "0123456789"},
    {kReading, "OFF", false, Kind::reading_off, "0123456789"},
    {kTryAgain, "PRESS", false, Kind::try_again, "aaaaaaaaaa"},
    {"homeassistant/status", "online", false, Kind::birth},

    {"homeassistant/status", "offline", false, Kind::ignored},
    {"homeassistant/status", "online", true, Kind::ignored},
    {"homeassistant/status", "ONLINE", false, Kind::ignored},
    {"homeassistant/status", "", false, Kind::ignored},
    {"homeassistant/status/set", "online", false, Kind::ignored},

    {kReading, "ON", true, Kind::refused, "0123456789"},
    {kReading, "OFF", true, Kind::refused, "0123456789"},
    {kReading, "nonsense", true, Kind::refused, "0123456789"},
    {kTryAgain, "PRESS", true, Kind::refused, "aaaaaaaaaa"},

    {kReading, "on", false, Kind::refused, "0123456789"},
    {kReading, "ON ", false, Kind::refused, "0123456789"},
    {kReading, "ON\n", false, Kind::refused, "0123456789"},
    {kReading, std::string("ON\0", 3), false, Kind::refused, "0123456789"},
    {kReading, "TOGGLE", false, Kind::refused, "0123456789"},
    {kReading, "{\"state\":\"ON\"}", false, Kind::refused, "0123456789"},
    {kReading, "\xff\xfe", false, Kind::refused, "0123456789"},
    {kReading, std::string(65536, 'O'), false, Kind::refused, "0123456789"},
    {kTryAgain, "press", false, Kind::refused, "aaaaaaaaaa"},
    {kTryAgain, "ON", false, Kind::refused, "aaaaaaaaaa"},

    // an empty payload clears a retained command; answering it would never end
    {kReading, "", false, Kind::ignored},
    {kReading, "", true, Kind::ignored},
    {kTryAgain, "", false, Kind::ignored},

    {"", "ON", false, Kind::ignored},
    {"/", "ON", false, Kind::ignored},
    {"toyota2mqtt", "ON", false, Kind::ignored},
    {"toyota2mqtt/", "ON", false, Kind::ignored},
    {"toyota2mqtt/set", "ON", false, Kind::ignored},
    {"toyota2mqtt//set", "ON", false, Kind::ignored},
    {"toyota2mqtt///set", "ON", false, Kind::ignored},
    {"toyota2mqtt/0123456789/reading", "ON", false, Kind::ignored},
    {"toyota2mqtt/0123456789/reading/set/", "ON", false, Kind::ignored},
    {"toyota2mqtt/0123456789/reading/mode/set", "ON", false, Kind::ignored},
    {"toyota2mqtt/0123456789/horn/set", "PRESS", false, Kind::ignored},
    {"toyota2mqtt/012345678/reading/set", "ON", false, Kind::ignored},
    {"toyota2mqtt/012345678G/reading/set", "ON", false, Kind::ignored},
    {"toyota2mqtt/../reading/set", "ON", false, Kind::ignored},
    {"toyota2mqtt/bridge/reading/set", "ON", false, Kind::ignored},
    {"toyota2mqtt/bridge/try_again_/set", "PRESS", false, Kind::ignored},
    {"toyota2mqtt/bridge/try_again_A/set", "PRESS", false, Kind::ignored},
    {"toyota2mqtt/bridge/try_again_a/b/set", "PRESS", false, Kind::ignored},
    {"toyota2mqtt/bridge/try_again_" + std::string(41, 'a') + "/set", "PRESS", false,
     Kind::ignored},
    {"toyota2mqttX/0123456789/reading/set", "ON", false, Kind::ignored},
    {"other/0123456789/reading/set", "ON", false, Kind::ignored},
    {std::string("toyota2mqtt/0123456789/reading\0/set", 35), "ON", false, Kind::ignored},
};

}  // namespace

TEST_CASE("every topic and payload gives exactly the command that it should") {
  for (const Case& given : kCases) {
    INFO(given.topic << " <- " << given.payload.substr(0, 40)
                     << (given.retained ? " retained" : ""));
    const Command command = decode_command(
        {}, {.topic = given.topic, .payload = given.payload, .retained = given.retained});
    CHECK(command.kind == given.kind);
    CHECK(command.target == given.target);
    CHECK(command.reason.empty() == (given.kind != Kind::refused));
  }
}

TEST_CASE("the reason of a refusal never repeats what was sent") {
  const Command command = decode_command({}, {.topic = kReading, .payload = "hunter2"});
  CHECK(command.reason == "the switch `reading` takes ON or OFF only");
  CHECK(decode_command({}, {.topic = kReading, .payload = "ON", .retained = true}).reason ==
        "a retained command is never carried out: it may be hours old");
  CHECK(decode_command({}, {.topic = kTryAgain, .payload = "x"}).reason ==
        "the button `try_again` takes PRESS only");
}

TEST_CASE("other base topics and prefixes are honoured") {
  const Settings settings{
      .base_topic = "home/cars", .discovery_prefix = "ha", .version = "", .support_url = ""};
  CHECK(decode_command(settings, {.topic = "home/cars/0123456789/reading/set", .payload = "OFF"})
            .kind == Kind::reading_off);
  CHECK(decode_command(settings, {.topic = kReading, .payload = "OFF"}).kind == Kind::ignored);
  CHECK(decode_command(settings, {.topic = "ha/status", .payload = "online"}).kind == Kind::birth);
  CHECK(subscriptions(settings) ==
        std::vector<std::string>{"home/cars/+/+/set", "home/cars/+/+/+/set", "ha/status"});
}
