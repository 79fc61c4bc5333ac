#include <string>

#include "support/page_rig.hpp"

namespace toyota2mqtt::web {
namespace {

using namespace std::chrono_literals;
using test::element;
using test::header_of;
using test::Mischief;

struct AbrpRig : test::PageRig {
  AbrpRig() { actions.state = test::sample_overview(loop.clock.now()); }

  Response act(const std::string& action, const std::string& token, const std::string& key = "",
               const std::string& car = "aaaaaaaaaa") {
    return post("/setup/abrp",
                {{"car", car}, {"token", token}, {"api_key", key}, {"action", action}});
  }
};

}  // namespace

TEST_CASE("the ABRP page offers the cars that could send, and explains key and token") {
  AbrpRig rig;
  const auto page = rig.get("/setup/abrp?car=aaaaaaaaaa").body;
  CHECK(page.contains("<option value=\"aaaaaaaaaa\" selected>Blitz"));
  CHECK_FALSE(page.contains("value=\"bbbbbbbbbb\""));              // no battery
  CHECK(page.contains("<option value=\"cccccccccc\" disabled>"));  // the configuration's
  CHECK_FALSE(page.contains("value=\"dddddddddd\""));              // not used
  CHECK(page.contains("name=\"api_key\" type=\"password\""));
  CHECK(page.contains("name=\"token\" type=\"password\""));
  CHECK(page.contains("A key is known already."));
  for (const auto* action : {"check", "save", "remove"}) {
    CHECK(page.contains("name=\"action\" value=\"" + std::string(action) + "\""));
  }
  CHECK(page.contains("The VIN is neither of them."));
  CHECK(rig.get("/setup/abrp?car=%3Cscript%3E").body.contains("<script>") == false);
}

TEST_CASE("a check names the ABRP vehicle and saves nothing") {
  AbrpRig rig;
  const auto reply = rig.act("check", " token-canary ", " key-canary ");
  CHECK(reply.status == 200);
  CHECK(element(reply.body, "check").contains("<strong><bdi>My bZ4X</bdi></strong>"));
  REQUIRE(rig.actions.checks.size() == 1);
  CHECK(rig.actions.checks[0].token.reveal() == "token-canary");
  CHECK(rig.actions.checks[0].api_key.reveal() == "key-canary");
  CHECK(rig.actions.checks[0].car.text == "aaaaaaaaaa");
  CHECK(rig.actions.saves.empty());
  CHECK_FALSE(reply.body.contains("canary"));
  rig.actions.abrp_vehicle.clear();
  CHECK(element(rig.act("check", "t", "k").body, "check").contains("does not say"));
}

TEST_CASE("what was checked need not be typed again to be saved, for ten minutes") {
  AbrpRig rig;
  rig.act("check", "token-canary", "key-canary");
  const auto saved = rig.act("save", "");
  CHECK(saved.status == 303);
  CHECK(header_of(saved, "Location") == "../");
  REQUIRE(rig.actions.saves.size() == 1);
  CHECK(rig.actions.saves[0].token.reveal() == "token-canary");
  CHECK(rig.actions.saves[0].api_key.reveal() == "key-canary");
  CHECK(rig.act("save", "").status == 422);  // it is saved and forgotten

  rig.act("check", "token-canary", "key-canary");
  rig.act("save", "another");
  CHECK(rig.actions.saves[1].token.reveal() == "another");
  CHECK(rig.actions.saves[1].api_key.empty());  // of another token nothing was checked

  rig.act("check", "token-canary");
  rig.loop.advance(10min + 1s);
  const auto late = rig.act("save", "");
  CHECK(late.status == 422);
  CHECK(element(late.body, "problem") == "The token of the car is missing.");
  CHECK(rig.actions.saves.size() == 2);
}

TEST_CASE("what was saved here can be checked again without typing it") {
  AbrpRig rig;
  const auto reply = rig.act("check", "");
  CHECK(reply.status == 200);
  CHECK(element(reply.body, "check").contains("My bZ4X"));
  CHECK_FALSE(element(reply.body, "check").contains("press Save"));
  REQUIRE(rig.actions.checks.size() == 1);
  CHECK(rig.actions.checks[0].token.empty());
  rig.actions.state.cars[0].abrp_from = setup::Origin::none;
  CHECK(rig.act("check", "").status == 422);
}

TEST_CASE("a check that fails says why, and is not remembered") {
  AbrpRig rig;
  rig.actions.mischief = Mischief::unreachable;
  const auto reply = rig.act("check", "token-canary", "key-canary");
  CHECK(reply.status == 200);
  CHECK(element(reply.body, "check").contains("Could not resolve host"));
  CHECK_FALSE(reply.body.contains("canary"));
  rig.actions.mischief = Mischief::none;
  CHECK(rig.act("save", "").status == 422);
}

TEST_CASE("removing ends ABRP for the car") {
  AbrpRig rig;
  CHECK(rig.act("remove", "ignored").status == 303);
  REQUIRE(rig.actions.saves.size() == 1);
  CHECK(rig.actions.saves[0].token.empty());
  CHECK(rig.actions.saves[0].api_key.empty());
  CHECK_FALSE(rig.get("/setup/abrp").body.contains("value=\"remove\""));
}

TEST_CASE("only a car that may be set up here can be") {
  AbrpRig rig;
  for (const auto* car : {"", "bbbbbbbbbb", "cccccccccc", "dddddddddd", "0000000000"}) {
    for (const auto* action : {"check", "save", "remove"}) {
      INFO(car << " " << action);
      const auto reply = rig.act(action, "t", "k", car);
      CHECK(reply.status == 422);
      CHECK_FALSE(element(reply.body, "problem").empty());
    }
  }
  CHECK(rig.act("explode", "t").status == 400);
  CHECK(rig.actions.checks.empty());
  CHECK(rig.actions.saves.empty());
}

TEST_CASE("key and token are asked for when they are missing") {
  AbrpRig rig;
  rig.actions.state.abrp_key_from = setup::Origin::none;
  CHECK(element(rig.act("save", "token").body, "problem") == "The API key is missing.");
  rig.actions.state.cars[0].abrp_from = setup::Origin::none;
  CHECK(element(rig.act("check", "", "key").body, "problem") == "The token of the car is missing.");
  CHECK(rig.act("save", std::string(501, 'x'), "key").status == 422);
  CHECK(rig.act("save", "two\nlines", "key").status == 422);
  CHECK(rig.act("save", "token", "key").status == 303);
}

TEST_CASE("a key that stands in the configuration is neither asked for nor replaced") {
  AbrpRig rig;
  rig.actions.state.abrp_key_from = setup::Origin::configuration;
  const auto page = rig.get("/setup/abrp").body;
  CHECK_FALSE(page.contains("name=\"api_key\""));
  CHECK(page.contains("The API key stands in the configuration."));
  rig.act("save", "token", "another-key");
  CHECK(rig.actions.saves.at(0).api_key.empty());
}

TEST_CASE("saving that fails is reported, and without a car that could send there is no form") {
  AbrpRig rig;
  rig.actions.mischief = Mischief::storage_full;
  const auto reply = rig.act("save", "token-canary");
  CHECK(reply.status == 422);
  CHECK(element(reply.body, "problem") == "The database refused.");
  CHECK_FALSE(reply.body.contains("canary"));
  rig.actions.state.cars.clear();
  const auto page = rig.get("/setup/abrp").body;
  CHECK_FALSE(page.contains("<form"));
  CHECK(page.contains("None of your cars"));
}

}  // namespace toyota2mqtt::web
