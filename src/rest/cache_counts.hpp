#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>

#include "rest/traffic.hpp"
#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/vehicle/state.hpp"

namespace toyota2mqtt::rest {

/// Where answers about each car came from, by the sources that they show; for administrators.
/// Bounded by the number of cars that are asked for: note() only those that there are. Loop thread
/// only.
class CacheCounts {
 public:
  struct Counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t stale = 0;
  };

  /// An answer about `car` showed these sources.
  void note(const base::CarId& car, std::span<const vehicle::Source> shown, CacheUse use) {
    auto& counts = counts_[car];
    for (const auto source : shown) add(counts.at(static_cast<std::size_t>(source)), use);
  }
  [[nodiscard]] Counts of(const base::CarId& car, vehicle::Source source) const {
    const auto found = counts_.find(car);
    return found == counts_.end() ? Counts{} : found->second.at(static_cast<std::size_t>(source));
  }

 private:
  static void add(Counts& counts, CacheUse use) {
    switch (use) {
      case CacheUse::hit: ++counts.hits; break;
      case CacheUse::miss: ++counts.misses; break;
      case CacheUse::stale: ++counts.stale; break;
    }
  }

  std::map<base::CarId, std::array<Counts, vehicle::kAllSources.size()>> counts_;
};

}  // namespace toyota2mqtt::rest
