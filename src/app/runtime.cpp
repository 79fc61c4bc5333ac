#include "app/runtime.hpp"

#include <csignal>
#include <optional>

#include "toyota2mqtt/home_assistant/supervisor.hpp"
#include "toyota2mqtt/platform/files.hpp"

namespace toyota2mqtt::app {

namespace {

base::Zone zone_with_warning(base::Log& log) {
  std::string warning;
  auto zone = base::Zone::of_environment(warning);
  if (!warning.empty()) log.warning("app", warning);
  return zone;
}

}  // namespace

Exit exit_for(const base::Error& error) {
  switch (error.code) {
    case base::ErrorCode::credentials_rejected:
    case base::ErrorCode::action_required: return Exit::owner_must_act;
    case base::ErrorCode::config_invalid: return Exit::usage;
    default: return Exit::failed;
  }
}

Runtime::Runtime(const config::Settings& settings, std::ostream& log_to)
    : clock(loop),
      log({.level = settings.log_level, .json = settings.log_format == config::LogFormat::json},
          clock, log_to),
      http(loop, clock, log, {.ca_file = settings.toyota_ca_file}),
      abrp_http(loop, clock, log, {}),
      mqtt(loop, clock, log),
      zone(zone_with_warning(log)) {
  make_storage(settings.storage_directory);
  make_broker(settings);
  hide_secrets(settings);
}

Runtime::~Runtime() = default;

void Runtime::hide_secrets(const config::Settings& settings) {
  for (const auto& account : settings.fleet.accounts) {
    log.add_secret(account.password);
    log.add_secret(base::Secret(account.username));
  }
  for (const auto& vehicle : settings.fleet.vehicles) log.add_secret(vehicle.abrp_token);
  // A short code is no rarer than a year or a port: hiding it everywhere would show what it is. It
  // is never logged in the first place.
  constexpr std::size_t kRare = 8;
  const auto& code = settings.fleet.policy.commands.unlock_code;
  if (code.reveal().size() >= kRare) log.add_secret(code);
  log.add_secret(settings.mqtt.password);
  log.add_secret(settings.fleet.policy.abrp.api_key);
  log.add_secret(settings.fleet.policy.abrp.token);
  log.add_secret(settings.rest.token_secret);
  for (const auto& user : settings.rest.users) log.add_secret(base::Secret(user.password_hash));
}

void Runtime::make_storage(const std::string& directory) {
  worker_ = std::make_unique<platform::Worker>(loop.executor());
  database_ = std::make_unique<platform::Database>(*worker_, clock, log, directory);
  store_ = std::make_unique<platform::SqliteStore>(*database_);
  sealed_ =
      std::make_unique<platform::SealedStore>(*store_, *worker_, clock, random, log, directory);
  points_ = std::make_unique<platform::SqlitePointQueue>(*database_);
  tokens_ = std::make_unique<platform::FileTokenStore>(*worker_, clock, random, log, directory);
  set_up_file_ = std::make_unique<platform::SealedDocumentFile>(
      *worker_, clock, random, log, directory, platform::kSetUpFile,
      [](std::string_view text) { return setup::decode_set_up(text).has_value(); });
  set_up_ = std::make_unique<setup::SealedSetUpStore>(*set_up_file_);
}

void Runtime::make_broker(const config::Settings& settings) {
  if (settings.supervisor) log.add_secret(settings.supervisor->token);
  if (!settings.supervisor || settings.says("mqtt.host")) {
    broker_ = std::make_unique<home_assistant::FixedBroker>(settings.mqtt);
    return;
  }
  // The only client that may speak plain http to a host that is not this machine, and only to the
  // Supervisor: what it asks never leaves the machine's internal network.
  supervisor_http_ = std::make_unique<platform::CurlHttpClient>(
      loop, clock, log, platform::HttpOptions{.plain_http_hosts = {"supervisor"}});
  broker_ = std::make_unique<home_assistant::SupervisorBroker>(
      home_assistant::Supervisor(*supervisor_http_, *settings.supervisor), settings.mqtt,
      settings.given, [this](const base::Secret& password) { log.add_secret(password); });
}

base::Task<base::Result<void>> Runtime::open_storage() {
  auto opened = co_await database_->open();
  if (!opened) {
    auto error = opened.error();
    if (error.remedy != platform::kFreeSpace) {
      error.remedy =
          "Make the directory writable for this user, or name another one in "
          "storage.directory.";
    }
    log.error("app", error.message + ". " + error.remedy);
    co_return base::fail(std::move(error));
  }
  co_return base::Result<void>();
}

fleet::Services Runtime::services() {
  return {.executor = loop.executor(),
          .http = http,
          .abrp_http = abrp_http,
          .clock = clock,
          .random = random,
          .crypto = crypto,
          .log = log,
          .store = *store_,
          .tokens = *tokens_,
          .points = *points_,
          .zone = zone,
          .listeners = listeners,
          .metrics = &cloud_metrics,
          .sealed = sealed_.get()};
}

namespace {

/// Ends the other tasks and the loop, also when the task ends with an exception.
struct StopAtEnd {
  StopAtEnd(base::TaskGroup& the_others, platform::EventLoop& the_loop)
      : others(the_others), loop(the_loop) {}
  ~StopAtEnd() {
    others.cancel();
    loop.stop();
  }
  StopAtEnd(const StopAtEnd&) = delete;
  StopAtEnd& operator=(const StopAtEnd&) = delete;
  base::TaskGroup& others;
  platform::EventLoop& loop;
};

base::Task<void> keep_result(base::Task<Exit> task, std::optional<Exit>& result,
                             base::TaskGroup& others, platform::EventLoop& loop) {
  const StopAtEnd stop(others, loop);
  result = co_await std::move(task);
}

}  // namespace

Exit Runtime::run(base::Task<Exit> task, std::optional<base::Task<void>> beside) {
  base::TaskGroup tasks(loop.executor(), log);
  base::TaskGroup others(loop.executor(), log);
  std::optional<Exit> result;
  bool interrupted = false;
  loop.on_signal({SIGTERM, SIGINT}, [&](int) {
    interrupted = true;
    tasks.cancel();
  });
  tasks.spawn("command", keep_result(std::move(task), result, others, loop));
  if (beside) others.spawn("beside the command", std::move(*beside));
  loop.run();
  // What was cut short must not look complete to a script.
  return interrupted ? Exit::failed : result.value_or(Exit::failed);
}

}  // namespace toyota2mqtt::app
