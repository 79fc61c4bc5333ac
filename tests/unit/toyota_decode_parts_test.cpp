#include "support/decoding.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

using namespace toyota2mqtt;
using test::at;
using test::Decoding;
using test::payload;
using vehicle::Source;

namespace {

using StatusJson = nlohmann::json;

StatusJson door(const char* open = "close", const char* lock = "locked") {
  return {{"openStatus", {{"status", open}}}, {"lockStatus", {{"status", lock}}}};
}

/// Everything closed and locked.
StatusJson closed_car() {
  const StatusJson window = {{"status", "close"}};
  return {
      {"lastUpdateTimestamp", "2026-11-20T11:07:00Z"},
      {"doors",
       {{"driver", door()},
        {"passenger", door()},
        {"rearLeft", door()},
        {"rearRight", door()},
        {"rearBack", door()},
        {"hood", {{"openStatus", {{"status", "close"}}}}}}},
      {"windows",
       {{"driver", window}, {"passenger", window}, {"rearLeft", window}, {"rearRight", window}}}};
}

struct Shown {
  std::optional<bool> any_open;
  std::optional<bool> locked;
  friend bool operator==(const Shown&, const Shown&) = default;
};

/// What the first reading of a car says.
Shown first_reading(const StatusJson& status,
                    std::map<std::string, std::string>* unknown = nullptr) {
  Decoding d;
  REQUIRE(d.decode(Source::status, payload(status.dump())));
  if (unknown != nullptr) *unknown = d.unknown;
  return {.any_open = vehicle::any_open(d.state, {}), .locked = vehicle::all_locked(d.state, {})};
}

}  // namespace

TEST_CASE("B2 a car of which everything is understood is closed and locked") {
  CHECK(first_reading(closed_car()) == Shown{.any_open = false, .locked = true});
  auto other = closed_car();
  other["brandNew"] = {{"status", "fine"}};
  other["doors"]["hood"] = nullptr;
  other["doors"]["rearLeft"]["openStatus"]["status"] = nullptr;
  CHECK(first_reading(other) == Shown{.any_open = false, .locked = true});
}

TEST_CASE("c56 a word that nobody knows leaves unknown whether anything is open") {
  for (const auto* path :
       {"/windows/driver/status", "/windows/rearRight/status", "/doors/hood/openStatus/status",
        "/doors/rearBack/openStatus/status", "/doors/passenger/openStatus/status"}) {
    INFO(path);
    for (const StatusJson& word : {StatusJson("halfOpen"), StatusJson(""), StatusJson(1),
                                   StatusJson::object(), StatusJson(false)}) {
      auto status = closed_car();
      status[StatusJson::json_pointer(path)] = word;
      std::map<std::string, std::string> unknown;
      CHECK(first_reading(status, &unknown) == Shown{.any_open = std::nullopt, .locked = true});
      CHECK(unknown.size() == 1);
    }
  }
}

TEST_CASE("c56b a lock that nobody understands is not locked by silence") {
  for (const auto* word : {"partiallyLocked", "doubleLocked", "superlock", "LOCKED?"}) {
    auto status = closed_car();
    status["doors"]["driver"]["lockStatus"]["status"] = word;
    CHECK(first_reading(status) == Shown{.any_open = false, .locked = std::nullopt});
  }
  auto timed = closed_car();
  timed["doors"]["driver"]["lockStatus"] = {{"status", nullptr},
                                            {"lastUpdateTimestamp", "2026-11-20T11:00:00Z"}};
  CHECK(first_reading(timed) == Shown{.any_open = false, .locked = std::nullopt});
}

TEST_CASE("B2 what is known to be open or unlocked stays so beside what is not understood") {
  auto status = closed_car();
  status["windows"]["driver"]["status"] = "halfOpen";
  status["doors"]["driver"] = door("open", "unlocked");
  status["doors"]["passenger"]["lockStatus"]["status"] = "who knows";
  CHECK(first_reading(status) == Shown{.any_open = true, .locked = false});
}

TEST_CASE(
    "B2 a part under a key that nobody knows makes it unknown, and is reported once by its key") {
  const auto with = [](const char* path, const StatusJson& part) {
    auto status = closed_car();
    status[StatusJson::json_pointer(path)] = part;
    std::map<std::string, std::string> unknown;
    const auto shown = first_reading(status, &unknown);
    CHECK(unknown.size() == 1);
    return shown;
  };
  const StatusJson closed = {{"status", "close"}};
  const Shown nothing_known;
  const Shown opening{.any_open = std::nullopt, .locked = true};
  const Shown lock{.any_open = false, .locked = std::nullopt};
  CHECK(with("/doors/slidingLeft", door()) == nothing_known);
  CHECK(with("/doors/frunk", {{"openStatus", closed}}) == opening);
  CHECK(with("/doors/safe", {{"lockStatus", {{"status", "locked"}}}}) == lock);
  CHECK(with("/doors/driver", "closed") == nothing_known);
  CHECK(with("/windows/sunroof", closed) == opening);
  CHECK(with("/windows/rear", "close") == opening);
  CHECK(with("/windows", StatusJson::array()) == Shown{.any_open = std::nullopt, .locked = true});
  CHECK(with("/sunroof", closed) == opening);
  CHECK(with("/roof", {{"panel", {{"status", "tilted"}}}}) == opening);
  CHECK(with("/slidingDoors", {{"left", door()}, {"right", door()}}) == nothing_known);
  CHECK(with("/locks", {{"driver", {{"status", "locked"}}}}) == lock);
  CHECK(with("/chargeLid", "open") == opening);
}

