#include <nlohmann/json.hpp>

#include "support/simulated_gateway.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;
using test::SimulatedGateway;
using test::SimulatedHome;
using vehicle::Source;

namespace {

const char* const kLexusVin = SimulatedHome::kLexusVin;
const char* const kHybrid = "SB1SIMCORO0000001";

struct Home : SimulatedGateway {
  Home() { options.fleet.accounts = {lexus()}; }

  [[nodiscard]] rest::FleetCar lexus_car() const { return car(actions(), kLexusVin); }
  [[nodiscard]] base::CarId lexus_id() const { return {id(kLexusVin)}; }
  [[nodiscard]] rest::SourceView source(Source wanted) const {
    for (auto& view : fleet->sources(lexus_id())) {
      if (view.source == wanted) return view;
    }
    FAIL("the car has no such source");
    return {};
  }
  bool wait(std::chrono::seconds patience) {
    return loop.run(fleet->wait_for_read(lexus_id(), loop.clock.steady() + patience));
  }
  /// Without anything happening in between, as a request does it.
  bool clear_and_wait(std::vector<Source> sources, std::chrono::seconds patience) {
    return loop.run([](rest::Fleet& all, base::CarId car, std::vector<Source> which,
                       base::SteadyTime deadline) -> base::Task<bool> {
      all.clear(car, which);
      co_return co_await all.wait_for_read(car, deadline);
    }(*fleet, lexus_id(), std::move(sources), loop.clock.steady() + patience));
  }
};

}  // namespace

TEST_CASE("a car is found by its id and by its VIN in any case, and by nothing else") {
  Home home;
  home.open();
  const auto all = home.actions();
  CHECK(home.fleet->find(all, home.id(kLexusVin)));
  CHECK(home.fleet->find(all, kLexusVin));
  CHECK(home.fleet->find(all, "jtjsimrz450000001"));
  for (const auto* name :
       {"", "0000000000", "JTJSIMRZ450000002", "JTJSIMRZ45", "../../etc/passwd", "%"}) {
    CHECK_FALSE(home.fleet->find(all, name));
  }
}

TEST_CASE("the owner's cars stand in the order of their ids, one of two accounts once") {
  Home home;
  home.options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::account("driver")};
  home.open();
  const auto ids = home.ids(home.actions());
  CHECK(ids.size() == 6);
  CHECK(std::ranges::is_sorted(ids));
  CHECK(std::ranges::adjacent_find(ids) == ids.end());
}

TEST_CASE("a version grows with every change that is reported, and is never given twice") {
  Home home;
  home.open();
  const auto before = home.lexus_car().version;
  CHECK(before > 0);
  CHECK(home.lexus_car().version == before);  // looking changes nothing
  home.loop.advance(2h);
  CHECK(home.lexus_car().version > before);
  REQUIRE(home.heard.versions.size() > 2);
  CHECK(std::ranges::is_sorted(home.heard.versions));
  CHECK(std::ranges::adjacent_find(home.heard.versions) == home.heard.versions.end());

  // A car that left and came back is not taken for what it was.
  const auto newest = home.lexus_car().version;
  auto options = home.options;
  options.fleet.accounts.clear();
  home.reconfigure(options);
  CHECK(home.fleet->cars(home.actions()).empty());
  home.reconfigure(home.options);
  CHECK(home.lexus_car().version > newest);
}

TEST_CASE("a car is fresh while the cloud answers by the schedule, and stale while it does not") {
  Home home;
  home.open();
  CHECK(home.lexus_car().fresh);
  home.loop.advance(12h);
  CHECK(home.lexus_car().fresh);
  const auto version = home.lexus_car().version;
  home.line.cut = true;
  home.loop.advance(1h);
  CHECK_FALSE(home.lexus_car().fresh);
  CHECK(home.lexus_car().available);
  CHECK(home.lexus_car().version > version);
  CHECK(home.lexus_car().car->state.odometer);  // what is known stays
  home.line.cut = false;
  home.loop.advance(1h);
  CHECK(home.lexus_car().fresh);
}

