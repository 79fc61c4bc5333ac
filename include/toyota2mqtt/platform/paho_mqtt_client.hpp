#pragma once

#include <memory>

#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/platform/event_loop.hpp"

namespace toyota2mqtt::platform {

/// base::MqttClient by Eclipse Paho, which lives on one thread of its own because each of its calls
/// may block while a name is resolved. Subscriptions and publishes that the broker refuses by name
/// end with `forbidden`; beyond 4 MiB of messages that nobody has fetched further ones are dropped
/// and logged.
///
/// The loop, clock and log must outlive this client and every task that waits in it. The destructor
/// leaves the broker politely and takes at most about one second; when Paho is stuck in a name
/// resolution its thread is left behind to end by itself.
class PahoMqttClient final : public base::MqttClient {
 public:
  PahoMqttClient(EventLoop& loop, base::Clock& clock, base::Log& log);
  ~PahoMqttClient() override;
  PahoMqttClient(const PahoMqttClient&) = delete;
  PahoMqttClient& operator=(const PahoMqttClient&) = delete;

  base::Task<base::Result<void>> connect(base::MqttConnection connection) override;
  base::Task<base::Result<void>> subscribe(std::vector<std::string> filters) override;
  base::Task<base::Result<void>> publish(base::MqttMessage message) override;
  base::Task<base::Result<base::MqttEvent>> next_event() override;
  /// The farewell is sent even when the calling task is cancelled already; it just does not wait.
  base::Task<void> disconnect() override;

  class Inside;

 private:
  std::shared_ptr<Inside> inside_;
};

}  // namespace toyota2mqtt::platform
