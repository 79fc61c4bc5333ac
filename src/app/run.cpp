#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "app/commands.hpp"
#include "toyota2mqtt/platform/control_socket.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr suseconds_t kLastMomentMicroseconds = 500'000;

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

bridge::Options bridge_options(const config::Settings& settings) {
  return {.accounts = settings.accounts,
          .endpoints = settings.toyota,
          .vehicles = settings.vehicles,
          .polling = settings.polling,
          .wake = settings.wake,
          .abrp = settings.abrp,
          .mqtt = settings.mqtt,
          .home_assistant = settings.home_assistant};
}

std::string health_text(const bridge::Bridge& bridge) {
  std::string text;
  for (const auto& trouble : bridge.troubles()) text += trouble + "\n";
  return text.empty() ? "ok\n" : text;
}

/// What lives while the bridge runs.
struct Running {
  Runtime& runtime;
  bridge::Bridge bridge;
  std::string socket_path;
  std::unique_ptr<platform::ControlSocket> socket = nullptr;
  Exit exit = Exit::done;
};

base::Task<void> start_bridge(Running& running) {
  // First, because it makes the directory in which the socket lives.
  if (!co_await running.runtime.open_storage()) {
    running.exit = Exit::failed;
    running.runtime.loop.stop();
    co_return;
  }
  auto socket =
      platform::ControlSocket::listen(running.runtime.loop.executor(), running.socket_path,
                                      [bridge = &running.bridge] { return health_text(*bridge); });
  if (socket) {
    running.socket = std::move(*socket);
  } else {
    running.runtime.log.warning("app", socket.error().message);
  }
  running.bridge.start();
}

base::Task<void> stop_bridge(bridge::Bridge& bridge, platform::EventLoop& loop) {
  co_await bridge.stop();
  loop.stop();
}

}  // namespace

std::string control_socket_path(const config::Settings& settings) {
  return settings.storage_directory + "/health.sock";
}

Exit run_bridge(const config::Settings& settings) {
  Runtime runtime(settings);
  if (settings.accounts.empty()) {
    runtime.log.warning("app",
                        "no account is set up: write one into the configuration file (accounts:, "
                        "see README) and start again");
  }
  Running running{.runtime = runtime,
                  .bridge = bridge::Bridge(runtime.services(), bridge_options(settings)),
                  .socket_path = control_socket_path(settings)};

  base::TaskGroup stopping(runtime.loop.executor(), runtime.log);
  bool leaving = false;
  runtime.loop.on_signal({SIGTERM, SIGINT}, [&](int) {
    // A second signal neither begins another end nor gives the first one more time.
    if (std::exchange(leaving, true)) return;
    arm_last_exit();
    runtime.log.info("app", "stopping");
    stopping.spawn("stop", stop_bridge(running.bridge, runtime.loop));
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