TEST_CASE("a car of an account that is signed out is neither fresh nor available") {
  Home home;
  home.open();
  auto wrong = home.options;
  wrong.fleet.accounts = {SimulatedHome::account("lexus", vehicle::Brand::lexus, "wrong")};
  home.tokens.entries.clear();
  home.reconfigure(wrong);
  // Its cars are not known before the first list, and it gets none.
  CHECK(home.fleet->cars(home.actions()).empty());
}

TEST_CASE("what is cleared is not fresh until it was read anew, and no car is woken for it") {
  Home home;
  home.options.fleet.policy.wake.enabled = false;
  home.open();
  home.loop.advance(10min);
  REQUIRE(home.lexus_car().fresh);
  const auto reads = home.source(Source::location).reads;
  const auto version = home.lexus_car().version;

  home.fleet->clear(home.lexus_id(), {Source::location});
  CHECK(home.source(Source::location).cleared);
  CHECK_FALSE(home.source(Source::telemetry).cleared);
  CHECK_FALSE(home.lexus_car().fresh);
  CHECK(home.lexus_car().version > version);
  CHECK(home.clear_and_wait({Source::location}, 10s));
  CHECK(home.source(Source::location).reads > reads);
  CHECK_FALSE(home.source(Source::location).cleared);
  CHECK(home.lexus_car().fresh);

  home.fleet->clear(home.lexus_id(), {});
  for (const auto& view : home.fleet->sources(home.lexus_id())) {
    CHECK(view.cleared == (view.breaker != "not_there"));
  }
  CHECK(home.clear_and_wait({}, 60s));
  CHECK(home.lexus_car().fresh);
  CHECK(home.cloud.world().journal.wakes == 0);
}

TEST_CASE("what was cleared while the cloud is away stays stale, and waiting for it has an end") {
  Home home;
  home.open();
  home.line.cut = true;
  home.fleet->clear(home.lexus_id(), {});
  const auto began = home.loop.clock.steady();
  CHECK_FALSE(home.wait(10s));
  CHECK(home.loop.clock.steady() - began <= 10s);
  CHECK_FALSE(home.lexus_car().fresh);
  home.line.cut = false;
  home.loop.advance(1h);
  CHECK(home.lexus_car().fresh);
}

TEST_CASE("nobody waits for a car that is not there, nor for one that is not read") {
  Home home;
  home.open();
  CHECK_FALSE(
      home.loop.run(home.fleet->wait_for_read({"0000000000"}, home.loop.clock.steady() + 10s)));
  const auto& account = *home.bridge->accounts.owners()[0];
  account.cars().at(home.lexus_id())->set_reading(false);
  CHECK_FALSE(home.wait(10s));
}

TEST_CASE("a source tells when the cloud answered, the car's own time, and how its breaker is") {
  Home home;
  home.options.fleet.accounts = {SimulatedHome::account("toyota")};
  home.open();
  home.loop.advance(12h);
  const auto now = home.loop.clock.now();
  bool one_rests = false;
  for (const auto& view : home.fleet->sources({home.id(kHybrid)})) {
    CHECK(view.reads > 0);
    if (view.breaker == "closed") {
      CHECK_FALSE(view.asked_again_at);
    } else {
      one_rests = true;
      CHECK(view.failures >= 3);
      REQUIRE(view.asked_again_at);
    }
    if (view.source != Source::telemetry) continue;
    REQUIRE(view.asked_at);
    CHECK(now - *view.asked_at < 1h);
    REQUIRE(view.reported_at);
    CHECK(*view.reported_at <= *view.asked_at);
  }
  CHECK(one_rests);
  CHECK(home.fleet->sources({"0000000000"}).empty());
}

TEST_CASE("the ABRP point is the newest that ABRP would get, also when nothing is sent there") {
  Home home;
  home.open();
  home.loop.advance(1h);
  abrp::SentMarks nothing;
  const auto points = abrp::new_points(*home.lexus_car().car, nothing, home.loop.clock.now(), true);
  REQUIRE_FALSE(points.empty());
  const auto shown = home.fleet->abrp_point(home.lexus_id());
  REQUIRE(shown);
  CHECK(*shown == points.back());
  CHECK(home.cloud.world().journal.abrp_points == 0);
  CHECK_FALSE(home.fleet->abrp_point({"0000000000"}));
}

