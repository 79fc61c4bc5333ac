#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "config/values.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/config/load.hpp"

// Secrets as owners type, copy and save them: every key, and each of the three ways to give one.
namespace toyota2mqtt::config {
namespace {

Environment variables(std::map<std::string, std::string> known = {}) {
  return [known = std::move(known)](const std::string& name) {
    const auto found = known.find(name);
    return found == known.end() ? std::nullopt : std::optional(found->second);
  };
}

/// A secret key, with the file around it: what stands before its value.
struct SecretKey {
  std::string path;      ///< of the value
  std::string before;    ///< "accounts:\n  - username: …\n    password"
  std::string variable;  ///< TOYOTA2MQTT_…
  std::string (*value)(const Settings&);
};

const std::vector<SecretKey>& secret_keys() {
  static const std::string account = "accounts:\n  - username: driver@example.com\n    ";
  static const std::string car =
      "abrp: {api_key: \"k\"}\nvehicles:\n  - vin: JTMTEST0000000001\n    ";
  static const std::vector<SecretKey> keys = {
      {"accounts[0].password", account + "password", "TOYOTA2MQTT_ACCOUNTS_0_PASSWORD",
       [](const Settings& s) { return s.fleet.accounts.at(0).password.reveal(); }},
      {"mqtt.password", "mqtt:\n  username: home\n  password", "TOYOTA2MQTT_MQTT_PASSWORD",
       [](const Settings& s) { return s.mqtt.password.reveal(); }},
      {"abrp.api_key", "abrp:\n  api_key", "TOYOTA2MQTT_ABRP_API_KEY",
       [](const Settings& s) { return s.fleet.policy.abrp.api_key.reveal(); }},
      {"vehicles[0].abrp_token", car + "abrp_token", "TOYOTA2MQTT_VEHICLES_0_ABRP_TOKEN",
       [](const Settings& s) { return s.fleet.vehicles.at(0).abrp_token.reveal(); }},
      {"commands.unlock_code", "commands:\n  allow: [unlock]\n  unlock_code",
       "TOYOTA2MQTT_COMMANDS_UNLOCK_CODE",
       [](const Settings& s) { return s.fleet.policy.commands.unlock_code.reveal(); }}};
  return keys;
}

Loaded load_written(const SecretKey& key, const std::string& written) {
  return load_text(key.before + ": " + written + "\n", "test", variables());
}

std::string all(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

std::string found_in(const Loaded& loaded) {
  std::string text;
  for (const auto& problem : loaded.problems) text += to_string(problem) + "\n";
  return text;
}

/// Warnings that are about how the secret was typed.
std::vector<std::string> doubts_of(const Loaded& loaded, const std::string& name) {
  std::vector<std::string> doubts;
  for (const auto& warning : loaded.warnings) {
    const bool typed = warning.contains("part of the secret");
    if (typed && warning.starts_with(name + " ")) doubts.push_back(warning);
  }
  return doubts;
}

class SecretFolder : public test::TemporaryDirectory {
 public:
  Loaded load_from_file(const SecretKey& key, const std::string& content) const {
    write("secret", content);
    return load(write("config.yaml", key.before + "_file: secret\n"), variables());
  }
};

}  // namespace

TEST_CASE("C6, f10: a text without quotation marks that a # would cut off is refused") {
  for (const auto& key : secret_keys()) {
    for (const auto* written : {"pass#word #1", "pass #word", "pass\t#1", "pass #",
                                "p\xC3\xA4ss  #1", "pass # a comment that is meant"}) {
      CAPTURE(key.path, written);
      const auto loaded = load_written(key, written);
      REQUIRE(loaded.problems.size() == 1);
      CHECK(loaded.problems[0].path == key.path);
      CHECK_THAT(found_in(loaded), Catch::Contains("quotation marks"));
      CHECK_FALSE(found_in(loaded).contains("#1"));
      CHECK_FALSE(found_in(loaded).contains("word #"));
    }
    const auto whole = load_written(key, "pass#word");
    CHECK(found_in(whole).empty());
    CHECK(key.value(whole.settings) == "pass#word");
    const auto quoted = load_written(key, "\"pass #word\"  # this one is a comment");
    CHECK(found_in(quoted).empty());
    CHECK(key.value(quoted.settings) == "pass #word");
  }
}

TEST_CASE("C6: a text without quotation marks that begins with # is not taken for nothing") {
  for (const auto& key : secret_keys()) {
    CAPTURE(key.path);
    const auto loaded = load_written(key, "#pass1");
    CHECK_THAT(found_in(loaded), Catch::Contains("quotation marks"));
    CHECK_FALSE(found_in(loaded).contains("pass1"));
    // A key without a value and a comment behind it is what it looks like.
    if (key.path != "accounts[0].password") {
      CHECK_FALSE(found_in(load_written(key, "# nothing yet")).contains("begins with"));
    }
  }
  const auto flow =
      load_text("mqtt: {username: a, password: pass #word\n  }\n", "test", variables());
  CHECK_THAT(found_in(flow), Catch::Contains("cut off"));
}

TEST_CASE("C6: lines that YAML would join are no secret") {
  const auto loaded = load_written(secret_keys()[0], "first words\n      second words");
  CHECK_THAT(found_in(loaded), Catch::Contains("several lines"));
}

TEST_CASE("C6: a secret that begins with a sign of YAML is asked for in quotation marks") {
  for (const auto& key : secret_keys()) {
    for (const auto* written : {"!Passw0rd", "&anchor", "!<tag:x> word"}) {
      CAPTURE(key.path, written);
      const auto text = found_in(load_written(key, written));
      CHECK_THAT(text, Catch::Contains("quotation marks"));
      CHECK_FALSE(text.contains("Passw0rd"));
    }
  }
}

TEST_CASE("C6, f07: !secret is answered with the key that takes a file") {
  for (const auto& key : secret_keys()) {
    for (const auto* written :
         {"!secret toyota_password", "\"!secret toyota_password\"", "'!secret toyota_password'"}) {
      CAPTURE(key.path, written);
      const auto loaded = load_written(key, written);
      REQUIRE(loaded.problems.size() == 1);
      CHECK_THAT(found_in(loaded), Catch::Contains(key.path + "_file"));
      CHECK_THAT(found_in(loaded), Catch::Contains("Home Assistant"));
    }
  }
  const auto host = load_text("mqtt:\n  host: !secret broker\n", "test", variables());
  CHECK_THAT(found_in(host), Catch::Contains("the value itself"));
  CHECK_FALSE(found_in(host).contains("_file"));
}

TEST_CASE("C6, f29: a byte order mark is no part of a secret") {
  const SecretFolder folder;
  for (const auto& key : secret_keys()) {
    CAPTURE(key.path);
    for (const auto* end : {"", "\n", "\r\n", "\n\n", "\r\n\r\n"}) {
      const auto loaded =
          folder.load_from_file(key, std::string("\xEF\xBB\xBF") + "correct horse" + end);
      CHECK(found_in(loaded).empty());
      CHECK(key.value(loaded.settings) == "correct horse");
      CHECK(doubts_of(loaded, key.path + "_file").empty());
    }
    const auto written = load_written(key,
                                      "\"\xEF\xBB\xBF"
                                      "correct horse\"");
    CHECK(key.value(written.settings) == "correct horse");
  }
  const auto& password = secret_keys()[0];
  const auto outside = load_text("accounts:\n  - username: driver@example.com\n", "test",
                                 variables({{password.variable,
                                             "\xEF\xBB\xBF"
                                             "correct horse"}}));
  CHECK(password.value(outside.settings) == "correct horse");
}

TEST_CASE("C6: Latin-1 and UTF-16 are refused, in words that name them") {
  const SecretFolder folder;
  for (const auto& key : secret_keys()) {
    for (const std::string& content :
         {std::string("canary\xE4\n"), std::string("\xFF\xFEp\0a\0s\0s\0", 10),
          std::string("p\xC3")}) {
      CAPTURE(key.path);
      const auto loaded = folder.load_from_file(key, content);
      REQUIRE(loaded.problems.size() == 1);
      CHECK_THAT(found_in(loaded), Catch::Contains("UTF-8") && Catch::Contains("Latin-1"));
      CHECK_FALSE(found_in(loaded).contains("canary"));
    }
  }
  const auto& password = secret_keys()[0];
  const auto outside = load_text("accounts:\n  - username: driver@example.com\n", "test",
                                 variables({{password.variable, "p\xE4ssword"}}));
  CHECK_THAT(found_in(outside), Catch::Contains(password.variable) && Catch::Contains("Latin-1"));
}

TEST_CASE("C6, f32: blanks, quotation marks and what nobody sees are warned about, and used") {
  struct Row {
    const char* text;
    const char* words;
  };
  const std::vector<Row> rows = {{"correct horse ", "ends with a blank"},
                                 {" correct horse", "begins with a blank"},
                                 {"'correct horse'", "begins or ends with a quotation mark"},
                                 {"`correct", "begins or ends with a quotation mark"},
                                 {"“correct horse”", "typographic quotation mark"},
                                 {"„correct horse“", "typographic quotation mark"},
                                 {"‘correct horse’", "typographic quotation mark"},
                                 {"«correct»", "typographic quotation mark"},
                                 {"don’t", "typographic quotation mark"},
                                 {"correct\xC2\xA0horse", "nobody sees"},
                                 {"correct\xE2\x80\x8B", "nobody sees"}};
  const SecretFolder folder;
  for (const auto& key : secret_keys()) {
    for (const auto& row : rows) {
      CAPTURE(key.path, row.text);
      const auto written = load_written(key, std::string("\"") + row.text + "\"");
      const auto saved = folder.load_from_file(key, std::string(row.text) + "\n");
      for (const auto* loaded : {&written, &saved}) {
        CHECK(found_in(*loaded).empty());
        CHECK(key.value(loaded->settings) == row.text);
        const auto doubts = doubts_of(*loaded, loaded == &saved ? key.path + "_file" : key.path);
        REQUIRE(doubts.size() == 1);
        CHECK_THAT(doubts[0], Catch::Contains(row.words));
        CHECK_FALSE(all(loaded->warnings).contains("orrect"));
      }
    }
    // As it is copied from a web page: typographic marks are no quotation marks of YAML.
    CHECK(doubts_of(load_written(key, "“correct horse”"), key.path).size() == 1);
    for (const auto* text : {"correct horse", "it's", "5 \\\" long", "päss", "a#b"}) {
      const auto plain = load_written(key, std::string("\"") + text + "\"");
      CHECK(doubts_of(plain, key.path).empty());
    }
  }
  const auto& password = secret_keys()[0];
  const auto outside = load_text("accounts:\n  - username: driver@example.com\n", "test",
                                 variables({{password.variable, "\"correct horse\""}}));
  CHECK(doubts_of(outside, password.variable).size() == 1);
}

TEST_CASE("C6, f36: blanks around an e-mail address are not part of it") {
  for (const auto* name : {"driver@example.com ", " driver@example.com", "\\tdriver@example.com\\n",
                           "driver@example.com\xC2\xA0",
                           "\xEF\xBB\xBF"
                           "driver@example.com"}) {
    CAPTURE(name);
    const auto loaded =
        load_text(std::string("accounts:\n  - username: \"") + name + "\"\n    password: \"p\"\n",
                  "test", variables());
    CHECK(found_in(loaded).empty());
    CHECK(loaded.settings.fleet.accounts.at(0).username == "driver@example.com");
  }
  const auto upper = load_text("accounts:\n  - {username: Driver@Example.com, password: \"p\"}\n",
                               "test", variables());
  CHECK(upper.settings.fleet.accounts.at(0).username == "Driver@Example.com");
  const auto blank =
      load_text("accounts:\n  - {username: \"  \", password: \"p\"}\n", "test", variables());
  CHECK_THAT(found_in(blank), Catch::Contains("an e-mail address"));
}

TEST_CASE(
    "one limit and one message hold for a password, whatever key it has and wherefrom it is") {
  const SecretFolder folder;
  const std::string longest(base::kLongestPassword, 'x');
  for (const auto& key : secret_keys()) {
    if (key.path == "commands.unlock_code") continue;  // at most 64 characters, by its own rule
    CAPTURE(key.path);
    CHECK(key.value(load_written(key, '"' + longest + '"').settings) == longest);
    CHECK(key.value(folder.load_from_file(key, longest + "\r\n").settings) == longest);
    const auto rule = std::string(base::kPasswordRule);
    CHECK_THAT(found_in(load_written(key, '"' + longest + "x\"")), Catch::Contains(rule));
    CHECK_THAT(found_in(load_written(key, "\"a\\u0007b\"")), Catch::Contains(rule));
    CHECK_THAT(found_in(folder.load_from_file(key, longest + "x")), Catch::Contains(rule));
    CHECK_THAT(found_in(folder.load_from_file(key, "two\nlines")), Catch::Contains(rule));
  }
}

TEST_CASE("A3: one ABRP token for two cars is refused, naming the other car") {
  const std::string two = R"(
abrp: {api_key: "key"}
vehicles:
  - {vin: JTMTEST0000000001, abrp_token: "shared"}
  - {vin: JTMTEST0000000002, abrp_token: "shared "}
)";
  const auto loaded = load_text(two, "test", variables());
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].path == "vehicles[1].abrp_token");
  CHECK_THAT(found_in(loaded), Catch::Contains("vehicles[0] (…0001)"));
  CHECK_FALSE(found_in(loaded).contains("shared"));

  auto ignored = two;
  ignored.replace(ignored.find("abrp_token: \"shared\""), 20,
                  "ignore: true, abrp_token: \"shared\"");
  CHECK(found_in(load_text(ignored, "test", variables())).empty());
  const auto from_outside = load_text(
      "abrp: {api_key: \"key\"}\nvehicles: [{vin: JTMTEST0000000001}, {vin: JTMTEST0000000002}]\n",
      "test",
      variables({{"TOYOTA2MQTT_VEHICLES_0_ABRP_TOKEN", "shared"},
                 {"TOYOTA2MQTT_VEHICLES_1_ABRP_TOKEN", "shared"}}));
  CHECK_THAT(found_in(from_outside), Catch::Contains("vehicles[0] (…0001)"));
}

}  // namespace toyota2mqtt::config
