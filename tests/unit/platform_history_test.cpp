#include <chrono>
#include <limits>
#include <memory>

#include "support/history_rig.hpp"

// What history::HistoryStore promises, of the one in SQLite.
using namespace toyota2mqtt;
using test::charge;
using test::event;
using test::kCar;
using test::kOtherCar;
using test::sample;
using test::trip;

namespace {

constexpr std::size_t kMany = 1000;

history::Window all() { return {.period = test::always(), .limit = kMany}; }

std::vector<history::TripRecord> trips_of(test::HistoryRig& rig, const base::CarId& car) {
  return rig.ask(rig.history.trips(car, all())).entries;
}

std::vector<std::string> ids_of(const std::vector<history::TripRecord>& records) {
  std::vector<std::string> ids;
  ids.reserve(records.size());
  for (const auto& record : records) ids.push_back(record.trip.id);
  return ids;
}

}  // namespace

TEST_CASE("a trip comes back as it was put, known and unknown values alike") {
  test::HistoryRig rig;
  const auto full = trip(100);
  history::TripRecord bare;
  bare.trip.id = "bare";
  bare.trip.start = test::minute(7);
  bare.trip.end = test::minute(8);
  CHECK(rig.ask(rig.history.put_trips(kCar, {full, bare})) == 2);
  const auto found = trips_of(rig, kCar);
  REQUIRE(found.size() == 2);
  CHECK(found[0].trip == full.trip);
  CHECK(found[0].route.empty());
  CHECK(found[1].trip == bare.trip);
}

TEST_CASE("a trip of an id that is there is replaced, also when it began at another time") {
  test::HistoryRig rig;
  CHECK(rig.ask(rig.history.put_trips(kCar, {trip(100), trip(200)})) == 2);
  auto scored = trip(100);
  scored.trip.score = vehicle::Percent{99};
  scored.trip.start = test::minute(300);
  CHECK(rig.ask(rig.history.put_trips(kCar, {scored, trip(200), trip(400)})) == 1);
  const auto found = trips_of(rig, kCar);
  REQUIRE(found.size() == 3);
  CHECK(found[0].trip == trip(400).trip);
  CHECK(found[1].trip == scored.trip);
  CHECK(found[2].trip == trip(200).trip);
}

TEST_CASE("two trips that began at one time are both kept") {
  test::HistoryRig rig;
  auto twin = trip(100);
  twin.trip.id = "twin";
  CHECK(rig.ask(rig.history.put_trips(kCar, {trip(100), twin})) == 2);
  CHECK(trips_of(rig, kCar).size() == 2);
}

TEST_CASE("the same trips once more write nothing") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(1, 20), trip(2)}));
  const auto before = test::content_of(rig.directory.path("toyota2mqtt.db-wal"));
  CHECK(rig.ask(rig.history.put_trips(kCar, {trip(1, 20), trip(2), trip(1)})) == 0);
  CHECK(test::content_of(rig.directory.path("toyota2mqtt.db-wal")) == before);
}

TEST_CASE("a route is kept to a tenth of a metre, and stays when a trip comes without one") {
  test::HistoryRig rig;
  const auto put = trip(1, 120);
  rig.ask(rig.history.put_trips(kCar, {put}));
  auto scored = trip(1);
  scored.trip.score = vehicle::Percent{99};
  rig.ask(rig.history.put_trips(kCar, {scored}));
  const auto found = trips_of(rig, kCar);
  REQUIRE(found.size() == 1);
  CHECK(found[0].trip == scored.trip);
  REQUIRE(found[0].route.size() == put.route.size());
  for (std::size_t i = 0; i < put.route.size(); ++i) {
    CHECK(found[0].route[i].latitude == Approx(put.route[i].latitude).margin(1e-6).epsilon(0));
    CHECK(found[0].route[i].longitude == Approx(put.route[i].longitude).margin(1e-6).epsilon(0));
  }
}

TEST_CASE("a trip without an id, or with an endless one, is left out") {
  test::HistoryRig rig;
  history::TripRecord nameless;
  history::TripRecord endless;
  endless.trip.id = std::string(201, 'x');
  CHECK(rig.ask(rig.history.put_trips(kCar, {nameless, endless, trip(1)})) == 1);
  CHECK(trips_of(rig, kCar).size() == 1);
}

