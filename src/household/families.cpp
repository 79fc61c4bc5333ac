#include "household/families.hpp"

#include <array>

namespace toyota2mqtt::household {

using rest::Family;
using toyota::Meter;

namespace {

constexpr std::array<std::string_view, 6> kAccountStates = {
    "ok", "set_up", "credentials_rejected", "action_required", "rate_limited", "unreachable"};
// What an alert looks for is there before it happens for the first time.
constexpr std::array<std::string_view, 3> kOutcomes = {"ok", "credentials_rejected",
                                                       "action_required"};

std::string label(std::string_view word) { return std::string(word); }

Family single(Family family, std::uint64_t value) {
  add(family, {}, value);
  return family;
}

Family by_outcome(Family family, const std::map<Meter::Word, Meter::Count>& counts) {
  auto all = counts;
  for (const auto outcome : kOutcomes) all.try_emplace(outcome, 0);
  for (const auto& [outcome, count] : all) add(family, {{"outcome", label(outcome)}}, count);
  return family;
}

Family cloud_latency(const Meter& meter) {
  rest::Sample sample{.count = meter.answers, .sum = meter.seconds};
  Meter::Count below = 0;
  for (std::size_t i = 0; i < Meter::kBounds.size(); ++i) {
    below += meter.within.at(i);
    sample.buckets.emplace_back(Meter::kBounds.at(i), below);
  }
  return {.name = "toyota2mqtt_cloud_request_duration_seconds",
          .help = "Time until the cloud has answered; requests without any answer do not count.",
          .type = rest::MetricType::histogram,
          .samples = {std::move(sample)}};
}

}  // namespace

void add_state(Family& family, const Labels& labels, const std::string& name,
               std::span<const std::string_view> words, std::string_view is) {
  for (const auto word : words) {
    auto all = labels;
    all.emplace_back(name, label(word));
    add(family, std::move(all), word == is ? 1 : 0);
  }
}

void collect_cloud(const Meter& meter, std::vector<Family>& into) {
  auto requests = counter_family("toyota2mqtt_cloud_requests_total",
                                 "Requests to the cloud, repeated ones included, by what was asked "
                                 "for and how it was answered.");
  for (const auto& [key, count] : meter.requests) {
    add(requests, {{"route", label(key.first)}, {"answer", label(key.second)}}, count);
  }
  into.push_back(std::move(requests));
  into.push_back(cloud_latency(meter));
  auto repeats =
      counter_family("toyota2mqtt_cloud_repeats_total", "Requests that repeated a failed one.");
  for (const auto& [route, count] : meter.repeats) add(repeats, {{"route", label(route)}}, count);
  into.push_back(std::move(repeats));
  auto reads = counter_family("toyota2mqtt_cloud_reads_total",
                              "Readings of a source, after repeats, by what became of them.");
  for (const auto& [key, count] : meter.reads) {
    add(reads, {{"source", label(key.first)}, {"outcome", label(key.second)}}, count);
  }
  into.push_back(std::move(reads));
  into.push_back(by_outcome(
      counter_family("toyota2mqtt_cloud_sign_ins_total", "Sign-ins with name and password."),
      meter.sign_ins));
  into.push_back(by_outcome(
      counter_family("toyota2mqtt_cloud_token_refreshes_total", "Renewals of an access token."),
      meter.refreshes));
  into.push_back(single(counter_family("toyota2mqtt_cloud_unknown_values_total",
                                       "Texts of the cloud that this version does not know and "
                                       "treats as unknown."),
                        meter.unknown_values));
}

void collect_bridge(const bridge::Bridge& bridge, std::vector<Family>& into) {
  auto accounts = gauge_family("toyota2mqtt_account_status",
                               "1 for the state that the account is in, 0 for the others.");
  for (const auto& account : bridge.accounts()) {
    add_state(accounts, {{"account", account->key()}}, "status", kAccountStates,
              to_string(account->condition().status));
  }
  into.push_back(std::move(accounts));
  into.push_back(single(gauge_family("toyota2mqtt_bridge_entities",
                                     "Entities of the bridge itself announced to Home Assistant."),
                        bridge.bridge_entities()));

  const auto& broker = bridge.broker_counters();
  into.push_back(single(
      gauge_family("toyota2mqtt_mqtt_connected", "1 while there is a connection to the broker."),
      bridge.broker().connected ? 1 : 0));
  into.push_back(single(counter_family("toyota2mqtt_mqtt_connections_total",
                                       "Connections to the broker that were made."),
                        broker.connections));
  into.push_back(single(counter_family("toyota2mqtt_mqtt_connections_lost_total",
                                       "Connections to the broker that were lost."),
                        broker.lost));
  into.push_back(single(counter_family("toyota2mqtt_mqtt_connections_failed_total",
                                       "Tries that made no connection to the broker."),
                        broker.failed));
  into.push_back(single(counter_family("toyota2mqtt_mqtt_messages_published_total",
                                       "Messages that the broker acknowledged."),
                        broker.published));
  into.push_back(single(counter_family("toyota2mqtt_mqtt_messages_refused_total",
                                       "Messages that the broker did not take: not allowed, too "
                                       "large."),
                        broker.refused));
  into.push_back(single(counter_family("toyota2mqtt_mqtt_messages_received_total",
                                       "Messages that came from the broker."),
                        broker.received));
  into.push_back(single(gauge_family("toyota2mqtt_mqtt_messages_waiting",
                                     "Messages that the broker has not got yet."),
                        bridge.messages_waiting()));
}

}  // namespace toyota2mqtt::household
