#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "toyota2mqtt/base/mqtt_client.hpp"

namespace toyota2mqtt::platform {

/// The largest packet that the broker may send, in bytes behind the fixed header; the client
/// announces it as MQTT 5's Maximum Packet Size. Room for the largest payload, topic and
/// properties.
inline constexpr std::size_t kLargestMqttPacket = std::size_t{128} << 10U;

/// Stands between Paho and one broker, because Paho reserves whatever size a packet claims: one
/// message of 200 MB that a broker sends against the announced limit would end the program. Paho
/// connects to a port of this machine; the guard connects to the broker (with TLS where it is
/// wanted: certificate and host name are always checked), copies both ways, and leaves out of the
/// broker's stream what is too large (platform/mqtt_frames.hpp).
///
/// Serves one connection on a thread of its own; name resolution may block that thread, nothing
/// else. Only the first connection of a process of the same user is accepted.
class MqttGuard {
 public:
  /// `left_out` is called on the guard's thread with the size in bytes of a message that was left
  /// out, once per connection; it must not wait or throw.
  MqttGuard(const base::MqttConnection& broker, std::function<void(std::size_t)> left_out);
  /// Ends the connection. When the client has closed its side, what it sent last is delivered
  /// first; takes at most 200 ms. A thread that is stuck in a name resolution is left behind.
  ~MqttGuard();
  MqttGuard(const MqttGuard&) = delete;
  MqttGuard& operator=(const MqttGuard&) = delete;

  /// Where Paho connects to on 127.0.0.1.
  [[nodiscard]] std::uint16_t port() const;

 private:
  class Relay;
  std::shared_ptr<Relay> relay_;
  std::thread thread_;
};

}  // namespace toyota2mqtt::platform
