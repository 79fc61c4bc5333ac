#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>

#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/files.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"

using namespace toyota2mqtt;
namespace fs = std::filesystem;

namespace {

const auto kNever = std::make_shared<const std::atomic<bool>>(false);
constexpr const char* kSnapshot = "toyota2mqtt.snapshot";

struct Opened {
  Opened(test::WorkerLoop& loop, const std::string& directory)
      : database(loop.worker, loop.clock, loop.log, directory) {}
  platform::Database database;
  platform::SqliteStore store{database};
};

void put(const std::string& directory, const std::string& value, bool snapshot) {
  test::WorkerLoop loop;
  Opened opened(loop, directory);
  REQUIRE(loop.run(opened.store.put("s", "key", value)));
  if (snapshot) CHECK(loop.run(opened.database.snapshot(kNever)).value());
}

struct Found {
  std::optional<std::string> value;
  std::string log;
};
Found open_at(const std::string& directory) {
  test::WorkerLoop loop;
  Opened opened(loop, directory);
  auto value = loop.run(opened.store.get("s", "key"));
  REQUIRE(value);
  return {.value = *value, .log = loop.log.text()};
}

bool is_live(const std::string& name) { return name.starts_with("toyota2mqtt.db"); }

/// As the app's hot backup: file by file, whatever is written meanwhile, without the live database.
void back_up(const std::string& from, const std::string& to) {
  fs::create_directories(to);
  for (const auto& name : test::names_in(from)) {
    if (is_live(name)) continue;
    std::error_code gone;
    fs::copy_file(from + "/" + name, to + "/" + name, fs::copy_options::overwrite_existing, gone);
  }
}

/// In a child: writes rising numbers at full speed and makes snapshots in between. Never returns.
[[noreturn]] void write_until_killed(const std::string& directory, int reports) {
  test::WorkerLoop loop;
  Opened opened(loop, directory);
  const std::string filler(2000, 'x');
  for (int i = 1;; ++i) {
    if (!loop.run(opened.store.put("s", "key", std::to_string(i)))) ::_exit(1);
    if (!loop.run(opened.store.put("s", "filler" + std::to_string(i % 100),
                                   std::to_string(i) + filler))) {
      ::_exit(1);
    }
    if (i % 20 == 0 && !loop.run(opened.database.snapshot(kNever))) ::_exit(1);
    if (::write(reports, &i, sizeof i) != sizeof i) ::_exit(1);
  }
}

}  // namespace

TEST_CASE("a snapshot is a whole database of its own, for the owner only") {
  const test::TemporaryDirectory directory;
  put(directory.path(), "value", true);
  CHECK(test::mode_of(directory.path(kSnapshot)) == 0600);
  for (const auto& name : test::names_in(directory.path())) CHECK_FALSE(name.ends_with(".new"));
  const test::TemporaryDirectory alone;
  fs::copy_file(directory.path(kSnapshot), alone.path("copy.db"));
  SQLite::Database copy(alone.path("copy.db"), SQLite::OPEN_READWRITE);
  CHECK(copy.execAndGet("PRAGMA integrity_check").getString() == "ok");
  CHECK(copy.execAndGet("SELECT value FROM memory").getString() == "value");
}

TEST_CASE("a missing database is restored from its snapshot, and the owner is informed") {
  const test::TemporaryDirectory directory;
  put(directory.path(), "old", true);
  const test::TemporaryDirectory restored;
  back_up(directory.path(), restored.path());
  const auto found = open_at(restored.path());
  CHECK(found.value == "old");
  CHECK(found.log.contains("its snapshot took its place"));
  CHECK(test::mode_of(restored.path("toyota2mqtt.db")) == 0600);
  CHECK_FALSE(open_at(restored.path()).log.contains("snapshot"));  // once
}

TEST_CASE("a database that is there wins over its snapshot") {
  const test::TemporaryDirectory directory;
  put(directory.path(), "old", true);
  put(directory.path(), "new", false);
  CHECK(open_at(directory.path()).value == "new");
}

TEST_CASE("the log of a database that is gone does not get into the restored one") {
  const test::TemporaryDirectory directory;
  put(directory.path(), "old", true);
  const test::TemporaryDirectory other;
  test::WorkerLoop loop;
  Opened opened(loop, other.path());
  REQUIRE(loop.run(opened.store.put("s", "key", "of another")));
  fs::remove(directory.path("toyota2mqtt.db"));
  fs::copy_file(other.path("toyota2mqtt.db-wal"), directory.path("toyota2mqtt.db-wal"),
                fs::copy_options::overwrite_existing);
  CHECK(open_at(directory.path()).value == "old");
}

