#include <algorithm>
#include <chrono>
#include <filesystem>
#include <vector>

#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/platform/file_token_store.hpp"

using namespace toyota2mqtt;

namespace {

toyota::Tokens tokens(const std::string& name) {
  return {.access = base::Secret("canary-access-" + name),
          .refresh = base::Secret("canary-refresh-" + name),
          .guid = "canary-guid-" + name,
          .expires_at = base::parse_iso8601("2026-11-20T13:00:00Z").value()};
}

struct Stored {
  Stored() : store(loop.worker, loop.clock, loop.random, loop.log, directory.path()) {
    REQUIRE(loop.run(store.save("account", tokens("one"))));
  }
  [[nodiscard]] std::string file() const { return directory.path("tokens"); }
  bool loads() { return loop.run(store.load("account")).value().has_value(); }
  void check_set_aside(const std::string& content) {
    CHECK(!loads());
    CHECK(test::content_of(file() + ".broken-20261120T120000Z") == content);
    REQUIRE(loop.log.lines.size() == 1);
    CHECK(loop.log.lines[0].level == base::LogLevel::warning);
    REQUIRE(loop.run(store.save("account", tokens("two"))));
    CHECK(loads());
    CHECK(loop.log.lines.size() == 1);
  }
  test::TemporaryDirectory directory;
  test::WorkerLoop loop;
  platform::FileTokenStore store;
};

}  // namespace

TEST_CASE("the token file and its key are for the owner only, and hold nothing readable") {
  Stored stored;
  const auto lock = stored.loop.run(stored.store.lock());
  for (const auto& name : test::names_in(stored.directory.path())) {
    INFO(name);
    CHECK(test::mode_of(stored.directory.path(name)) == 0600);
    CHECK(!test::content_of(stored.directory.path(name)).contains("canary"));
    CHECK(!test::content_of(stored.directory.path(name)).contains("account"));
  }
  CHECK(test::names_in(stored.directory.path()) ==
        std::vector<std::string>{".guard", "key", "lock", "tokens"});
  CHECK(test::content_of(stored.directory.path("key")).size() == 32);
}

TEST_CASE("the directory is made for the owner only, and loading makes nothing") {
  test::TemporaryDirectory directory;
  test::WorkerLoop loop;
  platform::FileTokenStore store(loop.worker, loop.clock, loop.random, loop.log,
                                 directory.path("data"));
  CHECK(!loop.run(store.load("account")).value());
  REQUIRE(loop.run(store.erase("account")));
  CHECK(!std::filesystem::exists(directory.path("data")));
  REQUIRE(loop.run(store.save("account", tokens("one"))));
  CHECK(test::mode_of(directory.path("data")) == 0700);
}

TEST_CASE("every write has a nonce of its own, and the key stays") {
  Stored stored;
  const auto key = test::content_of(stored.directory.path("key"));
  const auto first = test::content_of(stored.file());
  REQUIRE(stored.loop.run(stored.store.save("account", tokens("one"))));
  const auto second = test::content_of(stored.file());
  const auto nonce_at = std::string_view("toyota2mqtt-tokens 1\n").size();
  CHECK(first.starts_with("toyota2mqtt-tokens 1\n"));
  CHECK(first.substr(nonce_at, 12) != second.substr(nonce_at, 12));
  CHECK(test::content_of(stored.directory.path("key")) == key);
}

TEST_CASE("every load reads the file again") {
  Stored stored;
  platform::FileTokenStore other(stored.loop.worker, stored.loop.clock, stored.loop.random,
                                 stored.loop.log, stored.directory.path());
  CHECK(stored.loads());
  REQUIRE(stored.loop.run(other.save("account", tokens("two"))));
  CHECK(stored.loop.run(stored.store.load("account")).value()->guid == "canary-guid-two");
}

