#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/bridge/outbox.hpp"

namespace toyota2mqtt::bridge {

/// Keeps one connection to the broker and brings the outbox onto it: back-off from 1 s to 60 s with
/// jitter while the broker is away, one log line when it goes and one when it is back, everything
/// wanted sent again after each connect. Loop thread only.
class Publisher {
 public:
  struct Services {
    base::MqttClient& mqtt;
    base::Clock& clock;
    base::Random& random;
    base::Log& log;
    base::Store& store;
  };
  using OnMessage = std::function<void(const base::MqttReceived&)>;

  Publisher(Services services, base::MqttConnection connection,
            std::vector<std::string> subscriptions, OnMessage on_message);

  /// What should stand on the broker. Call changed() after writing to it.
  Outbox& outbox() { return outbox_; }
  void changed() { work_.notify(); }
  /// Home Assistant came up: everything is sent again after 1 to 10 s.
  void birth();

  /// The two conversations; start both, in one group, after load(). They end when cancelled.
  base::Task<void> load();
  base::Task<void> connect_and_listen();
  base::Task<void> send();
  /// After both have ended: says `farewell`, in order, if connected, and leaves. As long as the
  /// broker takes to acknowledge: the caller sets the limit by cancelling it.
  base::Task<void> leave(std::vector<base::MqttMessage> farewell);

  [[nodiscard]] bool connected() const { return connected_; }
  /// Why there is no connection; nullopt while connected and before the first try.
  [[nodiscard]] const std::optional<base::Error>& trouble() const { return trouble_; }

 private:
  base::Task<base::Result<void>> connect_once();
  void note_trouble(const base::Error& error);
  void note_refusal(const base::MqttMessage& message, const base::Error& error);
  base::Task<void> save_topics();

  Services services_;
  base::MqttConnection connection_;
  std::vector<std::string> subscriptions_;
  OnMessage on_message_;
  Outbox outbox_;
  base::Event work_;
  std::optional<base::SteadyTime> resend_at_;
  std::optional<base::Error> trouble_;
  bool connected_ = false;
  bool refusal_noted_ = false;  // since this connection began: one line, not one per topic
  base::SteadyTime connected_at_{};
  int failures_ = 0;
};

}  // namespace toyota2mqtt::bridge
