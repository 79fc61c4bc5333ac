#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <random>

#include "support/history_rig.hpp"

// What is deleted from the history is gone: from every list, and from every file.
using namespace toyota2mqtt;
using test::charge;
using test::event;
using test::kCar;
using test::kOtherCar;
using test::sample;
using test::trip;

namespace {

namespace fs = std::filesystem;

constexpr int kEntries = 60;
const auto kNever = std::make_shared<const std::atomic<bool>>(false);

history::Window all() { return {.period = test::always(), .limit = 1000}; }

/// Trips of all sizes in no order, so that pages are split and joined everywhere. Answers the ids
/// of `kCar`.
std::vector<std::string> fill_in_disorder(test::HistoryRig& rig) {
  std::mt19937 chance(1);  // a number with which overwriting alone leaves two trips
  const auto number = [&chance](std::uint32_t most) {
    return static_cast<std::uint32_t>(chance() % most);
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 300; ++i) {
    for (const auto& car : {kCar, kOtherCar}) {
      auto one = trip(number(1'000'000), number(120));
      one.trip.id = fmt::format("{}-{:08x}-{}", car.text, chance(), std::string(number(40), 'x'));
      if (car == kCar) ids.push_back(one.trip.id);
      rig.ask(rig.history.put_trips(car, {one}));
      auto wake = event(number(1'000'000));
      wake.detail = one.trip.id + std::string(number(200), 'y');
      rig.tell(rig.history.add_event(car, wake));
    }
  }
  return ids;
}

/// The same for both cars, in turns, so that they share pages of the file.
void fill(test::HistoryRig& rig) {
  for (int i = 0; i < kEntries; ++i) {
    for (const auto& car : {kCar, kOtherCar}) {
      auto one = trip(i, 40);
      one.trip.id = car.text + "-trip-" + std::to_string(i);
      rig.ask(rig.history.put_trips(car, {one}));
      auto session = charge(i);
      session.basis = "basis-" + car.text;
      rig.ask(rig.history.put_charge(car, session));
      rig.tell(rig.history.add_samples(car, {sample(i)}));
      auto wake = event(i);
      wake.detail = "detail-" + car.text;
      rig.tell(rig.history.add_event(car, wake));
    }
  }
}

std::size_t entries_of(test::HistoryRig& rig, const base::CarId& car) {
  return rig.ask(rig.history.trips(car, all())).entries.size() +
         rig.ask(rig.history.charges(car, all())).entries.size() +
         rig.ask(rig.history.samples(car, all())).entries.size() +
         rig.ask(rig.history.events(car, all())).entries.size();
}

/// The names of the files that hold a text.
std::vector<std::string> files_with(const test::TemporaryDirectory& directory,
                                    const std::string& text) {
  std::vector<std::string> found;
  for (const auto& name : test::names_in(directory.path())) {
    if (test::content_of(directory.path(name)).contains(text)) found.push_back(name);
  }
  return found;
}

}  // namespace

TEST_CASE("erasing a car's history leaves nothing of it in any file, and the other car's whole") {
  test::HistoryRig rig;
  fill(rig);
  REQUIRE(rig.ask(rig.opened.database.snapshot(kNever)));
  REQUIRE(files_with(rig.directory, kCar.text + "-trip-7").size() >= 2);

  CHECK(rig.ask(rig.history.erase(kCar)) == std::size_t{4} * kEntries);
  CHECK(entries_of(rig, kCar) == 0);
  CHECK(entries_of(rig, kOtherCar) == std::size_t{4} * kEntries);
  CHECK(files_with(rig.directory, kCar.text).empty());
  CHECK(files_with(rig.directory, kOtherCar.text + "-trip-7").size() >= 2);
  CHECK(rig.ask(rig.history.trips(kOtherCar, all())).entries.front().route.size() == 40);
  CHECK(rig.ask(rig.history.erase(kCar)) == 0);
}

TEST_CASE("erasing leaves nothing on pages that were split and joined either") {
  test::HistoryRig rig;
  const auto ids = fill_in_disorder(rig);
  rig.ask(rig.history.erase(kCar));
  const auto content = test::content_of(rig.directory.path("toyota2mqtt.db")) +
                       test::content_of(rig.directory.path("toyota2mqtt.db-wal"));
  CHECK(std::ranges::count_if(ids, [&content](const std::string& id) {
          return content.contains(id.substr(0, 19));  // car and number
        }) == 0);
  CHECK(rig.ask(rig.history.trips(kOtherCar, all())).entries.size() == ids.size());
}

TEST_CASE("a shortened retention gives the space back") {
  test::HistoryRig rig;
  std::vector<history::SampleRecord> samples;
  for (int i = 0; i < 6000; ++i) samples.push_back(sample(i));
  rig.tell(rig.history.add_samples(kCar, samples));
  rig.ask(rig.history.prune(test::minute(0)));
  const auto size = [&rig] {
    REQUIRE(rig.ask(rig.opened.database.snapshot(kNever)));
    return fs::file_size(rig.directory.path("toyota2mqtt.snapshot"));
  };
  const auto before = size();
  rig.ask(rig.history.prune(test::minute(5900)));
  CHECK(size() < before / 5);
  CHECK(rig.ask(rig.history.samples(kCar, all())).entries.size() == 100);
}

