#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <functional>

#include "support/catch.hpp"
#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/files.hpp"
#include "toyota2mqtt/platform/privileges.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"

using namespace toyota2mqtt;
using platform::kAppUser;
namespace fs = std::filesystem;

namespace {

bool skipped() {
  if (platform::is_root()) return false;
  WARN("skipped: it needs root to give rights up");
  return true;
}

/// Runs `work` in a child, because what it does cannot be undone. 0 = it answered true.
int in_child(const std::function<bool()>& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct stat facts(const std::string& path) {
  struct stat found{};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found;
}

uid_t owner_of(const std::string& path) { return facts(path).st_uid; }

/// The app's /data as a start finds it: made by root, with the Supervisor's options.
struct Data {
  Data() {
    // A process that is no longer root must still get here, as in a container.
    REQUIRE(::chmod(directory.path().c_str(), 0755) == 0);
    REQUIRE(::mkdir(path().c_str(), 0755) == 0);
    directory.write("data/options.json", R"({"accounts": []})");
  }
  [[nodiscard]] std::string path(const std::string& name = {}) const {
    return directory.path("data") + (name.empty() ? "" : "/" + name);
  }
  void write(const std::string& name) const { directory.write("data/" + name, "x"); }
  test::TemporaryDirectory directory;
};

}  // namespace

TEST_CASE("the program's own files are known by their names, and nothing else is") {
  for (const auto* own :
       {"toyota2mqtt.db", "toyota2mqtt.db-wal", "toyota2mqtt.db-shm", "toyota2mqtt.snapshot",
        "toyota2mqtt.snapshot.new", "toyota2mqtt.db.corrupt-20261120T120000Z", "tokens",
        "tokens.broken-20261120T120000Z", "set_up", "set_up.new", "key", "lock", ".guard",
        "health.sock", "web_keys"}) {
    INFO(own);
    CHECK(platform::is_own_file(own));
  }
  for (const auto* foreign : {"options.json", "keys", "tokens_of_others", "id_key", "", ".", "..",
                              "toyota2mqtt.dbx", "locker", "ssh_host_key"}) {
    INFO(foreign);
    CHECK_FALSE(platform::is_own_file(foreign));
  }
}

TEST_CASE("root hands its own files over, and nothing that belongs to another user") {
  if (skipped()) return;
  const Data data;
  for (const auto* name : {"toyota2mqtt.db", "tokens", "key", "lock", "foreign"}) data.write(name);
  fs::create_directory(data.path("set_up"));  // not a file
  REQUIRE(platform::hand_over(data.path(), data.path(), kAppUser));
  for (const auto* name : {"toyota2mqtt.db", "tokens", "key", "lock"}) {
    INFO(name);
    CHECK(owner_of(data.path(name)) == kAppUser);
    CHECK(facts(data.path(name)).st_gid == kAppUser);
  }
  for (const auto* name : {"options.json", "foreign", "set_up"}) {
    INFO(name);
    CHECK(owner_of(data.path(name)) == 0);
  }
  const auto directory = facts(data.path());
  CHECK(directory.st_uid == 0);
  CHECK(directory.st_gid == kAppUser);
  CHECK((directory.st_mode & 07777) == 01770);
  CHECK(platform::hand_over(data.path(), data.path(), kAppUser));  // at every start
}

TEST_CASE("links of a restored backup are neither followed nor given away") {
  if (skipped()) return;
  const Data data;
  data.write("target");
  fs::create_symlink(data.path("options.json"), data.path("tokens"));
  fs::create_hard_link(data.path("options.json"), data.path("toyota2mqtt.db"));
  fs::create_hard_link(data.path("target"), data.path("key"));
  REQUIRE(platform::hand_over(data.path(), data.path(), kAppUser));
  for (const auto* name : {"options.json", "tokens", "toyota2mqtt.db", "target", "key"}) {
    INFO(name);
    CHECK(owner_of(data.path(name)) == 0);
  }
}

TEST_CASE("a storage directory below /data is made and given away, but never through a link") {
  if (skipped()) return;
  const Data data;
  REQUIRE(platform::hand_over(data.path(), data.path("a/b"), kAppUser));
  CHECK(owner_of(data.path("a/b")) == kAppUser);
  CHECK(test::mode_of(data.path("a/b")) == 0700);

  const test::TemporaryDirectory elsewhere;
  elsewhere.write("tokens", "x");
  fs::create_directory_symlink(elsewhere.path(), data.path("link"));
  CHECK_FALSE(platform::hand_over(data.path(), data.path("link"), kAppUser));
  CHECK_FALSE(platform::hand_over(data.path(), data.path("link/deeper"), kAppUser));
  CHECK(owner_of(elsewhere.path("tokens")) == 0);
  CHECK_FALSE(platform::hand_over(data.path(), "/elsewhere", kAppUser));
  CHECK_FALSE(platform::hand_over(data.path("missing"), data.path("missing"), kAppUser));
}

TEST_CASE("who has given up the rights of root never gets them back") {
  if (skipped()) return;
  const Data data;
  const auto options = data.path("options.json");
  REQUIRE(platform::hand_over(data.path(), data.path(), kAppUser));
  const auto status = in_child([&] {
    if (!platform::become(kAppUser) || !platform::close_doors()) return false;
    uid_t real = 0, effective = 0, saved = 0;
    ::getresuid(&real, &effective, &saved);
    const bool dropped = real == kAppUser && effective == kAppUser && saved == kAppUser &&
                         ::getgid() == kAppUser && ::getgroups(0, nullptr) == 0;
    const bool no_way_back = ::setuid(0) != 0 && ::seteuid(0) != 0 && ::setgid(0) != 0;
    const bool unreadable = !platform::read_file(options, 1000);
    const bool irreplaceable = ::unlink(options.c_str()) != 0 &&
                               ::rename(options.c_str(), data.path("x").c_str()) != 0 &&
                               !platform::write_atomically(options, "{}", 0600);
    const bool closed =
        ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && ::prctl(PR_GET_DUMPABLE) == 0;
    return dropped && no_way_back && unreadable && irreplaceable && closed;
  });
  CHECK(status == 0);
  CHECK(platform::read_file(options, 1000).value() == R"({"accounts": []})");
}

TEST_CASE("what root has stored, the ordinary user reads and goes on writing") {
  if (skipped()) return;
  const Data data;
  const auto store = [&](const std::string& value) {
    test::WorkerLoop loop;
    platform::Database database(loop.worker, loop.clock, loop.log, data.path());
    platform::SqliteStore memory(database);
    const auto before = loop.run(memory.get("s", "key"));
    if (!before || !loop.run(memory.put("s", "key", value))) return std::string("failed");
    return before->value_or("");
  };
  CHECK(store("by root").empty());
  REQUIRE(platform::hand_over(data.path(), data.path(), kAppUser));
  CHECK(in_child([&] { return platform::become(kAppUser) && store("by user") == "by root"; }) == 0);
  // A command of root's, before it gives up its rights in its turn.
  REQUIRE(platform::hand_over(data.path(), data.path(), kAppUser));
  CHECK(in_child([&] { return platform::become(kAppUser) && store("again") == "by user"; }) == 0);
}

TEST_CASE("an ordinary user cannot become another one, and learns so") {
  if (skipped()) return;
  CHECK(in_child([] {
          if (!platform::become(kAppUser)) return false;
          const auto again = platform::become(kAppUser + 1);
          return !again && again.error().message.contains("rights of root");
        }) == 0);
}
