#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/metrics.hpp"
#include "toyota2mqtt/vehicle/state.hpp"

/// Requests to the cloud, counted for metrics (docs/metrics.md): no names, no cars, no
/// accounts.
namespace toyota2mqtt::toyota {

/// Every key is a fixed word of the program, so its size is bounded. One for all accounts of a
/// program, which it outlives. Loop thread only.
struct CloudMetrics final : base::MetricsSource {
  using Word = std::string_view;  ///< static text
  using Count = std::uint64_t;

  /// Requests to the API host, by route (a source's name, wake, command, other) and answer (2xx,
  /// 3xx, 4xx, 429, 5xx, timeout, none).
  std::map<std::pair<Word, Word>, Count> requests = {};
  /// Of these, the ones that repeated a failed one; by route.
  std::map<Word, Count> repeats = {};
  /// What became of reading a source: by source and ok, not_supported, failed.
  std::map<std::pair<Word, Word>, Count> reads = {};
  std::map<Word, Count> sign_ins = {};   ///< by "ok" or the name of an error code
  std::map<Word, Count> refreshes = {};  ///< likewise
  Count unknown_values = 0;  ///< what could not be read, and unknown values of enumerations

  /// Upper bounds of `within`, in s.
  static constexpr std::array kBounds = {0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0};
  std::array<Count, kBounds.size()> within = {};  ///< answers by their time, not cumulative
  Count answers = 0;
  double seconds = 0;  ///< of all of them together

  void collect(std::vector<base::MetricFamily>& into) const override;
};

struct RouteResult;
/// Counts the outcome of a reading of a source; does nothing without metrics. A cancelled one does
/// not count.
void record_read(CloudMetrics* metrics, vehicle::Source source, const RouteResult& result);

}  // namespace toyota2mqtt::toyota
