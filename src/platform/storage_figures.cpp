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
  rest::Family history{.name = "toyota2mqtt_history_entries_total",
                       .help =
                           "Entries that were written into the history: new trips, charging "
                           "sessions as they go on, samples, events.",
                       .type = rest::MetricType::counter};
  for (const auto* kind : {"trips", "charges", "samples", "events"}) {
    const auto found = counters.history.find(kind);
    const auto entries = found == counters.history.end() ? 0 : found->second;
    history.samples.push_back({.labels = {{"kind", kind}}, .value = static_cast<double>(entries)});
  }
  into.push_back(std::move(history));
}

}  // namespace toyota2mqtt::platform
