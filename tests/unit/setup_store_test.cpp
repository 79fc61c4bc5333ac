#include <filesystem>
#include <memory>

#include "support/fakes.hpp"
#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/platform/file_token_store.hpp"
#include "toyota2mqtt/platform/sealed_document.hpp"

// What every setup::SetUpStore promises, against the fake and the real one; then the file itself.
using namespace toyota2mqtt;

namespace {

struct FakeSetUp {
  explicit FakeSetUp(test::WorkerLoop& /*loop*/) {}
  void fill_disk() { store.disk_full = true; }
  test::MemorySetUpStore store;
};

struct FileOfSetUp {
  FileOfSetUp(test::WorkerLoop& loop, std::string directory)
      : file(loop.worker, loop.clock, loop.random, loop.log, std::move(directory),
             platform::kSetUpFile,
             [](std::string_view text) { return setup::decode_set_up(text).has_value(); }) {}
  platform::SealedDocumentFile file;
  setup::SealedSetUpStore store{file};
};

struct RealSetUp {
  explicit RealSetUp(test::WorkerLoop& loop) : file(loop, directory.path("data")) {}
  void fill_disk() { full = std::make_unique<test::FullDisk>(100); }
  test::TemporaryDirectory directory;
  FileOfSetUp file;
  setup::SetUpStore& store = file.store;
  std::unique_ptr<test::FullDisk> full;
};

base::Vin vin(const char* text) { return base::Vin::parse(text).value(); }

setup::SetUp set_up() {
  setup::SetUp made;
  made.accounts = {{.username = "canary@example.com",
                    .password = base::Secret("canary \"password\" ü\\"),
                    .brand = vehicle::Brand::lexus},
                   {.username = "other@example.com",
                    .password = base::Secret("canary-2"),
                    .brand = vehicle::Brand::subaru}};
  made.cars[vin("JTMTEST0000000001")] = {.used = false, .abrp_token = base::Secret("canary-token")};
  made.cars[vin("JTMTEST0000000002")] = {.used = true};
  made.cars[vin("JTMTEST0000000003")] = {};
  made.abrp_api_key = base::Secret("canary-key");
  return made;
}

struct Stored {
  Stored() : stored(loop, directory.path()) { REQUIRE(loop.run(store.save(set_up()))); }
  [[nodiscard]] std::string file() const { return directory.path("set_up"); }
  setup::SetUp load() { return loop.run(store.load()).value(); }
  test::TemporaryDirectory directory;
  test::WorkerLoop loop;
  FileOfSetUp stored;
  setup::SetUpStore& store = stored.store;
};

}  // namespace

TEMPLATE_TEST_CASE("the set-up comes back as it was saved last", "", FakeSetUp, RealSetUp) {
  test::WorkerLoop loop;
  TestType storage(loop);
  CHECK(loop.run(storage.store.load()).value() == setup::SetUp());
  REQUIRE(loop.run(storage.store.save(set_up())));
  CHECK(loop.run(storage.store.load()).value() == set_up());
  auto changed = set_up();
  changed.accounts.pop_back();
  changed.cars.clear();
  changed.abrp_api_key = base::Secret();
  REQUIRE(loop.run(storage.store.save(changed)));
  CHECK(loop.run(storage.store.load()).value() == changed);
}

TEMPLATE_TEST_CASE("on a full disk saving is refused and the old set-up stays", "", FakeSetUp,
                   RealSetUp) {
  test::WorkerLoop loop;
  TestType storage(loop);
  REQUIRE(loop.run(storage.store.save(set_up())));
  auto changed = set_up();
  changed.accounts.pop_back();
  storage.fill_disk();
  const auto refused = loop.run(storage.store.save(changed));
  const auto kept = loop.run(storage.store.load());
  REQUIRE(!refused);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
  CHECK(kept.value() == set_up());
}

TEST_CASE("the set-up file is for the owner only, and holds nothing readable") {
  Stored stored;
  CHECK(test::names_in(stored.directory.path()) ==
        std::vector<std::string>{".guard", "key", "set_up"});
  for (const auto& name : test::names_in(stored.directory.path())) {
    INFO(name);
    CHECK(test::mode_of(stored.directory.path(name)) == 0600);
    for (const auto* word : {"canary", "example", "JTMTEST", "password", "lexus"}) {
      CHECK(!test::content_of(stored.directory.path(name)).contains(word));
    }
  }
}

