#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "toyota2mqtt/bridge/account_session.hpp"
#include "toyota2mqtt/bridge/publisher.hpp"
#include "toyota2mqtt/bridge/services.hpp"

namespace toyota2mqtt::bridge {

struct Options {
  std::vector<toyota::Credentials> accounts;
  toyota::Endpoints endpoints;
  std::vector<VehicleOptions> vehicles;
  Polling polling;
  abrp::Options abrp;
  base::MqttConnection mqtt;  ///< the broker, unless Services::broker names it
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

  /// Removes every topic of this installation from the broker, leaves it, and publishes nothing
  /// more until the program starts again; the cars are still read. For the owner who is about to
  /// remove the program. Answers how many topics were removed. Errors: unreachable (there is no
  /// connection: nothing was changed), or as base::MqttClient; calling it again goes on. Must have
  /// ended (cancelled) before stop().
  base::Task<base::Result<std::size_t>> clear_topics();

  /// One line per part for `health`: "ok", or what is wrong. Empty = all is well.
  [[nodiscard]] std::vector<std::string> troubles() const;
  [[nodiscard]] const BrokerStatus& broker() const { return publisher_.status(); }

 private:
  base::Task<void> leave_broker();
  void add_account(const toyota::Credentials& credentials);
  void publish_bridge();
  void publish_car(AccountSession& account, CarSession& car);
  void publish_all();
  void account_changed(AccountSession& account);
  void cars_changed(AccountSession& account);
  void on_message(const base::MqttReceived& message);
  CarSession* find_car(const std::string& id);
  AccountSession* find_account(const std::string& key);
  void count_day();
  [[nodiscard]] std::uint64_t requests() const;

  Services services_;
  Options options_;
  base::Time started_;
  FixedBroker configured_broker_;
  Publisher publisher_;
  base::TaskGroup publishing_;
  base::TaskGroup accounts_running_;
  std::vector<std::unique_ptr<AccountSession>> accounts_;
  base::Time day_began_{};
  std::uint64_t requests_before_today_ = 0;
  std::string last_error_;
  bool clearing_ = false;
  bool cleared_ = false;  ///< nothing is published any more
};

}  // namespace toyota2mqtt::bridge