TEST_CASE("a charging session of the same start goes on instead of beginning anew") {
  test::HistoryRig rig;
  auto open = charge(50);
  open.end = std::nullopt;
  open.level_end = 30;
  const auto id = rig.ask(rig.history.put_charge(kCar, open));
  CHECK(id > 0);
  open.level_end = 45;
  open.basis = "a gap of 3 h in the reports";
  CHECK(rig.ask(rig.history.put_charge(kCar, open)) == id);
  open.id = id;
  CHECK(rig.ask(rig.history.open_charge(kCar)) == open);
  open.end = test::minute(99);
  CHECK(rig.ask(rig.history.put_charge(kCar, open)) == id);
  CHECK_FALSE(rig.ask(rig.history.open_charge(kCar)));
  CHECK(rig.ask(rig.history.charges(kCar, all())).entries == std::vector{open});
}

TEST_CASE("an open session is found by another run of the program") {
  const test::TemporaryDirectory directory;
  auto open = charge(50);
  open.end = std::nullopt;
  {
    test::WorkerLoop loop;
    test::OpenHistory opened(loop, directory.path());
    open.id = loop.run(opened.history.put_charge(kCar, open)).value();
  }
  test::WorkerLoop loop;
  test::OpenHistory opened(loop, directory.path());
  CHECK(loop.run(opened.history.open_charge(kCar)).value() == open);
  CHECK(loop.run(opened.history.open_charge(kOtherCar)).value() == std::nullopt);
}

TEST_CASE("energy and cost of a session are not kept: they are estimated when read") {
  test::HistoryRig rig;
  auto estimated = charge(1);
  estimated.energy = 8.2;
  estimated.cost = 2.46;
  rig.ask(rig.history.put_charge(kCar, estimated));
  const auto found = rig.ask(rig.history.charges(kCar, all())).entries;
  REQUIRE(found.size() == 1);
  CHECK_FALSE(found[0].energy);
  CHECK_FALSE(found[0].cost);
}

TEST_CASE("a sample of a time that is there takes its place, the last one is the newest") {
  test::HistoryRig rig;
  CHECK_FALSE(rig.ask(rig.history.last_sample(kCar)));
  rig.tell(rig.history.add_samples(kCar, {sample(2), sample(1)}));
  auto again = sample(2);
  again.ev_range = std::nullopt;
  again.odometer = 49000;
  rig.tell(rig.history.add_samples(kCar, {again}));
  CHECK(rig.ask(rig.history.samples(kCar, all())).entries == std::vector{again, sample(1)});
  CHECK(rig.ask(rig.history.last_sample(kCar)) == again);
}

TEST_CASE("events of one time keep their order, and their words to the byte") {
  test::HistoryRig rig;
  history::EventRecord failed{.kind = history::EventRecord::Kind::error,
                              .at = test::minute(5),
                              .name = "trips",
                              .outcome = "timeout",
                              .detail = "nichts kam in 20 s; \"zu spät\"\n"};
  history::EventRecord locked{.kind = history::EventRecord::Kind::command,
                              .at = test::minute(5),
                              .name = "c-1",
                              .outcome = "done",
                              .detail = ""};
  for (const auto& one : {event(5), failed, locked}) rig.tell(rig.history.add_event(kCar, one));
  CHECK(rig.ask(rig.history.events(kCar, all())).entries == std::vector{locked, failed, event(5)});
}

TEST_CASE("a long text is cut between two characters") {
  test::HistoryRig rig;
  auto long_one = event(1);
  long_one.name = std::string(199, 'a') + "ä";
  long_one.detail = std::string(5000, 'd');
  rig.tell(rig.history.add_event(kCar, long_one));
  const auto found = rig.ask(rig.history.events(kCar, all())).entries;
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == std::string(199, 'a'));
  CHECK(found[0].detail.size() == 1000);
}

TEST_CASE("a number that is none is unknown") {
  test::HistoryRig rig;
  auto odd = sample(1);
  odd.battery_level = std::numeric_limits<double>::quiet_NaN();
  odd.ev_range = std::numeric_limits<double>::infinity();
  rig.tell(rig.history.add_samples(kCar, {odd}));
  odd.battery_level = std::nullopt;
  odd.ev_range = std::nullopt;
  CHECK(rig.ask(rig.history.last_sample(kCar)) == odd);
}

TEST_CASE("each car has a history of its own") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(1)}));
  rig.ask(rig.history.put_trips(kOtherCar, {trip(1), trip(2)}));  // the same ids: both are kept
  rig.tell(rig.history.add_samples(kOtherCar, {sample(1)}));
  CHECK(trips_of(rig, kCar).size() == 1);
  CHECK(trips_of(rig, kOtherCar).size() == 2);
  CHECK(rig.ask(rig.history.samples(kCar, all())).entries.empty());
  CHECK(trips_of(rig, base::CarId{"0000000000"}).empty());
}

