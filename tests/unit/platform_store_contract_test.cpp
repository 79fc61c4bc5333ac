#include <memory>

#include "support/fakes.hpp"
#include "support/memory_point_queue.hpp"
#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"

// What every base::Store and abrp::PointQueue promises: the same cases against the fake and the
// real one.
using namespace toyota2mqtt;

namespace {

struct FakeStorage {
  explicit FakeStorage(test::WorkerLoop& /*loop*/) {}
  void fill_disk() {
    store.disk_full = true;
    queue.disk_full = true;
  }
  test::MemoryStore store;
  test::MemoryPointQueue queue;
};

struct RealStorage {
  explicit RealStorage(test::WorkerLoop& loop_)
      : loop(loop_), database(loop.worker, loop.clock, loop.log, directory.path("data")) {}
  void fill_disk() {
    REQUIRE(loop.run(database.open()));
    full = std::make_unique<test::FullDisk>(16);
  }
  test::WorkerLoop& loop;
  test::TemporaryDirectory directory;
  platform::Database database;
  platform::SqliteStore store{database};
  platform::SqlitePointQueue queue{database};
  std::unique_ptr<test::FullDisk> full;
};

std::vector<std::string> tlms_of(const std::vector<abrp::PointQueue::Entry>& entries) {
  std::vector<std::string> tlms;
  tlms.reserve(entries.size());
  for (const auto& entry : entries) tlms.push_back(entry.tlm);
  return tlms;
}

}  // namespace

TEMPLATE_TEST_CASE("a store answers what was put last, and nothing for what was not", "",
                   FakeStorage, RealStorage) {
  test::WorkerLoop loop;
  TestType storage(loop);
  auto& store = storage.store;

  CHECK(loop.run(store.get("routes", "a")).value() == std::nullopt);
  REQUIRE(loop.run(store.put("routes", "a", "one")));
  REQUIRE(loop.run(store.put("routes", "a", "two")));
  REQUIRE(loop.run(store.put("routes", "a", "two")));
  CHECK(loop.run(store.get("routes", "a")).value() == "two");
  CHECK(loop.run(store.get("topics", "a")).value() == std::nullopt);
  CHECK(loop.run(store.get("routes", "A")).value() == std::nullopt);
}

TEMPLATE_TEST_CASE("a store keeps every byte of names and values", "", FakeStorage, RealStorage) {
  test::WorkerLoop loop;
  TestType storage(loop);
  const std::string zero("a\0b", 3);
  const std::string bytes = "\xff\xfe'; DROP TABLE memory; -- \n" + zero;

  REQUIRE(loop.run(storage.store.put(bytes, zero, bytes)));
  REQUIRE(loop.run(storage.store.put(bytes, "a", "")));
  CHECK(loop.run(storage.store.get(bytes, zero)).value() == bytes);
  CHECK(loop.run(storage.store.get(bytes, "a")).value() == "");
}

TEMPLATE_TEST_CASE("a store forgets what is erased, and only that", "", FakeStorage, RealStorage) {
  test::WorkerLoop loop;
  TestType storage(loop);
  REQUIRE(loop.run(storage.store.put("s", "a", "1")));
  REQUIRE(loop.run(storage.store.put("s", "b", "2")));
  REQUIRE(loop.run(storage.store.erase("s", "a")));
  REQUIRE(loop.run(storage.store.erase("s", "never there")));
  CHECK(loop.run(storage.store.get("s", "a")).value() == std::nullopt);
  CHECK(loop.run(storage.store.get("s", "b")).value() == "2");
}

TEMPLATE_TEST_CASE("a store lists one space, ordered by key", "", FakeStorage, RealStorage) {
  test::WorkerLoop loop;
  TestType storage(loop);
  REQUIRE(loop.run(storage.store.put("s", "b", "2")));
  REQUIRE(loop.run(storage.store.put("s", "a", "1")));
  REQUIRE(loop.run(storage.store.put("other", "c", "3")));
  const std::vector<std::pair<std::string, std::string>> expected = {{"a", "1"}, {"b", "2"}};
  CHECK(loop.run(storage.store.list("s")).value() == expected);
  CHECK(loop.run(storage.store.list("none")).value().empty());
}

