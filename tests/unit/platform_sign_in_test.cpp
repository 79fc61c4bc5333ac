#include <sys/stat.h>

#include <filesystem>

#include "support/fake_sign_in.hpp"
#include "support/worker_loop.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/password_hash.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/platform/scrypt_hasher.hpp"
#include "toyota2mqtt/platform/sealed_document.hpp"

// The adapters behind signing in to the REST interface: passwords, tokens, keys.
using namespace toyota2mqtt;

namespace {

// Well-formed; what is varied is the cost.
const std::string kSalt = "U29kaXVtQ2hsb3JpZGU";
const std::string kHash = "cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdofI";

std::string hash_with(const std::string& cost) {
  return "scrypt$" + cost + "$" + kSalt + "$" + kHash;
}

struct RealKeys {
  explicit RealKeys(test::WorkerLoop& loop)
      : store(loop.worker, loop.clock, loop.random, loop.log, directory.path("data"),
              platform::kWebKeys) {}
  test::TemporaryDirectory directory;
  platform::SealedDocumentFile store;
};
struct FakeKeys {
  explicit FakeKeys(test::WorkerLoop& /*loop*/) {}
  test::MemoryKeyStore store;
};

}  // namespace

TEST_CASE("a password fits its own hash and no other") {
  test::WorkerLoop loop;
  platform::ScryptHasher hasher(loop.worker, loop.random);
  const base::Secret password("correct horse");
  const auto hash = loop.run(hasher.hash(password)).value();
  CHECK(hash.starts_with("scrypt$15$8$3$"));
  CHECK(base::parse_scrypt_hash(hash));
  CHECK(loop.run(hasher.hash(password)).value() != hash);
  CHECK(loop.run(hasher.matches(password, hash)).value());
  CHECK_FALSE(loop.run(hasher.matches(base::Secret("correct horsE"), hash)).value());
  CHECK_FALSE(loop.run(hasher.matches(base::Secret(""), hash)).value());
}

TEST_CASE("a hash of another program's scrypt is understood") {
  platform::Salt salt{};
  std::ranges::copy(std::string_view("0123456789abcdef"), salt.begin());
  // hashlib.scrypt(b"correct horse", salt=b"0123456789abcdef", n=2**15, r=8, p=3, dklen=32)
  CHECK(platform::scrypt_hash(base::Secret("correct horse"), salt).value() ==
        "scrypt$15$8$3$MDEyMzQ1Njc4OWFiY2RlZg$G4W5nQ2B6hYm0OghZ5oPEuCjIl8I-Sp-hh15UA5iu-g");
}

TEST_CASE("a text that is no hash is never matched, and a hostile one costs no memory") {
  for (const auto& text : {std::string(),
                           std::string("nonsense"),
                           std::string("scrypt$15$8$3"),
                           std::string("scrypt$15$8$3$$"),
                           std::string("bcrypt$15$8$3$") + kSalt + "$" + kHash,
                           hash_with("15$8$3") + "$",
                           hash_with("15$8$3").substr(0, 60),
                           hash_with("-1$8$3"),
                           hash_with("15$8$0"),
                           hash_with("0$8$3"),
                           hash_with("99$8$3"),
                           hash_with("30$999$999"),
                           hash_with("17$8$1"),
                           hash_with("15$8$999"),
                           hash_with("10$8$1"),
                           hash_with("14$8$1"),
                           hash_with("15 $8$3"),
                           hash_with("15$8$3x"),
                           "scrypt$15$8$3$****$" + kHash,
                           "scrypt$15$8$3$" + std::string(10'000, 'A') + "$" + kHash}) {
    INFO(text.substr(0, 100));
    CHECK_FALSE(base::parse_scrypt_hash(text));
  }
  for (const auto* cost : {"15$8$3", "16$8$1", "15$8$1", "16$8$6"}) {
    INFO(cost);
    CHECK(base::parse_scrypt_hash(hash_with(cost)));
  }
  CHECK_FALSE(platform::scrypt_matches(base::Secret("x"), ""));
  CHECK_FALSE(platform::scrypt_matches(base::Secret("x"), hash_with("30$999$999")));
}

TEST_CASE("an empty and a very long password are no passwords") {
  CHECK_FALSE(platform::scrypt_hash(base::Secret(), {}));
  CHECK_FALSE(platform::scrypt_hash(base::Secret(std::string(1025, 'x')), {}));
}

TEMPLATE_TEST_CASE("keys are kept, and the newest of them", "", FakeKeys, RealKeys) {
  test::WorkerLoop loop;
  TestType keys(loop);
  CHECK(loop.run(keys.store.load()).value() == std::nullopt);
  REQUIRE(loop.run(keys.store.save(base::Secret("first"))));
  REQUIRE(loop.run(keys.store.save(base::Secret("second"))));
  CHECK(loop.run(keys.store.load()).value() == base::Secret("second"));
}

TEST_CASE("the file of the keys is encrypted and its owner's alone, a broken one is set aside") {
  test::WorkerLoop loop;
  RealKeys keys(loop);
  REQUIRE(loop.run(keys.store.save(base::Secret("canary"))));
  const auto file = keys.directory.path("data/web_keys");
  CHECK_FALSE(test::content_of(file).contains("canary"));
  CHECK(test::mode_of(file) == 0600);
  test::write_file(file, "broken");
  CHECK(loop.run(keys.store.load()).value() == std::nullopt);
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(loop.log.text().contains("has to sign in again"));
}

TEST_CASE("a pipe, a folder or a device in the place of a file of ours is refused in words") {
  test::WorkerLoop loop;
  RealKeys keys(loop);
  REQUIRE(loop.run(keys.store.save(base::Secret("canary"))));
  const std::string name = GENERATE("web_keys", "key", ".guard");
  const std::string kind = GENERATE("pipe", "folder");
  INFO(name << " as a " << kind);
  const auto file = keys.directory.path("data/" + name);
  std::filesystem::remove(file);
  if (kind == "pipe") {
    REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  } else {
    std::filesystem::create_directory(file);
  }
  const auto loaded = loop.run(keys.store.load());
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().code == base::ErrorCode::storage_failed);
  CHECK(loaded.error().message.contains(file));
  if (kind == "pipe") {
    CHECK(loaded.error().message.contains("is not a plain file"));
    CHECK(loaded.error().remedy.contains("Remove it"));
  }
}