TEST_CASE("an erased history does not come back with the snapshot") {
  test::TemporaryDirectory restored;
  {
    test::HistoryRig rig;
    fill(rig);
    REQUIRE(rig.ask(rig.opened.database.snapshot(kNever)));
    rig.ask(rig.history.erase(kCar));
    fs::copy_file(rig.directory.path("toyota2mqtt.snapshot"),
                  restored.path("toyota2mqtt.snapshot"));
  }
  test::WorkerLoop loop;
  test::OpenHistory opened(loop, restored.path());
  CHECK(loop.run(opened.history.trips(kCar, all())).value().entries.empty());
  CHECK(loop.run(opened.history.trips(kOtherCar, all())).value().entries.size() == kEntries);
}

TEST_CASE("erasing makes no snapshot where there was none") {
  test::HistoryRig rig;
  fill(rig);
  rig.ask(rig.history.erase(kCar));
  CHECK_FALSE(fs::exists(rig.directory.path("toyota2mqtt.snapshot")));
}

TEST_CASE("after erasing, a new history begins, ids of sessions are not used again") {
  test::HistoryRig rig;
  const auto first = rig.ask(rig.history.put_charge(kCar, charge(1)));
  rig.ask(rig.history.erase(kCar));
  CHECK(rig.ask(rig.history.put_charge(kCar, charge(1))) > first);
  CHECK(rig.ask(rig.history.put_trips(kCar, {trip(1)})) == 1);
  CHECK(entries_of(rig, kCar) == 2);
}

TEST_CASE("an erased past year is not fetched again") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(1)}));
  rig.tell(
      rig.history.put_backfill(kCar, {.state = "running", .trips = 1, .reached = test::minute(1)}));
  rig.ask(rig.history.erase(kCar));
  const auto progress = rig.ask(rig.history.backfill(kCar));
  CHECK(progress.state == "done");
  CHECK(progress.trips == 0);
  CHECK_FALSE(progress.reached);
}

TEST_CASE("pruning deletes what began before, of all cars, with its routes, and nothing else") {
  test::HistoryRig rig;
  fill(rig);
  CHECK(rig.ask(rig.history.prune(test::minute(20))) == std::size_t{2} * 4 * 20);
  CHECK(rig.ask(rig.history.prune(test::minute(20))) == 0);
  for (const auto& car : {kCar, kOtherCar}) {
    CHECK(entries_of(rig, car) == std::size_t{4} * (kEntries - 20));
    const auto trips = rig.ask(rig.history.trips(car, all())).entries;
    CHECK(trips.back().trip.start == test::minute(20));
    CHECK(trips.back().route.size() == 40);
  }
  CHECK(rig.ask(rig.history.drop_routes()) == std::size_t{2} * (kEntries - 20));
}

TEST_CASE("pruning everything leaves no trip in the database") {
  test::HistoryRig rig;
  fill(rig);
  CHECK(rig.ask(rig.history.prune(base::Time::max())) == std::size_t{2} * 4 * kEntries);
  CHECK(entries_of(rig, kCar) == 0);
  CHECK(files_with(rig.directory, kCar.text + "-trip-").empty());
  CHECK(files_with(rig.directory, "detail-" + kCar.text).empty());
}

TEST_CASE("routes that are not wanted go, also out of the snapshot, the trips stay") {
  test::HistoryRig rig;
  fill(rig);
  REQUIRE(rig.ask(rig.opened.database.snapshot(kNever)));
  const std::string part = "wj@vj@wj@vj@";  // of a line as it stands in the files
  REQUIRE(files_with(rig.directory, part).size() >= 2);
  CHECK(rig.ask(rig.history.drop_routes()) == std::size_t{2} * kEntries);
  CHECK(files_with(rig.directory, part).empty());
  CHECK(rig.ask(rig.history.drop_routes()) == 0);
  const auto trips = rig.ask(rig.history.trips(kCar, all())).entries;
  REQUIRE(trips.size() == kEntries);
  for (const auto& record : trips) CHECK(record.route.empty());
}

TEST_CASE("a snapshot holds the history, and a lost database gets it back from there") {
  const test::TemporaryDirectory directory;
  {
    test::WorkerLoop loop;
    test::OpenHistory opened(loop, directory.path());
    REQUIRE(loop.run(opened.history.put_trips(kCar, {trip(1, 10), trip(2)})));
    REQUIRE(loop.run(opened.history.put_charge(kCar, charge(1))));
    REQUIRE(loop.run(opened.history.add_samples(kCar, {sample(1)})));
    REQUIRE(loop.run(opened.history.add_event(kCar, event(1))));
    REQUIRE(loop.run(opened.database.snapshot(kNever)).value());
  }
  fs::remove(directory.path("toyota2mqtt.db"));
  test::HistoryRig rig;
  test::OpenHistory opened(rig.loop, directory.path());
  const auto trips = rig.ask(opened.history.trips(kCar, all())).entries;
  REQUIRE(trips.size() == 2);
  CHECK(trips[1].trip == trip(1).trip);
  CHECK(trips[1].route.size() == 10);
  CHECK(rig.ask(opened.history.charges(kCar, all())).entries.size() == 1);
  CHECK(rig.ask(opened.history.last_sample(kCar)) == sample(1));
  CHECK(rig.ask(opened.history.events(kCar, all())).entries == std::vector{event(1)});
  CHECK(rig.loop.log.text().contains("its snapshot took its place"));
}

TEST_CASE("on a full disk nothing is erased by half, and it can be tried again") {
  test::HistoryRig rig;
  fill(rig);
  {
    const test::FullDisk full(16);
    const auto refused = rig.loop.run(rig.history.erase(kCar));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::ErrorCode::storage_failed);
  }
  CHECK(entries_of(rig, kCar) == std::size_t{4} * kEntries);
  CHECK(rig.ask(rig.history.erase(kCar)) == std::size_t{4} * kEntries);
  CHECK(entries_of(rig, kCar) == 0);
}