TEST_CASE("a list is read in parts without losing or doubling an entry") {
  test::HistoryRig rig;
  std::vector<history::TripRecord> trips;
  for (int i = 0; i < 23; ++i) {
    auto one = trip(i);
    one.trip.start = test::minute(i / 3);  // several begin at one time
    trips.push_back(one);
  }
  rig.ask(rig.history.put_trips(kCar, trips));
  std::vector<history::SampleRecord> samples;
  for (int i = 0; i < 23; ++i) {
    samples.push_back(sample(i));
    rig.tell(rig.history.add_event(kCar, event(i / 4)));
    rig.ask(rig.history.put_charge(kCar, charge(i)));
  }
  rig.tell(rig.history.add_samples(kCar, samples));

  const auto whole = ids_of(trips_of(rig, kCar));
  const auto whole_events = rig.ask(rig.history.events(kCar, all())).entries;
  const auto whole_samples = rig.ask(rig.history.samples(kCar, all())).entries;
  const auto whole_charges = rig.ask(rig.history.charges(kCar, all())).entries;
  REQUIRE(whole.size() == 23);
  REQUIRE(whole_events.size() == 23);
  for (const std::size_t limit : {1U, 2U, 5U, 22U, 23U, 24U}) {
    INFO(limit);
    auto& history = rig.history;
    CHECK(ids_of(test::read_all(
              [&](const history::Window& w) { return rig.ask(history.trips(kCar, w)); }, limit)) ==
          whole);
    CHECK(test::read_all([&](const history::Window& w) { return rig.ask(history.events(kCar, w)); },
                         limit) == whole_events);
    CHECK(test::read_all(
              [&](const history::Window& w) { return rig.ask(history.samples(kCar, w)); }, limit) ==
          whole_samples);
    CHECK(test::read_all(
              [&](const history::Window& w) { return rig.ask(history.charges(kCar, w)); }, limit) ==
          whole_charges);
  }
}

TEST_CASE("a part goes on where it ended, whatever came or went meanwhile") {
  test::HistoryRig rig;
  rig.tell(rig.history.add_samples(kCar, {sample(1), sample(2), sample(3), sample(4)}));
  history::Window window{.period = test::always(), .limit = 2};
  const auto first = rig.ask(rig.history.samples(kCar, window));
  rig.tell(rig.history.add_samples(kCar, {sample(5)}));
  window.before = first.next;
  CHECK(rig.ask(rig.history.samples(kCar, window)).entries == std::vector{sample(2), sample(1)});
}

TEST_CASE("a period begins with its first instant and ends before its last") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(1), trip(2), trip(3)}));
  const auto found = rig.ask(rig.history.trips(
      kCar, {.period = {.from = test::minute(1), .to = test::minute(3)}, .limit = kMany}));
  CHECK(ids_of(found.entries) == std::vector{trip(2).trip.id, trip(1).trip.id});
  CHECK_FALSE(found.next);
}

TEST_CASE("a limit outside of 1 to 1000 is the nearest one") {
  test::HistoryRig rig;
  std::vector<history::SampleRecord> samples;
  for (int i = 0; i < 1002; ++i) samples.push_back(sample(i));
  rig.tell(rig.history.add_samples(kCar, samples));
  const auto size = [&](std::size_t limit) {
    return rig.ask(rig.history.samples(kCar, {.period = test::always(), .limit = limit}))
        .entries.size();
  };
  CHECK(size(0) == 1);
  CHECK(size(1'000'000) == 1000);
}

TEST_CASE("a cursor that is none of this list is refused in words") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(1), trip(2)}));
  const auto next =
      rig.ask(rig.history.trips(kCar, {.period = test::always(), .limit = 1})).next.value();
  for (const auto& bad : {std::string(), std::string("x"), next, next + next, std::string("!!"),
                          std::string(100'000, 'A'), std::string("dDEvMQ=="),
                          std::string("ZTkvZmlyc3Q")}) {  // the last: e9/first
    INFO(bad.substr(0, 100));
    const auto refused = rig.loop.run(
        rig.history.events(kCar, {.period = test::always(), .limit = 1, .before = bad}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::ErrorCode::config_invalid);
  }
}

TEST_CASE("the figures get everything of a period, oldest first and without routes") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(1, 30), trip(2), trip(9)}));
  rig.ask(rig.history.put_charge(kCar, charge(2)));
  rig.ask(rig.history.put_charge(kCar, charge(1)));
  rig.tell(rig.history.add_samples(kCar, {sample(2), sample(1), sample(9)}));
  const auto input =
      rig.ask(rig.history.statistics_input(kCar, {.from = test::minute(1), .to = test::minute(9)}));
  CHECK(ids_of(input.trips) == std::vector{trip(1).trip.id, trip(2).trip.id});
  CHECK(input.trips[0].route.empty());
  REQUIRE(input.charges.size() == 2);
  CHECK(input.charges[0].start == test::minute(1));
  CHECK(input.samples == std::vector{sample(1), sample(2)});
}

