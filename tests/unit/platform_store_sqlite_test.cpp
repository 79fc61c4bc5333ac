#include <SQLiteCpp/SQLiteCpp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/files.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"

using namespace toyota2mqtt;

namespace {

// A database with its store, as one process has it.
struct Opened {
  Opened(test::WorkerLoop& loop, const std::string& directory)
      : database(loop.worker, loop.clock, loop.log, directory) {}
  platform::Database database;
  platform::SqliteStore store{database};
  platform::SqlitePointQueue queue{database};
};

void put_and_close(const std::string& directory, const std::string& value) {
  test::WorkerLoop loop;
  Opened opened(loop, directory);
  REQUIRE(loop.run(opened.store.put("s", "key", value)));
}

std::optional<std::string> get_fresh(const std::string& directory) {
  test::WorkerLoop loop;
  Opened opened(loop, directory);
  return loop.run(opened.store.get("s", "key")).value();
}

std::uintmax_t log_size(const test::TemporaryDirectory& directory) {
  return std::filesystem::file_size(directory.path("toyota2mqtt.db-wal"));
}

// In a child: writes rising numbers until it is killed. Never returns.
[[noreturn]] void count_until_killed(const std::string& directory, int reports) {
  test::WorkerLoop loop;
  Opened opened(loop, directory);
  for (int i = 1;; ++i) {
    if (!loop.run(opened.store.put("s", "key", std::to_string(i)))) _exit(1);
    if (::write(reports, &i, sizeof i) != sizeof i) _exit(1);
  }
}

}  // namespace

TEST_CASE("the database and its side files are for the owner only") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  Opened opened(loop, directory.path("deep/data"));
  REQUIRE(loop.run(opened.store.put("s", "key", "value")));
  CHECK(test::mode_of(directory.path("deep/data")) == 0700);
  for (const auto& name : test::names_in(directory.path("deep/data"))) {
    INFO(name);
    CHECK(test::mode_of(directory.path("deep/data/" + name)) == 0600);
  }
  CHECK(std::filesystem::exists(directory.path("deep/data/toyota2mqtt.db-wal")));
  CHECK(std::filesystem::exists(directory.path("deep/data/toyota2mqtt.db-shm")));
}

TEST_CASE("a database that others could read becomes the owner's alone when it is opened") {
  test::TemporaryDirectory directory;
  put_and_close(directory.path(), "kept");
  std::filesystem::permissions(directory.path("toyota2mqtt.db"), std::filesystem::perms(0644));
  CHECK(get_fresh(directory.path()) == "kept");
  CHECK(test::mode_of(directory.path("toyota2mqtt.db")) == 0600);
}

TEST_CASE("values survive closing, and the log file is folded back") {
  test::TemporaryDirectory directory;
  put_and_close(directory.path(), "kept");
  CHECK(!std::filesystem::exists(directory.path("toyota2mqtt.db-wal")));
  CHECK(get_fresh(directory.path()) == "kept");
}

TEST_CASE("an unchanged value and an empty erase write nothing") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  Opened opened(loop, directory.path());
  REQUIRE(loop.run(opened.store.put("s", "key", "value")));
  const auto before = log_size(directory);
  REQUIRE(loop.run(opened.store.put("s", "key", "value")));
  REQUIRE(loop.run(opened.store.erase("s", "other")));
  CHECK(log_size(directory) == before);
  REQUIRE(loop.run(opened.store.put("s", "key", "other")));
  CHECK(log_size(directory) > before);
}

TEST_CASE("the log file stays small however much is written") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  Opened opened(loop, directory.path());
  for (int i = 0; i < 600; ++i) {
    REQUIRE(loop.run(opened.store.put("s", std::to_string(i % 10), std::to_string(i))));
  }
  CHECK(log_size(directory) < 400'000);
}

TEST_CASE("values over 1 MiB and names over 1 KiB are refused") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  Opened opened(loop, directory.path());
  const std::string most(1U << 20U, 'v');
  CHECK(loop.run(opened.store.put("s", "key", most)));
  CHECK(loop.run(opened.store.get("s", "key")).value() == most);
  const auto refused = loop.run(opened.store.put("s", "key", most + "v"));
  REQUIRE(!refused);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
  CHECK(!loop.run(opened.store.put("s", std::string(1025, 'k'), "v")));
}

TEST_CASE("two processes see each other's values at once") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  Opened one(loop, directory.path());
  Opened two(loop, directory.path());
  REQUIRE(loop.run(one.store.put("s", "key", "of one")));
  CHECK(loop.run(two.store.get("s", "key")).value() == "of one");
  REQUIRE(loop.run(two.store.put("s", "key", "of two")));
  CHECK(loop.run(one.store.get("s", "key")).value() == "of two");
}

