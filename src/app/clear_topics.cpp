#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <string>
#include <string_view>

#include "app/commands.hpp"
#include "app/terminal.hpp"
#include "toyota2mqtt/platform/control_socket.hpp"

namespace toyota2mqtt::app {

namespace {

constexpr auto kPatience = std::chrono::seconds(60);
constexpr std::string_view kDone = "done: ";
constexpr std::string_view kNoBroker = "no broker: ";

std::string sentence(const base::Error& error) {
  return error.message + (error.remedy.empty() ? "" : ". " + error.remedy);
}

Exit exit_of(const base::Error& error) {
  switch (error.code) {
    case base::ErrorCode::credentials_rejected: return Exit::owner_must_act;
    case base::ErrorCode::forbidden:
    case base::ErrorCode::storage_failed:
    case base::ErrorCode::cancelled: return Exit::failed;
    default: return Exit::no_broker;
  }
}

std::string count(std::size_t removed) {
  return fmt::format("{} topic{} removed from the broker", removed, removed == 1 ? "" : "s");
}

/// Without a running bridge: this process goes to the broker itself.
base::Task<Exit> clear_alone(Runtime& runtime, StatusLine& status) {
  if (!co_await runtime.open_storage()) co_return Exit::failed;
  const auto services = runtime.services();
  home_assistant::BrokerConnection publisher({.mqtt = runtime.mqtt,
                                              .clock = services.clock,
                                              .random = services.random,
                                              .log = services.log,
                                              .store = services.store},
                                             runtime.broker(), {}, {},
                                             [](const base::MqttReceived&) {});
  co_await publisher.load();
  status.show("removing the topics from the broker");
  const auto removed = co_await publisher.clear();
  status.show("");
  if (!removed) {
    const auto where = publisher.status().where;
    runtime.log.error("mqtt", (where.empty() ? "broker: " : "broker " + where + ": ") +
                                  sentence(removed.error()));
    co_return exit_of(removed.error());
  }
  std::cout << count(*removed) << std::endl;
  co_return Exit::done;
}

Exit clear_through_bridge(const std::string& socket_path) {
  StatusLine status;
  status.show("the running bridge removes its topics");
  const auto answer = platform::ControlSocket::ask(socket_path, kClearRequest, kPatience);
  status.show("");
  if (!answer) {
    std::cerr << sentence(answer.error()) << '\n';
    return Exit::failed;
  }
  if (!answer->starts_with(kDone)) {
    std::cerr << *answer;
    return answer->starts_with(kNoBroker) ? Exit::no_broker : Exit::failed;
  }
  std::cout << answer->substr(kDone.size()) << std::flush;
  return Exit::done;
}

}  // namespace

std::string clear_answer(const base::Result<std::size_t>& removed) {
  if (!removed) {
    const bool gone = exit_of(removed.error()) == Exit::no_broker;
    return std::string(gone ? kNoBroker : "failed: ") + sentence(removed.error()) + "\n";
  }
  return std::string(kDone) + count(*removed) +
         "; the running bridge publishes nothing more until it starts again\n";
}

Exit clear_topics(const config::Settings& settings, bool force) {
  const auto socket_path = control_socket_path(settings);
  const auto running = platform::ControlSocket::ask(socket_path);
  if (!running && running.error().code == base::ErrorCode::unreachable) {
    StatusLine status;
    Runtime runtime(settings, status.stream());
    return runtime.run(clear_alone(runtime, status), keep_ticking(status, runtime.clock));
  }
  if (!running) {
    std::cerr << sentence(running.error()) << '\n';
    return Exit::failed;
  }
  if (force) return clear_through_bridge(socket_path);
  std::cerr << "A bridge runs with this storage directory. Stop it first, or use --force: it then "
               "removes its topics itself and publishes nothing more until it starts again.\n";
  return Exit::failed;
}

}  // namespace toyota2mqtt::app