TEST_CASE("a damaged database is replaced by its snapshot") {
  const test::TemporaryDirectory directory;
  put(directory.path(), "old", true);
  test::write_file(directory.path("toyota2mqtt.db"), std::string(5000, 'x'));
  const auto found = open_at(directory.path());
  CHECK(found.value == "old");
  CHECK(found.log.contains("the database was damaged"));
  CHECK_FALSE(found.log.contains("an empty one"));
}

TEST_CASE("a broken snapshot is set aside, and the start goes on without it") {
  for (const auto& content : {std::string(5000, 'x'), std::string("SQLite format 3\0half", 20)}) {
    const test::TemporaryDirectory directory;
    test::write_file(directory.path(kSnapshot), content);
    const auto found = open_at(directory.path());
    CHECK_FALSE(found.value);
    CHECK(found.log.contains("could not be used"));
    const auto names = test::names_in(directory.path());
    CHECK(std::ranges::count_if(names, [](const std::string& name) {
            return name.starts_with("toyota2mqtt.snapshot.broken-");
          }) == 1);
    CHECK_FALSE(fs::exists(directory.path(kSnapshot)));
    put(directory.path(), "fresh", true);
    CHECK(open_at(directory.path()).value == "fresh");
  }
}

TEST_CASE("a snapshot that is no plain file is not followed, but set aside") {
  const test::TemporaryDirectory directory;
  put(directory.path("elsewhere"), "of another", false);
  fs::create_symlink(directory.path("elsewhere/toyota2mqtt.db"), directory.path(kSnapshot));
  const auto found = open_at(directory.path());
  CHECK_FALSE(found.value);
  CHECK(found.log.contains("could not be used"));
  CHECK_FALSE(fs::is_symlink(directory.path(kSnapshot)));
  CHECK(open_at(directory.path("elsewhere")).value == "of another");
}

TEST_CASE("a full disk keeps the older snapshot and leaves no half one") {
  const test::TemporaryDirectory directory;
  put(directory.path(), "old", true);
  const auto before = test::content_of(directory.path(kSnapshot));
  test::WorkerLoop loop;
  Opened opened(loop, directory.path());
  for (int i = 0; i < 20; ++i) {
    REQUIRE(loop.run(opened.store.put("s", std::to_string(i), std::string(10000, 'x'))));
  }
  {
    const test::FullDisk full(40000);
    CHECK(loop.run(opened.database.snapshot(kNever)).error().code ==
          base::ErrorCode::storage_failed);
  }
  CHECK(test::content_of(directory.path(kSnapshot)) == before);
  CHECK_FALSE(fs::exists(directory.path(std::string(kSnapshot) + ".new")));
  CHECK(loop.run(opened.database.snapshot(kNever)).value());
}

TEST_CASE("a snapshot that has no time left keeps the older one") {
  const test::TemporaryDirectory directory;
  put(directory.path(), "old", true);
  const auto before = test::content_of(directory.path(kSnapshot));
  test::WorkerLoop loop;
  Opened opened(loop, directory.path());
  REQUIRE(loop.run(opened.store.put("s", "key", "new")));
  const auto at_once = std::make_shared<const std::atomic<bool>>(true);
  CHECK_FALSE(loop.run(opened.database.snapshot(at_once)).value());
  CHECK(test::content_of(directory.path(kSnapshot)) == before);
  CHECK_FALSE(fs::exists(directory.path(std::string(kSnapshot) + ".new")));
}

TEST_CASE("the age of the snapshot is known") {
  const test::TemporaryDirectory directory;
  test::WorkerLoop loop;
  Opened opened(loop, directory.path());
  CHECK_FALSE(loop.run(opened.database.snapshot_time()).value());
  REQUIRE(loop.run(opened.database.snapshot(kNever)).value());
  CHECK(loop.run(opened.database.snapshot_time()).value());
}

TEST_CASE("a backup taken while everything is written at full speed can be restored") {
  const test::TemporaryDirectory directory;
  const auto live = directory.path("live");
  int pipe[2];
  REQUIRE(::pipe(&pipe[0]) == 0);
  const pid_t child = ::fork();
  if (child == 0) write_until_killed(live, pipe[1]);
  ::close(pipe[1]);
  const auto written = [&] {
    int number = 0;
    REQUIRE(::read(pipe[0], &number, sizeof number) == sizeof number);
    return number;
  };
  constexpr int kBackups = 10;
  constexpr int kBetween = 20;  // how old a snapshot gets there
  while (written() < kBetween) {
  }
  for (int i = 0; i < kBackups; ++i) {
    int newest = 0;
    for (int j = 0; j < kBetween; ++j) newest = written();
    const auto copy = directory.path("copy" + std::to_string(i));
    back_up(live, copy);
    const auto found = open_at(copy);
    REQUIRE(found.value);
    CHECK(std::stoi(*found.value) >= newest - 2 * kBetween);
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(pipe[0]);
}