TEST_CASE(
    "B8: the figures learn since when trips, levels and samples are there, and whether it burns") {
  test::HistoryRig rig;
  const history::Period later{.from = test::minute(1000), .to = test::minute(2000)};
  const auto known = [&] { return rig.ask(rig.history.statistics_input(kCar, later)).known; };
  CHECK_FALSE(known().trips);
  CHECK_FALSE(known().samples);
  CHECK_FALSE(known().tank);

  auto bare = sample(3);
  bare.battery_level.reset();
  bare.fuel_level.reset();
  rig.tell(rig.history.add_samples(kCar, {bare}));
  CHECK(known().samples == bare.at);
  CHECK_FALSE(known().levels);
  CHECK_FALSE(known().tank);

  auto electric = sample(5);
  electric.fuel_level.reset();
  auto first = trip(7);
  first.trip.fuel.reset();
  first.trip.ev_distance.reset();
  rig.tell(rig.history.add_samples(kCar, {electric}));
  rig.ask(rig.history.put_trips(kCar, {first}));
  CHECK(known().levels == electric.at);
  CHECK(known().trips == first.trip.start);
  CHECK_FALSE(known().tank);
  rig.ask(rig.history.put_trips(kCar, {trip(8)}));
  CHECK(known().tank);

  rig.tell(
      rig.history.put_backfill(kCar, {.state = "done", .trips = 2, .reached = test::minute(1)}));
  CHECK(known().trips == test::minute(1));
  CHECK_FALSE(rig.ask(rig.history.statistics_input(kOtherCar, later)).known.trips);

  // What was deleted for its age is not known any more, and no empty time either.
  rig.ask(rig.history.prune(test::minute(6)));
  CHECK(known().trips == test::minute(6));
  CHECK_FALSE(known().samples);
  rig.ask(rig.history.erase(kCar));
  CHECK_FALSE(known().trips);
}

TEST_CASE("B8: the figures get the sample before the period and the session that reaches into it") {
  test::HistoryRig rig;
  auto open = charge(880);
  open.end.reset();
  rig.ask(rig.history.put_charge(kCar, charge(700)));  // ended before
  rig.ask(rig.history.put_charge(kCar, charge(900)));
  rig.ask(rig.history.put_charge(kCar, open));
  rig.tell(rig.history.add_samples(kCar, {sample(1), sample(990), sample(1001)}));
  const auto input = rig.ask(
      rig.history.statistics_input(kCar, {.from = test::minute(1000), .to = test::minute(2000)}));
  CHECK(input.before == sample(990));
  CHECK(input.samples == std::vector{sample(1001)});
  REQUIRE(input.charges.size() == 2);
  CHECK(input.charges[0].start == test::minute(880));
  CHECK(input.charges[1].start == test::minute(900));
}

TEST_CASE("how far the past year was fetched survives a restart") {
  const test::TemporaryDirectory directory;
  {
    test::WorkerLoop loop;
    test::OpenHistory opened(loop, directory.path());
    CHECK(loop.run(opened.history.backfill(kCar)).value().state == "off");
    REQUIRE(loop.run(opened.history.put_backfill(
        kCar, {.state = "running", .trips = 5, .reached = test::minute(9)})));
    REQUIRE(loop.run(opened.history.put_backfill(
        kCar, {.state = "running", .trips = 25, .reached = test::minute(3)})));
  }
  test::WorkerLoop loop;
  test::OpenHistory opened(loop, directory.path());
  const auto found = loop.run(opened.history.backfill(kCar)).value();
  CHECK(found.state == "running");
  CHECK(found.trips == 25);
  CHECK(found.reached == test::minute(3));
}

TEST_CASE("a full disk refuses a whole batch and keeps what is there") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(1)}));
  std::vector<history::TripRecord> many;
  for (int i = 2; i < 500; ++i) many.push_back(trip(i, 50));
  {
    const test::FullDisk full(16);
    const auto refused = rig.loop.run(rig.history.put_trips(kCar, many));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::ErrorCode::storage_failed);
  }
  CHECK(trips_of(rig, kCar).size() == 1);
  CHECK(rig.ask(rig.history.put_trips(kCar, many)) == 498);
}

TEST_CASE("a damaged database costs the history, not the program") {
  const test::TemporaryDirectory directory;
  test::write_file(directory.path("toyota2mqtt.db"), std::string(4096, 'x'));
  test::WorkerLoop loop;
  test::OpenHistory opened(loop, directory.path());
  CHECK(loop.run(opened.history.put_trips(kCar, {trip(1)})).value() == 1);
  CHECK(loop.log.text().contains("damaged"));
}
