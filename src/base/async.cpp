#include "toyota2mqtt/base/async.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <list>

namespace toyota2mqtt::base {

namespace asio = boost::asio;

// What ended one wait. Shared between the waiting coroutine's frame and whatever wakes it; it never
// refers back to the frame, so no cycle keeps a forgotten coroutine alive.
struct Event::Outcome {
  bool notified = false;
  bool cancelled = false;
  bool late = false;
};

struct Event::State {
  bool pending = false;          // notified while nobody waited
  std::function<void()> resume;  // set while a task waits
  std::shared_ptr<Outcome> outcome;

  void wake() {
    if (!resume) return;
    const auto waiting = std::exchange(resume, nullptr);
    waiting();
  }
};

Event::Event() : state_(std::make_shared<State>()) {}
Event::~Event() = default;

void Event::notify() {
  if (!state_->resume) {
    state_->pending = true;
    return;
  }
  state_->outcome->notified = true;
  state_->wake();
}

Task<Result<bool>> Event::wait_for_outcome(std::shared_ptr<Outcome> outcome) {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    co_return fail(ErrorCode::cancelled, "stopped");
  }
  if (std::exchange(state_->pending, false)) co_return true;
  if (outcome->late) co_return false;

  state_->outcome = outcome;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [weak = std::weak_ptr<State>(state_)](auto handler) {
        const auto state = weak.lock();
        auto slot = asio::get_associated_cancellation_slot(handler);
        auto executor = asio::get_associated_executor(handler);
        // std::function wants copyable contents, hence the heap; resumed by post, so that nothing
        // runs from inside notify().
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        state->resume = [held, executor] {
          asio::post(executor, [held]() mutable { std::move (*held)(); });
        };
        if (!slot.is_connected()) return;
        slot.assign([weak](asio::cancellation_type) {
          const auto waiting = weak.lock();
          if (!waiting || !waiting->resume) return;
          waiting->outcome->cancelled = true;
          waiting->wake();
        });
      },
      asio::use_awaitable);
  cancellation.slot().clear();
  if (outcome->notified) co_return true;
  if (outcome->cancelled) co_return fail(ErrorCode::cancelled, "stopped");
  co_return false;
}

Task<Result<void>> Event::wait() {
  const auto woken = co_await wait_for_outcome(std::make_shared<Outcome>());
  if (!woken) co_return fail(woken.error());
  co_return Result<void>();
}

Task<Result<bool>> Event::wait_until(Clock& clock, SteadyTime deadline) {
  const auto outcome = std::make_shared<Outcome>();
  const auto timer = clock.call_at(deadline, [outcome, weak = std::weak_ptr<State>(state_)] {
    outcome->late = true;
    const auto state = weak.lock();
    if (state && state->outcome == outcome) state->wake();
  });
  const auto woken = co_await wait_for_outcome(outcome);
  clock.cancel(timer);
  co_return woken;
}

Task<Result<void>> sleep_until(Clock& clock, SteadyTime when) {
  Event never;
  const auto woken = co_await never.wait_until(clock, when);
  if (!woken) co_return fail(woken.error());
  co_return Result<void>();
}

Task<Result<void>> sleep_for(Clock& clock, std::chrono::milliseconds duration) {
  co_return co_await sleep_until(clock, clock.steady() + duration);
}

struct TaskGroup::State {
  struct Running {
    std::string name;
    asio::cancellation_signal stop;
  };

  asio::any_io_executor executor;
  Log& log;
  std::list<Running> tasks;
  bool cancelled = false;
  Event empty;

  void finished(std::list<Running>::iterator task, const std::exception_ptr& thrown) {
    if (thrown) {
      try {
        std::rethrow_exception(thrown);
      } catch (const std::exception& error) {
        log.error("base", "task '" + task->name + "' ended with an exception: " + error.what());
      } catch (...) {
        log.error("base", "task '" + task->name + "' ended with an unknown exception");
      }
    }
    // A cancel() from outside the loop queues its signal; the signal's memory must outlive it.
    auto ended = std::make_shared<std::list<Running>>();
    ended->splice(ended->end(), tasks, task);
    asio::post(executor, [ended] {});
    if (tasks.empty()) empty.notify();
  }
};

namespace {

// The outermost frame of every task: cancellation must arrive as a value in all it awaits.
Task<void> with_cancellation_as_value(Task<void> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await std::move(task);
}

// co_spawn() runs a task inside the call when the caller is on the loop already; the caller is
// often in the middle of a change that the task must not see half done.
Task<void> from_the_loop(Task<void> task) {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::post(asio::use_awaitable);
  co_await std::move(task);
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor, Log& log)
    : state_(std::make_shared<State>(std::move(executor), log)) {}

TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(std::string name, Task<void> task) {
  auto state = state_;
  const auto running = state->tasks.emplace(state->tasks.end());
  running->name = std::move(name);
  asio::co_spawn(state->executor, from_the_loop(std::move(task)),
                 asio::bind_cancellation_slot(running->stop.slot(),
                                              [state, running](const std::exception_ptr& thrown) {
                                                state->finished(running, thrown);
                                              }));
  if (state->cancelled) running->stop.emit(asio::cancellation_type::terminal);
}

void TaskGroup::cancel() {
  state_->cancelled = true;
  // Stepping on before emitting: a task that ends at once erases itself from the list.
  for (auto task = state_->tasks.begin(); task != state_->tasks.end();) {
    (task++)->stop.emit(asio::cancellation_type::terminal);
  }
}

bool TaskGroup::cancelled() const { return state_->cancelled; }
std::size_t TaskGroup::running() const { return state_->tasks.size(); }
asio::any_io_executor TaskGroup::executor() const { return state_->executor; }

Task<void> TaskGroup::join() {
  // Shielded, because the caller is often cancelled itself: its wait would end at once, and what
  // the tasks must not lose (a rotated token) would be lost with them.
  co_await detail::run_shielded([](std::shared_ptr<State> state) -> Task<void> {
    while (!state->tasks.empty()) (void)co_await state->empty.wait();
  }(state_));
}

namespace detail {

Task<void> run_shielded(Task<void> task) {
  const auto executor = co_await asio::this_coro::executor;
  const auto thrown = std::make_shared<std::exception_ptr>();
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [executor, thrown, inner = std::make_shared<Task<void>>(std::move(task))](auto handler) {
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        asio::co_spawn(executor, with_cancellation_as_value(std::move(*inner)),
                       [held, thrown](std::exception_ptr error) {
                         *thrown = std::move(error);
                         std::move (*held)();
                       });
      },
      asio::use_awaitable);
  if (*thrown) std::rethrow_exception(*thrown);
}

}  // namespace detail

}  // namespace toyota2mqtt::base
