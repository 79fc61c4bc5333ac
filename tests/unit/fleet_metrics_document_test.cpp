#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

#include "support/golden.hpp"
#include "support/metrics_home.hpp"
#include "support/paths.hpp"
#include "support/rest_rig.hpp"
#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/metrics.hpp"

/// docs/metrics.md against the answer of GET /metrics, and that answer as a whole.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::MetricType;
using test::MetricsHome;

namespace {

/// Everything that has figures, after things have happened to it, so that no family is empty.
struct Populated {
  Populated() {
    home.fault(R"({"route": "/v1/location", "kind": "status", "status": 500, "forever": true})");
    home.open();
    home.loop.advance(10min);
    REQUIRE(home.bridge->command({home.lexus_id()},
                                 {.action = vehicle::Action::unlock, .entity = "lock_doors"}));
    home.loop.advance(10min);
    rig.metrics_sources = {&home.cloud_metrics, home.figures.get(), &home.bridge->publisher,
                           &process, &storage};
    rig.restart();
    (void)rig.login("anna", "wrong");
    (void)rig.get("/no-such-route");
  }

  std::vector<base::MetricFamily> families() {
    REQUIRE(rig.get("/metrics").status == 200);
    return rig.writer.last;
  }

  MetricsHome home;
  test::TemporaryDirectory directory;
  test::WorkerLoop worker;
  platform::Database database{worker.worker, worker.clock, worker.log, directory.path()};
  platform::ProcessMetrics process{"1.2.3"};
  platform::StorageMetrics storage{database};
  test::RestRig rig;
};

std::string_view word(MetricType type) {
  switch (type) {
    case MetricType::counter: return "counter";
    case MetricType::gauge: return "gauge";
    case MetricType::histogram: break;
  }
  return "histogram";
}

/// The table of the document.
std::string table(const std::vector<base::MetricFamily>& families) {
  std::map<std::string, std::string> rows;
  for (const auto& family : families) {
    std::set<std::string> labels;
    for (const auto& sample : family.samples) {
      for (const auto& [name, value] : sample.labels) labels.insert("`" + name + "`");
    }
    std::string list;
    for (const auto& label : labels) list += (list.empty() ? "" : ", ") + label;
    rows[family.name] = fmt::format("| `{}` | {} | {} | {} |\n", family.name, word(family.type),
                                    list.empty() ? "–" : list, family.help);
  }
  std::string text = "| series | type | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& [name, row] : rows) text += row;
  return text;
}

constexpr std::string_view kBegin = "<!-- series: begin -->\n";
constexpr std::string_view kEnd = "<!-- series: end -->\n";

std::string document() {
  std::ifstream stream(test::source_path("/docs/metrics.md"));
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("every series of GET /metrics is documented with type and labels, and no other",
          "[golden]") {
  Populated all;
  const auto families = all.families();
  for (const auto& family : families) {
    INFO(family.name);
    CHECK_FALSE(family.samples.empty());
    CHECK(family.help.ends_with('.'));
    CHECK(family.help.find('|') == std::string::npos);
  }
  auto text = document();
  const auto begin = text.find(kBegin);
  const auto end = text.find(kEnd);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const auto from = begin + kBegin.size();
  const auto now = table(families);
  if (const char* accept = std::getenv("T2M_ACCEPT"); accept != nullptr && accept[0] == '1') {
    text.replace(from, end - from, now);
    std::ofstream(test::source_path("/docs/metrics.md")) << text;
    return;
  }
  CHECK(text.substr(from, end - from) == now);
}

TEST_CASE("every value of a label that has fixed words stands in the document's table of words") {
  Populated all;
  std::vector<std::string> rows;
  std::istringstream lines(document());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| `")) rows.push_back(line);
  }
  // Those have no fixed words: a version, a hash, a route, a status of HTTP, a sentence.
  const std::set<std::string> free = {"account", "car", "version", "route", "method", "command"};
  const auto is_free = [&](const std::string& family, const std::string& label) {
    return free.contains(label) || (family == "toyota2mqtt_car_mode_info" && label == "reason") ||
           (family == "toyota2mqtt_http_requests_total" && label == "status");
  };
  const auto knows = [&](const std::string& row, const std::string& family,
                         const std::string& label, const std::string& value) {
    return row.starts_with("| `" + label + "` |") &&
           (row.contains("`" + family + "`") || row.contains("| everywhere |")) &&
           row.contains("`" + value + "`");
  };
  int checked = 0;
  for (const auto& family : all.families()) {
    for (const auto& sample : family.samples) {
      for (const auto& [label, value] : sample.labels) {
        if (is_free(family.name, label)) continue;
        INFO(family.name << " " << label << " " << value);
        CHECK(std::ranges::any_of(
            rows, [&](const std::string& row) { return knows(row, family.name, label, value); }));
        ++checked;
      }
    }
  }
  CHECK(checked > 100);
}

TEST_CASE("the answer of GET /metrics is Prometheus' format, without anything personal") {
  Populated all;
  const auto text = platform::prometheus_text(all.families());
  std::istringstream lines(text);
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    if (line.starts_with("# ")) continue;
    const auto series = line.substr(0, line.rfind(' '));
    CHECK(seen.insert(series).second);
    CHECK((series.starts_with("toyota2mqtt_") || series.starts_with("process_")));
  }
  CHECK(seen.size() > 100);
  for (const auto* canary :
       {"SIM", "@", "example.com", "secret", "sim-key", "anna", "127.0.0.1", "latitude"}) {
    INFO(canary);
    CHECK(text.find(canary) == std::string::npos);
  }
}
