#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::bridge {

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

}  // namespace toyota2mqtt::bridge
