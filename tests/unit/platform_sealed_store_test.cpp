#include <filesystem>

#include "support/fakes.hpp"
#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/sealed_store.hpp"

using namespace toyota2mqtt;

namespace {

constexpr const char* kHidden = "JTMTEST0000000001 at 51.123456";

/// One process with an encrypting store over another one.
struct Sealing {
  Sealing(test::WorkerLoop& loop, test::MemoryStore& inner, const std::string& directory)
      : store(inner, loop.worker, loop.clock, loop.random, loop.log, directory) {}
  platform::SealedStore store;
};

}  // namespace

TEST_CASE("a sealed value comes back, and the store beneath cannot read it") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  test::MemoryStore inner;
  Sealing sealing(loop, inner, directory.path("data"));
  CHECK(loop.run(sealing.store.get("s", "k")).value() == std::nullopt);
  REQUIRE(loop.run(sealing.store.put("s", "k", kHidden)));
  CHECK(loop.run(sealing.store.get("s", "k")).value() == kHidden);
  const auto stored = inner.entries.at({"s", "k"});
  CHECK(stored.find("JTMTEST") == std::string::npos);
  CHECK(test::mode_of(directory.path("data/key")) == 0600);
  REQUIRE(loop.run(sealing.store.put("s", "k", kHidden)));
  CHECK(inner.entries.at({"s", "k"}) != stored);  // never the same nonce twice
  CHECK(loop.run(sealing.store.list("s")).value() ==
        std::vector<std::pair<std::string, std::string>>{{"k", kHidden}});
  REQUIRE(loop.run(sealing.store.erase("s", "k")));
  CHECK(loop.run(sealing.store.get("s", "k")).value() == std::nullopt);
}

TEST_CASE("what was sealed with another key, for another place, or was changed, is not there") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  test::MemoryStore inner;
  Sealing sealing(loop, inner, directory.path("data"));
  REQUIRE(loop.run(sealing.store.put("s", "k", kHidden)));
  auto& stored = inner.entries.at({"s", "k"});
  const auto good = stored;
  inner.entries[{"s", "other"}] = good;
  CHECK(loop.run(sealing.store.get("s", "other")).value() == std::nullopt);
  for (const auto& bad : {std::string(), std::string("x"), good.substr(1), good + "A",
                          std::string("not base64 !"), "A" + good.substr(1)}) {
    stored = bad;
    CHECK(loop.run(sealing.store.get("s", "k")).value().value_or("") != kHidden);
  }
  stored = good;
  CHECK(loop.run(sealing.store.get("s", "k")).value() == kHidden);
  std::filesystem::remove(directory.path("data/key"));
  CHECK(loop.run(sealing.store.get("s", "k")).value() == std::nullopt);
  CHECK(loop.run(sealing.store.list("s")).value().empty());
  REQUIRE(loop.run(sealing.store.put("s", "k", "new")));  // with a new key
  CHECK(loop.run(sealing.store.get("s", "k")).value() == "new");
}

TEST_CASE("a full disk beneath is reported") {
  test::WorkerLoop loop;
  test::TemporaryDirectory directory;
  test::MemoryStore inner;
  inner.disk_full = true;
  Sealing sealing(loop, inner, directory.path("data"));
  const auto put = loop.run(sealing.store.put("s", "k", kHidden));
  REQUIRE_FALSE(put);
  CHECK(put.error().code == base::ErrorCode::storage_failed);
}
