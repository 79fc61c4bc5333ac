#include "app/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <ostream>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::app {

namespace {

/// One command as its help shows it.
struct CommandHelp {
  const char* name;
  const char* does;
  const char* example;
  const char* statuses;
};

constexpr const char* kUsageStatus = "\n  2  the configuration or the command line is wrong";
constexpr const char* kOwnerStatus =
    "\n  3  the sign-in, a key or a password was rejected, or you have to act in the maker's app";
constexpr const char* kBrokerStatus = "\n  4  the broker cannot be reached";

constexpr std::array kCommands{
    CommandHelp{.name = "run",
                .does = "the bridge, until SIGTERM or SIGINT",
                .example = "run --config /etc/toyota2mqtt/config.yaml",
                .statuses = "0  ended by a signal\n  1  failed, for example for want of storage"},
    CommandHelp{.name = "check-config",
                .does = "checks the configuration and prints every mistake; no network",
                .example = "check-config --config ./toyota2mqtt.yaml",
                .statuses = "0  the configuration is good"},
    CommandHelp{.name = "doctor",
                .does = "tests hosts, sign-in, cars, broker and ABRP, one line each",
                .example = "doctor",
                .statuses = "0  everything works\n  1  something failed"},
    CommandHelp{.name = "fetch",
                .does = "reads every car once and prints JSON",
                .example = "fetch > cars.json",
                .statuses = "0  done\n  1  something failed"},
    CommandHelp{.name = "entities",
                .does = "prints the entity catalogue",
                .example = "entities --dashboard > dashboard.yaml",
                .statuses = "0  done\n  1  nothing was announced yet, or the storage failed"},
    CommandHelp{.name = "health",
                .does = "asks the running bridge how it is",
                .example = "health",
                .statuses = "0  the bridge answered, even if something is wrong\n"
                            "  1  no bridge runs with this storage directory"},
    CommandHelp{.name = "hash-password",
                .does = "reads a password and prints what web.users takes for it",
                .example = "hash-password",
                .statuses = "0  done\n  1  failed"},
    CommandHelp{.name = "retry-login",
                .does = "allows a rejected sign-in once more",
                .example = "retry-login driver@example.com",
                .statuses = "0  done\n  1  the storage failed"},
    CommandHelp{.name = "forget-rejections",
                .does = "offers again the commands that the cloud said a car cannot do",
                .example = "forget-rejections --vin JTMTEST0000000001",
                .statuses = "0  done\n  1  the storage failed, or there is no such car"},
    CommandHelp{.name = "clear-topics",
                .does = "removes everything from the broker that was published",
                .example = "clear-topics",
                .statuses = "0  done\n  1  something failed, or the bridge runs"}};

constexpr const char* kConfigHelp = "the configuration file; without it, see toyota2mqtt --help";
constexpr const char* kConfigPlaces =
    "Without --config the first of these that exists is read:\n"
    "  $TOYOTA2MQTT_CONFIG, /data/options.json, ./toyota2mqtt.yaml,\n"
    "  /etc/toyota2mqtt/config.yaml";

std::string statuses_of(const CommandHelp& command) {
  const std::string_view name = command.name;
  std::string text = std::string(command.statuses);
  if (name == "retry-login") {
    return text + "\n  2  the configuration is wrong, or no account has that name";
  }
  if (name == "hash-password") return text + "\n  2  no password, or one that is not accepted";
  text += kUsageStatus;
  if (name == "doctor" || name == "fetch" || name == "clear-topics") text += kOwnerStatus;
  if (name == "doctor" || name == "clear-topics") text += kBrokerStatus;
  return text;
}

std::string footer_of(const CommandHelp& command) {
  return fmt::format("Example:\n  toyota2mqtt {}\n\nExit status:\n  {}", command.example,
                     statuses_of(command));
}

std::string general_footer() {
  return fmt::format(
      "{}\n\nExamples:\n  toyota2mqtt check-config\n  toyota2mqtt doctor\n  toyota2mqtt run "
      "--config /etc/toyota2mqtt/config.yaml\n\nExit status:\n  0  done\n  1  failed{}{}{}\n\nMore "
      "about one command: toyota2mqtt COMMAND --help",
      kConfigPlaces, kUsageStatus, kOwnerStatus, kBrokerStatus);
}

void add_config(CLI::App& to, CommandLine& line) {
  to.add_option("--config", line.file, kConfigHelp)->type_name("FILE");
}

void add_own_options(CLI::App& cli, CommandLine& line) {
  auto* fetch = cli.get_subcommand("fetch");
  fetch->add_option("--vin", line.vin, "only this car")->type_name("VIN");
  fetch
      ->add_option("--record", line.record,
                   "also saves an anonymous recording of every answer to this file")
      ->type_name("FILE");
  auto* entities = cli.get_subcommand("entities");
  auto* format = entities->add_option("--format", line.format, "markdown, or json for programs");
  format->check(CLI::IsMember({"markdown", "json"}))->type_name("FORMAT");
  entities
      ->add_flag("--dashboard", line.dashboard,
                 "prints a Home Assistant dashboard of what was announced instead")
      ->excludes(format);
  cli.get_subcommand("retry-login")
      ->add_option("account", line.account, "user name; without it every account")
      ->type_name("");
  cli.get_subcommand("forget-rejections")
      ->add_option("--vin", line.vin, "only this car")
      ->type_name("VIN");
  cli.get_subcommand("clear-topics")
      ->add_flag("--force", line.force, "also while the bridge runs; it then publishes no more");
}

void add_everything(CLI::App& cli, CommandLine& line, const std::string& version) {
  cli.set_version_flag("--version", "toyota2mqtt " + version);
  cli.require_subcommand(1);
  cli.fallthrough();
  cli.footer(general_footer());
  add_config(cli, line);
  for (const auto& command : kCommands) {
    auto* sub = cli.add_subcommand(command.name, command.does);
    sub->footer(footer_of(command));
    add_config(*sub, line);
  }
  add_own_options(cli, line);
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  names.reserve(kCommands.size());
  for (const auto& command : kCommands) names.emplace_back(command.name);
  return names;
}

/// A word of the command line as it may be repeated: short, and without control characters.
std::string shown_word(std::string_view word) {
  constexpr std::size_t kLongest = 40;
  std::string text(word.substr(0, word.starts_with("--") ? word.find('=') : word.npos));
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  std::ranges::replace_if(text, base::is_control, '?');
  return text;
}

/// One sentence about what is wrong. `word`: what was not expected, if anything.
std::string complaint(const CLI::App& cli, const std::string& command, const std::string& word,
                      const CLI::ParseError& error) {
  if (word.empty()) {
    return command.empty() && error.get_name() == "RequiredError" ? "no command was given"
                                                                  : error.what();
  }
  const auto shown = shown_word(word);
  const bool is_option = word.starts_with("-");
  auto candidates = is_option ? options_of(cli) : command_names();
  if (is_option && !command.empty()) candidates = options_of(*cli.get_subcommand(command));
  auto text = is_option ? fmt::format("there is no option {}", shown)
                        : fmt::format("there is no command {}", shown);
  if (!is_option && !command.empty()) {
    return fmt::format("{} takes nothing like {}", command, shown);
  }
  if (is_option && !command.empty()) text += " of " + command;
  const auto nearest = base::nearest_word(shown, candidates);
  return nearest.empty() ? text : fmt::format("{} (did you mean {}?)", text, nearest);
}

/// The command that was named; empty: none.
std::string named_command(const CLI::App& cli) {
  const auto chosen = cli.get_subcommands();
  return chosen.empty() ? std::string() : chosen.front()->get_name();
}

}  // namespace

std::expected<CommandLine, Exit> read_command_line(int argc, const char* const* argv,
                                                   const std::string& version, std::ostream& out,
                                                   std::ostream& err) {
  CLI::App cli("toyota2mqtt: Toyota, Lexus and Subaru (Europe) to MQTT, Home Assistant and ABRP",
               "toyota2mqtt");
  CommandLine line;
  add_everything(cli, line, version);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      // The library ends some of its texts with a line break, and some without.
      std::ostringstream told;
      cli.exit(error, told, err);
      out << base::trimmed(told.str()) << '\n';
      return std::unexpected(Exit::done);
    }
    const auto command = named_command(cli);
    const auto unknown = cli.remaining(true);
    const auto word = unknown.empty() ? std::string() : unknown.front();
    err << "toyota2mqtt: " << complaint(cli, command, word, error) << "\nMore: toyota2mqtt "
        << (command.empty() ? "" : command + " ") << "--help\n";
    return std::unexpected(Exit::usage);
  }
  line.command = named_command(cli);
  return line;
}

}  // namespace toyota2mqtt::app