TEST_CASE("a place that is kept from ABRP is not in the point, a hybrid without a plug has none") {
  Home home;
  home.options.fleet.accounts = {SimulatedHome::account("driver")};
  home.options.fleet.policy.abrp.send_location = false;
  home.open();
  home.loop.advance(1h);
  for (const auto& car : home.fleet->cars(home.actions())) {
    const auto point = home.fleet->abrp_point(car.car->identity.id);
    if (!point) continue;
    CHECK_FALSE(point->latitude);
  }
  CHECK_FALSE(home.fleet->abrp_point({home.id(kHybrid)}));
}

TEST_CASE("asking the car itself obeys the limits of wakes, and says when it may be repeated") {
  Home home;
  home.options.fleet.policy.wake.after_stop.clear();
  home.options.fleet.policy.wake.while_charging = 0s;
  home.open();
  const auto first = home.loop.run(home.fleet->refresh(home.lexus_id()));
  REQUIRE(first);
  CHECK(first->sent);
  CHECK(home.cloud.world().journal.wakes_by_car[kLexusVin] >= 1);
  const auto second = home.loop.run(home.fleet->refresh(home.lexus_id()));
  REQUIRE(second);
  CHECK_FALSE(second->sent);
  CHECK_FALSE(second->refusal.empty());
  REQUIRE(second->next_at);
  CHECK(*second->next_at > home.loop.clock.now());
  const auto nobody = home.loop.run(home.fleet->refresh({"0000000000"}));
  CHECK(nobody.error().code == ErrorCode::not_supported);
}

TEST_CASE("a car is not asked itself when commands.allow does not say so, but the cloud is") {
  Home home;
  home.options.fleet.policy.commands.allow = {};
  home.options.fleet.policy.wake.after_stop.clear();
  home.open();
  const auto asked = home.requests_about(kLexusVin);
  const auto answer = home.loop.run(home.fleet->refresh(home.lexus_id()));
  REQUIRE(answer);
  CHECK_FALSE(answer->sent);
  CHECK(answer->refusal.find("commands.allow") != std::string::npos);
  home.loop.advance(30s);
  CHECK(home.requests_about(kLexusVin) > asked);
  CHECK(home.cloud.world().journal.wakes_by_car[kLexusVin] == 0);
}

TEST_CASE("a request that waits for a car that leaves meanwhile gets an answer all the same") {
  Home home;
  home.open();
  home.cloud.latency = 20s;
  std::optional<base::Result<rest::RefreshAnswer>> answer;
  home.loop.tasks.spawn("refresh",
                        base::detail::store_result(home.fleet->refresh(home.lexus_id()), answer));
  home.loop.settle();
  auto options = home.options;
  options.fleet.accounts.clear();
  home.loop.run(home.bridge->reconfigure(options.fleet));
  home.loop.advance(2min);
  CHECK(answer);
}

TEST_CASE("a command has a number of its own, under which its steps are reported") {
  Home home;
  home.open();
  const auto one = home.fleet->command(home.lexus_id(),
                                       {.action = vehicle::Action::lock, .entity = "lock_doors"});
  REQUIRE(one);
  CHECK(one->size() == 16);
  home.loop.advance(5min);
  REQUIRE_FALSE(home.heard.steps.empty());
  CHECK(home.heard.steps.front().second.id == *one);
  CHECK(home.heard.steps.front().second.result.outcome == vehicle::Outcome::accepted);
  for (const auto& [account, step] : home.heard.steps) {
    CHECK(account == toyota::account_key(SimulatedHome::lexus(), home.crypto));
    CHECK(step.id == *one);
  }
  const auto nobody = home.fleet->command({"0000000000"}, {.action = vehicle::Action::lock});
  CHECK(nobody.error().code == ErrorCode::not_supported);
}
