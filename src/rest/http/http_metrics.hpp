#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/metrics.hpp"

namespace toyota2mqtt::rest {

struct Route;

/// Where an answer about a car came from, as its X-Cache says.
enum class CacheUse : std::uint8_t { hit, miss, stale };

/// Counts what was asked and answered, for metrics. Bounded by the number of routes and statuses.
/// Loop thread only.
class HttpMetrics {
 public:
  /// One answer, `seconds` after its request came. `route` nullptr: no such route. Of an event
  /// stream: when it began.
  void record_answer(const Route* route, int status, double seconds);
  void record_cache_use(CacheUse use) { ++cache_.at(static_cast<std::size_t>(use)); }
  /// The session or the address has asked too often (429).
  void record_rate_limit() { ++rate_limited_; }

  /// An event stream began, or ended. `dropped`: because its reader was too slow.
  void reader_came() { ++readers_; }
  void reader_left(bool dropped);
  /// Events that were put into readers' queues.
  void record_events(std::uint64_t sent) { events_ += sent; }
  [[nodiscard]] std::size_t readers() const { return readers_; }

  void collect(std::vector<base::MetricFamily>& into) const;

  /// Upper bounds of the latency's buckets, in s; the clock tells whole ms.
  static constexpr std::array kBounds = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0};

 private:
  struct Count {
    std::uint64_t count = 0;
    double seconds = 0;
    std::array<std::uint64_t, kBounds.size()> within = {};  ///< not cumulative
    void add(const Count& other);
  };
  using Answers = std::map<std::pair<const Route*, int>, Count>;

  [[nodiscard]] base::MetricFamily requests() const;
  [[nodiscard]] base::MetricFamily latency() const;

  Answers answers_;
  std::array<std::uint64_t, 3> cache_ = {};
  std::uint64_t rate_limited_ = 0;
  std::size_t readers_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace toyota2mqtt::rest
