#include <algorithm>
#include <filesystem>
#include <fstream>

#include "app/reload.hpp"
#include "support/loop.hpp"
#include "support/paths.hpp"
#include "support/temporary_directory.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr const char* kOne = R"(accounts:
  - username: one@example.com
    password: "first"
)";
constexpr const char* kTwo = R"(accounts:
  - username: one@example.com
    password: "second"
  - username: two@example.com
    password: "third"
)";
constexpr const char* kBroken = R"(accounts:
  - username: one@example.com
polling:
  parked: 1s
)";

std::optional<std::string> no_environment(const std::string& /*name*/) { return std::nullopt; }

/// A program with a configuration file, under the fake clock.
class World {
 public:
  World() {
    write(kOne);
    reload.emplace(services(), load().settings);
    loop.tasks.spawn("configuration", reload->keep());
    loop.settle();
  }
  ~World() {
    loop.tasks.cancel();
    loop.settle();
  }

  config::Loaded load() const { return config::load(file, no_environment); }
  /// As an editor does it that leaves no half file behind.
  void write(const std::string& text) const {
    std::ofstream(file + ".new") << text;
    fs::permissions(file + ".new", fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(file + ".new", file);
  }
  [[nodiscard]] std::size_t lines_with(const std::string& text) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        loop.log.lines,
        [&](const test::RecordingLog::Line& line) { return line.message.contains(text); }));
  }

  test::TemporaryDirectory directory;
  std::string file = directory.path() + "/settings.yaml";
  test::TestLoop loop;
  std::vector<fleet::Options> used;
  std::vector<std::vector<rest::User>> used_users;
  std::vector<std::string> mistakes;
  int reads = 0;
  std::optional<app::Reload> reload;

 private:
  static base::Task<base::Result<app::FileStamps>> look(std::vector<std::string> files) {
    co_return app::look_at(files);
  }
  static base::Task<base::Result<app::Reading>> read(World& world, std::vector<std::string> files) {
    ++world.reads;
    co_return app::read_configuration([&world] { return world.load(); }, std::move(files));
  }
  static base::Task<void> use(World& world, fleet::Options options) {
    world.used.push_back(std::move(options));
    co_return;
  }
  static base::Task<void> use_users(World& world, std::vector<rest::User> users) {
    world.used_users.push_back(std::move(users));
    co_return;
  }
  app::Reload::Services services() {
    return {
        .clock = loop.clock,
        .log = loop.log,
        .look = [](std::vector<std::string> files) { return look(std::move(files)); },
        .read = [this](std::vector<std::string> files) { return read(*this, std::move(files)); },
        .hide_secrets = [](const config::Settings&) {},
        .show = [this](std::vector<std::string> told) { mistakes = std::move(told); },
        .use = [this](fleet::Options options) { return use(*this, std::move(options)); },
        .use_users =
            [this](std::vector<rest::User> users) { return use_users(*this, std::move(users)); }};
  }
};

}  // namespace

TEST_CASE("a configuration file that is replaced is taken into use, once") {
  World world;
  world.loop.advance(1min);
  CHECK(world.used.empty());
  CHECK(world.reads == 1);
  world.write(kTwo);
  world.loop.advance(5s);
  REQUIRE(world.used.size() == 1);
  REQUIRE(world.used[0].accounts.size() == 2);
  CHECK(world.used[0].accounts[0].password.reveal() == "second");
  world.loop.advance(1h);
  CHECK(world.used.size() == 1);
  CHECK(world.reads == 2);
  CHECK(world.lines_with("the changed configuration is in use") == 1);
}

TEST_CASE("a file that is still being written is left alone until it stands still") {
  World world;
  std::ofstream file(world.file);
  for (const char c : std::string(kTwo)) {
    file << c << std::flush;
    world.loop.advance(2s);
    CHECK(world.reads == 1);
  }
  file.close();
  world.loop.advance(5s);
  REQUIRE(world.used.size() == 1);
  CHECK(world.used[0].accounts.size() == 2);
  CHECK(world.lines_with("mistakes") == 0);
}

TEST_CASE("of a broken configuration every mistake is told and the one in use stays") {
  World world;
  world.write(kBroken);
  world.loop.advance(5s);
  CHECK(world.used.empty());
  REQUIRE(world.mistakes.size() == 2);
  CHECK(world.mistakes[0].contains("settings.yaml:2:"));
  CHECK(world.lines_with("accounts[0].password") == 1);
  CHECK(world.lines_with("polling.parked") == 1);
  CHECK(world.lines_with("the one that was in use stays") == 1);
  world.loop.advance(1h);
  CHECK(world.lines_with("the one that was in use stays") == 1);

  world.write(kOne);
  world.loop.advance(5s);
  CHECK(world.mistakes.empty());
  CHECK(world.used.empty());  // it is the one that has been in use all the time
  CHECK(world.lines_with("it is the one that is in use") == 1);
}

