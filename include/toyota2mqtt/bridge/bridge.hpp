#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "toyota2mqtt/bridge/account_session.hpp"
#include "toyota2mqtt/bridge/publisher.hpp"
#include "toyota2mqtt/bridge/services.hpp"
#include "toyota2mqtt/bridge/unlock_code.hpp"

namespace toyota2mqtt::bridge {

struct Options {
  std::vector<toyota::Credentials> accounts;
  toyota::Endpoints endpoints;
  std::vector<VehicleOptions> vehicles;
  Polling polling;
  WakeLimits wake;
  CommandOptions commands;
  abrp::Options abrp;
  base::MqttConnection mqtt;
  home_assistant::Settings home_assistant;
};

/// The running bridge: one AccountSession per account, one Publisher, and the documents between
/// them. Loop thread only.
class Bridge {
 public:
  Bridge(Services services, Options options);
  ~Bridge();
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  void start();
  /// Stops everything that may be stopped, publishes `offline` and leaves the broker (within 1 s),
  /// then waits for what must not be torn: a token refresh that is under way. Call it once.
  base::Task<void> stop();

  /// One line per part for `health`: "ok", or what is wrong. Empty = all is well.
  [[nodiscard]] std::vector<std::string> troubles() const;

 private:
  base::Task<void> leave_broker();
  void add_account(const toyota::Credentials& credentials);
  void publish_bridge();
  void publish_car(AccountSession& account, CarSession& car);
  void publish_all();
  void account_changed(AccountSession& account);
  void cars_changed(AccountSession& account);
  void on_message(const base::MqttReceived& message);
  void on_command(const home_assistant::Command& command);
  void tell_result(const CarSession& car, const vehicle::CommandResult& result);
  void give_up_commands();
  CarSession* find_car(const std::string& id);
  AccountSession* find_account(const std::string& key);
  void count_day();
  [[nodiscard]] std::uint64_t requests() const;

  Services services_;
  Options options_;
  base::Time started_;
  Publisher publisher_;
  UnlockCode unlock_code_;
  base::TaskGroup publishing_;
  base::TaskGroup accounts_running_;
  std::vector<std::unique_ptr<AccountSession>> accounts_;
  base::Time day_began_{};
  std::uint64_t requests_before_today_ = 0;
  std::string last_error_;
  bool stopping_ = false;
  std::vector<base::MqttMessage> last_words_;  // told after the sending has ended
};

}  // namespace toyota2mqtt::bridge
