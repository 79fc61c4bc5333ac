#include <memory>

#include "support/fakes.hpp"
#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/file_token_store.hpp"

// What every toyota::TokenStore promises: the same cases against the fake and the real one.
using namespace toyota2mqtt;

namespace {

struct FakeTokens {
  explicit FakeTokens(test::WorkerLoop& /*loop*/) {}
  void fill_disk() { store.disk_full = true; }
  test::MemoryTokenStore store;
};

struct RealTokens {
  explicit RealTokens(test::WorkerLoop& loop)
      : store(loop.worker, loop.clock, loop.random, loop.log, directory.path("data")) {}
  void fill_disk() { full = std::make_unique<test::FullDisk>(100); }
  test::TemporaryDirectory directory;
  platform::FileTokenStore store;
  std::unique_ptr<test::FullDisk> full;
};

toyota::Tokens tokens(const std::string& name) {
  return {.access = base::Secret("access of " + name),
          .refresh = base::Secret("refresh of " + name),
          .guid = "guid of " + name,
          .expires_at = base::parse_iso8601("2026-11-20T13:00:00Z").value()};
}

void check_same(const toyota::Tokens& found, const toyota::Tokens& expected) {
  CHECK(found.access == expected.access);
  CHECK(found.refresh == expected.refresh);
  CHECK(found.guid == expected.guid);
  CHECK(found.expires_at == expected.expires_at);
}

}  // namespace

TEMPLATE_TEST_CASE("tokens come back as they were saved last, per account", "", FakeTokens,
                   RealTokens) {
  test::WorkerLoop loop;
  TestType storage(loop);
  auto& store = storage.store;
  CHECK(!loop.run(store.load("a")).value());
  REQUIRE(loop.run(store.save("a", tokens("old"))));
  REQUIRE(loop.run(store.save("b", tokens("b"))));
  REQUIRE(loop.run(store.save("a", tokens("new"))));
  const auto a = loop.run(store.load("a")).value();
  const auto b = loop.run(store.load("b")).value();
  REQUIRE(a);
  REQUIRE(b);
  check_same(*a, tokens("new"));
  check_same(*b, tokens("b"));
  CHECK(!loop.run(store.load("c")).value());
}

TEMPLATE_TEST_CASE("erased tokens are gone, those of other accounts are not", "", FakeTokens,
                   RealTokens) {
  test::WorkerLoop loop;
  TestType storage(loop);
  auto& store = storage.store;
  REQUIRE(loop.run(store.erase("never there")));
  REQUIRE(loop.run(store.save("a", tokens("a"))));
  REQUIRE(loop.run(store.save("b", tokens("b"))));
  REQUIRE(loop.run(store.erase("a")));
  CHECK(!loop.run(store.load("a")).value());
  CHECK(loop.run(store.load("b")).value());
}

TEMPLATE_TEST_CASE("on a full disk saving is refused and the old tokens stay", "", FakeTokens,
                   RealTokens) {
  test::WorkerLoop loop;
  TestType storage(loop);
  REQUIRE(loop.run(storage.store.save("a", tokens("old"))));
  storage.fill_disk();
  const auto refused = loop.run(storage.store.save("a", tokens("new")));
  const auto kept = loop.run(storage.store.load("a")).value();
  REQUIRE(!refused);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
  REQUIRE(kept);
  check_same(*kept, tokens("old"));
}

TEMPLATE_TEST_CASE("a lock can be taken again when it was released", "", FakeTokens, RealTokens) {
  test::WorkerLoop loop;
  TestType storage(loop);
  for (int i = 0; i < 3; ++i) {
    auto lock = loop.run(storage.store.lock());
    REQUIRE(lock);
    CHECK(*lock != nullptr);
  }
}
