#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "toyota2mqtt/base/async.hpp"

namespace toyota2mqtt::test {

/// A clock whose time stands still until the loop has nothing left to do, and then jumps to the
/// next timer. `now` and `steady` move together; set_now() makes the wall clock jump alone.
class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] base::Time now() const override { return now_; }
  [[nodiscard]] base::SteadyTime steady() const override { return steady_; }
  TimerId call_at(base::SteadyTime when, std::function<void()> callback) override;
  void cancel(TimerId id) override;

  void set_now(base::Time now) { now_ = now; }
  [[nodiscard]] std::optional<base::SteadyTime> next() const;
  /// Moves to the earliest timer and calls it. False when there is none.
  bool jump();
  /// Moves time without calling anything that is not due.
  void advance(std::chrono::milliseconds by);

 private:
  base::Time now_ = base::parse_iso8601("2026-11-20T12:00:00Z").value();
  base::SteadyTime steady_{std::chrono::hours(1)};
  TimerId next_id_ = 1;
  std::map<std::pair<base::SteadyTime, TimerId>, std::function<void()>> timers_;
};

/// Keeps what was logged.
class RecordingLog final : public base::Log {
 public:
  struct Line {
    base::LogLevel level;
    std::string component;
    std::string message;
  };
  void write(base::LogLevel level, std::string_view component, std::string_view message) override {
    lines.push_back({level, std::string(component), std::string(message)});
  }
  [[nodiscard]] std::string text() const;
  std::vector<Line> lines;
};

/// The same bytes in every run.
class FixedRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::uint64_t state_ = 0x9E3779B97F4A7C15U;
};

/// Runs `task` to its end, and keeps what came of it where it stays when nobody waits any more.
template <class T>
base::Task<void> keep_result(base::Task<T> task, std::shared_ptr<std::optional<T>> result) {
  *result = co_await std::move(task);
}
/// Runs `task` to its end, an exception included, and then sets `ended`. How many tasks run tells
/// nothing about one of them: another may end meanwhile, or start.
base::Task<void> note_end(base::Task<void> task, std::shared_ptr<bool> ended);

/// A loop under the fake clock. run() drives a task to its end; a task that waits for something
/// that can never happen fails the test instead of hanging it.
class TestLoop {
 public:
  TestLoop() : tasks(io.get_executor(), log) {}
  ~TestLoop();

  template <class T>
  T run(base::Task<T> task) {
    const auto result = std::make_shared<std::optional<T>>();
    run(keep_result(std::move(task), result));
    REQUIRE(result->has_value());
    return std::move(**result);
  }
  void run(base::Task<void> task);
  /// Runs everything that is due, without moving time.
  void settle();
  /// Runs the loop for `duration` of fake time.
  void advance(std::chrono::milliseconds duration);

  boost::asio::io_context io;
  FakeClock clock;
  RecordingLog log;
  FixedRandom random;
  base::TaskGroup tasks;

 private:
  void drive(const std::function<bool()>& done);
};

}  // namespace toyota2mqtt::test
