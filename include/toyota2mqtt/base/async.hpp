#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/ports.hpp"

namespace toyota2mqtt::base {

/// A conversation that suspends while it waits. All tasks run on the one loop thread.
///
/// House rules (measured reasons: docs/decisions/0001): coroutine lambdas do not capture;
/// coroutine parameters are values, or references to objects that outlive the task. Cancellation
/// arrives as `ErrorCode::cancelled` from whatever is awaited, never as an exception.
template <class T = void>
using Task = boost::asio::awaitable<T>;

/// Wakes one waiting task. A notification without a waiter is remembered for the next wait (one,
/// however many came). Loop thread only; must outlive the wait.
class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void notify();
  /// Returns when notified; `cancelled` when the task is cancelled. One waiter at a time.
  Task<Result<void>> wait();
  /// As wait(), or until `deadline`: true = notified, false = the deadline came first.
  Task<Result<bool>> wait_until(Clock& clock, SteadyTime deadline);

 private:
  struct State;
  struct Outcome;
  Task<Result<bool>> wait_for_outcome(std::shared_ptr<Outcome> outcome);
  std::shared_ptr<State> state_;
};

/// Sleeps until `when`; only `cancelled` can go wrong.
Task<Result<void>> sleep_until(Clock& clock, SteadyTime when);
Task<Result<void>> sleep_for(Clock& clock, std::chrono::milliseconds duration);

/// Starts tasks, knows them by name, and ends them together. This is the only place in the program
/// that starts a coroutine: an exception that leaves a task is logged with its name, never lost.
class TaskGroup {
 public:
  TaskGroup(boost::asio::any_io_executor executor, Log& log);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts `task` on the loop (never from inside this call).
  void spawn(std::string name, Task<void> task);
  /// Asks every running task to stop: what it awaits answers `cancelled`. Shielded work goes on.
  void cancel();
  [[nodiscard]] bool cancelled() const;
  [[nodiscard]] std::size_t running() const;
  /// Returns when no task is left, also when the caller is cancelled: call it after cancel(). One
  /// caller at a time.
  Task<void> join();
  [[nodiscard]] boost::asio::any_io_executor executor() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

namespace detail {
Task<void> run_shielded(Task<void> task);

template <class T>
Task<void> store_result(Task<T> task, std::optional<T>& result) {
  result = co_await std::move(task);
}
}  // namespace detail

/// Runs `task` to its end even when the caller is cancelled meanwhile; the caller's next wait then
/// answers `cancelled`. For the few steps that must not be torn: storing a rotated token.
template <class T>
Task<T> shielded(Task<T> task) {
  std::optional<T> result;
  co_await detail::run_shielded(detail::store_result(std::move(task), result));
  co_return std::move(*result);
}

}  // namespace toyota2mqtt::base
