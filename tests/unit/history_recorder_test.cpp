#include "support/catch.hpp"
#include "support/history_samples.hpp"
#include "support/loop.hpp"
#include "support/memory_history.hpp"

/// What is written of samples and trips, and how the recorder writes it.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using history::EventRecord;
using history::SampleRecord;
using history::TripRecord;
using test::at;

namespace {

const base::CarId kCar{"0123456789"};

vehicle::Car a_car(base::Time when, double level, double odometer) {
  auto car = test::unknown_car(kCar);
  car.usable_capacity = 50;
  car.state.battery_level_reported = {
      .value = vehicle::Percent{level}, .at = when, .source = vehicle::Source::electric};
  car.state.odometer = {
      .value = vehicle::Kilometres{odometer}, .at = when, .source = vehicle::Source::telemetry};
  return car;
}

void list_trips(vehicle::Car& car, std::initializer_list<vehicle::Trip> trips) {
  car.state.listed_trips.emplace();
  for (const auto& trip : trips) {
    car.state.listed_trips->push_back({.trip = trip, .track = {{.latitude = 52, .longitude = 13}}});
  }
}

struct Rig {
  explicit Rig(bool routes = false) { make(routes); }
  ~Rig() { stop(); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  void make(bool routes = false) {
    recorder = std::make_unique<history::Recorder>(
        history::Recorder::Services{.executor = loop.io.get_executor(),
                                    .clock = loop.clock,
                                    .log = loop.log,
                                    .store = store,
                                    .zone = zone},
        history::Recorder::Options{.prices = {.currency = "EUR"}, .routes = routes});
    recorder->on_statistics([this](const base::CarId&, const vehicle::CarStatistics& statistics) {
      ++shown;
      last = statistics;
    });
  }
  void stop() {
    if (!recorder) return;
    recorder->cancel();
    loop.run(recorder->join());
    recorder.reset();
  }
  test::MemoryHistory::Car& kept() { return store.cars[kCar]; }
  int warnings() {
    return static_cast<int>(std::ranges::count(loop.log.lines, base::LogLevel::warning,
                                               &test::RecordingLog::Line::level));
  }

  test::TestLoop loop;
  test::MemoryHistory store;
  base::Zone zone = base::Zone::utc();
  std::unique_ptr<history::Recorder> recorder;
  int shown = 0;
  vehicle::CarStatistics last;
};

std::vector<SampleRecord> samples_of(history::CarMemory& memory, const history::Seen& seen,
                                     base::Time now) {
  return test::only<SampleRecord>(history::advance(memory, seen, {}, now));
}

}  // namespace

TEST_CASE("A sample is written when a value differs, with the car's own time") {
  history::CarMemory memory;
  auto seen = test::seen(at("10:00"), false, 80);
  REQUIRE(samples_of(memory, seen, at("10:07")).size() == 1);
  CHECK(memory.sample->at == at("10:00"));
  seen.battery_level->at = at("10:15");
  CHECK(samples_of(memory, seen, at("10:16")).empty());
  seen.battery_level->value = 79;
  const auto written = samples_of(memory, seen, at("10:17"));
  REQUIRE(written.size() == 1);
  CHECK(written.front().at == at("10:15"));
  CHECK(written.front().battery_level == 79.0);
  CHECK(written.front().odometer == 10000.0);
}

TEST_CASE("What differs within a minute, or comes late, takes the place of the last sample") {
  history::CarMemory memory;
  (void)samples_of(memory, test::seen(at("10:00"), false, 80), at("10:00"));
  auto seen = test::seen(at("10:00") + 40s, false, 79, 10000);
  CHECK(samples_of(memory, seen, at("10:01")).front().at == at("10:00"));
  seen.odometer = {.value = 10010, .at = at("09:50")};  // another part of the cloud, read later
  const auto late = samples_of(memory, seen, at("10:02"));
  REQUIRE(late.size() == 1);
  CHECK(late.front().at == at("10:00"));
  CHECK(late.front().odometer == 10010.0);
}

TEST_CASE("A value that becomes unknown is no change") {
  history::CarMemory memory;
  auto seen = test::seen(at("10:00"), false, 80);
  (void)samples_of(memory, seen, at("10:00"));
  seen.battery_level.reset();
  CHECK(samples_of(memory, seen, at("10:30")).empty());
}

TEST_CASE("A value from the future, or without a time, is no sample") {
  history::CarMemory memory;
  CHECK(samples_of(memory, test::seen(at("12:00"), false, 80), at("10:00")).empty());
  auto car = a_car(at("10:00"), 80, 10000);
  car.state.battery_level_reported->at.reset();
  car.state.odometer->at.reset();
  CHECK(samples_of(memory, history::seen_of(car), at("10:00")).empty());
}

TEST_CASE("Each trip of a list is written once, and again when it says something new") {
  history::CarMemory memory;
  history::Seen seen;
  auto one = test::trip("one", at("08:00"), at("08:30"), 20);
  const auto two = test::trip("two", at("09:00"), at("09:30"), 25);
  seen.trips = {{.trip = two}, {.trip = one}};
  const auto written = test::only<TripRecord>(history::advance(memory, seen, {}, at("10:00")));
  REQUIRE(written.size() == 2);
  CHECK(written.front().trip.id == "one");  // in the order of time
  CHECK(history::advance(memory, seen, {}, at("10:05")).empty());
  one.score = vehicle::Percent{81};
  seen.trips = {{.trip = two}, {.trip = one}};
  const auto again = test::only<TripRecord>(history::advance(memory, seen, {}, at("10:10")));
  REQUIRE(again.size() == 1);
  CHECK(again.front().trip.score->value == 81);
}

TEST_CASE("What was seen is written a few seconds later") {
  Rig rig;
  rig.recorder->saw(a_car(rig.loop.clock.now() - 1min, 80, 10000));
  rig.loop.advance(1s);
  CHECK(rig.kept().samples.empty());
  rig.loop.advance(15s);
  CHECK(rig.kept().samples.size() == 1);
  const int writes = rig.store.writes;
  rig.recorder->saw(a_car(rig.loop.clock.now() - 1min, 80, 10000));
  rig.loop.advance(1min);
  CHECK(rig.store.writes == writes);
}

TEST_CASE("Where trips led is kept only when it is wanted") {
  for (const bool wanted : {false, true}) {
    Rig rig(wanted);
    auto car = a_car(rig.loop.clock.now(), 80, 10000);
    list_trips(car, {test::trip("one", at("08:00"), at("08:30"), 20)});
    rig.recorder->saw(car);
    rig.loop.advance(15s);
    REQUIRE(rig.kept().trips.size() == 1);
    CHECK(rig.kept().trips.at("one").route.size() == (wanted ? 1U : 0U));
  }
}

TEST_CASE("What waits at the end is written before the end") {
  Rig rig;
  rig.recorder->saw(a_car(rig.loop.clock.now(), 80, 10000));
  rig.loop.advance(1s);
  rig.stop();
  CHECK(rig.kept().samples.size() == 1);
}

TEST_CASE("While the store is in trouble everything waits, and the log says it once") {
  Rig rig;
  rig.store.disk_full = true;
  rig.recorder->saw(a_car(rig.loop.clock.now(), 80, 10000));
  rig.recorder->record_event(
      kCar, {.kind = EventRecord::Kind::wake, .name = "owner", .outcome = "accepted"});
  rig.loop.advance(30min);
  rig.recorder->record_event(
      kCar, {.kind = EventRecord::Kind::wake, .name = "owner", .outcome = "accepted"});
  rig.loop.advance(30min);
  CHECK(rig.warnings() == 1);
  CHECK(rig.recorder->waiting() == 2);
  rig.store.disk_full = false;
  rig.loop.advance(2min);
  CHECK(rig.kept().samples.size() == 1);
  REQUIRE(rig.kept().events.size() == 2);
  CHECK(rig.kept().events[1].at - rig.kept().events[0].at == 30min);
  CHECK(rig.recorder->waiting() == 0);
}

TEST_CASE("Trouble after the start holds up nothing and loses nothing") {
  Rig rig;
  rig.recorder->saw(a_car(rig.loop.clock.now(), 80, 10000));
  rig.loop.advance(1min);
  rig.store.disk_full = true;
  for (int i = 1; i <= 10; ++i) {
    rig.recorder->saw(a_car(rig.loop.clock.now(), 80 - i, 10000 + i * 5));
    rig.loop.advance(5min);
  }
  CHECK(rig.warnings() == 1);
  rig.store.disk_full = false;
  rig.loop.advance(5min);
  CHECK(rig.kept().samples.size() == 11);
  CHECK(rig.loop.log.text().contains("the history is written again"));
}

TEST_CASE(
    "No more than a thousand entries of a car wait, the oldest are lost, and that is said once") {
  Rig rig;
  rig.store.disk_full = true;
  for (int i = 0; i < 1200; ++i) rig.recorder->record_event(kCar, {.name = std::to_string(i)});
  rig.loop.advance(5min);
  CHECK(rig.recorder->waiting() == 1000);
  CHECK(rig.warnings() == 2);  // the overflow, and the store
  rig.store.disk_full = false;
  rig.loop.advance(5min);
  REQUIRE(rig.kept().events.size() == 1000);
  CHECK(rig.kept().events.front().name == "200");
}

TEST_CASE("A session goes on after a restart of the program") {
  Rig rig;
  auto car = a_car(rig.loop.clock.now(), 40, 10000);
  car.state.charging_status = {.value = vehicle::ChargingStatus::charging,
                               .at = rig.loop.clock.now(),
                               .source = vehicle::Source::electric};
  const auto begin = rig.loop.clock.now();
  rig.recorder->saw(car);
  rig.loop.advance(1min);
  rig.stop();
  rig.make();
  rig.loop.advance(59min);
  car.state.charging_status->at = car.state.battery_level_reported->at = rig.loop.clock.now();
  car.state.battery_level_reported->value = vehicle::Percent{60};
  rig.recorder->saw(car);
  rig.loop.advance(1min);
  REQUIRE(rig.kept().charges.size() == 1);
  const auto& session = rig.kept().charges.begin()->second;
  CHECK(session.start == begin);
  CHECK(session.level_start == 40.0);
  CHECK(session.level_end == 60.0);
  CHECK(session.energy.value() == Approx(10));
}

TEST_CASE("Figures are made at the start, after a trip, and each night") {
  Rig rig;
  auto car = a_car(rig.loop.clock.now(), 80, 10000);
  rig.recorder->saw(car);
  rig.loop.advance(1min);
  CHECK(rig.shown == 1);
  CHECK(rig.last.month.distance->value == 0);
  CHECK(rig.last.month.distance->since == at("12:00"));
  const auto now = rig.loop.clock.now();
  list_trips(car, {test::trip("one", now - 40min, now - 10min, 20)});
  rig.recorder->saw(car);
  rig.loop.advance(1min);
  CHECK(rig.shown == 2);
  CHECK(rig.last.month.distance->value == Approx(20));
  CHECK(rig.last.month_began == at("2026-11-01T00:00:00Z"));
  CHECK(rig.last.currency == "EUR");
  rig.loop.advance(13h);
  CHECK(rig.shown == 3);
  rig.loop.advance(24h);
  CHECK(rig.shown == 4);
}

TEST_CASE("A new month begins with empty sums, and the last 30 days stay") {
  Rig rig;
  auto car = a_car(rig.loop.clock.now(), 80, 10000);
  const auto now = rig.loop.clock.now();
  list_trips(car, {test::trip("one", now - 40min, now - 10min, 20)});
  rig.recorder->saw(car);
  rig.loop.advance(11 * 24h);  // it is the first of December
  CHECK(rig.last.month_began == at("2026-12-01T00:00:00Z"));
  CHECK(rig.last.month.distance->value == 0);
  CHECK(rig.last.month.distance->since == rig.last.month_began);
  CHECK(rig.last.recent.distance->value == Approx(20));
}

TEST_CASE("Other prices count from the next figures on") {
  Rig rig;
  const auto now = rig.loop.clock.now();
  auto car = a_car(now - 1h, 80, 10000);
  list_trips(car, {test::hybrid_trip("one", now - 40min, now - 10min, 20, 0, 1.5)});
  rig.recorder->saw(car);
  rig.loop.advance(1min);
  CHECK_FALSE(rig.last.month.cost);
  rig.recorder->use({.prices = {.fuel_price = 2}});
  rig.loop.advance(1min);
  CHECK(rig.last.month.cost->value == Approx(3));
}

TEST_CASE("What was deleted does not come back") {
  Rig rig;
  auto car = a_car(rig.loop.clock.now(), 80, 10000);
  list_trips(car, {test::trip("one", at("08:00"), at("08:30"), 20)});
  car.state.charging_status = {.value = vehicle::ChargingStatus::charging,
                               .at = rig.loop.clock.now(),
                               .source = vehicle::Source::electric};
  rig.recorder->saw(car);
  rig.loop.advance(1min);
  car.state.odometer->value.value += 1;
  rig.recorder->saw(car);
  rig.recorder->forget(kCar);
  rig.loop.run([](test::MemoryHistory& store) -> base::Task<void> {
    (void)co_await store.erase(kCar);
  }(rig.store));
  rig.loop.advance(5min);
  car.diagnostics.mode = "parked";
  rig.recorder->saw(car);
  rig.loop.advance(5min);
  CHECK(rig.kept().trips.empty());
  CHECK(rig.kept().charges.empty());
  CHECK(rig.kept().samples.empty());
}
