#pragma once

#include <string>
#include <vector>

#include "toyota2mqtt/rest/metrics.hpp"

namespace toyota2mqtt::platform {

/// Prometheus' text format 0.0.4, written by prometheus-cpp. Families are ordered by name, samples
/// by their labels. What Prometheus would refuse the whole answer for is left out: families of a
/// name that is none, or that stood there already with another type; a second sample with the same
/// labels. Families of the same name and type are made one. Any thread.
class PrometheusWriter final : public rest::MetricsWriter {
 public:
  [[nodiscard]] std::string write(const std::vector<rest::Family>& families) const override;
};

}  // namespace toyota2mqtt::platform
