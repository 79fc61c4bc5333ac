#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "support/loop.hpp"
#include "toyota2mqtt/platform/event_loop.hpp"

namespace toyota2mqtt::test {

/// The real loop and clock, for tests of adapters: run() works until the task ends, with a limit,
/// so that a broken adapter fails the test instead of hanging it.
class RealLoop {
 public:
  static constexpr auto kLimit = std::chrono::seconds(20);

  RealLoop() : clock(loop), tasks(loop.executor(), log) {}
  ~RealLoop();

  template <class T>
  T run(base::Task<T> task, std::chrono::milliseconds limit = kLimit) {
    std::optional<T> result;
    run(base::detail::store_result(std::move(task), result), limit);
    REQUIRE(result.has_value());
    return std::move(*result);
  }
  void run(base::Task<void> task, std::chrono::milliseconds limit = kLimit);
  /// Runs the loop until `done` is true, looking after every turn; fails the test at the limit.
  void run_until(const std::function<bool()>& done, std::chrono::milliseconds limit = kLimit);
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

}  // namespace toyota2mqtt::test
