#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Metrics as plain data (docs/metrics.md): each part counts for itself and fills in families when
/// Prometheus asks; `platform` writes them as text.
namespace toyota2mqtt::base {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

struct MetricSample {
  MetricLabels labels = {};
  double value = 0;  ///< counter, gauge
  /// histogram: (upper bound, cumulative count), ascending, without the infinite one
  std::vector<std::pair<double, std::uint64_t>> buckets = {};
  std::uint64_t count = 0;  ///< histogram
  double sum = 0;           ///< histogram
};

struct MetricFamily {
  std::string name;  ///< `toyota2mqtt_…`
  std::string help;
  MetricType type = MetricType::gauge;
  std::vector<MetricSample> samples = {};
};

inline MetricFamily counter_family(std::string name, std::string help) {
  return {.name = std::move(name), .help = std::move(help), .type = MetricType::counter};
}
inline MetricFamily gauge_family(std::string name, std::string help) {
  return {.name = std::move(name), .help = std::move(help), .type = MetricType::gauge};
}

template <class Number>
void add_sample(MetricFamily& family, MetricLabels labels, Number value) {
  family.samples.push_back({.labels = std::move(labels), .value = static_cast<double>(value)});
}

/// `family` with one sample, which has no labels.
template <class Number>
MetricFamily with_value(MetricFamily family, Number value) {
  add_sample(family, {}, value);
  return family;
}

/// Adds one sample for each of `words`: 1 for `current`, 0 for the others. The word becomes the
/// label `name`, after `labels`.
inline void add_state_samples(MetricFamily& family, const MetricLabels& labels,
                              const std::string& name, std::span<const std::string_view> words,
                              std::string_view current) {
  for (const auto word : words) {
    auto all = labels;
    all.emplace_back(name, std::string(word));
    add_sample(family, std::move(all), word == current ? 1 : 0);
  }
}

/// A part that counts. Loop thread only.
class MetricsSource {
 public:
  virtual ~MetricsSource() = default;
  virtual void collect(std::vector<MetricFamily>& into) const = 0;
};

}  // namespace toyota2mqtt::base
