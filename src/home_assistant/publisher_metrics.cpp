#include "toyota2mqtt/home_assistant/publisher.hpp"

namespace toyota2mqtt::home_assistant {

using base::counter_family;
using base::gauge_family;
using base::MetricFamily;

void Publisher::collect(std::vector<MetricFamily>& into) const {
  auto entities =
      gauge_family("toyota2mqtt_car_entities", "Entities of the car announced to Home Assistant.");
  for (const auto& account : accounts_.owners()) {
    for (const auto& [id, car] : account->cars()) {
      add_sample(entities, {{"car", id.text}}, this->entities(*car));
    }
  }
  into.push_back(std::move(entities));
  into.push_back(
      with_value(gauge_family("toyota2mqtt_bridge_entities",
                              "Entities of the bridge itself announced to Home Assistant."),
                 bridge_entities()));

  const auto& counters = connection_.counters();
  into.push_back(with_value(
      gauge_family("toyota2mqtt_mqtt_connected", "1 while there is a connection to the broker."),
      broker().connected ? 1 : 0));
  const auto count = [&into](const char* name, const char* help, std::uint64_t value) {
    into.push_back(with_value(counter_family(name, help), value));
  };
  count("toyota2mqtt_mqtt_connections_total", "Connections to the broker that were made.",
        counters.connections);
  count("toyota2mqtt_mqtt_connections_lost_total", "Connections to the broker that were lost.",
        counters.lost);
  count("toyota2mqtt_mqtt_connections_failed_total", "Tries that made no connection to the broker.",
        counters.failed);
  count("toyota2mqtt_mqtt_messages_published_total", "Messages that the broker acknowledged.",
        counters.published);
  count("toyota2mqtt_mqtt_messages_refused_total",
        "Messages that the broker did not take: not allowed, too large.", counters.refused);
  count("toyota2mqtt_mqtt_messages_received_total", "Messages that came from the broker.",
        counters.received);
  into.push_back(with_value(gauge_family("toyota2mqtt_mqtt_messages_waiting",
                                         "Messages that the broker has not got yet."),
                            connection_.waiting()));
}

}  // namespace toyota2mqtt::home_assistant
