#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/commands.hpp"
#include "app/history.hpp"
#include "app/reload.hpp"
#include "app/rest_service.hpp"
#include "app/snapshots.hpp"
#include "app/web_server.hpp"
#include "toyota2mqtt/platform/control_socket.hpp"
#include "toyota2mqtt/platform/instance_lock.hpp"
#include "toyota2mqtt/setup/set_up_service.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr suseconds_t kLastMomentMicroseconds = 500'000;
constexpr auto kTimeToEnd = std::chrono::seconds(3);  // a process that was told to stop needs 1.5 s
constexpr auto kLockRetryPause = std::chrono::milliseconds(100);
constexpr auto kTimeToStop = std::chrono::milliseconds(1200);  // before that last moment

extern "C" void leave_at_once(int) { _exit(0); }

/// SIGTERM must end the process within 2 s whatever is stalled, a name resolution inside a library
/// included: after 1.5 s the kernel ends it.
void arm_last_exit() {
  struct sigaction action{};
  action.sa_handler = leave_at_once;
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval timer{.it_interval = {},
                        .it_value = {.tv_sec = 1, .tv_usec = kLastMomentMicroseconds}};
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

/// What lives while the bridge runs.
struct Running {
  Runtime& runtime;
  fleet::AccountSet accounts;
  home_assistant::Publisher publisher;
  std::string storage;  ///< storage.directory
  std::string socket_path;
  platform::InstanceLock lock = {};
  base::TaskGroup tasks;  ///< what ends before the bridge does
  Snapshots snapshots;
  std::unique_ptr<History> history = nullptr;
  /// What the owner does on the page.
  std::unique_ptr<setup::SetUpService> owner_actions = nullptr;
  std::unique_ptr<RestService> rest = nullptr;  ///< null when the page is switched off
  std::unique_ptr<WebServer> web = nullptr;     ///< null when it is switched off
  std::unique_ptr<Reload> reload = nullptr;     ///< null inside the app
  base::TaskGroup reloading;                    ///< may wait for the bridge, so it ends after it
  std::unique_ptr<platform::ControlSocket> socket = nullptr;
  Exit exit = Exit::done;
};

std::string health_text(const Running& running) {
  std::string text;
  const auto add = [&text](const std::vector<std::string>& troubles) {
    for (const auto& trouble : troubles) text += trouble + "\n";
  };
  add(running.publisher.troubles());
  add(running.accounts.troubles());
  if (text.empty()) text = "ok\n";
  add(running.accounts.failing_routes());
  if (running.accounts.owners().empty()) text += std::string(kNoAccount) + "\n";
  return text;
}

base::Task<void> clear_for(home_assistant::Publisher& publisher,
                           platform::ControlSocket::Reply reply) {
  const auto removed = co_await publisher.clear_topics();
  reply(clear_answer(removed));
}

void answer_request(Running& running, const std::string& request,
                    platform::ControlSocket::Reply reply) {
  if (request == kClearRequest) {
    running.tasks.spawn("clear topics", clear_for(running.publisher, std::move(reply)));
  } else if (request.starts_with(kForgetRequest)) {
    const auto blank = request.find(' ');
    reply(forget_answer(running.accounts,
                        blank == std::string::npos ? std::string() : request.substr(blank + 1)));
  } else {
    reply(health_text(running));
  }
}

/// Takes the storage directory for this process alone. One that is just ending is waited for.
base::Task<base::Result<platform::InstanceLock>> hold_storage(Running& running) {
  auto& runtime = running.runtime;
  const auto deadline = runtime.clock.steady() + kTimeToEnd;
  while (true) {
    std::function<base::Result<platform::InstanceLock>()> take = [directory = running.storage,
                                                                  now = runtime.clock.now()] {
      return platform::InstanceLock::take(directory, now);
    };
    auto lock = co_await runtime.worker().run(std::move(take));
    const bool held = !lock && lock.error().code == base::ErrorCode::action_required;
    if (!held || runtime.clock.steady() >= deadline) co_return lock;
    if (auto slept = co_await base::sleep_for(runtime.clock, kLockRetryPause); !slept) {
      co_return base::fail(slept.error());
    }
  }
}

/// False: this process may not run; the log says why.
base::Task<bool> open_storage(Running& running) {
  auto lock = co_await hold_storage(running);
  const bool held = !lock && lock.error().code == base::ErrorCode::action_required;
  if (held) {
    running.runtime.log.error("app", lock.error().message + ". " + lock.error().remedy);
    co_return false;
  }
  // What keeps the lock from being made is told better here.
  if (!co_await running.runtime.open_storage()) co_return false;
  if (!lock) {
    running.runtime.log.error("app", lock.error().message + ". " + lock.error().remedy);
    co_return false;
  }
  running.lock = std::move(*lock);
  co_return true;
}

base::Task<void> start_bridge(Running& running) {
  // First, because it makes the directory in which the socket lives.
  if (!co_await open_storage(running)) {
    running.exit = Exit::failed;
    running.runtime.loop.stop();
    co_return;
  }
  auto socket = platform::ControlSocket::listen(
      running.runtime.loop.executor(), running.socket_path,
      [running = &running](const std::string& request, platform::ControlSocket::Reply reply) {
        answer_request(*running, request, std::move(reply));
      });
  if (socket) {
    running.socket = std::move(*socket);
  } else {
    running.runtime.log.warning("app", socket.error().message);
  }
  if (auto known = co_await running.owner_actions->load(); !known) {
    running.runtime.log.warning(
        "app", "what was entered on the page cannot be read: " + known.error().message);
  }
  if (running.accounts.owners().empty()) running.runtime.log.warning("app", kNoAccount);
  running.history->start(running.tasks);
  if (running.rest) co_await running.rest->start();
  co_await running.publisher.start();
  co_await running.accounts.start();
  if (running.web) running.web->start();
  running.tasks.spawn("snapshots", running.snapshots.keep());
  if (running.reload) running.reloading.spawn("configuration", running.reload->run());
}

base::Task<void> stop_bridge(Running& running) {
  const auto deadline = running.runtime.clock.steady() + kTimeToStop;
  if (running.rest) running.rest->end_streams();
  if (running.web) running.web->stop();
  running.snapshots.give_up();
  running.reloading.cancel();
  running.tasks.cancel();
  co_await running.tasks.join();
  running.accounts.cancel();
  // Before the accounts have ended: a refresh that must not be torn may take longer than the
  // process has.
  co_await running.publisher.stop();
  co_await running.accounts.join();
  co_await running.reloading.join();
  if (running.rest) co_await running.rest->stop();
  co_await running.history->stop();
  co_await running.snapshots.last(deadline);
  running.runtime.loop.stop();
}

base::Task<void> use_options(Running& running, fleet::Options options) {
  co_await running.owner_actions->reconfigure(options);
  if (running.rest) co_await running.rest->use(std::move(options));
}

base::Task<void> use_users(Running& running, std::vector<rest::User> users) {
  if (running.rest) co_await running.rest->use_users(std::move(users));
}

/// The options of the app belong to root and are read before the program gives that up, so inside
/// the app there is nothing to read again.
std::unique_ptr<Reload> make_reload(Running& running, const config::Settings& settings,
                                    std::function<config::Loaded()> load) {
  if (settings.supervisor) return nullptr;
  auto& runtime = running.runtime;
  Reload::Services services{
      .clock = runtime.clock,
      .log = runtime.log,
      .stamps =
          [&worker = runtime.worker()](std::vector<std::string> files) {
            return worker.run<FileStamps>(
                [files = std::move(files)] { return read_stamps(files); });
          },
      .read =
          [&worker = runtime.worker(), load = std::move(load)](std::vector<std::string> files) {
            return worker.run<Reading>(
                [load, files = std::move(files)] { return read_configuration(load, files); });
          },
      .hide_secrets = [&runtime](const config::Settings& read) { runtime.hide_secrets(read); },
      .show =
          [&running](std::vector<std::string> mistakes) {
            running.publisher.show_configuration(std::move(mistakes));
          },
      .use =
          [&running](fleet::Options options) { return use_options(running, std::move(options)); },
      .use_users =
          [&running](std::vector<rest::User> users) {
            return use_users(running, std::move(users));
          },
  };
  return std::make_unique<Reload>(std::move(services), settings);
}

void reload_now(Running& running) {
  if (running.reload) {
    running.reload->request();
  } else {
    running.runtime.log.info("app", "changed options are taken into use by restarting the app");
  }
}

}  // namespace

