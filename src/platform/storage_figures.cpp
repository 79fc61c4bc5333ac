#include "toyota2mqtt/platform/storage_figures.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace toyota2mqtt::platform {

namespace {

rest::Family counter(std::string name, std::string help, std::uint64_t value) {
  return {.name = std::move(name),
          .help = std::move(help),
          .type = rest::MetricType::counter,
          .samples = {{.value = static_cast<double>(value)}}};
}

}  // namespace

void StorageFigures::collect(std::vector<rest::Family>& into) const {
  const auto& counters = database_.counters();
  into.push_back(counter("toyota2mqtt_storage_operations_total",
                         "Uses of the database: readings and writings.", counters.uses));
  into.push_back(counter("toyota2mqtt_storage_failures_total",
                         "Uses of the database that failed: disk full, not writable, damaged.",
                         counters.failures));
}

}  // namespace toyota2mqtt::platform
