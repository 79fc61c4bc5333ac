#include "support/loop.hpp"
#include "toyota2mqtt/base/log_limit.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::LogLevel;
using base::LogLimit;

TEST_CASE("of one cause one line a minute is written, the next one with the number between") {
  test::RecordingLog log;
  LogLimit limit(log);
  const base::SteadyTime start{1h};
  for (int i = 0; i < 1000; ++i) limit.write(LogLevel::warning, "mqtt", "refused", start + i * 1ms);
  REQUIRE(log.lines.size() == 1);
  CHECK(log.lines[0].message == "refused");
  CHECK(log.lines[0].level == LogLevel::warning);
  limit.write(LogLevel::warning, "mqtt", "refused", start + 1min);
  REQUIRE(log.lines.size() == 2);
  CHECK(log.lines[1].message == "refused (999 like it were left out in the last minute)");
  limit.write(LogLevel::warning, "mqtt", "another", start + 1min);
  CHECK(log.lines.size() == 3);
}

TEST_CASE("the number of a flood that has ended is reported a minute later, once") {
  test::RecordingLog log;
  LogLimit limit(log);
  const base::SteadyTime start{1h};
  for (int i = 0; i < 3; ++i) limit.write(LogLevel::info, "web", "again", start);
  limit.tell(start + 59s);
  CHECK(log.lines.size() == 1);
  limit.tell(start + 1min);
  REQUIRE(log.lines.size() == 2);
  CHECK(log.lines[1].message == "again (2 like it were left out in the last minute)");
  limit.tell(start + 1h);
  CHECK(log.lines.size() == 2);
}

TEST_CASE("causes without end share a line") {
  test::RecordingLog log;
  LogLimit limit(log);
  const base::SteadyTime start{1h};
  for (int i = 0; i < 10'000; ++i) {
    limit.write(LogLevel::info, "web", "cause " + std::to_string(i), start);
  }
  CHECK(log.lines.size() == LogLimit::kMostCauses + 1);
  for (int i = 0; i < 10; ++i) {
    limit.write(LogLevel::info, "web", "later " + std::to_string(i), start + 61s);
  }
  CHECK(log.lines.size() == LogLimit::kMostCauses + 2 + 10);
}
