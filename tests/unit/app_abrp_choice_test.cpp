#include "toyota2mqtt/fleet/abrp_choice.hpp"

#include "app/part_states.hpp"
#include "support/catch.hpp"
#include "support/plain_car.hpp"
#include "support/simulated_home.hpp"

// A3: which ABRP token a car has, and that everybody who tells of it tells the same.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using fleet::AbrpFeed;
using test::SimulatedHome;

namespace {

const char* const kElectricVin = "JTMSIMBZ4X0000001";
const char* const kPlugInVin = "JTMSIMRAV40000001";

vehicle::Identity car_of(const std::string& vin, const std::string& fuel) {
  auto identity = test::plain_car(vin).identity;
  identity.fuel_type = fuel;
  return identity;
}

fleet::VehicleOptions options_of(const std::string& vin, const std::string& token,
                                 bool ignore = false) {
  return {.vin = base::Vin::parse(vin).value(),
          .name = {},
          .abrp_token = base::Secret(token),
          .ignore = ignore};
}

abrp::Options account_token(const std::string& token, const std::string& key = "key") {
  abrp::Options options;
  options.api_key = base::Secret(key);
  options.token = base::Secret(token);
  return options;
}

const std::string kFirst = "JTMTEST0000000001";
const std::string kSecond = "JTMTEST0000000002";

}  // namespace

TEST_CASE("A3: one function decides which ABRP token a car has") {
  const auto electric = car_of(kFirst, "E");
  const auto petrol = car_of(kFirst, "G");
  const fleet::AbrpCandidates alone{.accounts = 1, .cars = 1};
  const fleet::AbrpCandidates two_cars{.accounts = 1, .cars = 2};
  const fleet::AbrpCandidates two_accounts{.accounts = 2, .cars = 1};
  struct Row {
    const char* name;
    abrp::Options options;
    std::vector<fleet::VehicleOptions> vehicles;
    vehicle::Identity car;
    fleet::AbrpCandidates candidates;
    AbrpFeed feed;
    const char* token;
  };
  const std::vector<Row> rows = {
      {"one car, general token", account_token("T"), {}, electric, alone, AbrpFeed::sent, "T"},
      {"several cars, general token",
       account_token("T"),
       {},
       electric,
       two_cars,
       AbrpFeed::token_of_no_car,
       ""},
      {"several accounts, general token",
       account_token("T"),
       {},
       electric,
       two_accounts,
       AbrpFeed::token_of_no_car,
       ""},
      {"several cars, own token",
       account_token(""),
       {options_of(kFirst, "A")},
       electric,
       two_cars,
       AbrpFeed::sent,
       "A"},
      {"own token before the general one",
       account_token("T"),
       {options_of(kFirst, "A")},
       electric,
       two_cars,
       AbrpFeed::sent,
       "A"},
      {"petrol, general token", account_token("T"), {}, petrol, alone, AbrpFeed::no_battery, ""},
      {"petrol, own token",
       account_token(""),
       {options_of(kFirst, "A")},
       petrol,
       alone,
       AbrpFeed::no_battery,
       ""},
      {"petrol, nothing", account_token(""), {}, petrol, alone, AbrpFeed::unused, ""},
      {"nothing", account_token("", ""), {}, electric, alone, AbrpFeed::unused, ""},
      {"key alone", account_token(""), {}, electric, alone, AbrpFeed::unused, ""},
      {"token without key", account_token("T", ""), {}, electric, alone, AbrpFeed::no_key, ""},
      {"ignored",
       account_token(""),
       {options_of(kFirst, "A", true)},
       electric,
       alone,
       AbrpFeed::car_ignored,
       ""},
      {"another car has it",
       account_token(""),
       {options_of(kSecond, "A"), options_of(kFirst, "A ")},
       electric,
       two_cars,
       AbrpFeed::token_in_use,
       ""},
      {"this car had it first",
       account_token(""),
       {options_of(kFirst, "A"), options_of(kSecond, "A")},
       electric,
       two_cars,
       AbrpFeed::sent,
       "A"},
      {"an ignored car has it",
       account_token(""),
       {options_of(kSecond, "A", true), options_of(kFirst, "A")},
       electric,
       alone,
       AbrpFeed::sent,
       "A"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto choice = fleet::choose_abrp(row.options, row.vehicles, row.car, row.candidates);
    CHECK(choice.feed == row.feed);
    CHECK(choice.token.reveal() == row.token);
    CHECK(choice.sent() == !choice.token.empty());
    const auto why = fleet::abrp_obstacle(choice, "Volt");
    if (choice.held_up()) REQUIRE(why);
    if (choice.sent()) CHECK_FALSE(why);
    if (why) CHECK_FALSE(why->remedy.empty());
    if (row.feed == AbrpFeed::token_in_use) {
      CHECK(choice.other->reveal() == kSecond);
      CHECK(why->message.starts_with("Volt has"));
    }
  }
}

namespace {

const vehicle::Car& running_car(SimulatedHome& home, const std::string& vin) {
  for (const auto& [id, session] : home.bridge->accounts.owners().at(0)->cars()) {
    if (session->car().identity.vin.reveal() == vin) return session->car();
  }
  FAIL("no such car");
  throw std::logic_error("no such car");
}

}  // namespace

TEST_CASE("A3: with a general token and several cars nothing is sent, and nobody says ok") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::account("toyota")};
  home.options.fleet.policy.abrp.api_key = base::Secret(home.cloud.world().options.abrp_key);
  home.options.fleet.policy.abrp.token = base::Secret(home.abrp_token(kElectricVin));
  home.start();
  home.loop.advance(10min);
  CHECK(home.cloud.world().journal.abrp_points == 0);
  const auto part = app::abrp_state(home.bridge->accounts);
  CHECK(part.state == "degraded");
  CHECK(part.reason.find("which of your cars") != std::string::npos);
  for (const auto* vin : {kElectricVin, kPlugInVin}) {
    const auto& car = running_car(home, vin);
    CHECK(car.uses_abrp);  // the entity is there and says why
    CHECK(car.diagnostics.abrp_status == "off");
    CHECK(car.diagnostics.abrp_remedy.find("abrp_token") != std::string::npos);
  }
}