TEST_CASE("a file that is no database is set aside with a warning, and work goes on") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  test::write_file(directory.path("toyota2mqtt.db"), std::string(4096, 'x'));
  Opened opened(loop, directory.path());
  CHECK(loop.run(opened.store.get("s", "key")).value() == std::nullopt);
  REQUIRE(loop.run(opened.store.put("s", "key", "new")));
  CHECK(loop.run(opened.store.get("s", "key")).value() == "new");

  const auto aside = directory.path("toyota2mqtt.db.corrupt-20261120T120000Z");
  CHECK(test::content_of(aside) == std::string(4096, 'x'));
  REQUIRE(loop.log.lines.size() == 1);
  CHECK(loop.log.lines[0].level == base::LogLevel::warning);
  CHECK(loop.log.lines[0].component == "storage");
}

TEST_CASE("damage inside a database is found when it is opened") {
  test::TemporaryDirectory directory;
  put_and_close(directory.path(), std::string(200'000, 'v'));
  auto content = test::content_of(directory.path("toyota2mqtt.db"));
  REQUIRE(content.size() > 100'000);
  content.replace(1024, 2048, 2048, '\x5a');
  test::write_file(directory.path("toyota2mqtt.db"), content);

  test::WorkerLoop loop;
  Opened opened(loop, directory.path());
  CHECK(loop.run(opened.store.get("s", "key")).value() == std::nullopt);
  CHECK(loop.log.lines.size() == 1);
}

TEST_CASE("at most three damaged databases are kept") {
  test::TemporaryDirectory directory;
  test::WorkerLoop loop;
  for (int i = 0; i < 6; ++i) {
    test::write_file(directory.path("toyota2mqtt.db"), std::string(4096, 'x'));
    {
      Opened opened(loop, directory.path());
      REQUIRE(loop.run(opened.database.open()));
    }
    bool closed = false;
    loop.worker.post(
        [&loop, &closed] { loop.io.get_executor().execute([&closed] { closed = true; }); });
    loop.drive([&closed] { return closed; });
    loop.clock.advance(std::chrono::minutes(1));
  }
  int kept = 0;
  for (const auto& name : test::names_in(directory.path()))
    kept += name.contains(".corrupt-") ? 1 : 0;
  CHECK(kept == 3);
  CHECK(std::filesystem::exists(directory.path("toyota2mqtt.db.corrupt-20261120T120500Z")));
}

TEST_CASE("a database of a newer version is refused in words and left alone") {
  test::TemporaryDirectory directory;
  put_and_close(directory.path(), "kept");
  {
    SQLite::Database raw(directory.path("toyota2mqtt.db"), SQLite::OPEN_READWRITE);
    raw.exec("PRAGMA user_version = 99");
  }
  test::WorkerLoop loop;
  Opened opened(loop, directory.path());
  const auto refused = loop.run(opened.database.open());
  REQUIRE(!refused);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
  CHECK(refused.error().message == "the database was made by a newer version");
  CHECK(!refused.error().remedy.empty());
  CHECK(loop.log.lines.empty());
}

TEST_CASE("a storage directory that cannot be made is storage_failed") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  test::write_file(directory.path("file"), "in the way");
  Opened opened(loop, directory.path("file/data"));
  const auto refused = loop.run(opened.database.open());
  REQUIRE(!refused);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
  CHECK(test::content_of(directory.path("file")) == "in the way");
}

TEST_CASE("after the disk was full, writing works again") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  Opened opened(loop, directory.path());
  REQUIRE(loop.run(opened.store.put("s", "key", "old")));
  {
    const test::FullDisk full(16);
    const auto refused = loop.run(opened.store.put("s", "key", "new"));
    CHECK(!refused);
  }
  REQUIRE(loop.run(opened.store.put("s", "key", "newer")));
  CHECK(loop.run(opened.store.get("s", "key")).value() == "newer");
  CHECK(loop.log.lines.empty());
}

TEST_CASE("a killed process loses no value whose put had returned") {
  for (int round = 0; round < 5; ++round) {
    test::TemporaryDirectory directory;
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) count_until_killed(directory.path(), pipe[1]);
    ::close(pipe[1]);
    int last = 0;
    for (int i = 0; i < 7 * (round + 1); ++i) REQUIRE(::read(pipe[0], &last, sizeof last) > 0);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(pipe[0], &last, sizeof last) == sizeof last) {
    }
    ::close(pipe[0]);
    const auto stored = get_fresh(directory.path());
    REQUIRE(stored);
    const int found = std::stoi(*stored);
    CHECK((found == last || found == last + 1));
  }
}

TEST_CASE("a file is replaced with the mode that was asked for, and nothing is left beside it") {
  test::TemporaryDirectory directory;
  REQUIRE(platform::write_atomically(directory.path("file"), "one", 0600));
  CHECK(test::mode_of(directory.path("file")) == 0600);
  test::write_file(directory.path("file.new"), "left by a crash, and longer than the next");
  REQUIRE(platform::write_atomically(directory.path("file"), "two", 0644));
  CHECK(test::mode_of(directory.path("file")) == 0644);
  CHECK(test::content_of(directory.path("file")) == "two");
  CHECK(test::names_in(directory.path()) == std::vector<std::string>{"file"});
  const test::FullDisk full(2);
  const auto refused = platform::write_atomically(directory.path("file"), "three", 0600);
  CHECK(!refused);
  CHECK(test::content_of(directory.path("file")) == "two");
  CHECK(test::names_in(directory.path()) == std::vector<std::string>{"file"});
}
