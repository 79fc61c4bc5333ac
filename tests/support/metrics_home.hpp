#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/metric_values.hpp"
#include "support/simulated_home.hpp"
#include "toyota2mqtt/fleet/fleet_metrics.hpp"

namespace toyota2mqtt::test {

/// A home of one Lexus, whose figures are watched.
struct MetricsHome : SimulatedHome {
  MetricsHome() {
    options.fleet.accounts = {lexus()};
    options.fleet.policy.abrp.api_key = base::Secret("sim-key");
    options.fleet.policy.abrp.token = base::Secret(abrp_token(kLexusVin));
  }
  ~MetricsHome() {
    stop();
    if (figures) listeners.remove(*figures);
  }
  MetricsHome(const MetricsHome&) = delete;
  MetricsHome& operator=(const MetricsHome&) = delete;

  void open() {
    make_bridge();
    figures = std::make_unique<fleet::FleetMetrics>(fleet::FleetMetrics::Services{
        .accounts = bridge->accounts, .clock = loop.clock, .zone = zone, .guests = [this] {
          return guests;
        }});
    listeners.add(*figures, fleet::Listeners::Hears::metrics);
    start();
  }
  [[nodiscard]] std::vector<base::MetricFamily> families() const {
    auto all = collected(*figures);
    bridge->publisher.collect(all);
    cloud_metrics.collect(all);
    return all;
  }
  [[nodiscard]] std::optional<double> value(const std::string& name,
                                            const MetricLabels& labels = {}) const {
    return value_of(families(), name, labels);
  }
  [[nodiscard]] std::string word(const std::string& name, const std::string& label,
                                 const MetricLabels& labels) const {
    return word_of(families(), name, label, labels);
  }

  fleet::CarSession& car() { return *bridge->accounts.owners().front()->cars().begin()->second; }
  [[nodiscard]] std::string key() const { return bridge->accounts.owners().front()->key(); }
  [[nodiscard]] std::string lexus_id() const { return id(kLexusVin); }
  /// As docs/simulator.md, "/_sim/", describes `faults`.
  void fault(const std::string& json) {
    const auto taken = loop.run(cloud.send({.method = "POST",
                                            .url = "http://127.0.0.1:2/_sim/faults",
                                            .log_path = "/_sim/faults",
                                            .body = json}));
    REQUIRE(taken->status == 200);
  }

  fleet::GuestCounts guests;
  std::unique_ptr<fleet::FleetMetrics> figures;
};

}  // namespace toyota2mqtt::test
