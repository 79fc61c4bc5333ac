#include <map>

#include "app/environment.hpp"
#include "app/snapshots.hpp"
#include "support/fake_supervisor.hpp"
#include "support/loop.hpp"
#include "toyota2mqtt/home_assistant/supervisor.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

namespace {

config::Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

config::Settings settings_at(const std::string& file, const std::string& storage = {}) {
  config::Settings settings;
  settings.file = file;
  if (!storage.empty()) {
    settings.storage_directory = storage;
    settings.given.insert("storage.directory");
  }
  return settings;
}

const home_assistant::BrokerService kService{.host = "core-mosquitto",
                                             .port = 1884,
                                             .tls = true,
                                             .username = "addons",
                                             .password = base::Secret("service-password")};

}  // namespace

TEST_CASE("the program is inside the app when there is a Supervisor's token") {
  CHECK_FALSE(app::find_supervisor(environment({})).value());
  CHECK_FALSE(app::find_supervisor(environment({{"SUPERVISOR_TOKEN", ""}})).value());
  const auto found = app::find_supervisor(environment({{"SUPERVISOR_TOKEN", "t"}})).value();
  REQUIRE(found);
  CHECK(found->url == "http://supervisor");
  CHECK(found->token.reveal() == "t");
}

TEST_CASE("the Supervisor's address can be replaced by one of this machine only") {
  const auto with = [](const std::string& url) {
    return app::find_supervisor(
        environment({{"SUPERVISOR_TOKEN", "t"}, {"TOYOTA2MQTT_SUPERVISOR_URL", url}}));
  };
  for (const auto* url : {"http://127.0.0.1:8080", "http://[::1]:80", "http://localhost:1"}) {
    INFO(url);
    CHECK(with(url).value()->url == url);
  }
  CHECK(with("").value()->url == "http://supervisor");
  for (const auto* url :
       {"http://supervisor.example", "http://127.0.0.1", "http://127.0.0.1:", "http://127.0.0.1:x",
        "http://127.0.0.1:80@example.com", "http://127.0.0.1:80/path", "http://localhost.example:1",
        "http://127.0.0.1.example.com:80", "https://example.com:443", "http://127.0.0.1:123456"}) {
    INFO(url);
    CHECK_FALSE(with(url));
  }
}

TEST_CASE("the token is gone from the environment and from its memory once it was read") {
  ::setenv("SUPERVISOR_TOKEN", "canary-token", 1);
  const char* text = std::getenv("SUPERVISOR_TOKEN");
  app::forget_supervisor_token();
  CHECK(std::getenv("SUPERVISOR_TOKEN") == nullptr);
  CHECK(std::string(text).empty());
  app::forget_supervisor_token();  // nothing there: nothing happens
}

TEST_CASE("inside the app the storage is the folder of the Supervisor's options") {
  CHECK(app::data_directory("/data/options.json") == "/data");
  CHECK(app::data_directory("") == "/data");
  CHECK(app::data_directory("/etc/toyota2mqtt/other.yaml") == "/data");
  CHECK(app::data_directory("/srv/x/../app/options.json") == "/srv/app");

  auto settings = settings_at("/data/options.json");
  CHECK_FALSE(app::apply_app_rules(settings, {.token = base::Secret("t")}));
  CHECK(settings.storage_directory == "/data");
  REQUIRE(settings.supervisor);
  CHECK(settings.supervisor->token.reveal() == "t");
}

TEST_CASE("inside the app the storage may be below /data and nowhere else") {
  const auto applied = [](const std::string& storage) {
    auto settings = settings_at("/data/options.json", storage);
    const auto problem = app::apply_app_rules(settings, {});
    return problem ? "refused: " + problem->path : settings.storage_directory;
  };
  CHECK(applied("/data") == "/data");
  CHECK(applied("/data/") == "/data");
  CHECK(applied("/data/cars") == "/data/cars");
  CHECK(applied("/data/./a/../cars/") == "/data/cars");
  for (const auto* outside :
       {"/", "/var/lib/toyota2mqtt", "/data2", "/data/../etc", "data", "cars", "/share/cars"}) {
    INFO(outside);
    CHECK(applied(outside) == "refused: storage.directory");
  }
}

TEST_CASE("without options of the broker's, all of it comes from the Supervisor") {
  const auto merged = home_assistant::merge_broker({.client_id = "mine"}, {}, kService);
  CHECK(merged.host == "core-mosquitto");
  CHECK(merged.port == 1884);
  CHECK(merged.tls);
  CHECK(merged.username == "addons");
  CHECK(merged.password.reveal() == "service-password");
  CHECK(merged.client_id == "mine");
}

TEST_CASE("what the owner set about the broker wins key by key") {
  const base::MqttConnection own{.host = "localhost",
                                 .port = 1999,
                                 .username = "me",
                                 .password = base::Secret("own-password"),
                                 .tls = false};
  const auto merged = home_assistant::merge_broker(
      own, {"mqtt.port", "mqtt.tls", "mqtt.username", "mqtt.password"}, kService);
  CHECK(merged.host == "core-mosquitto");
  CHECK(merged.port == 1999);
  CHECK_FALSE(merged.tls);
  CHECK(merged.username == "me");
  CHECK(merged.password.reveal() == "own-password");
  CHECK(home_assistant::merge_broker(own, {"mqtt.password"}, kService).password.reveal() ==
        "own-password");
  CHECK(home_assistant::merge_broker(own, {"mqtt.password"}, kService).username == "addons");
}

TEST_CASE("the Supervisor's password never goes along with a user of the owner's") {
  const auto merged = home_assistant::merge_broker({.username = "me"}, {"mqtt.username"}, kService);
  CHECK(merged.username == "me");
  CHECK(merged.password.empty());
}

TEST_CASE("each new password of the broker is hidden from the log before it is used") {
  test::TestLoop loop;
  test::FakeSupervisor fake;
  std::vector<std::string> hidden;
  home_assistant::SupervisorBroker source(
      home_assistant::Supervisor(fake.http, {.token = base::Secret(test::FakeSupervisor::kToken)}),
      {}, {}, [&hidden](const base::Secret& secret) { hidden.push_back(secret.reveal()); });
  CHECK(source.from_supervisor());
  CHECK(loop.run(source.connection())->password.reveal() == "canary-broker-password");
  CHECK(hidden == std::vector<std::string>{"canary-broker-password"});
  fake.mode = test::FakeSupervisor::Mode::no_broker;
  CHECK(loop.run(source.connection()).error().code == base::ErrorCode::action_required);
}

TEST_CASE("a snapshot is due when there is none, after a day, and when it is from the future") {
  const auto now = base::parse_iso8601("2026-11-25T12:00:00Z").value();
  CHECK(app::snapshot_is_due(std::nullopt, now));
  CHECK_FALSE(app::snapshot_is_due(now, now));
  CHECK_FALSE(app::snapshot_is_due(now - 23h, now));
  CHECK(app::snapshot_is_due(now - 24h, now));
  CHECK(app::snapshot_is_due(now + 1s, now));
}
