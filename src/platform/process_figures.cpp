#include "toyota2mqtt/platform/process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

namespace toyota2mqtt::platform {

namespace {

using rest::Family;
using rest::MetricType;

Family figure(std::string name, std::string help, MetricType type, double value) {
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
  // The name of the program stands in parentheses and may hold anything.
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

void collect_stat(const Stat& stat, std::optional<double> booted, std::vector<Family>& into) {
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  if (ticks > 0) {
    into.push_back(figure("process_cpu_seconds_total",
                          "Processor time that the program has used, in s.", MetricType::counter,
                          (stat.utime + stat.stime) / ticks));
    if (booted) {
      into.push_back(figure("process_start_time_seconds",
                            "When the program was started, in s since 1970.", MetricType::gauge,
                            *booted + stat.starttime / ticks));
    }
  }
  into.push_back(figure("process_resident_memory_bytes", "Memory that the program occupies.",
                        MetricType::gauge, stat.rss * page));
  into.push_back(figure("process_virtual_memory_bytes",
                        "Addresses that the program has reserved; not memory that it occupies.",
                        MetricType::gauge, stat.vsize));
}

}  // namespace

ProcessFigures::ProcessFigures(std::string version, std::string proc)
    : version_(std::move(version)), proc_(std::move(proc)) {}

void ProcessFigures::collect(std::vector<Family>& into) const {
  into.push_back({.name = "toyota2mqtt_build_info",
                  .help = "Always 1; the label holds the version of the program.",
                  .type = MetricType::gauge,
                  .samples = {{.labels = {{"version", version_}}, .value = 1}}});
  if (const auto stat = read_stat(proc_)) collect_stat(*stat, boot_time(proc_), into);
  if (const auto files = open_files(proc_)) {
    into.push_back(figure("process_open_fds", "Files and connections that the program has open.",
                          MetricType::gauge, *files));
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    into.push_back(figure("process_max_fds", "How many it may have open.", MetricType::gauge,
                          static_cast<double>(limit.rlim_cur)));
  }
}

}  // namespace toyota2mqtt::platform
