#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/mqtt_client.hpp"

namespace toyota2mqtt::test {

/// True when `topic` matches the MQTT filter (with `+` and `#`).
bool topic_matches(const std::string& filter, const std::string& topic);

/// A broker and its client in one object. It remembers retained messages, replays them to a new
/// subscription, and brings the client's own publishes back to it when it has subscribed to them,
/// as a real broker does. Kept honest by the contract tests (platform_mqtt_contract_test.cpp).
class FakeMqtt final : public base::MqttClient {
 public:
  /// What the next connect() meets.
  enum class Broker { works, unreachable, stalls, refuses_password, no_mqtt5 };

  base::Task<base::Result<void>> connect(base::MqttConnection connection) override;
  base::Task<base::Result<void>> subscribe(std::vector<std::string> filters) override;
  base::Task<base::Result<void>> publish(base::MqttMessage message) override;
  base::Task<base::Result<base::MqttEvent>> next_event() override;
  base::Task<void> disconnect() override;

  Broker broker = Broker::works;
  /// While true, publishes are taken and recorded, but wait for an acknowledgement.
  bool holds_acknowledgements = false;

  /// A topic that an access control list forbids: publishes end with `forbidden`.
  std::string forbidden_topic;

  /// The broker goes away: waiting publishes fail, the will is published, MqttDisconnected arrives.
  void drop_connection();
  /// Gives the acknowledgements that were held back.
  void release_acknowledgements();
  /// Another client publishes: remembered when retained, delivered when subscribed.
  void inject(const base::MqttMessage& message);

  [[nodiscard]] bool connected() const { return connected_; }
  /// The last payload published to that topic, or nullopt.
  [[nodiscard]] std::optional<std::string> last(const std::string& topic) const;

  std::vector<base::MqttConnection> connections;  ///< every attempt, in order
  std::vector<base::MqttMessage> published;       ///< everything the client published, in order
  std::vector<std::string> subscriptions;         ///< of the present connection
  std::map<std::string, std::string> retained;    ///< what the broker keeps, by topic
  int polite_disconnects = 0;
  int refusals = 0;  ///< publishes to the forbidden topic

 private:
  struct Waiting {
    base::Event done;
    bool lost = false;
  };
  void forget_connection();

  bool connected_ = false;
  base::MqttMessage will_;
  std::deque<base::MqttEvent> events_;
  base::Event event_arrived_;
  std::vector<std::shared_ptr<Waiting>> unacknowledged_;
};

}  // namespace toyota2mqtt::test
