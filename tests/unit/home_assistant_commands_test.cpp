#include <string>
#include <vector>

#include "support/catch.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

using namespace toyota2mqtt::home_assistant;
namespace vehicle = toyota2mqtt::vehicle;
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
    {"toyota2mqtt/0123456789/horn/set", "PRESS", false, Kind::car, "0123456789"},
    {"toyota2mqtt/0123456789/horn/set", "PRESS", true, Kind::refused, "0123456789"},
    {"toyota2mqtt/0123456789/horn/mode/set", "PRESS", false, Kind::ignored},
    {"toyota2mqtt/0123456789/climate/set", "off", false, Kind::ignored},
    {"toyota2mqtt/0123456789/climate/fan/set", "off", false, Kind::ignored},
    {"toyota2mqtt/0123456789/climate//set", "off", false, Kind::ignored},
    {"toyota2mqtt/0123456789/climate/mode/x/set", "off", false, Kind::ignored},
    {"toyota2mqtt/bridge/horn/set", "PRESS", false, Kind::ignored},
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

namespace {

struct Asked {
  std::string path;
  std::string payload;
  std::optional<vehicle::Action> action;  ///< unset: refused
};

const std::string kDeep(300, '[');
const std::vector<Asked> kAsked = {
    {"doors", "LOCK", vehicle::Action::lock},
    {"doors", "UNLOCK", vehicle::Action::unlock},
    {"doors", R"({"action": "UNLOCK", "code": "1234"})", vehicle::Action::unlock},
    {"doors", R"({"action": "LOCK"})", vehicle::Action::lock},
    {"doors", R"({"action": "LOCK", "code": 1234})", vehicle::Action::lock},
    {"doors", R"({"action": "OPEN", "code": "1234"})", {}},
    {"doors", R"({"action": ["UNLOCK"]})", {}},
    {"doors", R"({"code": "1234"})", {}},
    {"doors", R"({"action": "UNLOCK")", {}},
    {"doors", kDeep, {}},
    {"doors", "OPEN", {}},
    {"doors", "unlock", {}},
    {"lock_doors", "PRESS", vehicle::Action::lock},
    {"lock_doors", "UNLOCK", {}},
    {"trunk", "UNLOCK", vehicle::Action::trunk_unlock},
    {"horn", "PRESS", vehicle::Action::horn},
    {"horn", "ON", {}},
    {"hazards_on", "PRESS", vehicle::Action::hazards_on},
    {"buzzer", "PRESS", vehicle::Action::buzzer},
    {"headlights_on", "PRESS", vehicle::Action::headlights_on},
    {"headlights_off", "PRESS", vehicle::Action::headlights_off},
    {"windows_close", "PRESS", vehicle::Action::windows_close},
    {"charge_now", "PRESS", vehicle::Action::charge_now},
    {"engine_start", "PRESS", vehicle::Action::engine_start},
    {"engine_stop", "PRESS", vehicle::Action::engine_stop},
    {"refresh", "PRESS", vehicle::Action::refresh},
    {"charge_schedule", "ON", vehicle::Action::charge_schedule_on},
    {"charge_schedule", "OFF", vehicle::Action::charge_schedule_off},
    {"charge_start", "06:30:00", vehicle::Action::charge_start_time},
    {"charge_end", "23:59", vehicle::Action::charge_end_time},
    {"charge_start", "24:00", {}},
    {"charge_start", "06:60", {}},
    {"charge_start", "6:30", {}},
    {"charge_start", "-1:30", {}},
    {"charge_start", "06:30:61", {}},
    {"charge_start", "06:30+01", {}},
    {"climate/mode", "heat_cool", vehicle::Action::climate_start},
    {"climate/mode", "off", vehicle::Action::climate_stop},
    {"climate/mode", "heat", {}},
    {"climate/temperature", "21", vehicle::Action::climate_set},
    {"climate/temperature", "21.5", vehicle::Action::climate_set},
    {"climate/temperature", "17.9", vehicle::Action::climate_set},
    {"climate/temperature", "1e3", vehicle::Action::climate_set},
    {"climate/temperature", "-inf", {}},
    {"climate/temperature", "nan", {}},
    {"climate/temperature", "21 ", {}},
    {"climate/temperature", "21,5", {}},
    {"climate/temperature", "0x15", {}},
    {"climate/duration", "20", vehicle::Action::climate_set},
    {"climate/duration", "20.0", vehicle::Action::climate_set},
    {"climate/duration", "0", {}},
    {"climate/duration", "21", {}},
    {"climate/duration", "7.5", {}},
    {"climate/preset", "none", vehicle::Action::climate_set},
    {"climate/preset", "both_defrost", vehicle::Action::climate_set},
    {"climate/preset", "eco", {}},
    {"climate/steering_heater", "ON", vehicle::Action::climate_set},
    {"climate/steering_heater", "on", {}},
    {"climate/front_defroster", "OFF", vehicle::Action::climate_set},
    {"climate/rear_defogger", "ON", vehicle::Action::climate_set},
    {"climate/seat_driver", "medium", vehicle::Action::climate_set},
    {"climate/seat_rear_passenger", "hot", {}},
};

}  // namespace

TEST_CASE("every payload on a topic of a car asks for one thing, or is refused with its entity") {
  for (const Asked& given : kAsked) {
    INFO(given.path << " <- " << given.payload.substr(0, 40));
    const Command command = decode_command(
        {}, {.topic = "toyota2mqtt/0123456789/" + given.path + "/set", .payload = given.payload});
    CHECK(command.kind == (given.action ? Kind::car : Kind::refused));
    CHECK(command.entity == given.path.substr(0, given.path.find('/')));
    CHECK(command.target == "0123456789");
    if (given.action) CHECK(command.request.action == *given.action);
    if (given.action) CHECK(command.request.entity == command.entity);
  }
}

TEST_CASE("values of the climate arrive as types, how far the car goes, its desk knows") {
  const auto climate = [](const std::string& path, const std::string& payload) {
    return decode_command(
               {}, {.topic = "toyota2mqtt/0123456789/climate/" + path + "/set", .payload = payload})
        .request.climate;
  };
  CHECK(climate("temperature", "21.3").temperature == vehicle::Celsius{21.3});
  CHECK(climate("preset", "rear_defrost").front_defroster == false);
  CHECK(climate("preset", "rear_defrost").rear_defogger == true);
  CHECK(climate("seat_passenger", "low").seat(vehicle::Seat::passenger) == vehicle::SeatHeat::low);
  CHECK(climate("duration", "5").duration == std::chrono::minutes(5));
  CHECK(climate("duration", "5").temperature == std::nullopt);
}

TEST_CASE("the reason of a refusal never repeats what was sent") {
  const Command command = decode_command({}, {.topic = kReading, .payload = "hunter2"});
  CHECK(command.reason == "the switch `reading` takes ON or OFF only");
  CHECK(decode_command({}, {.topic = "toyota2mqtt/0123456789/doors/set", .payload = "hunter2"})
            .reason == "`doors` takes LOCK and UNLOCK only");
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
