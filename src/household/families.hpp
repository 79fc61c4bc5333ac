#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/metrics.hpp"
#include "toyota2mqtt/bridge/bridge.hpp"

/// How the families of metrics are made. Pure functions of what they are given.
namespace toyota2mqtt::household {

using Labels = base::MetricLabels;

/// One of the household's cars.
struct CarRef {
  const fleet::AccountSession& account;
  const fleet::CarSession& session;
  [[nodiscard]] const vehicle::Car& car() const { return session.car(); }
  [[nodiscard]] const std::string& id() const { return car().identity.id.text; }
};

/// Accounts and the connection to the broker.
void collect_bridge(const bridge::Bridge& bridge, std::vector<base::MetricFamily>& into);
/// What is known of the cars, how old it is, and how they are read.
void collect_cars(const std::vector<CarRef>& cars, base::Time now, const base::Zone& zone,
                  std::vector<base::MetricFamily>& into);
/// What goes to ABRP.
void collect_abrp(const std::vector<CarRef>& cars, std::vector<base::MetricFamily>& into);

}  // namespace toyota2mqtt::household
