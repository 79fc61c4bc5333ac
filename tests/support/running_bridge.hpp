#pragma once

#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/fleet/account_set.hpp"
#include "toyota2mqtt/home_assistant/publisher.hpp"

namespace toyota2mqtt::test {

struct BridgeOptions {
  fleet::Options fleet = {};
  base::MqttConnection mqtt = {};
  home_assistant::Settings home_assistant = {};
};

/// One account at a cloud that only fakes answer for.
inline BridgeOptions one_driver(const char* password) {
  BridgeOptions options;
  options.fleet.accounts = {{.username = "driver@example.com",
                             .password = base::Secret(password),
                             .brand = vehicle::Brand::toyota}};
  options.fleet.endpoints = {
      .login_url = "http://127.0.0.1:1", .api_url = "http://127.0.0.1:1", .app_version = "2.23.0"};
  options.home_assistant.version = "1.2.3";
  options.home_assistant.support_url = "https://example.com";
  return options;
}

/// The owner's accounts and their publisher, started and stopped together as the program does it.
class RunningBridge {
 public:
  RunningBridge(fleet::Services services, home_assistant::MqttServices mqtt, BridgeOptions options)
      : accounts(services, std::move(options.fleet)),
        publisher(services, accounts, mqtt,
                  {.mqtt = std::move(options.mqtt), .settings = std::move(options.home_assistant)}),
        starting_(services.executor, services.log) {}

  /// The loop does it when it runs next.
  void start() {
    starting_.spawn("start", [](RunningBridge& self) -> base::Task<void> {
      co_await self.publisher.start();
      co_await self.accounts.start();
    }(*this));
  }
  base::Task<void> stop() {
    accounts.cancel();
    co_await publisher.stop();
    co_await accounts.join();
  }
  base::Task<void> reconfigure(fleet::Options options) {
    return accounts.reconfigure(std::move(options));
  }
  /// To the first account that has the car. False: none has.
  bool command(const base::CarId& car, const vehicle::CommandRequest& request) {
    const auto* account = accounts.owner_of(car);
    return account != nullptr && accounts.command(account->key(), car, request);
  }
  [[nodiscard]] std::vector<std::string> troubles() const {
    auto troubles = publisher.troubles();
    for (auto& line : accounts.troubles()) troubles.push_back(std::move(line));
    return troubles;
  }

  fleet::AccountSet accounts;
  home_assistant::Publisher publisher;

 private:
  base::TaskGroup starting_;
};

}  // namespace toyota2mqtt::test
