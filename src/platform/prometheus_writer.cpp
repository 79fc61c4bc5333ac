#include "toyota2mqtt/platform/prometheus_writer.hpp"

#include <prometheus/check_names.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <utility>

namespace toyota2mqtt::platform {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using rest::Sample;

/// The library escapes label values, and not this.
std::string escaped_help(std::string_view help) {
  std::string text;
  for (const char letter : help) {
    if (letter == '\n') {
      text += "\\n";
    } else if (letter == '\\') {
      text += "\\\\";
    } else {
      text += letter;
    }
  }
  return text;
}

prometheus::MetricType type_of(rest::MetricType type) {
  switch (type) {
    case rest::MetricType::counter: return prometheus::MetricType::Counter;
    case rest::MetricType::gauge: return prometheus::MetricType::Gauge;
    case rest::MetricType::histogram: break;
  }
  return prometheus::MetricType::Histogram;
}

ClientMetric metric_of(const Sample& sample, rest::MetricType type) {
  ClientMetric metric;
  for (const auto& [name, value] : sample.labels) {
    metric.label.push_back({.name = name, .value = value});
  }
  switch (type) {
    case rest::MetricType::counter: metric.counter.value = sample.value; break;
    case rest::MetricType::gauge: metric.gauge.value = sample.value; break;
    case rest::MetricType::histogram:
      metric.histogram.sample_count = sample.count;
      metric.histogram.sample_sum = sample.sum;
      for (const auto& [bound, count] : sample.buckets) {
        metric.histogram.bucket.push_back({.cumulative_count = count, .upper_bound = bound});
      }
      break;
  }
  return metric;
}

bool has_good_labels(const Sample& sample) {
  return std::ranges::all_of(sample.labels, [](const auto& label) {
    return prometheus::CheckLabelName(label.first) && label.first != "le";
  });
}

/// A family while it is put together. Samples are found by their sorted labels.
struct Draft {
  MetricFamily family;
  std::map<std::vector<ClientMetric::Label>, ClientMetric> metrics;
};

void add_samples(Draft& draft, const rest::Family& family) {
  for (const auto& sample : family.samples) {
    if (!has_good_labels(sample)) continue;
    auto metric = metric_of(sample, family.type);
    auto key = metric.label;
    std::sort(key.begin(), key.end());  // its labels have no order but this
    draft.metrics.try_emplace(std::move(key), std::move(metric));
  }
}

}  // namespace

std::string PrometheusWriter::write(const std::vector<rest::Family>& families) const {
  std::map<std::string, Draft> by_name;
  for (const auto& family : families) {
    if (!prometheus::CheckMetricName(family.name)) continue;
    auto [place, is_new] = by_name.try_emplace(family.name);
    auto& draft = place->second;
    if (is_new) {
      draft.family.name = family.name;
      draft.family.help = escaped_help(family.help);
      draft.family.type = type_of(family.type);
    }
    if (draft.family.type == type_of(family.type)) add_samples(draft, family);
  }
  std::vector<MetricFamily> ordered;
  for (auto& [name, draft] : by_name) {
    if (draft.metrics.empty()) continue;
    for (auto& [key, metric] : draft.metrics) draft.family.metric.push_back(std::move(metric));
    ordered.push_back(std::move(draft.family));
  }
  return prometheus::TextSerializer().Serialize(ordered);
}

}  // namespace toyota2mqtt::platform
