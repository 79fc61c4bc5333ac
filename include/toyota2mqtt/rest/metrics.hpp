#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Metrics as plain data: parts fill them in when somebody asks (Prometheus' pull), an adapter
/// writes them down.
namespace toyota2mqtt::rest {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

struct Sample {
  std::vector<std::pair<std::string, std::string>> labels = {};
  double value = 0;  ///< counter, gauge
  /// histogram: (upper bound, cumulative count), ascending, without the infinite one
  std::vector<std::pair<double, std::uint64_t>> buckets = {};
  std::uint64_t count = 0;  ///< histogram
  double sum = 0;           ///< histogram
};

struct Family {
  std::string name;  ///< `toyota2mqtt_…`
  std::string help;
  MetricType type = MetricType::gauge;
  std::vector<Sample> samples = {};
};

/// Writes families in Prometheus' text format 0.0.4. Any thread.
class MetricsWriter {
 public:
  virtual ~MetricsWriter() = default;
  [[nodiscard]] virtual std::string write(const std::vector<Family>& families) const = 0;
};

/// Somebody who knows figures. Loop thread only.
class MetricsSource {
 public:
  virtual ~MetricsSource() = default;
  virtual void collect(std::vector<Family>& into) const = 0;
};

}  // namespace toyota2mqtt::rest
