#include <unistd.h>

#include <fstream>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "toyota2mqtt/platform/instance_lock.hpp"

using namespace toyota2mqtt;
using platform::InstanceLock;

namespace {

const base::Time kLockedAt = base::parse_iso8601("2026-11-20T12:00:00Z").value();

}  // namespace

TEST_CASE("the lock of a storage directory is held once, and tells who holds it") {
  const test::TemporaryDirectory directory;
  const auto storage = directory.path() + "/deep/storage";
  {
    const auto first = InstanceLock::take(storage, kLockedAt);
    REQUIRE(first);
    const auto second = InstanceLock::take(storage, kLockedAt);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == base::ErrorCode::action_required);
    CHECK(second.error().message.contains(storage));
    CHECK(second.error().message.contains("process " + std::to_string(::getpid()) + " on "));
    CHECK(second.error().message.contains("since 2026-11-20T12:00:00Z"));
    CHECK(second.error().remedy.contains("storage.directory"));
    CHECK(InstanceLock::take(directory.path() + "/other", kLockedAt));
  }
  CHECK(InstanceLock::take(storage, kLockedAt));
}

TEST_CASE("a lock file that says nonsense is reported without repeating it") {
  const test::TemporaryDirectory directory;
  const auto held = InstanceLock::take(directory.path(), kLockedAt);
  REQUIRE(held);
  for (const std::string text : {"", "1\n", "12x\nhost\n2026-11-20T12:00:00Z\n",
                                 "1\n<b>\x1b[31m\n2026-11-20T12:00:00Z\n", "1\nhost\nnever\n"}) {
    std::ofstream(directory.path() + "/lock.run") << text;
    const auto refused = InstanceLock::take(directory.path(), kLockedAt);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.ends_with("it does not say which process it is"));
  }
}

TEST_CASE("a storage directory that cannot be made is no other process") {
  const test::TemporaryDirectory directory;
  std::ofstream(directory.path() + "/file") << "x";
  const auto refused = InstanceLock::take(directory.path() + "/file/storage", kLockedAt);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::ErrorCode::storage_failed);
}
