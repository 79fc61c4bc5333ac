#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>

#include "support/history_rig.hpp"

// SIGKILL at any moment: what was acknowledged is there, and nothing is there by half.
using namespace toyota2mqtt;
using test::charge;
using test::event;
using test::kCar;
using test::kOtherCar;
using test::sample;
using test::trip;

namespace {

constexpr int kRoundApart = 1'000'000;  // minutes: each round writes into a time of its own
constexpr int kTrips = 3;
constexpr int kSamples = 5;
constexpr int kKinds = 4;
constexpr int kRoutePoints = 80;

bool is_long() {
  const char* wanted = std::getenv("T2M_LONG");
  return wanted != nullptr && std::string_view(wanted) == "1";
}

/// The `step`-th write of a round.
bool write_step(test::WorkerLoop& loop, platform::SqliteHistory& history, int base, int step) {
  const int turn = base + step / kKinds * 10;
  switch (step % kKinds) {
    case 0: {
      std::vector<history::TripRecord> trips;
      for (int i = 0; i < kTrips; ++i) trips.push_back(trip(turn + i, kRoutePoints));
      return loop.run(history.put_trips(kCar, trips)).has_value();
    }
    case 1: return loop.run(history.put_charge(kCar, charge(turn))).has_value();
    case 2: {
      std::vector<history::SampleRecord> samples;
      for (int i = 0; i < kSamples; ++i) samples.push_back(sample(turn + i));
      return loop.run(history.add_samples(kCar, samples)).has_value();
    }
    default: return loop.run(history.add_event(kCar, event(turn))).has_value();
  }
}

/// In a child: writes and tells after each write how many there were. Never returns.
[[noreturn]] void write_until_killed(const std::string& directory, int base, int reports) {
  test::WorkerLoop loop;
  test::OpenHistory opened(loop, directory);
  for (int step = 0;; ++step) {
    if (!write_step(loop, opened.history, base, step)) ::_exit(1);
    const int done = step + 1;
    if (::write(reports, &done, sizeof done) != sizeof done) ::_exit(1);
  }
}

/// In a child: fills and erases one car again and again; tells 1 when it is full and 2 when it is
/// empty. Never returns.
[[noreturn]] void erase_until_killed(const std::string& directory, int entries, int reports) {
  test::WorkerLoop loop;
  test::OpenHistory opened(loop, directory);
  std::vector<history::SampleRecord> samples;
  for (int i = 0; i < entries; ++i) samples.push_back(sample(i));
  while (true) {
    for (const int reported : {1, 2}) {
      const bool good = reported == 1
                            ? loop.run(opened.history.add_samples(kOtherCar, samples)).has_value()
                            : loop.run(opened.history.erase(kOtherCar)).has_value();
      if (!good || ::write(reports, &reported, sizeof reported) != sizeof reported) ::_exit(1);
    }
  }
}

class Child {
 public:
  template <class Work>
  explicit Child(Work work) {
    REQUIRE(::pipe(pipe_.data()) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::close(pipe_[0]);
      work(pipe_[1]);
    }
    ::close(pipe_[1]);
  }
  ~Child() { kill(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The next report; the last one again when the child is gone.
  bool next() { return ::read(pipe_[0], &last_, sizeof last_) == sizeof last_; }
  /// The last report that was sent before the end.
  int kill() {
    if (pid_ == 0) return last_;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
    while (next()) {
    }
    ::close(pipe_[0]);
    return last_;
  }

 private:
  std::array<int, 2> pipe_{};
  pid_t pid_ = 0;
  int last_ = 0;
};

void let_it_run(std::chrono::microseconds duration) {
  const auto end = std::chrono::steady_clock::now() + duration;
  while (std::chrono::steady_clock::now() < end) {
  }
}

/// Entries of each kind after so many steps.
std::array<std::size_t, kKinds> expected(int steps) {
  const auto turns = [steps](int kind) {
    return static_cast<std::size_t>((steps + kKinds - 1 - kind) / kKinds);
  };
  return {turns(0) * kTrips, turns(1), turns(2) * kSamples, turns(3)};
}

std::array<std::size_t, kKinds> found(test::HistoryRig& rig, platform::SqliteHistory& history,
                                      int base) {
  const history::Window window{
      .period = {.from = test::minute(base), .to = test::minute(base + kRoundApart)},
      .limit = 1000};
  const auto trips = rig.ask(history.trips(kCar, window)).entries;
  for (const auto& record : trips) CHECK(record.route.size() == kRoutePoints);
  return {trips.size(), rig.ask(history.charges(kCar, window)).entries.size(),
          rig.ask(history.samples(kCar, window)).entries.size(),
          rig.ask(history.events(kCar, window)).entries.size()};
}

void check_file(const std::string& directory) {
  SQLite::Database raw(directory + "/toyota2mqtt.db", SQLite::OPEN_READWRITE);
  CHECK(raw.execAndGet("PRAGMA integrity_check").getString() == "ok");
}

}  // namespace

TEST_CASE("a killed program loses nothing of the history that was acknowledged") {
  const int rounds = is_long() ? 100 : 20;
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 chance(seed);
  std::uniform_int_distribution<int> reports(0, 60);
  std::uniform_int_distribution<int> microseconds(0, 3000);
  const test::TemporaryDirectory directory;
  for (int round = 0; round < rounds; ++round) {
    INFO("round " << round);
    const int base = round * kRoundApart;
    Child child([&](int pipe) { write_until_killed(directory.path(), base, pipe); });
    for (int left = reports(chance); left > 0; --left) REQUIRE(child.next());
    let_it_run(std::chrono::microseconds(microseconds(chance)));
    const int done = child.kill();
    check_file(directory.path());
    test::HistoryRig rig;
    test::OpenHistory opened(rig.loop, directory.path());
    // The last write may have been done and not acknowledged.
    const auto counts = found(rig, opened.history, base);
    CHECK((counts == expected(done) || counts == expected(done + 1)));
    CHECK(rig.loop.log.lines.empty());
  }
}

TEST_CASE("a killed program has erased a history, or has not") {
  constexpr int kEntries = 700;
  const int rounds = is_long() ? 50 : 10;
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 chance(seed);
  std::uniform_int_distribution<int> reports(1, 8);
  std::uniform_int_distribution<int> microseconds(0, 20'000);
  const test::TemporaryDirectory directory;
  {
    test::WorkerLoop loop;
    test::OpenHistory opened(loop, directory.path());
    REQUIRE(loop.run(opened.history.put_trips(kCar, {trip(1, kRoutePoints)})));
  }
  for (int round = 0; round < rounds; ++round) {
    INFO("round " << round);
    Child child([&](int pipe) { erase_until_killed(directory.path(), kEntries, pipe); });
    for (int left = reports(chance); left > 0; --left) REQUIRE(child.next());
    let_it_run(std::chrono::microseconds(microseconds(chance)));
    child.kill();
    check_file(directory.path());
    test::HistoryRig rig;
    test::OpenHistory opened(rig.loop, directory.path());
    const history::Window window{.period = test::always(), .limit = 1000};
    const auto left = rig.ask(opened.history.samples(kOtherCar, window)).entries.size();
    CHECK((left == 0 || left == kEntries));
    CHECK(rig.ask(opened.history.trips(kCar, window)).entries.size() == 1);
  }
}
