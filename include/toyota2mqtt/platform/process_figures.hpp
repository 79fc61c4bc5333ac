#pragma once

#include <string>
#include <vector>

#include "toyota2mqtt/rest/metrics.hpp"

namespace toyota2mqtt::platform {

/// What the kernel says about this process, under the names that Prometheus' own clients use, and
/// the version. What cannot be read is left out. Loop thread only; procfs answers from memory.
class ProcessFigures final : public rest::MetricsSource {
 public:
  /// `proc`: where procfs is.
  explicit ProcessFigures(std::string version, std::string proc = "/proc");
  void collect(std::vector<rest::Family>& into) const override;

 private:
  std::string version_;
  std::string proc_;
};

}  // namespace toyota2mqtt::platform
