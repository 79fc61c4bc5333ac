#include <malloc.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>

#include "app/command_line.hpp"
#include "app/commands.hpp"
#include "app/environment.hpp"
#include "toyota2mqtt/config/load.hpp"
#include "toyota2mqtt/platform/privileges.hpp"

namespace {

using toyota2mqtt::app::CommandLine;
using toyota2mqtt::app::Exit;
namespace app = toyota2mqtt::app;
namespace config = toyota2mqtt::config;

constexpr const char* kSupportUrl = "https://github.com/toyota2mqtt/toyota2mqtt";

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

void complain(const toyota2mqtt::base::Error& error) {
  std::cerr << "toyota2mqtt: " << error.message << '\n';
  if (!error.remedy.empty()) std::cerr << error.remedy << '\n';
}

config::Loaded read_configuration(const CommandLine& line) {
  const auto file = config::find_file(line.file, environment);
  auto loaded = config::load(file, environment);
  loaded.settings.file = file.value_or("");
  loaded.settings.home_assistant.version = TOYOTA2MQTT_VERSION;
  loaded.settings.home_assistant.support_url = kSupportUrl;
  return loaded;
}

/// The settings, or nullopt when they cannot be used; every problem goes to standard error. With
/// `only_storage`, options that this user may not read are no problem inside the app: where the
/// running bridge answers is known without them.
std::optional<config::Settings> load(const CommandLine& line, bool only_storage) {
  auto supervisor = app::find_supervisor(environment);
  if (!supervisor) {
    complain(supervisor.error());
    return std::nullopt;
  }
  app::forget_supervisor_token();
  auto loaded = read_configuration(line);
  if (*supervisor && only_storage && !loaded.problems.empty()) {
    auto file = std::move(loaded.settings.file);
    loaded = {};
    loaded.settings.file = std::move(file);
  }
  if (*supervisor) {
    auto problem = app::apply_app_rules(loaded.settings, std::move(**supervisor));
    if (problem && loaded.problems.empty()) loaded.problems.push_back(std::move(*problem));
  }
  for (const auto& warning : loaded.warnings) std::cerr << "warning: " << warning << '\n';
  for (const auto& problem : loaded.problems) std::cerr << to_string(problem) << '\n';
  if (!loaded.problems.empty()) return std::nullopt;
  return std::move(loaded.settings);
}

Exit check_config(const config::Settings& settings) {
  std::cout << (settings.file.empty() ? "no configuration file; defaults" : settings.file)
            << ": good, " << settings.fleet.accounts.size() << " account(s)\n";
  return Exit::done;
}

/// Inside the app the program begins as root, because only root may read the options. From here on
/// it is an ordinary user, whatever the command: a root `doctor` must leave no file behind that the
/// bridge may not open. Outside the app nobody's rights and files are touched.
toyota2mqtt::base::Result<void> leave_root(const config::Settings& settings, bool uses_storage) {
  namespace platform = toyota2mqtt::platform;
  if (!settings.supervisor) return {};
  if (platform::is_root()) {
    if (uses_storage) {
      auto given = platform::hand_over(app::data_directory(settings.file),
                                       settings.storage_directory, platform::kAppUser);
      if (!given) return given;
    }
    if (auto dropped = platform::become(platform::kAppUser); !dropped) return dropped;
  }
  return platform::close_doors();
}

Exit dispatch(const CommandLine& line) {
  const auto& command = line.command;
  const bool entities = command == "entities";
  if (entities && !line.dashboard) return app::print_entities(line.format);
  if (command == "hash-password") return app::hash_password();
  const bool asks_only = command == "health";
  const auto settings = load(line, asks_only);
  if (!settings) return Exit::usage;
  const bool uses_storage = !asks_only && command != "check-config";
  if (auto left = leave_root(*settings, uses_storage); !left) {
    complain(left.error());
    return Exit::failed;
  }
  if (entities) return app::print_dashboard(*settings);
  if (command == "check-config") return check_config(*settings);
  if (command == "doctor") return app::doctor(*settings);
  if (command == "fetch") return app::fetch(*settings, line.vin, line.record);
  if (command == "health") return app::health(*settings);
  if (command == "retry-login") return app::retry_login(*settings, line.account);
  if (command == "forget-rejections") return app::forget_rejections(*settings, line.vin);
  if (command == "clear-topics") return app::clear_topics(*settings, line.force);
  return app::run_bridge(*settings, [line] { return read_configuration(line); });
}

/// glibc raises its threshold for memory of its own whenever a large block is freed: one huge
/// answer of a broken cloud would then stay in the heap for ever (5 MB, seen in an hour of random
/// faults).
void give_large_memory_back() {
  constexpr int kLarge = 256 * 1024;
  (void)::mallopt(M_MMAP_THRESHOLD, kLarge);
  (void)::mallopt(M_TRIM_THRESHOLD, kLarge);
}

int run(int argc, char** argv) {
  const auto line = app::read_command_line(argc, argv, TOYOTA2MQTT_VERSION, std::cout, std::cerr);
  return static_cast<int>(line ? dispatch(*line) : line.error());
}

}  // namespace

int main(int argc, char** argv) {
  give_large_memory_back();
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "toyota2mqtt stopped: " << error.what() << '\n';
    return static_cast<int>(Exit::failed);
  }
}