TEST_CASE("loading a set-up that was never saved makes nothing") {
  test::TemporaryDirectory directory;
  test::WorkerLoop loop;
  FileOfSetUp stored(loop, directory.path("data"));
  setup::SetUpStore& store = stored.store;
  CHECK(loop.run(store.load()).value() == setup::SetUp());
  CHECK(!std::filesystem::exists(directory.path("data")));
  REQUIRE(loop.run(store.save(set_up())));
  CHECK(test::mode_of(directory.path("data")) == 0700);
}

TEST_CASE("set-up and tokens share one key, and neither disturbs the other") {
  Stored stored;
  platform::FileTokenStore tokens(stored.loop.worker, stored.loop.clock, stored.loop.random,
                                  stored.loop.log, stored.directory.path());
  const auto key = test::content_of(stored.directory.path("key"));
  REQUIRE(stored.loop.run(tokens.save(
      "account", {.access = base::Secret("a"), .refresh = base::Secret("r"), .guid = "g"})));
  CHECK(test::content_of(stored.directory.path("key")) == key);
  CHECK(stored.load() == set_up());
  CHECK(stored.loop.run(tokens.load("account")).value());
  // One kind of file in the place of the other is broken.
  test::write_file(stored.file(), test::content_of(stored.directory.path("tokens")));
  CHECK(stored.load() == setup::SetUp());
  CHECK(stored.loop.run(tokens.load("account")).value());
}

TEST_CASE("a broken set-up file is set aside with a warning and counts as empty") {
  const auto whole = [] {
    const Stored stored;
    return test::content_of(stored.file());
  }();
  for (const auto& content :
       {std::string(), whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1),
        whole + "x", std::string("toyota2mqtt-set-up 2\n") + std::string(100, 'x'),
        std::string(3U << 20U, 'x')}) {
    INFO(content.size());
    Stored stored;
    test::write_file(stored.file(), content);
    CHECK(stored.load() == setup::SetUp());
    CHECK(test::content_of(stored.file() + ".broken-20261120T120000Z") == content);
    REQUIRE(stored.loop.log.lines.size() == 1);
    CHECK(stored.loop.log.lines[0].level == base::LogLevel::warning);
    CHECK(!stored.loop.log.text().contains("canary"));
    REQUIRE(stored.loop.run(stored.store.save(set_up())));
    CHECK(stored.load() == set_up());
  }
}

TEST_CASE("a set-up whose key is missing or another one is set aside") {
  for (const auto& key : {std::string(), std::string(31, 'k'), std::string(32, 'k')}) {
    INFO(key.size());
    Stored stored;
    if (key.empty()) {
      std::filesystem::remove(stored.directory.path("key"));
    } else {
      test::write_file(stored.directory.path("key"), key);
    }
    CHECK(stored.load() == setup::SetUp());
    CHECK(std::filesystem::exists(stored.file() + ".broken-20261120T120000Z"));
    REQUIRE(stored.loop.run(stored.store.save(set_up())));
    CHECK(stored.load() == set_up());
  }
}

TEST_CASE("an entry of the set-up that makes no sense loses that entry only") {
  const auto read = setup::decode_set_up(R"({"accounts":[
    {"username":"a@example.com","password":"p","brand":"toyota"},
    {"username":"b@example.com","password":"p","brand":"volvo"},
    {"username":"","password":"p","brand":"toyota"}, {"username":"c@example.com"}, 7, null],
    "cars":{"JTMTEST0000000001":{"used":"yes","abrp_token":"t"}, "no vin!":{"used":true},
            "JTMTEST0000000002":[1]},
    "abrp_api_key":5, "from the future":{}})");
  REQUIRE(read);
  REQUIRE(read->accounts.size() == 1);
  CHECK(read->accounts[0].username == "a@example.com");
  CHECK(read->cars.size() == 2);
  CHECK(read->cars.at(vin("JTMTEST0000000001")).abrp_token == base::Secret("t"));
  CHECK(!read->cars.at(vin("JTMTEST0000000001")).used);
  CHECK(read->abrp_api_key.empty());
  for (const auto* text : {"", "[]", "7", "{", "null"}) CHECK(!setup::decode_set_up(text));
}
