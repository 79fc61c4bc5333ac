#include "support/metric_values.hpp"

#include <algorithm>

namespace toyota2mqtt::test {

namespace {

MetricLabels labels_of(const base::MetricSample& sample) {
  return {sample.labels.begin(), sample.labels.end()};
}

}  // namespace

std::vector<base::MetricFamily> collected(const base::MetricsSource& source) {
  std::vector<base::MetricFamily> families;
  source.collect(families);
  return families;
}

std::optional<double> value_of(const std::vector<base::MetricFamily>& families,
                               const std::string& name, const MetricLabels& labels) {
  for (const auto& family : families) {
    if (family.name != name) continue;
    for (const auto& sample : family.samples) {
      if (labels_of(sample) != labels) continue;
      const bool counts = family.type == base::MetricType::histogram;
      return counts ? static_cast<double>(sample.count) : sample.value;
    }
  }
  return std::nullopt;
}

std::string word_of(const std::vector<base::MetricFamily>& families, const std::string& name,
                    const std::string& label, const MetricLabels& labels) {
  std::string word;
  for (const auto& family : families) {
    if (family.name != name) continue;
    for (const auto& sample : family.samples) {
      const auto all = labels_of(sample);
      const bool fits = std::ranges::all_of(labels, [&](const auto& wanted) {
        const auto found = all.find(wanted.first);
        return found != all.end() && found->second == wanted.second;
      });
      if (!fits || sample.value != 1) continue;
      word = word.empty() ? all.at(label) : std::string("(several)");
    }
  }
  return word;
}

std::vector<std::string> label_values(const std::vector<base::MetricFamily>& families) {
  std::vector<std::string> values;
  for (const auto& family : families) {
    for (const auto& sample : family.samples) {
      for (const auto& [name, value] : sample.labels) values.push_back(value);
    }
  }
  return values;
}

}  // namespace toyota2mqtt::test
