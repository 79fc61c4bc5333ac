#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "app/reload.hpp"
#include "config/table.hpp"
#include "support/loop.hpp"
#include "support/paths.hpp"
#include "support/temporary_directory.hpp"
#include "toyota2mqtt/fleet/account_session.hpp"

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

constexpr const char* kHash =
    "scrypt$15$8$3$MDEyMzQ1Njc4OWFiY2RlZg$qTb9OjQb-EMkK7qqYU7z-ebY6mhsteb3mQ28ulyQRhw";

/// What a key of the configuration changes while the program runs.
enum class Effect { account, cars, users, next_start };

struct KeyRow {
  std::string path;
  std::string other;  ///< another value, as it is written in the file
  Effect effect;
  /// What has to be in the configuration before, so that both are without mistakes.
  std::map<std::string, std::string> before = {};
};

std::vector<KeyRow> key_rows() {
  using enum Effect;
  const auto one = '"' + test::source_path("/LICENSE") + '"';
  const auto two = '"' + test::source_path("/README.md") + '"';
  const std::map<std::string, std::string> tls = {
      {"mqtt.tls", "true"}, {"mqtt.cert_file", one}, {"mqtt.key_file", one}};
  const std::map<std::string, std::string> https = {{"web.cert_file", one}, {"web.key_file", one}};
  return {
      {"accounts[].username", "two@example.com", account},
      {"accounts[].password", "\"second\"", account},
      {"accounts[].brand", "lexus", account},
      {"vehicles[].vin", "JTMTEST0000000002", cars},
      {"vehicles[].name", "Blitz", cars},
      {"vehicles[].abrp_token", "\"token\"", cars, {{"abrp.api_key", "\"key\""}}},
      {"vehicles[].ignore", "true", cars},
      {"vehicles[].commands", "[lock]", cars},
      {"vehicles[].usable_capacity", "64", cars},
      {"polling.driving", "6m", cars},
      {"polling.charging", "6m", cars},
      {"polling.parked", "20m", cars},
      {"polling.availability_after", "48h", cars},
      {"wake.enabled", "false", cars},
      {"wake.after_stop", "[]", cars},
      {"wake.while_charging", "1h", cars},
      {"wake.idle", "24h", cars},
      {"wake.min_interval", "20m", cars},
      {"wake.max_per_day", "9", cars},
      {"wake.max_per_day_charging", "9", cars},
      {"wake.reserved_for_commands", "2", cars},
      {"commands.allow", "[lock]", cars},
      {"commands.unlock_code", "\"0815\"", cars},
      {"mqtt.host", "elsewhere", next_start},
      {"mqtt.port", "1884", next_start},
      {"mqtt.username", "home", next_start},
      {"mqtt.password", "\"word\"", next_start},
      {"mqtt.client_id", "other", next_start},
      {"mqtt.tls", "true", next_start},
      {"mqtt.ca_file", one, next_start, {{"mqtt.tls", "true"}}},
      {"mqtt.cert_file", two, next_start, tls},
      {"mqtt.key_file", two, next_start, tls},
      {"mqtt.base_topic", "cars", next_start},
      {"mqtt.discovery", "false", next_start},
      {"mqtt.discovery_prefix", "other", next_start},
      {"mqtt.language", "de", next_start},
      {"abrp.api_key", "\"key\"", cars},
      {"abrp.token", "\"token\"", cars, {{"abrp.api_key", "\"key\""}}},
      {"abrp.send_location", "false", cars},
      {"abrp.url", "http://127.0.0.1:1", cars},
      {"web.enabled", "false", next_start},
      {"web.listen", "127.0.0.1:8100", next_start},
      {"web.users", std::string("[\"anna:") + kHash + "\"]", users},
      {"web.toyota_login", "true", next_start},
      {"web.token_secret", "\"Vd8xgB2Yw1qF7kzT5mRj0sLhC9aNpE4u\"", next_start},
      {"web.requests_per_minute", "60", next_start},
      {"web.cors_origins", "[\"https://home.example.com\"]", next_start},
      {"web.cert_file", two, next_start, https},
      {"web.key_file", two, next_start, https},
      {"web.trusted_proxies", "[192.168.1.2]", next_start},
      {"history.retention", "30d", next_start},
      {"history.routes", "true", next_start},
      {"history.backfill", "true", next_start},
      {"history.electricity_price", "0.31", next_start},
      {"history.electricity_price_night", "0.24", next_start},
      {"history.night", "\"22:00-06:00\"", next_start},
      {"history.fuel_price", "1.75", next_start},
      {"history.currency", "EUR", next_start},
      {"history.electricity_co2", "363", next_start},
      {"storage.directory", "/elsewhere", next_start},
      {"log.level", "debug", next_start},
      {"log.format", "json", next_start},
      {"toyota.login_url", "http://127.0.0.1:1", account},
      {"toyota.api_url", "http://127.0.0.1:2", account},
      {"toyota.app_version", "\"9.9.9\"", account},
      {"toyota.ca_file", one, next_start},
  };
}

