#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <map>

#include "platform/sqlite_connection.hpp"
#include "support/history_rig.hpp"
#include "support/paths.hpp"

// Databases of every schema version that was ever landed (tests/fixtures/schema) open with the
// program of today, with all that is in them.
using namespace toyota2mqtt;

namespace {

namespace fs = std::filesystem;

std::string dump_of(std::size_t version) {
  return test::source_path("/tests/fixtures/schema/v" + std::to_string(version) + ".sql");
}

/// A database as the program of that version left it.
void make(const std::string& directory, std::size_t version) {
  SQLite::Database raw(directory + "/toyota2mqtt.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  raw.exec("PRAGMA page_size = 1024");
  raw.exec("PRAGMA journal_mode = WAL");
  raw.exec(test::content_of(dump_of(version)));
  REQUIRE(raw.execAndGet("PRAGMA user_version").getInt() == static_cast<int>(version));
}

std::map<std::string, std::string> schema_of(const std::string& directory) {
  SQLite::Database raw(directory + "/toyota2mqtt.db", SQLite::OPEN_READWRITE);
  SQLite::Statement rows(raw, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL");
  std::map<std::string, std::string> schema;
  while (rows.executeStep()) {
    schema.emplace(rows.getColumn(0).getString(), rows.getColumn(1).getString());
  }
  return schema;
}

void open_and_close(const std::string& directory) {
  test::WorkerLoop loop;
  test::OpenHistory opened(loop, directory);
  const auto done = loop.run(opened.database.open());
  if (!done) FAIL(done.error().message);
  CHECK(loop.log.lines.empty());
}

/// What a new database of this program says of itself.
std::size_t newest_version() {
  const test::TemporaryDirectory fresh;
  open_and_close(fresh.path());
  SQLite::Database raw(fresh.path("toyota2mqtt.db"), SQLite::OPEN_READWRITE);
  return static_cast<std::size_t>(raw.execAndGet("PRAGMA user_version").getInt());
}

history::Window all() { return {.period = test::always(), .limit = 1000}; }

}  // namespace

TEST_CASE("every schema version has a database that was made by its program") {
  const auto newest = newest_version();
  for (std::size_t version = 1; version <= newest; ++version) {
    INFO("a migration was added: tests/fixtures/schema/README.md says how a dump is made");
    CHECK(fs::exists(dump_of(version)));
  }
  CHECK_FALSE(fs::exists(dump_of(newest + 1)));
}

TEST_CASE("a database of any version becomes what a new one is") {
  const test::TemporaryDirectory fresh;
  open_and_close(fresh.path());
  const auto newest = newest_version();
  for (std::size_t version = 1; version <= newest; ++version) {
    INFO("version " << version);
    const test::TemporaryDirectory old;
    make(old.path(), version);
    open_and_close(old.path());
    CHECK(schema_of(old.path()) == schema_of(fresh.path()));
    SQLite::Database raw(old.path("toyota2mqtt.db"), SQLite::OPEN_READWRITE);
    CHECK(raw.execAndGet("PRAGMA user_version").getInt() == static_cast<int>(newest));
    CHECK(raw.execAndGet("PRAGMA integrity_check").getString() == "ok");
  }
}

TEST_CASE("the small values and the queue of any version are there afterwards") {
  const auto newest = newest_version();
  for (std::size_t version = 1; version <= newest; ++version) {
    INFO("version " << version);
    const test::TemporaryDirectory old;
    make(old.path(), version);
    test::HistoryRig rig;
    test::OpenHistory opened(rig.loop, old.path());
    platform::SqliteStore store(opened.database);
    platform::SqlitePointQueue queue(opened.database);
    CHECK(rig.ask(store.get("mqtt", "accounts")) == R"(["98b2282bfd"])");
    CHECK(rig.ask(store.list("evidence")).size() == 2);
    CHECK(rig.ask(store.list("wakes")).size() == 2);
    const auto points = rig.ask(queue.front(test::kCar.text, 10));
    REQUIRE(points.size() == 1);
    CHECK(points[0].tlm.contains(R"("soc":67.0)"));
  }
}

TEST_CASE("a history can be begun in a database of any version, and version 2 has one already") {
  const auto newest = newest_version();
  for (std::size_t version = 1; version <= newest; ++version) {
    INFO("version " << version);
    const test::TemporaryDirectory old;
    make(old.path(), version);
    test::HistoryRig rig;
    test::OpenHistory opened(rig.loop, old.path());
    auto& history = opened.history;
    const auto before = rig.ask(history.trips(test::kCar, all())).entries.size();
    CHECK(before == (version >= 2 ? 3 : 0));
    rig.ask(history.put_trips(test::kCar, {test::trip(90'000)}));
    CHECK(rig.ask(history.trips(test::kCar, all())).entries.size() == before + 1);
  }
}

TEST_CASE("the history of a database of version 2 is read as it was written") {
  const test::TemporaryDirectory old;
  make(old.path(), 2);
  test::HistoryRig rig;
  test::OpenHistory opened(rig.loop, old.path());
  auto& history = opened.history;
  const auto trips = rig.ask(history.trips(test::kCar, all())).entries;
  REQUIRE(trips.size() == 3);
  CHECK(trips[2].trip == test::trip(60).trip);
  CHECK(trips[2].route.size() == 12);
  auto open = test::charge(200);
  open.end = std::nullopt;
  open.id = 2;
  CHECK(rig.ask(history.open_charge(test::kCar)) == open);
  CHECK(rig.ask(history.charges(test::kCar, all())).entries.size() == 2);
  CHECK(rig.ask(history.last_sample(test::kCar)) == test::sample(300));
  CHECK(rig.ask(history.events(test::kOtherCar, all())).entries == std::vector{test::event(7)});
  const auto progress = rig.ask(history.backfill(test::kOtherCar));
  CHECK(progress.state == "running");
  CHECK(progress.reached == test::minute(60));
}
