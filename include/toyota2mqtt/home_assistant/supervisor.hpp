#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/http_client.hpp"
#include "toyota2mqtt/base/mqtt_client.hpp"
#include "toyota2mqtt/base/secret.hpp"
#include "toyota2mqtt/home_assistant/broker_connection.hpp"

namespace toyota2mqtt::home_assistant {

/// Where Home Assistant's Supervisor is, and what it knows this app by.
struct SupervisorAccess {
  std::string url = "http://supervisor";
  base::Secret token;  ///< new at each start of the app
};

/// The MQTT broker that the Supervisor knows of (the Mosquitto broker app, as a rule).
struct BrokerService {
  std::string host;
  std::uint16_t port = 0;
  bool tls = false;
  std::string username = {};  ///< empty = the broker asks for none
  base::Secret password = {};
};

/// The one call to the Supervisor that this program makes: `GET /services/mqtt`, which
/// `services: [mqtt:want]` in the app's description allows. Loop thread only.
class Supervisor {
 public:
  /// `http` must allow plain http to the Supervisor's host, and outlives this object.
  Supervisor(base::HttpClient& http, SupervisorAccess access);

  /// Asks anew each time, within 10 s: the password may have changed. Errors: action_required
  /// (Home Assistant knows no broker), forbidden (token or rights), unreachable, timeout,
  /// unexpected_response, cancelled.
  base::Task<base::Result<BrokerService>> mqtt_service();

 private:
  base::HttpClient& http_;
  SupervisorAccess access_;
};

/// What an answer to `GET /services/mqtt` means. Pure. Hostile input: a host or port that cannot
/// be one is unexpected_response, a user or password that cannot be one counts as none; nothing of
/// the answer is repeated in a message.
base::Result<BrokerService> decode_mqtt_service(const base::HttpResponse& response);

/// The connection to the broker that the Supervisor named. What the owner set (`given`, key paths)
/// wins key by key, but the Supervisor's password never goes along with a user of the owner's.
base::MqttConnection merge_broker(base::MqttConnection configured,
                                  const std::set<std::string>& given, BrokerService service);

/// BrokerSource of the app without `mqtt.host`: asks the Supervisor before every
/// connect.
class SupervisorBroker final : public BrokerSource {
 public:
  /// `on_password` hears of every password before it is used, so that the log can hide it.
  SupervisorBroker(Supervisor supervisor, base::MqttConnection configured,
                   std::set<std::string> given,
                   std::function<void(const base::Secret&)> on_password)
      : supervisor_(std::move(supervisor)),
        configured_(std::move(configured)),
        given_(std::move(given)),
        on_password_(std::move(on_password)) {}

  base::Task<base::Result<base::MqttConnection>> connection() override;
  [[nodiscard]] bool from_supervisor() const override { return true; }

 private:
  Supervisor supervisor_;
  base::MqttConnection configured_;
  std::set<std::string> given_;
  std::function<void(const base::Secret&)> on_password_;
};

}  // namespace toyota2mqtt::home_assistant