/// A configuration with one account and one car and these values by key path.
config::Settings settings_with(std::map<std::string, std::string> values) {
  values.try_emplace("accounts[].username", "one@example.com");
  values.try_emplace("accounts[].password", "\"first\"");
  values.try_emplace("vehicles[].vin", "JTMTEST0000000001");
  std::map<std::string, std::vector<std::string>> sections;
  for (const auto& [path, value] : values) {
    const auto dot = path.find('.');
    sections[path.substr(0, dot)].push_back(path.substr(dot + 1) + ": " + value);
  }
  std::string text;
  for (const auto& [section, lines] : sections) {
    const bool is_list = section.ends_with("[]");
    text += section.substr(0, section.find('[')) + ":\n";
    for (std::size_t i = 0; i < lines.size(); ++i) {
      text += (is_list ? (i == 0 ? "  - " : "    ") : "  ") + lines[i] + "\n";
    }
  }
  const auto loaded = config::load_text(text, "test.yaml", no_environment);
  INFO(text);
  for (const auto& problem : loaded.problems) FAIL(to_string(problem));
  return loaded.settings;
}

/// The one effect of a plan; fails when there is none, or more than one.
Effect effect_of(const app::ReloadPlan& plan, const config::Settings& running) {
  REQUIRE(int(plan.fleet) + int(plan.users) + int(!plan.later.empty()) == 1);
  if (plan.users) return Effect::users;
  if (!plan.later.empty()) return Effect::next_start;
  const auto options = [](const fleet::Options& of) {
    return fleet::account_options(of, of.accounts.at(0));
  };
  const auto restart = fleet::restart_for(options(running.fleet), options(plan.settings.fleet));
  REQUIRE(restart != fleet::Restart::nothing);
  return restart == fleet::Restart::account ? Effect::account : Effect::cars;
}

/// A program with a configuration file, under the fake clock.
class World {
 public:
  World() {
    write(kOne);
    reload.emplace(services(), load().settings);
    loop.tasks.spawn("configuration", reload->run());
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
  static base::Task<base::Result<app::FileStamps>> stamps(std::vector<std::string> files) {
    co_return app::read_stamps(files);
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
        .stamps = [](std::vector<std::string> files) { return stamps(std::move(files)); },
        .read = [this](std::vector<std::string> files) { return read(*this, std::move(files)); },
        .hide_secrets = [](const config::Settings&) {},
        .show = [this](std::vector<std::string> reported) { mistakes = std::move(reported); },
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

TEST_CASE("of a broken configuration every mistake is reported and the one in use stays") {
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

TEST_CASE("every key of the configuration has one effect while the program runs") {
  std::set<std::string> seen;
  for (const auto& row : key_rows()) {
    CAPTURE(row.path);
    CHECK(seen.insert(row.path).second);
    const auto running = settings_with(row.before);
    auto values = row.before;
    values.insert_or_assign(row.path, row.other);
    const auto wanted = settings_with(values);
    const auto plan = app::plan_reload(running, wanted);
    CHECK(effect_of(plan, running) == row.effect);
    // The next reading of the same file changes nothing more.
    CHECK_FALSE(app::plan_reload(plan.settings, wanted).changes_anything());
    CHECK(app::plan_reload(plan.settings, wanted).later == plan.later);
  }
  for (const auto& field : config::fields()) {
    INFO(config::path_of(field) << " needs a row in key_rows()");
    CHECK(seen.contains(config::path_of(field)));
  }
}

TEST_CASE("a reload of the same configuration changes nothing") {
  const auto settings = settings_with({});
  const auto plan = app::plan_reload(settings, settings);
  CHECK_FALSE(plan.changes_anything());
  CHECK(plan.later.empty());
}

TEST_CASE("cars go on with the history that runs until the next start") {
  const auto running = settings_with({});
  const auto plan = app::plan_reload(
      running, settings_with({{"history.currency", "EUR"}, {"polling.parked", "20m"}}));
  CHECK(plan.fleet);
  CHECK(plan.settings.fleet.policy.polling.parked == 20min);
  CHECK(plan.settings.fleet.policy.currency.empty());
  CHECK(plan.later == std::vector<std::string>{"history"});
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
  const auto names = app::plan_reload(running, other).later;
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
