#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/store.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/home_assistant/outbox.hpp"

namespace toyota2mqtt::home_assistant {

/// Who says where the broker is. Asked before every connect, because the answer may change while
/// the program runs: Home Assistant's Supervisor renews passwords, and a broker may come later.
/// Loop thread only.
class BrokerSource {
 public:
  virtual ~BrokerSource() = default;
  /// How to reach the broker now; the will is the caller's. Errors: action_required (there is no
  /// broker, the owner has to install or name one), forbidden, unreachable, timeout,
  /// unexpected_response, cancelled. Every error is worth asking again later.
  virtual base::Task<base::Result<base::MqttConnection>> connection() = 0;
  /// True when the Supervisor names the broker, false when the configuration does.
  [[nodiscard]] virtual bool from_supervisor() const = 0;
};

/// The broker that the configuration names.
class FixedBroker final : public BrokerSource {
 public:
  explicit FixedBroker(base::MqttConnection connection) : connection_(std::move(connection)) {}
  base::Task<base::Result<base::MqttConnection>> connection() override { co_return connection_; }
  [[nodiscard]] bool from_supervisor() const override { return false; }

 private:
  base::MqttConnection connection_;
};

/// The connection to the broker at this moment, for `health` and the page.
struct BrokerStatus {
  bool connected = false;
  std::string where = {};  ///< "core-mosquitto:1883"; empty until a broker is known
  bool from_supervisor = false;
  /// Why not; unset before a try, and while connected unless connections do not last.
  std::optional<base::Error> trouble = {};
  std::optional<base::Time> since = {};  ///< of `connected`; unset before the first try
};

/// What passed between this program and the broker since the start, for metrics.
struct BrokerCounters {
  std::uint64_t connections = 0;  ///< that were made
  std::uint64_t lost = 0;         ///< of these, that ended without our wish
  std::uint64_t failed = 0;       ///< tries that made no connection
  std::uint64_t published = 0;    ///< messages that the broker acknowledged
  std::uint64_t refused = 0;      ///< messages that the broker did not take
  std::uint64_t received = 0;     ///< messages that the broker sent
};

/// Keeps one connection to the broker and brings the outbox onto it: the source asked before each
/// try, back-off from 1 s to 60 s with jitter while there is no broker or it is away, one log line
/// when it goes and one when it is back, everything wanted sent again after each connect. When
/// three connections in a row are lost within 10 s, another client very likely uses the same id:
/// that is said, and stays the trouble until a connection has held. Loop thread only.
class BrokerConnection {
 public:
  struct Services {
    base::MqttClient& mqtt;
    base::Clock& clock;
    base::Random& random;
    base::Log& log;
    base::Store& store;
  };
  using OnMessage = std::function<void(const base::MqttReceived&)>;

  /// `source` outlives the publisher. `will` is what the broker says when this program vanishes.
  BrokerConnection(Services services, BrokerSource& source, base::MqttMessage will,
                   std::vector<std::string> subscriptions, OnMessage on_message);
  ~BrokerConnection();
  BrokerConnection(const BrokerConnection&) = delete;
  BrokerConnection& operator=(const BrokerConnection&) = delete;

  /// What should stand on the broker. Call changed() after writing to it.
  Outbox& outbox() { return outbox_; }
  void changed() { work_.notify(); }
  /// Home Assistant came up: everything is sent again after 1 to 10 s.
  void birth();

  /// Hears of these topics, too, from now on and after each reconnect, if the broker allows it.
  base::Task<void> also_subscribe(std::vector<std::string> filters);

  /// The two conversations; start both, in one group, after load(). They end when cancelled.
  base::Task<void> load();
  base::Task<void> connect_and_listen();
  base::Task<void> send();
  /// After both have ended: says `farewell`, in order, if connected, and leaves. As long as the
  /// broker takes to acknowledge: the caller sets the limit by cancelling it.
  base::Task<void> leave(std::vector<base::MqttMessage> farewell);

  /// Removes every topic from the broker that this installation has ever published, and leaves.
  /// Connects first when there is no connection, without a will. Answers how many topics were
  /// removed; an error means that some may be left, and calling it again goes on. Only after load()
  /// and when both conversations have ended or were never started.
  base::Task<base::Result<std::size_t>> clear();

  [[nodiscard]] const BrokerStatus& status() const { return status_; }
  [[nodiscard]] const BrokerCounters& counters() const { return counters_; }
  /// Messages that the broker has not got yet.
  [[nodiscard]] std::size_t waiting() const { return outbox_.waiting(); }

 private:
  base::Task<base::Result<void>> connect_once();
  base::Task<base::Result<void>> connect_to_clear();
  base::Task<base::Result<std::size_t>> remove_all();
  void note_connected();
  void note_trouble(const base::Error& error);
  void note_lost(base::Error reason);
  void note_held();
  void note_refusal(const base::MqttMessage& message, const base::Error& error);
  base::Task<void> save_topics();
  base::Task<void> record_published_entities(base::MqttMessage delivered);

  Services services_;
  BrokerSource& source_;
  base::MqttMessage will_;
  std::vector<std::string> subscriptions_;
  std::vector<std::string> further_;  // topics that may be denied to us
  OnMessage on_message_;
  Outbox outbox_;
  base::Event work_;
  std::optional<base::SteadyTime> resend_at_;
  bool nothing_known_ = false;  // of the broker: it is listened to before anything is announced
  std::optional<base::SteadyTime> listen_until_;
  BrokerStatus status_;
  BrokerCounters counters_;
  bool refusal_noted_ = false;  // since this connection began: one line, not one per topic
  std::optional<base::Clock::TimerId> holds_;  // runs while a connection is too young to trust
  int lost_young_ = 0;                         // connections in a row that were lost while young
  int failures_ = 0;
};

}  // namespace toyota2mqtt::home_assistant