TEST_CASE("one changed bit anywhere in the token file is noticed") {
  const std::string key(32, 'k');
  const auto header = platform::kTokenHeader;
  const auto text = platform::encode_tokens({{"account", tokens("one")}});
  const auto file = platform::seal(header, text, key, {1, 2, 3});
  REQUIRE(platform::open_sealed(header, file, key) == text);
  REQUIRE(platform::decode_tokens(text));
  for (std::size_t i = 0; i < file.size(); ++i) {
    auto changed = file;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    INFO(i);
    CHECK(!platform::open_sealed(header, changed, key));
    CHECK(!platform::open_sealed(header, file.substr(0, i), key));
  }
  CHECK(!platform::open_sealed(header, file + "x", key));
  CHECK(!platform::open_sealed(header, file, std::string(32, 'x')));
  CHECK(!platform::open_sealed(header, file, key.substr(1)));
}

TEST_CASE("a sealed file of one kind cannot stand in for another") {
  const std::string key(32, 'k');
  auto file = platform::seal("toyota2mqtt-tokens 1\n", "content", key, {1, 2, 3});
  CHECK(!platform::open_sealed("toyota2mqtt-set-up 1\n", file, key));
  file.replace(0, 21, "toyota2mqtt-set-up 1\n");
  CHECK(!platform::open_sealed("toyota2mqtt-set-up 1\n", file, key));
}

TEST_CASE("a broken token file is set aside with a warning and counts as empty") {
  for (const auto& content : {std::string(), std::string("toyota2mqtt-tokens 1\n"),
                              std::string("toyota2mqtt-tokens 2\n") + std::string(100, 'x'),
                              std::string(3U << 20U, 'x')}) {
    INFO(content.size());
    Stored stored;
    test::write_file(stored.file(), content);
    stored.check_set_aside(content);
  }
}

TEST_CASE("tokens whose key is missing, short or another one are set aside") {
  for (const auto& key : {std::string(), std::string(31, 'k'), std::string(32, 'k')}) {
    INFO(key.size());
    Stored stored;
    const auto content = test::content_of(stored.file());
    if (key.empty()) {
      std::filesystem::remove(stored.directory.path("key"));
    } else {
      test::write_file(stored.directory.path("key"), key);
    }
    CHECK(!stored.loads());
    CHECK(test::content_of(stored.file() + ".broken-20261120T120000Z") == content);
    CHECK(stored.loop.log.lines.size() == 1);
    REQUIRE(stored.loop.run(stored.store.save("account", tokens("two"))));
    CHECK(stored.loads());
    CHECK(test::content_of(stored.directory.path("key")).size() == 32);
    CHECK(!stored.loop.log.text().contains("canary"));
  }
}

TEST_CASE("tokens that are too large are refused and the old ones stay") {
  Stored stored;
  auto large = tokens("large");
  large.access = base::Secret(std::string(2U << 20U, 'x'));
  const auto refused = stored.loop.run(stored.store.save("account", large));
  REQUIRE(!refused);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
  CHECK(stored.loop.run(stored.store.load("account")).value()->guid == "canary-guid-one");
}

TEST_CASE("a storage directory that cannot be used is storage_failed, without secrets in words") {
  test::TemporaryDirectory directory;
  test::write_file(directory.path("file"), "in the way");
  test::WorkerLoop loop;
  platform::FileTokenStore store(loop.worker, loop.clock, loop.random, loop.log,
                                 directory.path("file"));
  const auto refused = loop.run(store.save("account", tokens("one")));
  const auto unlocked = loop.run(store.lock());
  REQUIRE(!refused);
  REQUIRE(!unlocked);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
  CHECK(unlocked.error().code == base::ErrorCode::storage_failed);
  CHECK(!refused.error().message.contains("canary"));
  CHECK(!refused.error().remedy.empty());
}

// Hidden, because it measures the disk as much as the program: test_platform [measure]
TEST_CASE("storing tokens takes under 5 ms", "[.measure]") {
  Stored stored;
  auto long_tokens = tokens("long");
  long_tokens.access = base::Secret(std::string(1500, 'a'));
  std::vector<double> times;
  for (int i = 0; i < 101; ++i) {
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(stored.loop.run(stored.store.save("account", long_tokens)));
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::ranges::sort(times);
  WARN("save(): median " << times[50] << " ms, worst of 101 " << times[100] << " ms");
  CHECK(times[50] < 5);
}
