#include "app/reload.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <utility>

namespace toyota2mqtt::app {

namespace {

constexpr auto kFileCheckPeriod = std::chrono::seconds(2);
constexpr int kMostReadings = 3;

}  // namespace

Reading read_configuration(const std::function<config::Loaded()>& load,
                           std::vector<std::string> files) {
  Reading reading;
  for (int i = 0; i < kMostReadings; ++i) {
    reading.stamps = look_at(files);
    reading.loaded = load();
    if (reading.loaded.files == files) break;
    files = reading.loaded.files;
  }
  return reading;
}

std::vector<std::string> keep_what_is_fixed(config::Settings& wanted,
                                            const config::Settings& running) {
  std::vector<std::string> names;
  const auto keep = [&names](auto& value, const auto& fixed, const char* name) {
    if (std::exchange(value, fixed) == fixed) return;
    if (names.empty() || names.back() != name) names.emplace_back(name);
  };
  keep(wanted.mqtt, running.mqtt, "mqtt");
  keep(wanted.home_assistant, running.home_assistant, "mqtt");
  keep(wanted.storage_directory, running.storage_directory, "storage.directory");
  keep(wanted.log_level, running.log_level, "log.level");
  keep(wanted.log_format, running.log_format, "log.format");
  auto users = std::exchange(wanted.rest.users, running.rest.users);
  wanted.rest.currency = running.rest.currency;  // which `history` decides
  keep(wanted.web, running.web, "web");
  keep(wanted.rest, running.rest, "web");
  wanted.rest.users = std::move(users);
  keep(wanted.history, running.history, "history");
  share_history(wanted);
  keep(wanted.toyota_ca_file, running.toyota_ca_file, "toyota.ca_file");
  return names;
}

Reload::Reload(Services services, config::Settings running)
    : services_(std::move(services)), running_(std::move(running)) {}

void Reload::request() { asked_.notify(); }

base::Task<void> Reload::keep() {
  co_await read_again(false);
  while (true) {
    const auto asked =
        co_await asked_.wait_until(services_.clock, services_.clock.steady() + kFileCheckPeriod);
    if (!asked) co_return;
    if (*asked || co_await is_due()) co_await read_again(*asked);
  }
}

base::Task<bool> Reload::is_due() {
  const auto now = co_await services_.look(watch_.files());
  co_return now&& watch_.is_due(*now);
}

base::Task<void> Reload::read_again(bool asked) {
  auto reading = co_await services_.read(watch_.files());
  if (!reading) co_return;
  watch_.record_read(std::move(reading->stamps));
  if (!reading->loaded.problems.empty()) {
    refuse(reading->loaded);
    co_return;
  }
  co_await take(std::move(reading->loaded), asked);
}

void Reload::refuse(const config::Loaded& loaded) {
  std::vector<std::string> mistakes;
  for (const auto& problem : loaded.problems) {
    mistakes.push_back(to_string(problem));
    services_.log.error("config", to_string(problem));
  }
  services_.log.error("config",
                      "the configuration has mistakes and is not taken into use; the one that was "
                      "in use stays");
  broken_ = true;
  services_.show(std::move(mistakes));
}

void Reload::tell(const config::Loaded& loaded, std::vector<std::string> later) {
  for (const auto& warning : loaded.warnings) services_.log.warning("config", warning);
  if (later.empty()) return;
  services_.log.warning("config",
                        fmt::format("what has changed here is taken into use with the next start "
                                    "of the program: {}",
                                    fmt::join(later, ", ")));
}

base::Task<void> Reload::take(config::Loaded loaded, bool asked) {
  const bool was_broken = std::exchange(broken_, false);
  if (was_broken) services_.show({});
  services_.hide_secrets(loaded.settings);
  auto later = keep_what_is_fixed(loaded.settings, running_);
  const bool other_options = loaded.settings.fleet != running_.fleet;
  const bool other_users = loaded.settings.rest.users != running_.rest.users;
  const bool news = other_options || other_users;
  if (news || asked || was_broken || later != told_) tell(loaded, later);
  told_ = std::move(later);
  running_ = std::move(loaded.settings);
  if (other_options) co_await services_.use(running_.fleet);
  if (other_users) co_await services_.use_users(running_.rest.users);
  if (news) {
    services_.log.info("config", "the changed configuration is in use");
  } else if (asked || was_broken) {
    services_.log.info("config", "the configuration was read again: it is the one that is in use");
  }
}

}  // namespace toyota2mqtt::app
