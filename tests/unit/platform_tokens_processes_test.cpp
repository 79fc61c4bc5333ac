#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>

#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/file_token_store.hpp"

// Several processes and one token file: what a kill may cost, and who may refresh.
using namespace toyota2mqtt;

namespace {

struct Process {
  explicit Process(const std::string& directory)
      : store(loop.worker, loop.clock, loop.random, loop.log, directory) {}
  test::WorkerLoop loop;
  platform::FileTokenStore store;
};

struct Pipe {
  Pipe() { REQUIRE(::pipe(ends) == 0); }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  int ends[2] = {-1, -1};
};

// Both texts depend on the number, so a mixture of two contents shows.
toyota::Tokens tokens(int number) {
  const auto text = std::to_string(number);
  return {.access = base::Secret(std::string(2000, static_cast<char>('a' + number % 26)) + text),
          .refresh = base::Secret("refresh " + text),
          .guid = text,
          .expires_at = {}};
}

bool is_whole(const toyota::Tokens& found) {
  const auto expected = tokens(std::stoi(found.guid));
  return found.access == expected.access && found.refresh == expected.refresh;
}

[[noreturn]] void save_until_killed(const std::string& directory, int reports) {
  Process process(directory);
  for (int i = 1;; ++i) {
    if (!process.loop.run(process.store.save("account", tokens(i)))) _exit(1);
    if (::write(reports, &i, sizeof i) != sizeof i) _exit(1);
  }
}

base::Task<base::Result<void>> increment(toyota::TokenStore& store) {
  auto lock = co_await store.lock();
  if (!lock) co_return base::fail(lock.error());
  auto before = co_await store.load("account");
  if (!before) co_return base::fail(before.error());
  const int number = *before ? std::stoi((*before)->guid) : 0;
  auto after = tokens(number + 1);
  co_return co_await store.save("account", std::move(after));
}

[[noreturn]] void increment_often(const std::string& directory, int times) {
  int status = 0;
  {
    Process process(directory);
    for (int i = 0; i < times; ++i) {
      if (!process.loop.run(increment(process.store))) status = 1;
    }
  }
  _exit(status);
}

[[noreturn]] void hold_lock(const std::string& directory, int ready, int release) {
  Process process(directory);
  const auto lock = process.loop.run(process.store.lock());
  char byte = lock ? 'y' : 'n';
  if (::write(ready, &byte, 1) != 1) _exit(1);
  while (::read(release, &byte, 1) > 0) {
  }
  _exit(0);
}

base::Task<void> take(toyota::TokenStore& store, std::unique_ptr<toyota::TokenStore::Lock>& lock,
                      std::string& outcome) {
  auto taken = co_await store.lock();
  outcome = taken ? "taken" : std::string(base::to_string(taken.error().code));
  if (taken) lock = std::move(*taken);
}

void let_pass(test::WorkerLoop& loop, std::chrono::seconds time) {
  const auto later = loop.clock.steady() + time;
  loop.drive([&] { return loop.clock.steady() > later; });
}

}  // namespace

TEST_CASE("a process killed while it saves leaves the old or the new tokens, in full") {
  std::mt19937 random(20261120);
  test::TemporaryDirectory directory;
  for (int round = 0; round < 50; ++round) {
    Pipe reports;
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) save_until_killed(directory.path(), reports.ends[1]);
    reports.close_end(1);
    int last = 0;
    for (unsigned i = 0; i < 1 + random() % 4; ++i) {
      REQUIRE(::read(reports.ends[0], &last, sizeof last) == sizeof last);
    }
    const auto moment =
        std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 2000);
    while (std::chrono::steady_clock::now() < moment) {
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(reports.ends[0], &last, sizeof last) == sizeof last) {
    }

    Process process(directory.path());
    const auto found = process.loop.run(process.store.load("account")).value();
    REQUIRE(found);
    CHECK(is_whole(*found));
    const int number = std::stoi(found->guid);
    CHECK((number == last || number == last + 1));
    CHECK(process.loop.log.lines.empty());
  }
  // What a killed write left behind does not pile up.
  CHECK(test::names_in(directory.path()).size() <= 4);
}

TEST_CASE("processes that read and write under the lock lose no update") {
  test::TemporaryDirectory directory;
  constexpr int kTimes = 15;
  std::vector<pid_t> children;
  for (int i = 0; i < 3; ++i) {
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) increment_often(directory.path(), kTimes);
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  Process process(directory.path());
  const auto found = process.loop.run(process.store.load("account")).value();
  REQUIRE(found);
  CHECK(found->guid == std::to_string(3 * kTimes));
}

TEST_CASE("a lock held by another process is waited for, also when that process is killed") {
  for (const bool kill : {false, true}) {
    test::TemporaryDirectory directory;
    Pipe ready;
    Pipe release;
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      release.close_end(1);
      hold_lock(directory.path(), ready.ends[1], release.ends[0]);
    }
    char byte = 0;
    REQUIRE(::read(ready.ends[0], &byte, 1) == 1);
    REQUIRE(byte == 'y');

    Process process(directory.path());
    std::unique_ptr<toyota::TokenStore::Lock> lock;
    std::string outcome;
    process.loop.tasks.spawn("take", take(process.store, lock, outcome));
    let_pass(process.loop, std::chrono::seconds(2));
    CHECK(outcome.empty());

    if (kill) ::kill(child, SIGKILL);
    release.close_end(1);
    process.loop.drive([&] { return !outcome.empty(); });
    CHECK(outcome == "taken");
    ::waitpid(child, nullptr, 0);
  }
}

TEST_CASE("one process locks itself out as well, until the lock is released") {
  test::TemporaryDirectory directory;
  Process process(directory.path());
  auto first = process.loop.run(process.store.lock());
  REQUIRE(first);
  std::unique_ptr<toyota::TokenStore::Lock> second;
  std::string outcome;
  process.loop.tasks.spawn("take", take(process.store, second, outcome));
  let_pass(process.loop, std::chrono::seconds(1));
  CHECK(outcome.empty());
  first->reset();
  process.loop.drive([&] { return !outcome.empty(); });
  CHECK(outcome == "taken");
}

TEST_CASE("waiting for the lock ends with cancellation") {
  test::TemporaryDirectory directory;
  Process process(directory.path());
  const auto held = process.loop.run(process.store.lock());
  REQUIRE(held);
  std::unique_ptr<toyota::TokenStore::Lock> lock;
  std::string outcome;
  process.loop.tasks.spawn("take", take(process.store, lock, outcome));
  let_pass(process.loop, std::chrono::seconds(1));
  process.loop.tasks.cancel();
  process.loop.drive([&] { return !outcome.empty(); });
  CHECK(outcome == "cancelled");
}

TEST_CASE("a lock that nobody gives back is storage_failed after 5 minutes") {
  test::TemporaryDirectory directory;
  Process process(directory.path());
  const auto held = process.loop.run(process.store.lock());
  REQUIRE(held);
  std::unique_ptr<toyota::TokenStore::Lock> lock;
  std::string outcome;
  process.loop.tasks.spawn("take", take(process.store, lock, outcome));
  let_pass(process.loop, std::chrono::seconds(1));
  CHECK(outcome.empty());
  process.loop.clock.advance(std::chrono::minutes(5));
  process.loop.drive([&] { return !outcome.empty(); });
  CHECK(outcome == "storage_failed");
}