TEST_CASE("B2 a key of the cloud is reported without what does not belong into a log") {
  auto status = closed_car();
  status["windows"]["a b@c.d\n" + std::string(100, 'x')] = {{"status", "close"}};
  std::map<std::string, std::string> unknown;
  first_reading(status, &unknown);
  REQUIRE(unknown.size() == 1);
  CHECK(unknown.begin()->first == "windows.a_b_c_d_" + std::string(32, 'x'));
}

TEST_CASE("B2 the retired shape is no better informed") {
  const auto with = [](const char* sections) {
    return first_reading(StatusJson::parse(std::string(R"({"occurrenceDate":"2026-11-20T11:00:00Z",
      "vehicleStatus":[{"sections":[{"section":"carstatus_item_passenger_door","values":[
        {"value":"carstatus_closed"},{"value":"carstatus_locked"}]})") +
                                           sections + "]}]}"));
  };
  CHECK(with("") == Shown{.any_open = false, .locked = true});
  CHECK(with(R"(,{"section":"carstatus_item_hood","values":[]})") ==
        Shown{.any_open = false, .locked = true});
  CHECK(with(R"(,{"section":"carstatus_item_hood","values":[{"value":"carstatus_ajar"}]})") ==
        Shown{.any_open = std::nullopt, .locked = true});
  CHECK(with(R"(,{"section":"carstatus_item_driver_door","values":[{"value":"carstatus_closed"},
        {"value":"carstatus_superlocked"}]})") == Shown{.any_open = false, .locked = std::nullopt});
  CHECK(with(R"(,{"section":"carstatus_item_sunroof","values":[{"value":"carstatus_closed"}]})") ==
        Shown{.any_open = std::nullopt, .locked = true});
}

TEST_CASE("B1 only lamps are warnings: an unlocked or open car has none") {
  Decoding d;
  auto status = closed_car();
  status["overallStatus"] = "warning";
  status["overallWarningCounts"] = 3;
  status["doors"]["driver"] = door("open", "unlocked");
  REQUIRE(d.decode(Source::status, payload(status.dump())));
  CHECK_FALSE(d.state.warnings);
  REQUIRE(d.decode(Source::health, payload(R"({"warning":[],
      "wnglastUpdTime":"2026-11-20T11:00:00Z"})")));
  CHECK(d.state.warnings->value.empty());
  CHECK(d.unknown.empty());
}

TEST_CASE("B1 a lamp in another form is still a lamp") {
  Decoding d;
  REQUIRE(d.decode(Source::health, payload(R"({"warning":[{"wngcode":17,"severity":2},"ABS",null,
      {"wngdesc":"Brake fluid","wngdcmtime":"2026-11-21T11:00:00Z"},{}]})")));
  REQUIRE(d.state.warnings->value.size() == 4);
  CHECK(d.state.warnings->value.at(0) == vehicle::Warning{});
  CHECK(d.state.warnings->value.at(1).text == "Brake fluid");
  CHECK_FALSE(d.state.warnings->value.at(1).at);  // of tomorrow
  CHECK(d.state.warnings->value.at(2) == vehicle::Warning{.code = "17", .severity = "2"});
  CHECK(d.state.warnings->value.at(3).code == "ABS");
  REQUIRE(d.decode(Source::health, payload(R"({"warning":"none"})")));
  CHECK_FALSE(d.state.warnings);
}

TEST_CASE("B10 the car's own limits of the climate control are read in both shapes") {
  const auto limits = [](const char* settings) {
    Decoding d;
    REQUIRE(d.decode(Source::climate_settings, payload(settings)));
    return d.state.climate_limits ? std::optional(d.state.climate_limits->value)
                                  : std::optional<vehicle::ClimateLimits>();
  };
  const vehicle::ClimateLimits wide{.lowest = {15}, .highest = {30}, .step = 0.5};
  CHECK(limits(R"({"temperature":{"value":21,"unit":"C"},"minTemp":15,"maxTemp":30,
                   "tempInterval":0.5})") == wide);
  CHECK(limits(R"({"minTemp":"15","maxTemp":30.0,"tempInterval":"0,5"})") == wide);
  CHECK(limits(R"({"minTemp":{"value":15,"unit":"C"},"maxTemp":{"value":30,"unit":"C"},
                   "tempInterval":{"value":0.5,"unit":"C"}})") == wide);
  CHECK(limits(R"({"temperatureUnit":"C","maxTemp":31})") ==
        vehicle::ClimateLimits{.lowest = {18}, .highest = {31}, .step = 1});
  const auto american = limits(R"({"temperatureUnit":"F","minTemp":59,"maxTemp":86,
                                   "tempInterval":1.8})");
  REQUIRE(american);
  CHECK(american->lowest.value == Approx(15));
  CHECK(american->highest.value == Approx(30));
  CHECK(american->step == Approx(1));
  CHECK_FALSE(limits(R"({"temperature":{"value":21,"unit":"C"}})"));
  for (const auto* wrong : {R"({"minTemp":30,"maxTemp":15})", R"({"minTemp":18,"maxTemp":29,
       "tempInterval":0})",
                            R"({"minTemp":0,"maxTemp":100})", R"({"tempInterval":-1})"}) {
    INFO(wrong);
    CHECK_FALSE(limits(wrong));
  }
}
