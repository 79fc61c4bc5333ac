#include <chrono>
#include <memory>

#include "support/history_rig.hpp"
#include "toyota2mqtt/history/retention.hpp"

// What the owner does not want to keep is deleted once a day.
using namespace toyota2mqtt;
using std::chrono::days;
using test::kCar;
using test::sample;
using test::trip;

namespace {

history::Window all() { return {.period = test::always(), .limit = 1000}; }

struct Rig : test::HistoryRig {
  /// Begins to keep order, now that it is this minute.
  void keep(history::Options options, std::int64_t now) {
    loop.clock.set_now(test::minute(now));
    retention = std::make_unique<history::Retention>(history, loop.clock, loop.log, options);
    loop.tasks.spawn("retention", retention->run());
  }
  std::size_t samples() { return ask(history.samples(kCar, all())).entries.size(); }
  void run_until(std::size_t left) {
    // Each look is a turn of the worker, so the retention gets on in between.
    for (int i = 0; i < 200 && samples() != left; ++i) loop.clock.jump();
    CHECK(samples() == left);
  }
  std::unique_ptr<history::Retention> retention;
};

}  // namespace

TEST_CASE("everything that began before the retention goes, without one, everything") {
  const auto now = test::minute(0);
  CHECK(history::forget_before({.retention = days(365)}, now) == now - days(365));
  CHECK(history::forget_before({.retention = days(0)}, now) == base::Time::max());
}

TEST_CASE("what is older than the retention is deleted after the start and every day again") {
  Rig rig;
  rig.tell(rig.history.add_samples(kCar, {sample(0), sample(1440), sample(5 * 1440)}));
  // A minute before the first one is a day too old.
  rig.keep({.retention = days(2), .routes = true}, 2 * 1440);
  rig.run_until(2);
  rig.run_until(1);
  CHECK(rig.ask(rig.history.last_sample(kCar)) == sample(5 * 1440));
  CHECK(rig.loop.log.text().contains("1 entries were deleted"));
}

TEST_CASE("a retention of 0 keeps nothing, not even what is to come") {
  Rig rig;
  rig.tell(rig.history.add_samples(kCar, {sample(0), sample(1440), sample(5 * 1440)}));
  rig.keep({.retention = days(0), .routes = true}, 2 * 1440);
  rig.run_until(0);
}

TEST_CASE("routes that were kept go when the owner does not want them any more") {
  for (const bool wanted : {true, false}) {
    INFO(wanted);
    Rig rig;
    rig.ask(rig.history.put_trips(kCar, {trip(1440, 20)}));
    rig.tell(rig.history.add_samples(kCar, {sample(0)}));
    rig.keep({.retention = days(1), .routes = wanted}, 2 * 1440 - 1);
    rig.run_until(0);
    const auto trips = rig.ask(rig.history.trips(kCar, all())).entries;
    REQUIRE(trips.size() == 1);
    CHECK(trips[0].route.size() == (wanted ? 20 : 0));
  }
}

TEST_CASE("a full disk is reported, and the next day it is tried again") {
  Rig rig;
  rig.tell(rig.history.add_samples(kCar, {sample(0)}));
  {
    const test::FullDisk full(16);
    rig.keep({.retention = days(1), .routes = true}, 2 * 1440);
    rig.loop.drive([&rig] { return rig.loop.log.text().contains("nothing old was deleted"); });
    CHECK(rig.samples() == 1);
  }
  rig.run_until(0);
}
