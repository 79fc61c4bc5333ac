#include <cmath>
#include <limits>

#include "support/metric_values.hpp"
#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/metrics.hpp"
#include "toyota2mqtt/platform/sqlite_history.hpp"
#include "toyota2mqtt/platform/sqlite_store.hpp"

using namespace toyota2mqtt;
using base::MetricFamily;
using base::MetricType;
using test::value_of;

namespace {

std::string written(const std::vector<MetricFamily>& families) {
  return platform::prometheus_text(families);
}

MetricFamily gauge(std::string name, std::vector<base::MetricSample> samples) {
  return {.name = std::move(name),
          .help = "A thing.",
          .type = MetricType::gauge,
          .samples = std::move(samples)};
}

}  // namespace

TEST_CASE("metrics are written in Prometheus' text format, in an order that stays") {
  const std::vector<MetricFamily> families = {
      {.name = "t_waits_seconds",
       .help = "Time.",
       .type = MetricType::histogram,
       .samples = {{.labels = {{"route", "/a"}},
                    .buckets = {{0.1, 2}, {0.5, 3}},
                    .count = 4,
                    .sum = 7.25}}},
      {.name = "t_requests_total",
       .help = "Requests.",
       .type = MetricType::counter,
       .samples = {{.labels = {{"route", "/b"}}, .value = 3},
                   {.labels = {{"route", "/a"}}, .value = 1234567890123}}},
      gauge("t_age_seconds", {{.value = 0.5}})};
  CHECK(written(families) ==
        "# HELP t_age_seconds A thing.\n"
        "# TYPE t_age_seconds gauge\n"
        "t_age_seconds 0.5\n"
        "# HELP t_requests_total Requests.\n"
        "# TYPE t_requests_total counter\n"
        "t_requests_total{route=\"/a\"} 1234567890123\n"
        "t_requests_total{route=\"/b\"} 3\n"
        "# HELP t_waits_seconds Time.\n"
        "# TYPE t_waits_seconds histogram\n"
        "t_waits_seconds_count{route=\"/a\"} 4\n"
        "t_waits_seconds_sum{route=\"/a\"} 7.25\n"
        "t_waits_seconds_bucket{route=\"/a\",le=\"0.1\"} 2\n"
        "t_waits_seconds_bucket{route=\"/a\",le=\"0.5\"} 3\n"
        "t_waits_seconds_bucket{route=\"/a\",le=\"+Inf\"} 4\n");
}

TEST_CASE("a text in a help or a label cannot leave its line") {
  auto family = gauge("t", {{.labels = {{"why", "a \"b\"\nc\\d"}}, .value = 1}});
  family.help = "One\nline \\ only.";
  CHECK(written({family}) ==
        "# HELP t One\\nline \\\\ only.\n# TYPE t gauge\nt{why=\"a \\\"b\\\"\\nc\\\\d\"} 1\n");
}

TEST_CASE("numbers that are none are written as Prometheus reads them") {
  const auto text = written(
      {gauge("t", {{.labels = {{"n", "1"}}, .value = std::numeric_limits<double>::infinity()},
                   {.labels = {{"n", "2"}}, .value = std::nan("")}})});
  CHECK(text.find("t{n=\"1\"} +Inf\n") != std::string::npos);
  CHECK(text.find("t{n=\"2\"} Nan\n") != std::string::npos);
}

TEST_CASE("what would make Prometheus refuse the whole answer is left out") {
  SECTION("a family that comes twice is one") {
    const auto text = written({gauge("t", {{.labels = {{"n", "2"}}, .value = 2}}), gauge("u", {}),
                               gauge("t", {{.labels = {{"n", "1"}}, .value = 1}})});
    CHECK(text == "# HELP t A thing.\n# TYPE t gauge\nt{n=\"1\"} 1\nt{n=\"2\"} 2\n");
  }
  SECTION("of two samples with the same labels the first one counts, whatever their order") {
    const auto text = written({gauge("t", {{.labels = {{"a", "1"}, {"b", "2"}}, .value = 1},
                                           {.labels = {{"b", "2"}, {"a", "1"}}, .value = 2}})});
    CHECK(text == "# HELP t A thing.\n# TYPE t gauge\nt{a=\"1\",b=\"2\"} 1\n");
  }
  SECTION("the same name as another type") {
    auto counter = gauge("t", {{.value = 5}});
    counter.type = MetricType::counter;
    CHECK(written({gauge("t", {{.value = 1}}), counter}) ==
          "# HELP t A thing.\n# TYPE t gauge\nt 1\n");
  }
  SECTION("names that are none") {
    CHECK(written({gauge("no name", {{.value = 1}})}).empty());
    CHECK(written({gauge("t", {{.labels = {{"no label", "x"}}, .value = 1}})}).empty());
    CHECK(written({gauge("t", {{.labels = {{"le", "x"}}, .value = 1}})}).empty());
  }
}

