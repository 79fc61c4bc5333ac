#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "toyota2mqtt/base/metrics.hpp"

/// What a source of metrics says, for tests.
namespace toyota2mqtt::test {

using MetricLabels = std::map<std::string, std::string>;

std::vector<base::MetricFamily> collected(const base::MetricsSource& source);
/// The value of the one sample with exactly these labels (of a histogram: its count); nullopt:
/// there is none.
std::optional<double> value_of(const std::vector<base::MetricFamily>& families,
                               const std::string& name, const MetricLabels& labels = {});
/// The value of `label` in the one sample of the family that is 1 and has these labels, too; empty:
/// there is none, and "(several)" when more than one is 1.
std::string word_of(const std::vector<base::MetricFamily>& families, const std::string& name,
                    const std::string& label, const MetricLabels& labels);
/// Every label value of every sample.
std::vector<std::string> label_values(const std::vector<base::MetricFamily>& families);

}  // namespace toyota2mqtt::test