TEST_CASE("a configuration file that is gone or may not be read changes nothing that runs") {
  World world;
  fs::remove(world.file);
  world.loop.advance(5s);
  CHECK(world.used.empty());
  CHECK(world.mistakes.size() == 1);
  world.write(kTwo);
  world.loop.advance(5s);
  CHECK(world.mistakes.empty());
  CHECK(world.used.size() == 1);
}

TEST_CASE("asked for, the configuration is read at once, and the answer is in the log") {
  World world;
  world.reload->request();
  world.loop.settle();
  CHECK(world.reads == 2);
  CHECK(world.used.empty());
  CHECK(world.lines_with("the configuration was read again") == 1);
  world.write(kTwo);
  world.reload->request();
  world.loop.settle();
  CHECK(world.used.size() == 1);
}

TEST_CASE("a file that holds a secret is watched, too") {
  World world;
  const auto secret = world.directory.path() + "/password";
  std::ofstream(secret) << "second\n";
  world.write("accounts:\n  - username: one@example.com\n    password_file: password\n");
  world.loop.advance(5s);
  REQUIRE(world.used.size() == 1);
  std::ofstream(secret) << "the third\n";
  world.loop.advance(5s);
  REQUIRE(world.used.size() == 2);
  CHECK(world.used[1].accounts[0].password.reveal() == "the third");
}

TEST_CASE("what needs a restart is said in one line, and stays as it is until then") {
  World world;
  world.write(std::string(kTwo) +
              "mqtt:\n  host: elsewhere\n  base_topic: cars\nlog:\n  level: debug\n"
              "storage:\n  directory: /elsewhere\n");
  world.loop.advance(5s);
  REQUIRE(world.used.size() == 1);
  CHECK(world.used[0].accounts.size() == 2);
  CHECK(world.lines_with(
            "with the next start of the program: mqtt, storage.directory, log.level") == 1);
  world.loop.advance(1h);
  CHECK(world.lines_with("with the next start") == 1);
}

TEST_CASE(
    "users of the REST interface are taken into use at once, the rest of web with a restart") {
  constexpr const char* kHash =
      "scrypt$15$8$3$MDEyMzQ1Njc4OWFiY2RlZg$qTb9OjQb-EMkK7qqYU7z-ebY6mhsteb3mQ28ulyQRhw";
  World world;
  const auto web = [&](const std::string& lines) { return kOne + ("web:\n" + lines); };
  const auto anna = std::string("  users: [\"anna:") + kHash + "\"]\n";
  world.write(web(anna));
  world.loop.advance(5s);
  REQUIRE(world.used_users.size() == 1);
  REQUIRE(world.used_users[0].size() == 1);
  CHECK(world.used_users[0][0].name == "anna");
  CHECK(world.used.empty());
  CHECK(world.lines_with("the changed configuration is in use") == 1);
  CHECK(world.lines_with("with the next start") == 0);

  world.write(web(anna + "  listen: 127.0.0.1:8100\n"));
  world.loop.advance(5s);
  CHECK(world.used_users.size() == 1);
  CHECK(world.lines_with("with the next start of the program: web") == 1);

  world.write(kOne);
  world.loop.advance(5s);
  REQUIRE(world.used_users.size() == 2);
  CHECK(world.used_users[1].empty());
  CHECK(world.used.empty());
}

TEST_CASE("the documents name everything that needs a restart") {
  const config::Settings running;
  config::Settings other;
  other.mqtt.host = "elsewhere";
  other.storage_directory = "/elsewhere";
  other.log_level = base::LogLevel::debug;
  other.log_format = config::LogFormat::json;
  other.web.listen = "127.0.0.1:1";
  other.history.routes = !running.history.routes;
  other.toyota_ca_file = "/elsewhere";
  const auto names = app::keep_what_is_fixed(other, running);
  CHECK(names.size() == 7);
  for (const auto* document : {"/docs/install.md", "/docs/reliability.md"}) {
    CAPTURE(document);
    std::ifstream file(test::source_path(document));
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto end = std::min(text.find("need a restart"), text.find("next start. One line"));
    REQUIRE(end != std::string::npos);
    const auto begin = text.rfind("`mqtt`", end);
    REQUIRE(end - begin < 250);
    const auto list = text.substr(begin, end - begin);
    for (const auto& name : names) {
      CAPTURE(name);
      const auto shown = name.starts_with("log.") ? std::string("log") : name;
      CHECK(list.contains("`" + shown + "`"));
    }
  }
}
