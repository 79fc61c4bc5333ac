#include "household/families.hpp"

#include <array>

namespace toyota2mqtt::household {

using base::counter_family;
using base::gauge_family;
using base::MetricFamily;

namespace {

constexpr std::array<std::string_view, 6> kAccountStates = {
    "ok", "set_up", "credentials_rejected", "action_required", "rate_limited", "unreachable"};

}  // namespace

void collect_bridge(const bridge::Bridge& bridge, std::vector<MetricFamily>& into) {
  auto accounts = gauge_family("toyota2mqtt_account_status",
                               "1 for the state that the account is in, 0 for the others.");
  for (const auto& account : bridge.accounts()) {
    add_state_samples(accounts, {{"account", account->key()}}, "status", kAccountStates,
                      to_string(account->condition().status));
  }
  into.push_back(std::move(accounts));
  into.push_back(
      with_value(gauge_family("toyota2mqtt_bridge_entities",
                              "Entities of the bridge itself announced to Home Assistant."),
                 bridge.bridge_entities()));

  const auto& broker = bridge.broker_counters();
  into.push_back(with_value(
      gauge_family("toyota2mqtt_mqtt_connected", "1 while there is a connection to the broker."),
      bridge.broker().connected ? 1 : 0));
  into.push_back(with_value(counter_family("toyota2mqtt_mqtt_connections_total",
                                           "Connections to the broker that were made."),
                            broker.connections));
  into.push_back(with_value(counter_family("toyota2mqtt_mqtt_connections_lost_total",
                                           "Connections to the broker that were lost."),
                            broker.lost));
  into.push_back(with_value(counter_family("toyota2mqtt_mqtt_connections_failed_total",
                                           "Tries that made no connection to the broker."),
                            broker.failed));
  into.push_back(with_value(counter_family("toyota2mqtt_mqtt_messages_published_total",
                                           "Messages that the broker acknowledged."),
                            broker.published));
  into.push_back(
      with_value(counter_family("toyota2mqtt_mqtt_messages_refused_total",
                                "Messages that the broker did not take: not allowed, too "
                                "large."),
                 broker.refused));
  into.push_back(with_value(counter_family("toyota2mqtt_mqtt_messages_received_total",
                                           "Messages that came from the broker."),
                            broker.received));
  into.push_back(with_value(gauge_family("toyota2mqtt_mqtt_messages_waiting",
                                         "Messages that the broker has not got yet."),
                            bridge.messages_waiting()));
}

}  // namespace toyota2mqtt::household
