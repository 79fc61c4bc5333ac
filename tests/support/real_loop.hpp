#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "support/loop.hpp"
#include "toyota2mqtt/platform/event_loop.hpp"

namespace toyota2mqtt::test {

/// The real loop and clock, for tests of adapters: run() works until that very task has ended, with
/// a limit, so that a broken adapter fails the test instead of hanging it. At the limit every task
/// is ended first: a test that fails takes what its tasks use along.
class RealLoop {
 public:
  static constexpr auto kLimit = std::chrono::seconds(20);

  RealLoop() : clock(loop), tasks(loop.executor(), log) {}
  ~RealLoop();

  template <class T>
  T run(base::Task<T> task, std::chrono::milliseconds limit = kLimit) {
    const auto result = std::make_shared<std::optional<T>>();
    run(keep_result(std::move(task), result), limit);
    REQUIRE(result->has_value());
    return std::move(**result);
  }
  void run(base::Task<void> task, std::chrono::milliseconds limit = kLimit);
  /// Runs the loop until `done` is true, looking after every turn; fails the test at the limit.
  void run_until(const std::function<bool()>& done, std::chrono::milliseconds limit = kLimit);
  /// Ends every task. True: none is left.
  bool end_tasks();
  /// Real time since `since`.
  [[nodiscard]] std::chrono::milliseconds since(base::SteadyTime since) const {
    return clock.steady() - since;
  }

  platform::EventLoop loop;
  platform::SystemClock clock;
  RecordingLog log;
  base::TaskGroup tasks;

 private:
  bool turn_until(const std::function<bool()>& done, std::chrono::milliseconds limit);
};

/// Declared after what tasks refer to: they end before it goes, also when the test fails.
class EndTasks {
 public:
  explicit EndTasks(RealLoop& loop) : loop_(loop) {}
  ~EndTasks() { (void)loop_.end_tasks(); }
  EndTasks(const EndTasks&) = delete;
  EndTasks& operator=(const EndTasks&) = delete;

 private:
  RealLoop& loop_;
};

}  // namespace toyota2mqtt::test
