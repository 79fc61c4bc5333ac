#include <array>
#include <sstream>

#include "app/command_line.hpp"
#include "support/catch.hpp"

using namespace toyota2mqtt;
using app::Exit;

namespace {

struct Output {
  std::optional<app::CommandLine> line;
  std::optional<Exit> exit;
  std::string out;
  std::string err;
};

Output read_words(std::vector<const char*> words) {
  words.insert(words.begin(), "/usr/bin/toyota2mqtt");
  std::ostringstream out;
  std::ostringstream err;
  const auto line =
      app::read_command_line(static_cast<int>(words.size()), words.data(), "1.2.3", out, err);
  Output reported{.line = {}, .exit = {}, .out = out.str(), .err = err.str()};
  if (line) {
    reported.line = *line;
  } else {
    reported.exit = line.error();
  }
  return reported;
}

constexpr std::array kEveryCommand{"run",           "check-config", "doctor",
                                   "fetch",         "entities",     "health",
                                   "hash-password", "retry-login",  "clear-topics"};

}  // namespace

TEST_CASE("each command's help shows --config, an example of that command and exit statuses") {
  for (const auto* command : kEveryCommand) {
    CAPTURE(command);
    const auto reported = read_words({command, "--help"});
    CHECK(reported.exit == Exit::done);
    CHECK(reported.out.contains("--config FILE"));
    CHECK(reported.out.contains("Example:\n  toyota2mqtt " + std::string(command)));
    CHECK(reported.out.contains("Exit status:\n  0  "));
    CHECK(reported.out.contains("\n  2  "));
    CHECK(reported.out.ends_with("\n"));
    std::istringstream lines(reported.out);
    for (std::string text; std::getline(lines, text);) CHECK(text.size() <= 100);
    CHECK(reported.err.empty());
  }
  const auto general = read_words({"--help"});
  for (const auto* command : kEveryCommand) CHECK(general.out.contains(command));
  CHECK(general.out.contains("Exit status:\n  0  "));
  CHECK(general.out.contains("/etc/toyota2mqtt/config.yaml"));
}

TEST_CASE("the examples of the help are command lines that the program takes") {
  for (const auto* command : kEveryCommand) {
    CAPTURE(command);
    std::istringstream help(read_words({command, "--help"}).out);
    std::string text;
    while (std::getline(help, text) && text != "Example:") continue;
    std::getline(help, text);
    std::istringstream example(text.substr(0, text.find('>')));
    std::vector<std::string> words;
    for (std::string word; example >> word;) words.push_back(word);
    REQUIRE(words.size() >= 2);
    std::vector<const char*> arguments;
    for (std::size_t i = 1; i < words.size(); ++i) arguments.push_back(words[i].c_str());
    const auto reported = read_words(arguments);
    REQUIRE(reported.line);
    CHECK(reported.line->command == command);
  }
}

TEST_CASE("an unknown command or option names the nearest one") {
  struct Case {
    std::vector<const char*> words;
    const char* said;
  };
  const std::vector<Case> cases{
      {{"docter"}, "there is no command docter (did you mean doctor?)"},
      {{"Doctor"}, "there is no command Doctor (did you mean doctor?)"},
      {{"checkconfig"}, "did you mean check-config?"},
      {{"check_config"}, "did you mean check-config?"},
      {{"retry"}, "did you mean retry-login?"},
      {{"--config", "a.yaml", "fetsh"}, "there is no command fetsh (did you mean fetch?)"},
      {{"--confg", "a.yaml", "doctor"},
       "there is no option --confg of doctor (did you mean "
       "--config?)"},
      {{"fetch", "--vim", "JTMTEST0000000001"},
       "there is no option --vim of fetch (did you mean "
       "--vin?)"},
      {{"entities", "--dashbord"}, "did you mean --dashboard?"},
      {{"clear-topics", "--forced"}, "did you mean --force?"},
      {{"--versoin"}, "there is no option --versoin (did you mean --version?)"},
      {{"doctor", "everything"}, "doctor takes nothing like everything"},
      {{}, "no command was given"}};
  for (const auto& [words, said] : cases) {
    const auto reported = read_words(words);
    CAPTURE(said, reported.err);
    CHECK(reported.exit == Exit::usage);
    CHECK(reported.err.contains(said));
    CHECK(reported.err.contains("--help"));
    CHECK(reported.out.empty());
  }
}

TEST_CASE("nothing is suggested for what is like no command, and no value is repeated") {
  CHECK_FALSE(read_words({"dance"}).err.contains("did you mean"));
  const auto reported = read_words({"doctor", "--password=canary-password"});
  CHECK(reported.err.contains("--password"));
  CHECK_FALSE(reported.err.contains("canary"));
  CHECK_FALSE(read_words({"\x1b[31mred"}).err.contains('\x1b'));
}

TEST_CASE("the option --config counts before and behind the command, and every option arrives") {
  CHECK(read_words({"--config", "a.yaml", "doctor"}).line->file == "a.yaml");
  CHECK(read_words({"doctor", "--config", "b.yaml"}).line->file == "b.yaml");
  const auto fetch = read_words({"fetch", "--vin", "JTMTEST0000000001", "--record", "car.json"});
  CHECK(fetch.line->vin == "JTMTEST0000000001");
  CHECK(fetch.line->record == "car.json");
  CHECK(read_words({"entities", "--format", "json"}).line->format == "json");
  CHECK(read_words({"entities", "--dashboard"}).line->dashboard);
  CHECK(read_words({"retry-login", "anna"}).line->account == "anna");
  CHECK(read_words({"clear-topics", "--force"}).line->force);
  CHECK(read_words({"--version"}).out == "toyota2mqtt 1.2.3\n");
}
