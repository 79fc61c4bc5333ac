#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "toyota2mqtt/rest/metrics.hpp"

namespace toyota2mqtt::rest {

struct Route;

/// Counts what was asked and answered, for metrics. Loop thread only.
class Traffic {
 public:
  /// `route` nullptr: no such route.
  void note(const Route* route, int status, double seconds);
  void collect(std::vector<Family>& into) const;

 private:
  struct Count {
    std::uint64_t count = 0;
    double seconds = 0;
  };
  std::map<std::pair<const Route*, int>, Count> counts_;
};

}  // namespace toyota2mqtt::rest