std::string control_socket_path(const config::Settings& settings) {
  return settings.storage_directory + "/health.sock";
}

Exit run_bridge(const config::Settings& settings, std::function<config::Loaded()> load) {
  Runtime runtime(settings);
  Running running{.runtime = runtime,
                  .accounts = fleet::AccountSet(runtime.services(), settings.fleet),
                  .publisher = home_assistant::Publisher(
                      runtime.services(), running.accounts, runtime.mqtt_services(),
                      {.mqtt = settings.mqtt, .settings = settings.home_assistant}),
                  .storage = settings.storage_directory,
                  .socket_path = control_socket_path(settings),
                  .tasks = base::TaskGroup(runtime.loop.executor(), runtime.log),
                  .snapshots = Snapshots(runtime),
                  .reloading = base::TaskGroup(runtime.loop.executor(), runtime.log)};

  running.history = std::make_unique<History>(runtime, running.accounts, settings.history);
  running.owner_actions = std::make_unique<setup::SetUpService>(
      setup::Services{
          .outside = runtime.services(),
          .accounts = running.accounts,
          .publisher = running.publisher,
          .set_up = runtime.set_up(),
          .hide = [&log = runtime.log](const base::Secret& secret) { log.add_secret(secret); }},
      settings.fleet);
  if (const auto options = web_server_options(settings)) {
    running.rest =
        std::make_unique<RestService>(runtime, running.accounts, running.publisher,
                                      *running.owner_actions, running.history->archive(), settings);
    running.web = std::make_unique<WebServer>(
        runtime.loop.executor(), runtime.clock, runtime.random, runtime.log,
        WebServer::Served{
            .owner_actions = *running.owner_actions,
            .rest = [&rest = *running.rest](
                        rest::Request request) { return rest.handle(std::move(request)); },
            .password_hash =
                [&rest = *running.rest](base::Secret password) {
                  return rest.hash_password(std::move(password));
                }},
        *options);
  }

  running.reload = make_reload(running, settings, std::move(load));

  base::TaskGroup stopping(runtime.loop.executor(), runtime.log);
  bool leaving = false;
  runtime.loop.on_signal({SIGTERM, SIGINT, SIGHUP}, [&](int signal) {
    if (signal == SIGHUP) {
      if (!leaving) reload_now(running);
      return;
    }
    // A second signal neither begins another end nor gives the first one more time.
    if (std::exchange(leaving, true)) return;
    arm_last_exit();
    runtime.log.info("app", "stopping");
    stopping.spawn("stop", stop_bridge(running));
  });
  stopping.spawn("start", start_bridge(running));
  runtime.loop.run();
  return running.exit;
}

Exit health(const config::Settings& settings) {
  const auto answer = platform::ControlSocket::ask(control_socket_path(settings));
  const auto text = answer ? *answer : answer.error().message + "\n";
  (void)::write(STDOUT_FILENO, text.data(), text.size());
  return answer ? Exit::done : Exit::failed;
}

}  // namespace toyota2mqtt::app
