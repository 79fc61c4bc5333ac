#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "toyota2mqtt/home_assistant/broker_connection.hpp"
#include "toyota2mqtt/home_assistant/supervisor.hpp"

namespace toyota2mqtt::app {

/// The connection to the broker that the Supervisor named. What the owner set (`given`, key paths)
/// wins key by key, but the Supervisor's password never goes along with a user of the owner's.
base::MqttConnection merge_broker(base::MqttConnection configured,
                                  const std::set<std::string>& given,
                                  home_assistant::BrokerService service);

/// home_assistant::BrokerSource of the app without `mqtt.host`: asks the Supervisor before every
/// connect.
class SupervisorBroker final : public home_assistant::BrokerSource {
 public:
  /// `on_password` hears of every password before it is used, so that the log can hide it.
  SupervisorBroker(home_assistant::Supervisor supervisor, base::MqttConnection configured,
                   std::set<std::string> given,
                   std::function<void(const base::Secret&)> on_password)
      : supervisor_(std::move(supervisor)),
        configured_(std::move(configured)),
        given_(std::move(given)),
        on_password_(std::move(on_password)) {}

  base::Task<base::Result<base::MqttConnection>> connection() override;
  [[nodiscard]] bool from_supervisor() const override { return true; }

 private:
  home_assistant::Supervisor supervisor_;
  base::MqttConnection configured_;
  std::set<std::string> given_;
  std::function<void(const base::Secret&)> on_password_;
};

}  // namespace toyota2mqtt::app
