#include "app/rest_service.hpp"

#include <sys/utsname.h>

#include <chrono>
#include <filesystem>
#include <utility>

#include "toyota2mqtt/config/load.hpp"
#include "toyota2mqtt/platform/privileges.hpp"
#include "toyota2mqtt/web/page.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr auto kAgain = std::chrono::minutes(1);
constexpr int kUnavailable = 503;

std::string platform_text() {
  utsname names{};
  if (::uname(&names) != 0) return {};
  return std::string(names.sysname) + " " + names.release + " " + names.machine;
}

// Until the keys are read nobody can be told from anybody else.
rest::Response not_ready() {
  return {.status = kUnavailable,
          .headers = {{.name = "Content-Type", .value = "application/problem+json"},
                      {.name = "Cache-Control", .value = "no-store"},
                      {.name = "Retry-After", .value = "60"}},
          .body = R"({"type":"/api/v1/problems/storage_failed","title":"It could not be done",)"
                  R"("status":503,"detail":"The keys and sessions could not be read yet.",)"
                  R"("retry_after":60})"};
}

/// Blocks. Only what the program itself put there.
base::Result<std::vector<rest::StoredFile>> own_files(const std::string& directory) {
  std::vector<rest::StoredFile> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const auto name = entry.path().filename().string();
    std::error_code unreadable;
    if (!platform::is_own_file(name) || !entry.is_regular_file(unreadable)) continue;
    const auto bytes = entry.file_size(unreadable);
    if (!unreadable) files.push_back({.name = name, .bytes = bytes});
  }
  if (error) {
    return base::fail(base::ErrorCode::storage_failed,
                      "the storage directory cannot be read: " + error.message());
  }
  return files;
}

}  // namespace

rest::Options rest_options(const config::Settings& settings, bool in_app) {
  auto options = settings.rest;
  options.ingress_gateway = in_app ? web::kIngressGateway : "";
  options.version = settings.home_assistant.version;
  return options;
}

RestService::RestService(Runtime& runtime, fleet::AccountSet& accounts,
                         const home_assistant::Publisher& publisher,
                         setup::OwnerActions& owner_actions, history::Archive& archive,
                         const config::Settings& settings)
    : runtime_(runtime),
      accounts_(accounts),
      publisher_(publisher),
      settings_(settings),
      tasks_(runtime.loop.executor(), runtime.log),
      guest_accounts_(runtime.services(), accounts, fleet::guest_options(settings.fleet)),
      fleet_({.accounts = accounts,
              .listeners = runtime.listeners,
              .clock = runtime.clock,
              .random = runtime.random}),
      guests_({.outside = runtime.services(), .accounts = accounts, .guests = guest_accounts_}),
      fleet_metrics_({.accounts = accounts,
                      .clock = runtime.clock,
                      .zone = runtime.zone,
                      .guests =
                          [this] {
                            fleet::GuestCounts counts{.accounts = guest_accounts_.known().size()};
                            for (const auto& [key, account] : accounts_.guests()) {
                              counts.cars += account->cars().size();
                            }
                            return counts;
                          }}),
      process_metrics_(settings.home_assistant.version),
      storage_metrics_(runtime.database()),
      hashing_(runtime.loop.executor()),
      passwords_(hashing_, runtime.random),
      keys_(runtime.worker(), runtime.clock, runtime.random, runtime.log,
            settings.storage_directory, platform::kWebKeys),
      api_({.clock = runtime.clock,
            .random = runtime.random,
            .crypto = runtime.crypto,
            .log = runtime.log,
            .store = runtime.store(),
            .fleet = fleet_,
            .listeners = runtime.listeners,
            .owner_actions = owner_actions,
            .archive = archive,
            .passwords = passwords_,
            .keys = keys_,
            .guests = guests_,
            .metrics_text = &platform::prometheus_text,
            .metrics_sources = {&runtime.cloud_metrics, &fleet_metrics_, &publisher,
                                &process_metrics_, &storage_metrics_},
            .host = host(),
            .zone = runtime.zone},
           rest_options(settings, settings.supervisor.has_value())) {
  runtime_.listeners.add(fleet_metrics_, fleet::Listeners::Hears::metrics);
}

RestService::~RestService() { runtime_.listeners.remove(fleet_metrics_); }

rest::HostInfo RestService::host() {
  return {.parts = [this] { return parts(); },
          .configuration = [this] { return configuration(); },
          .log_level = [this] { return runtime_.log.level(); },
          .set_log_level = [this](base::LogLevel level) { runtime_.log.set_level(level); },
          .recent_log = [this] { return runtime_.log.recent(); },
          .storage = [this] { return storage(); },
          .unknown_values = [this] { return unknown_values(); },
          .platform = platform_text()};
}

std::vector<rest::PartState> RestService::parts() {
  const auto now = runtime_.clock.now();
  const auto& counters = runtime_.database().counters();
  storage_watch_.look(counters.uses, counters.failures, now);
  return {toyota_state(accounts_), broker_state(publisher_.broker()), abrp_state(accounts_),
          storage_watch_.state(now), configuration_state(publisher_.configuration())};
}

// What changed since the start, on the page or by another configuration, is in those of the
// accounts.
std::string RestService::configuration() const {
  auto settings = settings_;
  settings.fleet = accounts_.options();
  settings.log_level = runtime_.log.level();
  return config::effective_json(settings);
}

std::map<std::string, std::uint64_t> RestService::unknown_values() const {
  std::map<std::string, std::uint64_t> values;
  for (const auto& account : accounts_.owners()) {
    for (const auto& [place, count] : account->unknown_by_place()) values[place] += count;
  }
  return values;
}

base::Task<base::Result<std::vector<rest::StoredFile>>> RestService::storage() {
  std::function<base::Result<std::vector<rest::StoredFile>>()> job =
      [directory = settings_.storage_directory] { return own_files(directory); };
  co_return co_await runtime_.worker().run(std::move(job));
}

base::Task<bool> RestService::load() {
  if (auto known = co_await guest_accounts_.load(); !known) {
    runtime_.log.warning("rest", "guests cannot be read: " + known.error().message);
    co_return false;
  }
  if (auto loaded = co_await api_.load(); !loaded) {
    runtime_.log.warning("rest", "keys and sessions cannot be read: " + loaded.error().message);
    co_return false;
  }
  co_return true;
}

base::Task<void> RestService::start() {
  loaded_ = co_await load();
  tasks_.spawn("rest", keep());
  tasks_.spawn("storage watch", watch_storage());
}

base::Task<void> RestService::keep() {
  while (!loaded_) {
    if (!co_await base::sleep_for(runtime_.clock, kAgain)) co_return;
    loaded_ = co_await load();
  }
  co_await guest_accounts_.forget_others();
  co_await api_.keep();
}

base::Task<void> RestService::watch_storage() {
  while (co_await base::sleep_for(runtime_.clock, kAgain)) (void)parts();
}

base::Task<rest::Response> RestService::handle(rest::Request request) {
  if (!loaded_) co_return not_ready();
  co_return co_await api_.handle(std::move(request));
}

base::Task<void> RestService::use(fleet::Options options) {
  co_await guest_accounts_.reconfigure(fleet::guest_options(options));
}

base::Task<void> RestService::use_users(std::vector<rest::User> users) {
  settings_.rest.users = users;
  co_await api_.use_users(std::move(users));
}

void RestService::end_streams() { api_.stop(); }

base::Task<void> RestService::stop() {
  tasks_.cancel();
  co_await tasks_.join();
  co_await guest_accounts_.stop();
}

}  // namespace toyota2mqtt::app
