#include "toyota2mqtt/platform/metrics.hpp"

#include <prometheus/check_names.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

namespace toyota2mqtt::platform {

using base::MetricFamily;
using base::MetricSample;
using base::MetricType;

namespace {

MetricFamily one_value(std::string name, std::string help, MetricType type, double value) {
  return {.name = std::move(name),
          .help = std::move(help),
          .type = type,
          .samples = {{.value = value}}};
}

/// What `<proc>/self/stat` says, as proc(5) names it.
struct Stat {
  double utime = 0;  ///< clock ticks, as all of them
  double stime = 0;
  double starttime = 0;  ///< since the machine's start
  double vsize = 0;      ///< bytes
  double rss = 0;        ///< pages
};

std::optional<Stat> read_stat(const std::string& proc) {
  std::ifstream file(proc + "/self/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // The name of the program is in parentheses and may hold anything.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  constexpr int kState = 3;  // the first field after the name
  constexpr int kLast = 24;
  Stat stat;
  std::string word;
  for (int field = kState; field <= kLast; ++field) {
    if (field == kState) {
      if (!(fields >> word)) return std::nullopt;
      continue;
    }
    double value = 0;
    if (!(fields >> value)) return std::nullopt;
    switch (field) {
      case 14: stat.utime = value; break;
      case 15: stat.stime = value; break;
      case 22: stat.starttime = value; break;
      case 23: stat.vsize = value; break;
      case 24: stat.rss = value; break;
      default: break;
    }
  }
  return stat;
}

/// When the machine was started, in s since 1970.
std::optional<double> boot_time(const std::string& proc) {
  std::ifstream file(proc + "/stat");
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string name;
    double value = 0;
    if (words >> name >> value && name == "btime") return value;
  }
  return std::nullopt;
}

std::optional<double> open_files(const std::string& proc) {
  std::error_code error;
  const std::filesystem::directory_iterator files(proc + "/self/fd", error);
  if (error) return std::nullopt;
  double count = 0;
  for (auto file = begin(files); file != std::filesystem::directory_iterator();
       file.increment(error)) {
    if (error) return std::nullopt;
    ++count;
  }
  return count - 1;  // one is this look itself
}

void collect_stat(const Stat& stat, std::optional<double> booted, std::vector<MetricFamily>& into) {
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (ticks > 0) {
    into.push_back(one_value("process_cpu_seconds_total",
                             "Processor time that the program has used, in s.", MetricType::counter,
                             (stat.utime + stat.stime) / ticks));
    if (booted) {
      into.push_back(one_value("process_start_time_seconds",
                               "When the program was started, in s since 1970.", MetricType::gauge,
                               *booted + stat.starttime / ticks));
    }
  }
  into.push_back(one_value("process_resident_memory_bytes", "Memory that the program occupies.",
                           MetricType::gauge, stat.rss * page));
  into.push_back(one_value("process_virtual_memory_bytes",
                           "Addresses that the program has reserved; not memory that it occupies.",
                           MetricType::gauge, stat.vsize));
}

}  // namespace

ProcessMetrics::ProcessMetrics(std::string version, std::string proc)
    : version_(std::move(version)), proc_(std::move(proc)) {}

void ProcessMetrics::collect(std::vector<MetricFamily>& into) const {
  into.push_back({.name = "toyota2mqtt_build_info",
                  .help = "Always 1; the label holds the version of the program.",
                  .type = MetricType::gauge,
                  .samples = {{.labels = {{"version", version_}}, .value = 1}}});
  if (const auto stat = read_stat(proc_)) collect_stat(*stat, boot_time(proc_), into);
  if (const auto files = open_files(proc_)) {
    into.push_back(one_value("process_open_fds", "Files and connections that the program has open.",
                             MetricType::gauge, *files));
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    into.push_back(one_value("process_max_fds", "How many it may have open.", MetricType::gauge,
                             static_cast<double>(limit.rlim_cur)));
  }
}

void StorageMetrics::collect(std::vector<MetricFamily>& into) const {
  const auto& counters = database_.counters();
  into.push_back(with_value(base::counter_family("toyota2mqtt_storage_operations_total",
                                                 "Uses of the database: readings and writings."),
                            counters.uses));
  into.push_back(with_value(
      base::counter_family("toyota2mqtt_storage_failures_total",
                           "Uses of the database that failed: disk full, not writable, damaged."),
      counters.failures));
  MetricFamily history{.name = "toyota2mqtt_history_entries_total",
                       .help =
                           "Entries that were written into the history: new trips, charging "
                           "sessions as they go on, samples, events.",
                       .type = MetricType::counter};
  for (const auto* kind : {"trips", "charges", "samples", "events"}) {
    const auto found = counters.history.find(kind);
    const auto entries = found == counters.history.end() ? 0 : found->second;
    history.samples.push_back({.labels = {{"kind", kind}}, .value = static_cast<double>(entries)});
  }
  into.push_back(std::move(history));
}

namespace {

using prometheus::ClientMetric;

/// The library escapes label values, and not this.
std::string escaped_help(std::string_view help) {
  std::string text;
  for (const char letter : help) {
    if (letter == '\n') {
      text += "\\n";
    } else if (letter == '\\') {
      text += "\\\\";
    } else {
      text += letter;
    }
  }
  return text;
}

prometheus::MetricType type_of(MetricType type) {
  switch (type) {
    case MetricType::counter: return prometheus::MetricType::Counter;
    case MetricType::gauge: return prometheus::MetricType::Gauge;
    case MetricType::histogram: break;
  }
  return prometheus::MetricType::Histogram;
}

ClientMetric metric_of(const MetricSample& sample, MetricType type) {
  ClientMetric metric;
  for (const auto& [name, value] : sample.labels) {
    metric.label.push_back({.name = name, .value = value});
  }
  switch (type) {
    case MetricType::counter: metric.counter.value = sample.value; break;
    case MetricType::gauge: metric.gauge.value = sample.value; break;
    case MetricType::histogram:
      metric.histogram.sample_count = sample.count;
      metric.histogram.sample_sum = sample.sum;
      for (const auto& [bound, count] : sample.buckets) {
        metric.histogram.bucket.push_back({.cumulative_count = count, .upper_bound = bound});
      }
      break;
  }
  return metric;
}

bool has_good_labels(const MetricSample& sample) {
  return std::ranges::all_of(sample.labels, [](const auto& label) {
    return prometheus::CheckLabelName(label.first) && label.first != "le";
  });
}

/// A family while it is put together. Samples are found by their sorted labels.
struct Draft {
  prometheus::MetricFamily family;
  std::map<std::vector<ClientMetric::Label>, ClientMetric> metrics;
};

void add_samples(Draft& draft, const MetricFamily& family) {
  for (const auto& sample : family.samples) {
    if (!has_good_labels(sample)) continue;
    auto metric = metric_of(sample, family.type);
    auto key = metric.label;
    std::sort(key.begin(), key.end());  // its labels have no order but this
    draft.metrics.try_emplace(std::move(key), std::move(metric));
  }
}

}  // namespace

std::string prometheus_text(const std::vector<MetricFamily>& families) {
  std::map<std::string, Draft> by_name;
  for (const auto& family : families) {
    if (!prometheus::CheckMetricName(family.name)) continue;
    auto [place, is_new] = by_name.try_emplace(family.name);
    auto& draft = place->second;
    if (is_new) {
      draft.family.name = family.name;
      draft.family.help = escaped_help(family.help);
      draft.family.type = type_of(family.type);
    }
    if (draft.family.type == type_of(family.type)) add_samples(draft, family);
  }
  std::vector<prometheus::MetricFamily> ordered;
  for (auto& [name, draft] : by_name) {
    if (draft.metrics.empty()) continue;
    for (auto& [key, metric] : draft.metrics) draft.family.metric.push_back(std::move(metric));
    ordered.push_back(std::move(draft.family));
  }
  return prometheus::TextSerializer().Serialize(ordered);
}

}  // namespace toyota2mqtt::platform