TEST_CASE("the process tells its memory, time and files under the names that Prometheus knows") {
  const auto families = test::collected(platform::ProcessMetrics("1.2.3"));
  CHECK(value_of(families, "toyota2mqtt_build_info", {{"version", "1.2.3"}}) == 1);
  CHECK(value_of(families, "process_resident_memory_bytes").value() > 1'000'000);
  CHECK(value_of(families, "process_virtual_memory_bytes").value() >
        value_of(families, "process_resident_memory_bytes").value());
  CHECK(value_of(families, "process_open_fds").value() >= 3);
  CHECK(value_of(families, "process_max_fds").value() >= 3);
  CHECK(value_of(families, "process_cpu_seconds_total").value() >= 0);
  CHECK(value_of(families, "process_start_time_seconds").value() > 1.6e9);
}

TEST_CASE("the figures of a process are those of proc(5), whatever its name") {
  const test::TemporaryDirectory proc;
  std::filesystem::create_directories(proc.path("self/fd"));
  for (const auto* file : {"self/fd/0", "self/fd/1", "self/fd/7"}) {
    test::write_file(proc.path(file), "");
  }
  test::write_file(proc.path("stat"), "cpu 1 2 3\nbtime 1700000000\nprocesses 5\n");
  test::write_file(proc.path("self/stat"),
                   "42 (odd ) 9 name) S 1 42 42 0 -1 4194304 9 0 0 0 150 50 0 0 20 0 4 0 1000 "
                   "8192000 250 18446744073709551615 1 1\n");
  const auto families = test::collected(platform::ProcessMetrics("1", proc.path()));
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  CHECK(value_of(families, "process_cpu_seconds_total") == 200 / ticks);
  CHECK(value_of(families, "process_start_time_seconds") == 1700000000 + 1000 / ticks);
  CHECK(value_of(families, "process_virtual_memory_bytes") == 8192000);
  CHECK(value_of(families, "process_resident_memory_bytes") == 250 * page);
  CHECK(value_of(families, "process_open_fds") == 2);
}

TEST_CASE("what procfs does not tell is left out, and the rest is there") {
  const test::TemporaryDirectory proc;
  const auto none = test::collected(platform::ProcessMetrics("1", proc.path()));
  CHECK(value_of(none, "toyota2mqtt_build_info", {{"version", "1"}}) == 1);
  CHECK(value_of(none, "process_max_fds"));
  CHECK_FALSE(value_of(none, "process_resident_memory_bytes"));
  CHECK_FALSE(value_of(none, "process_open_fds"));

  std::filesystem::create_directories(proc.path("self"));
  test::write_file(proc.path("self/stat"), "42 (cut) S 1 2 3");
  CHECK_FALSE(value_of(test::collected(platform::ProcessMetrics("1", proc.path())),
                       "process_cpu_seconds_total"));
}

TEST_CASE("uses of the database are counted, and those that failed") {
  const test::TemporaryDirectory directory;
  test::WorkerLoop loop;
  platform::Database database(loop.worker, loop.clock, loop.log, directory.path());
  platform::SqliteStore store(database);
  const platform::StorageMetrics figures(database);
  REQUIRE(loop.run(store.put("s", "key", "value")));
  CHECK(value_of(test::collected(figures), "toyota2mqtt_storage_operations_total") == 1);
  CHECK(value_of(test::collected(figures), "toyota2mqtt_storage_failures_total") == 0);

  const test::TemporaryDirectory other;
  test::write_file(other.path("file"), "");
  platform::Database broken(loop.worker, loop.clock, loop.log, other.path("file/below"));
  platform::SqliteStore nothing(broken);
  REQUIRE_FALSE(loop.run(nothing.put("s", "key", "value")));
  const platform::StorageMetrics failing(broken);
  CHECK(value_of(test::collected(failing), "toyota2mqtt_storage_operations_total") == 1);
  CHECK(value_of(test::collected(failing), "toyota2mqtt_storage_failures_total") == 1);
}

TEST_CASE("what is written into the history is counted by kind, what is there already is not") {
  const test::TemporaryDirectory directory;
  test::WorkerLoop loop;
  platform::Database database(loop.worker, loop.clock, loop.log, directory.path());
  platform::SqliteHistory history(database);
  const platform::StorageMetrics figures(database);
  const auto entries = [&](const std::string& kind) {
    return value_of(test::collected(figures), "toyota2mqtt_history_entries_total",
                    {{"kind", kind}});
  };
  CHECK(entries("trips") == 0);
  const base::CarId car{"0123456789"};
  history::TripRecord trip;
  trip.trip.id = "a-trip";
  REQUIRE(loop.run(history.put_trips(car, {trip})));
  REQUIRE(loop.run(history.put_trips(car, {trip})));
  const auto now = loop.clock.now();
  history::SampleRecord sample{.at = now};
  history::SampleRecord later{.at = now + std::chrono::minutes(1)};
  REQUIRE(loop.run(history.add_samples(car, {sample, later})));
  history::EventRecord event{.at = now, .name = "owner"};
  REQUIRE(loop.run(history.add_event(car, event)));
  CHECK(entries("trips") == 1);
  CHECK(entries("samples") == 2);
  CHECK(entries("events") == 1);
  CHECK(entries("charges") == 0);
}