TEMPLATE_TEST_CASE("a store on a full disk refuses and keeps the old value", "", FakeStorage,
                   RealStorage) {
  test::WorkerLoop loop;
  TestType storage(loop);
  REQUIRE(loop.run(storage.store.put("s", "a", "old")));
  storage.fill_disk();
  const auto refused = loop.run(storage.store.put("s", "a", std::string(5000, 'n')));
  const auto kept = loop.run(storage.store.get("s", "a"));
  REQUIRE(!refused);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
  CHECK(kept.value() == "old");
}

TEMPLATE_TEST_CASE("a queue hands out the oldest points of a car, in order", "", FakeStorage,
                   RealStorage) {
  test::WorkerLoop loop;
  TestType storage(loop);
  auto& queue = storage.queue;
  REQUIRE(loop.run(queue.append("car", {"1", "2"})));
  REQUIRE(loop.run(queue.append("other", {"x"})));
  REQUIRE(loop.run(queue.append("car", {"3"})));
  REQUIRE(loop.run(queue.append("car", {})));

  CHECK(tlms_of(loop.run(queue.front("car", 2)).value()) == std::vector<std::string>{"1", "2"});
  CHECK(tlms_of(loop.run(queue.front("car", 9)).value()) ==
        std::vector<std::string>{"1", "2", "3"});
  CHECK(loop.run(queue.front("none", 9)).value().empty());
  CHECK(loop.run(queue.front("car", 0)).value().empty());
}

TEMPLATE_TEST_CASE("a queue removes by id, of the named car only, and never uses an id again", "",
                   FakeStorage, RealStorage) {
  test::WorkerLoop loop;
  TestType storage(loop);
  auto& queue = storage.queue;
  REQUIRE(loop.run(queue.append("car", {"1", "2", "3"})));
  const auto first = loop.run(queue.front("car", 3)).value();
  REQUIRE(first.size() == 3);
  REQUIRE(loop.run(queue.remove("other", {first[0].id})));
  CHECK(loop.run(queue.front("car", 9)).value().size() == 3);
  REQUIRE(loop.run(queue.remove("car", {first[1].id, 999'999})));
  CHECK(tlms_of(loop.run(queue.front("car", 9)).value()) == std::vector<std::string>{"1", "3"});

  REQUIRE(loop.run(queue.remove("car", {first[0].id, first[2].id})));
  REQUIRE(loop.run(queue.append("car", {"4"})));
  const auto later = loop.run(queue.front("car", 1)).value();
  REQUIRE(later.size() == 1);
  CHECK(later[0].id > first[2].id);
}

TEMPLATE_TEST_CASE("a queue holds 720 points per car and drops the oldest", "", FakeStorage,
                   RealStorage) {
  test::WorkerLoop loop;
  TestType storage(loop);
  auto& queue = storage.queue;
  REQUIRE(loop.run(queue.append("other", {"x"})));
  std::vector<std::string> many;
  for (int i = 0; i < 721; ++i) many.push_back(std::to_string(i));
  REQUIRE(loop.run(queue.append("car", many)));
  REQUIRE(loop.run(queue.append("car", {"721", "722"})));

  const auto held = tlms_of(loop.run(queue.front("car", 10'000)).value());
  REQUIRE(held.size() == abrp::PointQueue::kCapacity);
  CHECK(held.front() == "3");
  CHECK(held.back() == "722");
  CHECK(loop.run(queue.front("other", 9)).value().size() == 1);
}

TEMPLATE_TEST_CASE("a queue on a full disk refuses and keeps what it has", "", FakeStorage,
                   RealStorage) {
  test::WorkerLoop loop;
  TestType storage(loop);
  REQUIRE(loop.run(storage.queue.append("car", {"old"})));
  storage.fill_disk();
  const auto refused = loop.run(storage.queue.append("car", {std::string(5000, 'n')}));
  const auto kept = loop.run(storage.queue.front("car", 9));
  REQUIRE(!refused);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
  CHECK(tlms_of(kept.value()) == std::vector<std::string>{"old"});
}
