#pragma once

#include <vector>

#include "toyota2mqtt/platform/sqlite_store.hpp"
#include "toyota2mqtt/rest/metrics.hpp"

namespace toyota2mqtt::platform {

/// How the database does, for metrics. Loop thread only; the database outlives it.
class StorageFigures final : public rest::MetricsSource {
 public:
  explicit StorageFigures(const Database& database) : database_(database) {}
  void collect(std::vector<rest::Family>& into) const override;

 private:
  const Database& database_;
};

}  // namespace toyota2mqtt::platform