TEST_CASE("A3: a token that came to two cars feeds the first, and the second says whose it is") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::account("toyota")};
  home.options.fleet.policy.abrp.api_key = base::Secret(home.cloud.world().options.abrp_key);
  const auto token = home.abrp_token(kElectricVin);
  home.options.fleet.vehicles = {options_of(kElectricVin, token), options_of(kPlugInVin, token)};
  home.options.fleet.vehicles[0].name = "Volt";
  home.start();
  home.loop.advance(10min);
  const auto& journal = home.cloud.world().journal;
  CHECK(journal.abrp_points > 0);
  CHECK(journal.violations.empty());
  CHECK(running_car(home, kElectricVin).diagnostics.abrp_status == "ok");
  CHECK(running_car(home, kPlugInVin).diagnostics.abrp_status == "off");
  CHECK(running_car(home, kPlugInVin).diagnostics.abrp_remedy.starts_with("Volt has"));
  const auto part = app::abrp_state(home.bridge->accounts);
  CHECK(part.state == "degraded");
  CHECK(part.reason.starts_with("Volt has"));
}

TEST_CASE("A3: where ABRP is not used, or of no use, it is off and not ok") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  SECTION("not used") {
    home.start();
    CHECK(app::abrp_state(home.bridge->accounts).state == "off");
    CHECK(app::abrp_state(home.bridge->accounts).reason.empty());
  }
  SECTION("used by one car") {
    home.options.fleet.policy.abrp.api_key = base::Secret(home.cloud.world().options.abrp_key);
    home.options.fleet.policy.abrp.token = base::Secret(home.abrp_token(SimulatedHome::kLexusVin));
    home.start();
    home.loop.advance(2min);
    CHECK(app::abrp_state(home.bridge->accounts).state == "ok");
  }
}

TEST_CASE("A3: after a restart a parked car's ABRP state and last acceptance are as before") {
  SimulatedHome home;
  home.options.fleet.accounts = {SimulatedHome::lexus()};
  home.options.fleet.policy.abrp.api_key = base::Secret(home.cloud.world().options.abrp_key);
  home.options.fleet.policy.abrp.token = base::Secret(home.abrp_token(SimulatedHome::kLexusVin));
  home.start();
  home.loop.advance(2min);
  const auto before = running_car(home, SimulatedHome::kLexusVin).diagnostics;
  REQUIRE(before.abrp_status == "ok");
  REQUIRE(before.abrp_last_accepted);
  home.stop();
  home.loop.advance(1h);
  home.start();
  const auto& after = running_car(home, SimulatedHome::kLexusVin).diagnostics;
  CHECK(after.abrp_status == "ok");
  CHECK(after.abrp_last_accepted >= before.abrp_last_accepted);
  CHECK(after.abrp_vehicle == before.abrp_vehicle);
}
