#include "app/reload.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sys/stat.h>

#include <chrono>
#include <utility>

namespace toyota2mqtt::app {

namespace {

constexpr auto kFileCheckPeriod = std::chrono::seconds(2);
constexpr int kMostReadings = 3;
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * kNanosecondsPerSecond + time.tv_nsec;
}

FileStamp stamp_of(const std::string& file) {
  struct stat now{};
  if (::stat(file.c_str(), &now) != 0) return {};
  return {.device = now.st_dev,
          .inode = now.st_ino,
          .size = now.st_size,
          .modified_ns = nanoseconds(now.st_mtim),
          .changed_ns = nanoseconds(now.st_ctim)};
}

}  // namespace

Reading read_configuration(const std::function<config::Loaded()>& load,
                           std::vector<std::string> files) {
  Reading reading;
  for (int i = 0; i < kMostReadings; ++i) {
    reading.stamps = read_stamps(files);
    reading.loaded = load();
    if (reading.loaded.files == files) break;
    files = reading.loaded.files;
  }
  return reading;
}

ReloadPlan plan_reload(const config::Settings& running, const config::Settings& wanted) {
  ReloadPlan plan{.settings = running};
  auto& used = plan.settings;
  used.file = wanted.file;
  used.given = wanted.given;
  used.fleet = wanted.fleet;
  share_history(used);  // the history that runs
  used.rest.users = wanted.rest.users;
  plan.fleet = used.fleet != running.fleet;
  plan.users = used.rest.users != running.rest.users;

  auto rest = wanted.rest;
  rest.users = running.rest.users;
  rest.currency = running.rest.currency;  // which `history` decides
  const auto waits = [&plan](bool differs, const char* name) {
    if (differs) plan.later.emplace_back(name);
  };
  waits(wanted.mqtt != running.mqtt || wanted.home_assistant != running.home_assistant, "mqtt");
  waits(wanted.storage_directory != running.storage_directory, "storage.directory");
  waits(wanted.log_level != running.log_level, "log.level");
  waits(wanted.log_format != running.log_format, "log.format");
  waits(wanted.web != running.web || rest != running.rest, "web");
  waits(wanted.history != running.history, "history");
  waits(wanted.toyota_ca_file != running.toyota_ca_file, "toyota.ca_file");
  return plan;
}

FileStamps read_stamps(const std::vector<std::string>& files) {
  FileStamps stamps;
  for (const auto& file : files) stamps[file] = stamp_of(file);
  return stamps;
}

std::vector<std::string> FileWatch::files() const {
  std::vector<std::string> names;
  names.reserve(read_.size());
  for (const auto& [name, stamp] : read_) names.push_back(name);
  return names;
}

bool FileWatch::is_due(const FileStamps& now) {
  const bool stands_still = now == std::exchange(last_, now);
  return stands_still && now != read_;
}

Reload::Reload(Services services, config::Settings running)
    : services_(std::move(services)), running_(std::move(running)) {}

void Reload::request() { asked_.notify(); }

base::Task<void> Reload::run() {
  co_await read_again(false);
  while (true) {
    const auto asked =
        co_await asked_.wait_until(services_.clock, services_.clock.steady() + kFileCheckPeriod);
    if (!asked) co_return;
    if (*asked || co_await is_due()) co_await read_again(*asked);
  }
}

base::Task<bool> Reload::is_due() {
  const auto now = co_await services_.stamps(watch_.files());
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
  co_await apply(std::move(reading->loaded), asked);
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

void Reload::log_warnings(const config::Loaded& loaded, const std::vector<std::string>& later) {
  for (const auto& warning : loaded.warnings) services_.log.warning("config", warning);
  if (later.empty()) return;
  services_.log.warning("config",
                        fmt::format("what has changed here is taken into use with the next start "
                                    "of the program: {}",
                                    fmt::join(later, ", ")));
}

base::Task<void> Reload::apply(config::Loaded loaded, bool asked) {
  const bool was_broken = std::exchange(broken_, false);
  if (was_broken) services_.show({});
  services_.hide_secrets(loaded.settings);
  auto plan = plan_reload(running_, loaded.settings);
  const bool answers = asked || was_broken;
  if (plan.changes_anything() || answers || plan.later != logged_later_) {
    log_warnings(loaded, plan.later);
  }
  logged_later_ = std::move(plan.later);
  running_ = std::move(plan.settings);
  if (plan.fleet) co_await services_.use(running_.fleet);
  if (plan.users) co_await services_.use_users(running_.rest.users);
  if (plan.changes_anything()) {
    services_.log.info("config", "the changed configuration is in use");
  } else if (answers) {
    services_.log.info("config", "the configuration was read again: it is the one that is in use");
  }
}

}  // namespace toyota2mqtt::app
