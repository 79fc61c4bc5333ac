#pragma once

#include <mqtt/async_client.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "platform/mqtt_guard.hpp"
#include "toyota2mqtt/base/mqtt_client.hpp"

namespace toyota2mqtt::platform {

/// What a link tells. Called on Paho's threads; must only hand on, never wait.
struct PahoReports {
  /// The step that was started with `id` has ended. May come more than once for one step.
  std::function<void(std::uint64_t id, base::Result<void> outcome)> finished;
  std::function<void(base::MqttReceived message)> received;
  std::function<void(base::Error reason)> ended;
  /// The broker sent a message of so many bytes against the announced limit; it was left out.
  /// Called on the guard's thread, once per connection.
  std::function<void(std::size_t bytes)> left_out;
};

/// One Paho client for one connection. All calls on the one thread that is kept for Paho; any of
/// them may block while a name is resolved, none throws.
class PahoLink {
 public:
  PahoLink(const base::MqttConnection& connection, PahoReports reports);
  /// Closes the connection, politely when it stands.
  ~PahoLink();
  PahoLink(const PahoLink&) = delete;
  PahoLink& operator=(const PahoLink&) = delete;

  void connect(std::uint64_t id);
  void subscribe(std::uint64_t id, const std::vector<std::string>& filters);
  void publish(std::uint64_t id, const base::MqttMessage& message);

 private:
  class Listener final : public mqtt::iaction_listener {
   public:
    Listener(const PahoReports& reports, std::string where)
        : reports_(reports), where_(std::move(where)) {}
    void on_success(const mqtt::token& token) override;
    void on_failure(const mqtt::token& token) override;

   private:
    const PahoReports& reports_;
    const std::string where_;
  };

  void set_handlers();
  template <class Step>
  void attempt(std::uint64_t id, Step step);

  const PahoReports reports_;
  const std::string where_;
  Listener listener_;
  // Ends after the client below: what that sent last is still delivered.
  MqttGuard guard_;
  // Held here because Paho 1.2 does not keep them alive for its C library (fixed in 1.3).
  mqtt::connect_options options_;
  // Last, so that it goes first: until then Paho may call what stands above.
  mqtt::async_client client_;
};

}  // namespace toyota2mqtt::platform
