#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "config/table.hpp"
#include "config/values.hpp"
#include "support/catch.hpp"
#include "support/paths.hpp"
#include "support/temporary_directory.hpp"
#include "tools/docgen/documents.hpp"
#include "toyota2mqtt/config/load.hpp"

namespace toyota2mqtt::config {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Environment environment(std::map<std::string, std::string> variables = {}) {
  return [variables = std::move(variables)](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string messages(const Loaded& loaded) {
  std::string text;
  for (const Problem& problem : loaded.problems) text += to_string(problem) + "\n";
  return text;
}

using Folder = test::TemporaryDirectory;

std::string good(const std::string& name) {
  return test::source_path("/tests/config/good/" + name);
}

const std::string kAccount = "accounts:\n  - username: driver@example.com\n";

}  // namespace

TEST_CASE("without a file everything is the documented default") {
  const Loaded loaded = load(std::nullopt, environment());
  CHECK(loaded.problems.empty());
  CHECK(loaded.settings.fleet.accounts.empty());
  CHECK(loaded.settings.fleet.policy.polling.parked == minutes(15));
  CHECK(loaded.settings.fleet.policy.polling.availability_after == hours(24));
  CHECK(loaded.settings.fleet.policy.polling.driving == minutes(5));
  CHECK(loaded.settings.fleet.policy.polling.charging == minutes(5));
  CHECK(loaded.settings.fleet.policy.wake.enabled);
  CHECK(loaded.settings.fleet.policy.wake.after_stop ==
        std::vector<std::chrono::seconds>{minutes(3), minutes(15)});
  CHECK(loaded.settings.fleet.policy.wake.while_charging == minutes(30));
  CHECK(loaded.settings.fleet.policy.wake.idle == minutes(0));
  CHECK(loaded.settings.mqtt.host == "localhost");
  CHECK_FALSE(loaded.settings.says("mqtt.host"));
  CHECK(loaded.settings.fleet.policy.commands.allow == vehicle::default_allowed());
  CHECK(loaded.settings.fleet.policy.commands.unlock_code.empty());
  CHECK(loaded.settings.file.empty());
}

TEST_CASE("what a price is not said to be is unknown, and 0 is a price") {
  const auto prices = [](const std::string& text) {
    return load_text("history: " + text, "test", environment()).settings.history.prices;
  };
  CHECK_FALSE(prices("{}").electricity_price);
  CHECK(prices("{electricity_price: 0}").electricity_price == 0.0);
  CHECK(prices("{currency: eur}").currency == "EUR");
}

TEST_CASE("a night price without a night, or without a price by day, is warned of") {
  const auto warnings = [](const std::string& text) {
    return load_text("history: " + text, "test", environment()).warnings;
  };
  for (const auto* text : {"{electricity_price: 0.3, electricity_price_night: 0.2}",
                           "{electricity_price_night: 0.2, night: '22:00-06:00'}"}) {
    REQUIRE(warnings(text).size() == 1);
    CHECK_THAT(warnings(text)[0], Catch::Contains("it is not used"));
  }
  CHECK(warnings("{electricity_price: 0.3, electricity_price_night: 0.2, night: '22:00-06:00'}")
            .empty());
}

TEST_CASE("every key reaches its setting") {
  const Loaded loaded = load(good("full.yaml"), environment());
  REQUIRE(messages(loaded).empty());
  const Settings& all = loaded.settings;
  REQUIRE(all.fleet.accounts.size() == 2);
  CHECK(all.fleet.accounts[0].username == "driver@example.com");
  CHECK(all.fleet.accounts[0].password.reveal() == "0123");
  CHECK(all.fleet.accounts[0].brand == vehicle::Brand::subaru);
  CHECK(all.fleet.accounts[1].password.reveal() == "plain words are fine");
  CHECK(all.fleet.accounts[1].brand == vehicle::Brand::toyota);
  REQUIRE(all.fleet.vehicles.size() == 2);
  CHECK(all.fleet.vehicles[0].vin.reveal() == "JTMTEST0000000001");
  CHECK(all.fleet.vehicles[0].name == "2024");
  CHECK(all.fleet.vehicles[0].abrp_token.reveal() == "one");
  CHECK_FALSE(all.fleet.vehicles[0].ignore);
  CHECK(all.fleet.vehicles[1].ignore);
  CHECK(all.fleet.vehicles[1].says_ignore);
  CHECK(all.fleet.policy.polling.parked == hours(1));
  CHECK(all.fleet.policy.polling.availability_after == hours(48));
  CHECK(all.fleet.policy.polling.driving == minutes(6));
  CHECK(all.fleet.policy.polling.charging == minutes(10));
  CHECK_FALSE(all.fleet.policy.wake.enabled);
  CHECK(all.fleet.policy.wake.after_stop ==
        std::vector<std::chrono::seconds>{minutes(2), minutes(10), hours(1)});
  CHECK(all.fleet.policy.wake.while_charging == minutes(0));
  CHECK(all.fleet.policy.wake.idle == hours(24));
  CHECK(all.fleet.policy.wake.min_interval == minutes(20));
  CHECK(all.fleet.policy.wake.max_per_day == 10);
  CHECK(all.fleet.policy.wake.max_per_day_charging == 0);
  CHECK(all.fleet.policy.wake.reserved_for_commands == 2);
  CHECK(all.fleet.policy.commands.allow == vehicle::Allowed{vehicle::Allow::lock,
                                                            vehicle::Allow::unlock,
                                                            vehicle::Allow::charge_schedule});
  CHECK(all.fleet.vehicles[0].usable_capacity == Approx(71.4));
  CHECK(all.fleet.vehicles[1].usable_capacity == 0);
  const auto& prices = all.history.prices;
  CHECK(prices.electricity_price.value() == Approx(0.31));
  CHECK(prices.electricity_price_night.value() == Approx(0.24));
  CHECK(prices.night == "22:00-06:00");
  CHECK(prices.fuel_price.value() == Approx(1.75));
  CHECK(prices.currency == "EUR");
  CHECK(prices.electricity_co2 == 0.0);
  CHECK(all.fleet.policy.commands.unlock_code.reveal() == "0815");
  CHECK(all.mqtt.host == "fe80::1");
  CHECK(all.says("mqtt.host"));
  CHECK(all.mqtt.port == 8883);
  CHECK(all.mqtt.username == "home");
  CHECK(all.mqtt.password.reveal() == "yes");
  CHECK(all.mqtt.client_id == "bridge-1");
  CHECK(all.mqtt.tls);
  CHECK(all.home_assistant.base_topic == "home/cars");
  CHECK_FALSE(all.home_assistant.discovery);
  CHECK(all.home_assistant.discovery_prefix == "ha");
  CHECK(all.fleet.policy.abrp.api_key.reveal() == "k");
  CHECK(all.fleet.policy.abrp.url == "http://127.0.0.1:9000");
  CHECK_FALSE(all.web.enabled);
  CHECK(all.web.listen == "[::1]:8100");
  CHECK(all.history.retention == std::chrono::days(730));
  CHECK(all.history.routes);
  CHECK(all.fleet.policy.trip_tracks);
  CHECK(all.fleet.policy.currency == "EUR");
  CHECK(all.rest.currency == "EUR");
  CHECK(all.history.backfill);
  CHECK(all.storage_directory == "/tmp/somewhere");
  CHECK(all.log_level == base::LogLevel::debug);
  CHECK(all.log_format == LogFormat::json);
  CHECK(all.fleet.endpoints.login_url == "http://localhost:8000");
  CHECK(all.fleet.endpoints.api_url == "https://[::1]:8443/base");
  CHECK(all.fleet.endpoints.app_version == "2.24.0");
  CHECK(all.file == good("full.yaml"));
}

TEST_CASE("where to listen is a numeric address and a port") {
  const auto parsed = [](std::string_view text) {
    const auto found = parse_listen(text);
    return found ? fmt::format("{} {}", found->address, found->port) : std::string("refused");
  };
  CHECK(parsed(Settings().web.listen) == "127.0.0.1 8099");
  CHECK(parsed("127.0.0.1:0") == "127.0.0.1 0");
  CHECK(parsed("127.8.9.255:65535") == "127.8.9.255 65535");
  CHECK(parsed("[::1]:80") == "::1 80");
  CHECK(parsed("LocalHost:80") == "127.0.0.1 80");
  CHECK(parsed("0.0.0.0:8443") == "0.0.0.0 8443");
  CHECK(parsed("[2001:DB8::1]:8443") == "2001:db8::1 8443");
  for (const auto* text : {"",
                           ":",
                           "8099",
                           "127.0.0.1",
                           "127.0.0.1:",
                           "127.0.0.1:65536",
                           "127.0.0.1:080",
                           "127.0.0.1:-1",
                           "127.0.0.1:1x",
                           "0.0.0.256:8099",
                           "[::g]:8099",
                           "[127.0.0.1]:8099",
                           "home.example.com:8099",
                           "127.0.0.256:1",
                           "127.0.1:1",
                           "127.0.0.1.1:1",
                           "127.0.0.01:1",
                           "127.evil.example.com:1",
                           "localhost.example.com:1",
                           "127.0.0.1:1:1",
                           "::1",
                           "127..0.1:1"}) {
    INFO(text);
    CHECK(parsed(text) == "refused");
  }
}

TEST_CASE("only loopback addresses are local") {
  for (const auto* text : {"127.0.0.1:1", "127.8.9.1:1", "localhost:1", "[::1]:1"}) {
    CHECK(parse_listen(text).value().is_local());
  }
  for (const auto* text : {"0.0.0.0:1", "[::]:1", "192.168.1.2:1", "[fe80::1]:1", "128.0.0.1:1"}) {
    CHECK_FALSE(parse_listen(text).value().is_local());
  }
}

TEST_CASE("the keys of the REST interface reach their settings") {
  const std::string hash =
      "scrypt$15$8$3$U29kaXVtQ2hsb3JpZGU$cCO9yz79cUjAX86R38yi2KN0s1m0dVbJzAt7zu2ZI8w";
  const auto file = good("full.yaml");
  const std::string text =
      "web:\n  listen: \"0.0.0.0:8443\"\n  users:\n  - name: anna\n    password_hash: \"" + hash +
      "\"\n  - \"ben:" + hash +
      "\"\n  toyota_login: true\n  cors_origins: [\"HTTPS://Home.example.com:8443\", "
      "http://localhost:3000]\n  cert_file: " +
      file + "\n  key_file: " + file +
      "\n  trusted_proxies: [192.168.1.2, \"fd00::1\"]\n  requests_per_minute: 0\n"
      "  token_secret: \"Vd8xgB2Yw1qF7kzT5mRj0sLhC9aNpE4u\"\n";
  const Loaded loaded = load_text(text, "/tmp/t.yaml", environment());
  REQUIRE(messages(loaded).empty());
  const Web& web = loaded.settings.web;
  const rest::Options& rest = loaded.settings.rest;
  CHECK(rest.users ==
        Users{{.name = "anna", .password_hash = hash}, {.name = "ben", .password_hash = hash}});
  CHECK(rest.toyota_login);
  CHECK(rest.cors_origins == Texts{"https://home.example.com:8443", "http://localhost:3000"});
  CHECK(web.cert_file == file);
  CHECK(web.key_file == file);
  CHECK(rest.trusted_proxies == Texts{"192.168.1.2", "fd00::1"});
  CHECK(rest.requests_per_minute == 0);
  CHECK(rest.token_secret.reveal() == "Vd8xgB2Yw1qF7kzT5mRj0sLhC9aNpE4u");
  const Settings defaults;
  CHECK(defaults.rest.users.empty());
  CHECK_FALSE(defaults.rest.toyota_login);
  CHECK(defaults.rest.requests_per_minute == 300);
}

TEST_CASE("a token secret may come from a file or the environment, and is as good as its source") {
  const std::string name = "TOYOTA2MQTT_WEB_TOKEN_SECRET";
  const auto from = [&](const std::string& secret) {
    return load_text("", "", environment({{name, secret}}));
  };
  CHECK(from("Vd8xgB2Yw1qF7kzT5mRj0sLhC9aNpE4u").settings.rest.token_secret.reveal().size() == 32);
  // `openssl rand -hex 32`, `-base64 48`
  CHECK(from("0f9c2b7e4d1a8635f7e0c9b2a4d6183e5b7f90c1d2e3a4856f7081929bacbdce").problems.empty());
  CHECK(from("9sYx1Zq3mV8bKp0LrT6uWc2HnE4jGfDa7iOoRkQwXvUyBtSzMlNhCgJePdAqFw5+").problems.empty());
  for (const auto& weak :
       {std::string("short"), std::string(32, 'a'), std::string("secretsecretsecretsecretsecretse"),
        std::string("passwordpassword1passwordpassword1"),
        std::string("0123456701234567012345670123456701"),
        std::string("12345678901234567890123456789012"), std::string(31, 'x') + "y"}) {
    INFO(weak);
    const auto loaded = from(weak);
    REQUIRE(loaded.problems.size() == 1);
    CHECK_FALSE(messages(loaded).contains(weak));
    CHECK(loaded.settings.rest.token_secret.empty());
  }
}

TEST_CASE("the add-on's options go through the same loader, surrogate pairs included") {
  const Loaded loaded = load(good("addon.json"), environment());
  REQUIRE(messages(loaded).empty());
  CHECK(loaded.settings.fleet.accounts.at(0).password.reveal() == "päss 🚗 \\ud83d");
  CHECK(loaded.settings.fleet.vehicles.at(0).name == "🚗 Blitz");
  CHECK_FALSE(loaded.settings.fleet.policy.abrp.send_location);
  CHECK(loaded.settings.fleet.policy.polling.parked == minutes(20));
}

TEST_CASE("an empty text of the add-on's form means not set") {
  const Loaded loaded = load(good("addon.json"), environment());
  CHECK_FALSE(loaded.settings.says("mqtt.host"));
  CHECK(loaded.settings.mqtt.host == "localhost");
  CHECK(load(good("addon_empty.json"), environment()).problems.empty());
}

TEST_CASE("an empty secret beside one in the environment is one source") {
  const Loaded loaded =
      load_text(kAccount + "    password: \"\"\n", "test",
                environment({{"TOYOTA2MQTT_ACCOUNTS_0_PASSWORD", "from outside"}}));
  REQUIRE(messages(loaded).empty());
  CHECK(loaded.settings.fleet.accounts.at(0).password.reveal() == "from outside");
}

TEST_CASE("every secret can come from the environment") {
  const Loaded loaded = load_text(
      kAccount + "vehicles:\n  - vin: JTMTEST0000000001\nmqtt:\n  username: home\n", "test",
      environment({{"TOYOTA2MQTT_ACCOUNTS_0_PASSWORD", "a"},
                   {"TOYOTA2MQTT_MQTT_PASSWORD", "b"},
                   {"TOYOTA2MQTT_ABRP_API_KEY", "c"},
                   {"TOYOTA2MQTT_ABRP_TOKEN", "d"},
                   {"TOYOTA2MQTT_VEHICLES_0_ABRP_TOKEN", "e"}}));
  REQUIRE(messages(loaded).empty());
  CHECK(loaded.settings.fleet.accounts.at(0).password.reveal() == "a");
  CHECK(loaded.settings.mqtt.password.reveal() == "b");
  CHECK(loaded.settings.fleet.policy.abrp.api_key.reveal() == "c");
  CHECK(loaded.settings.fleet.policy.abrp.token.reveal() == "d");
  CHECK(loaded.settings.fleet.vehicles.at(0).abrp_token.reveal() == "e");
}

TEST_CASE("a secret in the file and in the environment is a problem") {
  const Loaded loaded = load_text(kAccount + "    password: \"CANARY\"\n", "test",
                                  environment({{"TOYOTA2MQTT_ACCOUNTS_0_PASSWORD", "CANARY"}}));
  CHECK(messages(loaded) ==
        "test:3:15: accounts[0].password: found a value here and in "
        "TOYOTA2MQTT_ACCOUNTS_0_PASSWORD, expected one source for a secret\n");
}

TEST_CASE("a secret in the environment for an entry that does not exist is a problem") {
  const Loaded loaded = load(std::nullopt, environment({{"TOYOTA2MQTT_ACCOUNTS_0_PASSWORD", "x"}}));
  CHECK(messages(loaded) ==
        "environment: TOYOTA2MQTT_ACCOUNTS_0_PASSWORD: found a secret for an entry that does not "
        "exist, expected accounts[0] in the configuration file\n");
}

TEST_CASE("a secret with a line break in the environment is a problem") {
  const Loaded loaded = load_text("mqtt:\n  username: home\n", "test",
                                  environment({{"TOYOTA2MQTT_MQTT_PASSWORD", "CANARY\n"}}));
  CHECK(messages(loaded) ==
        "environment: TOYOTA2MQTT_MQTT_PASSWORD: found a text with line breaks or too long, "
        "expected one line of 1 to 1024 bytes without control characters\n");
}

TEST_CASE("a secret file is read beside the configuration, without its last line break") {
  const Folder folder;
  folder.write("secret", "from a file\r\n");
  const std::string file = folder.write("config.txt", kAccount + "    password_file: secret\n");
  const Loaded loaded = load(file, environment());
  REQUIRE(messages(loaded).empty());
  CHECK(loaded.settings.fleet.accounts.at(0).password.reveal() == "from a file");
}

TEST_CASE("a secret file that is empty, long or has several lines is a problem") {
  const Folder folder;
  for (const std::string& text : {std::string(), std::string("\n"), std::string("CANARY\nCANARY\n"),
                                  std::string(5000, 'C')}) {
    folder.write("secret", text);
    const std::string file = folder.write("config.txt", kAccount + "    password_file: secret\n");
    const Loaded loaded = load(file, environment());
    CHECK(messages(loaded) ==
          file +
              ":3:20: accounts[0].password_file: found a file that is empty, too long or has "
              "several lines, expected a file with the secret: one line of 1 to 1024 bytes without "
              "control characters\n");
  }
}

TEST_CASE("certificates are found beside the configuration") {
  const Folder folder;
  const std::string ca = folder.write("ca.pem", "certificate");
  const Loaded loaded =
      load(folder.write("config.txt", "mqtt: {tls: true, ca_file: ca.pem}\n"), environment());
  REQUIRE(messages(loaded).empty());
  CHECK(loaded.settings.mqtt.ca_file == ca);
}

TEST_CASE("a configuration file that cannot be read is one problem") {
  const Folder folder;
  const std::string missing = folder.path("missing");
  CHECK(messages(load(missing, environment())) ==
        missing + ": found no such file, expected a readable configuration file\n");
  CHECK(messages(load("/", environment())) ==
        "/: found a folder, expected a readable configuration file\n");
  CHECK(messages(load("/dev/zero", environment())) ==
        "/dev/zero: found something that is not a regular file, expected a readable configuration "
        "file\n");
  if (::geteuid() == 0) {
    WARN("root may read everything: the case of missing permissions is skipped");
    return;
  }
  const std::string closed = folder.write("closed", "log: {}\n", 0000);
  CHECK(messages(load(closed, environment())) ==
        closed +
            ": found a file that may not be read (permissions), expected a readable "
            "configuration file\n");
}

TEST_CASE("secrets in a file that everybody may read give a warning") {
  const Folder folder;
  const std::string text = kAccount + "    password: \"x\"\n";
  CHECK(load(folder.write("closed", text, 0600), environment()).warnings.empty());
  const Loaded open = load(folder.write("open", text, 0644), environment());
  REQUIRE(open.warnings.size() == 1);
  CHECK_THAT(open.warnings[0], Catch::Contains("chmod 600"));
  CHECK(
      load(folder.write("harmless", "log: {level: info}\n", 0644), environment()).warnings.empty());
}

TEST_CASE("a list of words that is empty allows nothing, left out it is the default") {
  CHECK(load(good("addon.json"), environment()).settings.fleet.policy.commands.allow.empty());
  CHECK(load(good("addon_empty.json"), environment()).settings.fleet.policy.commands.allow ==
        vehicle::default_allowed());
}

TEST_CASE("C5 the commands of one car take the words of commands.allow, and warns as that does") {
  const auto with = [](const std::string& words) {
    return load_text("vehicles: [{vin: JTMTEST0000000001, commands: " + words + "}]", "test",
                     environment());
  };
  const auto good = with("[lock, windows]");
  CHECK(good.problems.empty());
  CHECK(good.warnings.empty());
  REQUIRE(good.settings.fleet.vehicles.size() == 1);
  CHECK(good.settings.fleet.vehicles[0].commands ==
        vehicle::Allowed{vehicle::Allow::lock, vehicle::Allow::windows});
  CHECK(with("[]").settings.fleet.vehicles[0].commands.empty());
  CHECK(with("[fly]").problems.size() == 1);
  CHECK(with("lock").problems.size() == 1);
  REQUIRE(with("[unlock]").warnings.size() == 1);
  CHECK_THAT(with("[unlock]").warnings[0], Catch::Contains("without a code"));
}

TEST_CASE("opening cars without a code, and a code that nothing asks for, give a warning") {
  const auto warnings = [](const std::string& text) {
    return load_text("commands: " + text, "test", environment()).warnings;
  };
  for (const char* text : {"{allow: [unlock]}", "{allow: [trunk]}"}) {
    REQUIRE(warnings(text).size() == 1);
    CHECK_THAT(warnings(text)[0], Catch::Contains("without a code"));
  }
  CHECK(warnings("{allow: [lock]}").empty());
  REQUIRE(warnings("{unlock_code: \"4711\"}").size() == 1);
  CHECK_THAT(warnings("{unlock_code: \"4711\"}")[0], Catch::Contains("neither unlock nor trunk"));
  CHECK(warnings("{allow: [unlock], unlock_code: \"4711\"}").empty());
}

TEST_CASE("an unlock code from the environment is held to the same rule, and never shown") {
  const auto loaded =
      load_text("", "test", environment({{"TOYOTA2MQTT_COMMANDS_UNLOCK_CODE", "abc"}}));
  REQUIRE(loaded.problems.size() == 1);
  CHECK_THAT(messages(loaded), Catch::Contains("4 to 64"));
  CHECK_THAT(messages(loaded), !Catch::Contains("abc"));
}

TEST_CASE("an ABRP key without any token gives a warning") {
  const Loaded loaded = load_text("abrp: {api_key: \"k\"}\n", "test", environment());
  REQUIRE(loaded.warnings.size() == 1);
  CHECK_THAT(loaded.warnings[0], Catch::Contains("nothing is sent to ABRP"));
}

TEST_CASE("ignore: false says something, a missing one does not") {
  const auto loaded = load_text(
      "vehicles:\n  - vin: JTMTEST0000000001\n    ignore: false\n  - vin: JTMTEST0000000002\n",
      "file.yaml", environment());
  const auto& vehicles = loaded.settings.fleet.vehicles;
  REQUIRE(vehicles.size() == 2);
  CHECK(vehicles[0].says_ignore);
  CHECK_FALSE(vehicles[0].ignore);
  CHECK_FALSE(vehicles[1].says_ignore);
}

TEST_CASE("one token is enough when all cars but one are ignored") {
  const std::string text =
      "vehicles:\n  - vin: JTMTEST0000000001\n  - vin: JTMTEST0000000002\n    ignore: true\n"
      "abrp: {api_key: \"k\", token: \"t\"}\n";
  CHECK(messages(load_text(text, "test", environment())).empty());
}

TEST_CASE("the file is looked for in the documented order") {
  CHECK(find_file("named", environment({{"TOYOTA2MQTT_CONFIG", "other"}})) == "named");
  CHECK(find_file(std::nullopt, environment({{"TOYOTA2MQTT_CONFIG", "other"}})) == "other");
}

TEST_CASE("durations have one whole number and one unit") {
  CHECK(parse_duration("90s") == seconds(90));
  CHECK(parse_duration("15m") == minutes(15));
  CHECK(parse_duration("24h") == hours(24));
  CHECK(parse_duration("365d") == hours(8760));
  CHECK(parse_duration("0") == seconds(0));
  for (const char* bad : {"", "15", "m", "1.5h", "-5m", " 5m", "5 m", "05m", "5M", "5min", "1h30m",
                          "99999999999d", "5\xC2\xB5"}) {
    INFO(bad);
    CHECK_FALSE(parse_duration(bad).has_value());
  }
  for (const char* text : {"0", "90s", "15m", "24h", "365d", "1h", "2d"}) {
    CHECK(format_duration(*parse_duration(text)) == text);
  }
}

TEST_CASE("unquoted texts that YAML would convert are recognised") {
  for (const char* text : {"0123", "83", "-1", "1.5", "1e5", "0x1F", "0o17", "1_000", "12:30",
                           "2026-11-20", "yes", "NO", "True", "off", "null", "~", ".nan"}) {
    INFO(text);
    CHECK(yaml_would_convert(text));
  }
  for (const char* text : {"secret", "e5", "yes1", "abc123", "12ab!", "p4ss", "1e", "nullable"}) {
    INFO(text);
    CHECK_FALSE(yaml_would_convert(text));
  }
}

TEST_CASE("the table has each key once, with help, and only secrets are hidden from defaults") {
  std::map<std::string, int> seen;
  for (const Field& field : fields()) {
    INFO(path_of(field));
    CHECK(++seen[path_of(field)] == 1);
    CHECK(field.help.ends_with('.'));
    CHECK(is_secret(field) == std::holds_alternative<Member<base::Secret>>(field.storage));
    CHECK_THAT(docgen::reference_markdown(), Catch::Contains("`" + path_of(field) + "`"));
    CHECK_THAT(docgen::example_yaml(), Catch::Contains(field.key + ": "));
  }
  CHECK(section_help("mqtt").size() > 10);
}

TEST_CASE("no mutation of a configuration breaks the loader or shows a secret") {
  std::mt19937 random(20261120);  // the same texts in every run
  std::vector<std::string> seeds{docgen::example_yaml()};
  for (const char* name : {"full.yaml", "addon.json", "crlf_and_bom.yaml"}) {
    std::ifstream stream(good(name), std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    seeds.push_back(text.str());
  }
  const std::string pieces[] = {"\n", " ",  "  - ", ":", ": ", "\"", "'",  "[",       "]", "{", "}",
                                "&a", "*a", "!x",   "#", "\t", "|",  "\\", "\\ud83d", "~", "<<"};
  std::size_t with_problems = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = seeds[random() % seeds.size()];
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      const std::size_t at = random() % (text.size() + 1);
      switch (random() % 4) {
        case 0: text.insert(at, pieces[random() % std::size(pieces)]); break;
        case 1: text.erase(at, random() % 10); break;
        case 2: text.insert(at, 1, static_cast<char>(random() % 256)); break;
        default: text.insert(at, text.substr(random() % text.size(), random() % 60)); break;
      }
    }
    const Loaded loaded = load_text(text, "mutated", environment());
    with_problems += loaded.problems.empty() ? 0 : 1;
    REQUIRE(loaded.problems.size() <= 101);
  }
  CHECK(with_problems > 1000);
}

TEST_CASE("an empty list of wakes after a stop means none, also in the add-on's JSON") {
  const auto load_list = [](const char* list) {
    return load_text(std::string("wake: {after_stop: ") + list + "}", "t.yaml", environment());
  };
  CHECK(load_list("[]").problems.empty());
  CHECK(load_list("[]").settings.fleet.policy.wake.after_stop.empty());
  CHECK(load_list("[\"3m\"]").settings.fleet.policy.wake.after_stop ==
        std::vector<std::chrono::seconds>{minutes(3)});
}

}  // namespace toyota2mqtt::config
