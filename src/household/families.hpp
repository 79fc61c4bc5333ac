#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/bridge/bridge.hpp"
#include "toyota2mqtt/rest/metrics.hpp"
#include "toyota2mqtt/toyota/meter.hpp"

/// How the families of metrics are made. Pure functions of what they are given.
namespace toyota2mqtt::household {

using Labels = std::vector<std::pair<std::string, std::string>>;

inline rest::Family counter_family(std::string name, std::string help) {
  return {.name = std::move(name), .help = std::move(help), .type = rest::MetricType::counter};
}
inline rest::Family gauge_family(std::string name, std::string help) {
  return {.name = std::move(name), .help = std::move(help), .type = rest::MetricType::gauge};
}

template <class Number>
void add(rest::Family& family, Labels labels, Number value) {
  family.samples.push_back({.labels = std::move(labels), .value = static_cast<double>(value)});
}

/// One sample for each of `words`: 1 for the one that is true, 0 for the others. The word stands in
/// the label `name`, behind `labels`.
void add_state(rest::Family& family, const Labels& labels, const std::string& name,
               std::span<const std::string_view> words, std::string_view is);

/// One of the household's cars.
struct CarRef {
  const fleet::AccountSession& account;
  const fleet::CarSession& session;
  [[nodiscard]] const vehicle::Car& car() const { return session.car(); }
  [[nodiscard]] const std::string& id() const { return car().identity.id.text; }
};

/// What is asked of the cloud.
void collect_cloud(const toyota::Meter& meter, std::vector<rest::Family>& into);
/// Accounts and the connection to the broker.
void collect_bridge(const bridge::Bridge& bridge, std::vector<rest::Family>& into);
/// What is known of the cars, how old it is, and how they are read.
void collect_cars(const std::vector<CarRef>& cars, base::Time now, const base::Zone& zone,
                  std::vector<rest::Family>& into);
/// What goes to ABRP.
void collect_abrp(const std::vector<CarRef>& cars, std::vector<rest::Family>& into);

}  // namespace toyota2mqtt::household
