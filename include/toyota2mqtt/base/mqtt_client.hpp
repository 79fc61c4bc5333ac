#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/secret.hpp"

namespace toyota2mqtt::base {

struct MqttMessage {
  std::string topic;
  std::string payload;
  int qos = 1;
  bool retain = true;
  friend bool operator==(const MqttMessage&, const MqttMessage&) = default;
};

struct MqttConnection {
  std::string host = "localhost";
  std::uint16_t port = 1883;
  std::string username = {};
  Secret password = {};
  std::string client_id = "toyota2mqtt";
  bool tls = false;
  std::string ca_file = {};    ///< empty = the system's trust store
  std::string cert_file = {};  ///< client certificate; with key_file, or both empty
  std::string key_file = {};
  MqttMessage will = {};
  std::chrono::seconds keep_alive = std::chrono::seconds(30);
  std::chrono::milliseconds timeout = std::chrono::seconds(10);
  friend bool operator==(const MqttConnection&, const MqttConnection&) = default;
};

/// A message from the broker. `retained` is true only for a replay at subscription time.
struct MqttReceived {
  std::string topic;
  std::string payload;
  bool retained = false;
};
/// The connection ended; connect() may be called again.
struct MqttDisconnected {
  Error reason;
};
using MqttEvent = std::variant<MqttReceived, MqttDisconnected>;

/// One connection to one broker: MQTT 5, clean start, session expiry 0. Reconnecting is the
/// caller's business. Loop thread only; nothing here ever blocks the loop.
class MqttClient {
 public:
  virtual ~MqttClient() = default;
  /// Errors: unreachable, timeout, credentials_rejected (user or password refused), not_supported
  /// (the broker does not speak MQTT 5), cancelled. Events of an earlier connection are dropped.
  virtual Task<Result<void>> connect(MqttConnection connection) = 0;
  /// Subscribes at QoS 1. Incoming payloads over 64 KiB and topics over 1 KiB are dropped.
  virtual Task<Result<void>> subscribe(std::vector<std::string> filters) = 0;
  /// Returns when the broker has acknowledged (QoS 1) or the message was handed over (QoS 0).
  /// At most 20 are outstanding; further ones wait. `unreachable` when the connection ends first.
  virtual Task<Result<void>> publish(MqttMessage message) = 0;
  /// The next message or the end of the connection, in order of arrival. One caller at a time.
  virtual Task<Result<MqttEvent>> next_event() = 0;
  /// Leaves politely (no will is sent). Returns within 500 ms, also when the broker is gone.
  virtual Task<void> disconnect() = 0;
};

}  // namespace toyota2mqtt::base
