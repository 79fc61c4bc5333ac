#pragma once

#include <string>
#include <vector>

#include "toyota2mqtt/base/metrics.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"

/// Metrics of the process and of its database, and the text in which Prometheus reads all metrics.
namespace toyota2mqtt::platform {

/// Returns the families in Prometheus' text format 0.0.4, written by prometheus-cpp: families
/// ordered by name, samples by their labels. Leaves out what Prometheus would refuse the whole
/// answer for: names that are not valid, a family whose name came before with another type, a
/// second sample with the same labels. Joins families of the same name and type. Any thread.
[[nodiscard]] std::string prometheus_text(const std::vector<base::MetricFamily>& families);

/// What the kernel says about this process, under the names that Prometheus' own clients use, and
/// the version. Leaves out what cannot be read. Loop thread only; procfs answers from memory.
class ProcessMetrics final : public base::MetricsSource {
 public:
  /// `proc`: where procfs is.
  explicit ProcessMetrics(std::string version, std::string proc = "/proc");
  void collect(std::vector<base::MetricFamily>& into) const override;

 private:
  std::string version_;
  std::string proc_;
};

/// Counts uses of the database. Loop thread only; the database outlives it.
class StorageMetrics final : public base::MetricsSource {
 public:
  explicit StorageMetrics(const Database& database) : database_(database) {}
  void collect(std::vector<base::MetricFamily>& into) const override;

 private:
  const Database& database_;
};

}  // namespace toyota2mqtt::platform
