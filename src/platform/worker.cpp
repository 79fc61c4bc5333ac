#include "toyota2mqtt/platform/worker.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace toyota2mqtt::platform {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

struct Worker::Impl {
  explicit Impl(boost::asio::any_io_executor executor)
      : loop(std::move(executor)), thread([this] { serve(); }) {}
  ~Impl() {
    {
      const std::scoped_lock held(mutex);
      ending = true;
    }
    wake.notify_one();
    thread.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void enqueue(std::function<void()> job) {
    {
      const std::scoped_lock held(mutex);
      queue.push_back(std::move(job));
    }
    wake.notify_one();
  }

  void serve() {
    std::unique_lock held(mutex);
    while (true) {
      wake.wait(held, [this] { return ending || !queue.empty(); });
      if (queue.empty()) return;
      auto job = std::move(queue.front());
      queue.pop_front();
      held.unlock();
      job();
      job = nullptr;
      held.lock();
    }
  }

  boost::asio::any_io_executor loop;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> queue;
  bool ending = false;
  std::thread thread;  // last: it uses all of the above
};

namespace {

struct Outcome {
  std::optional<base::Error> error;
  base::Event done;
};

std::optional<base::Error> error_of(const std::function<void()>& job) {
  try {
    job();
    return std::nullopt;
  } catch (const std::exception& thrown) {
    return base::Error{.code = ErrorCode::storage_failed,
                       .message = std::string("storage work failed: ") + thrown.what()};
  } catch (...) {
    return base::Error{.code = ErrorCode::storage_failed, .message = "storage work failed"};
  }
}

Task<void> wait_for(std::shared_ptr<Outcome> outcome) { co_await outcome->done.wait(); }

// `cancelled` when the calling task is: an event that is already notified does not suspend.
Task<Result<void>> still_wanted() {
  base::Event now;
  now.notify();
  co_return co_await now.wait();
}

}  // namespace

Worker::Worker(boost::asio::any_io_executor loop)
    : impl_(std::make_unique<Impl>(std::move(loop))) {}
Worker::~Worker() = default;

Task<Result<void>> Worker::perform(std::function<void()> job) {
  if (auto wanted = co_await still_wanted(); !wanted) co_return fail(wanted.error());

  auto outcome = std::make_shared<Outcome>();
  // The guard keeps the loop running while nothing else is left for it to do.
  auto guard = boost::asio::make_work_guard(impl_->loop);
  impl_->enqueue([outcome, guard, job = std::move(job)]() mutable {
    outcome->error = error_of(job);
    // What the job owned must be gone before the loop goes on with the result.
    job = nullptr;
    boost::asio::post(guard.get_executor(),
                      [outcome = std::move(outcome)] { outcome->done.notify(); });
  });
  co_await base::detail::run_shielded(wait_for(outcome));
  if (outcome->error) co_return fail(*outcome->error);
  co_return Result<void>();
}

void Worker::post(std::function<void()> job) {
  impl_->enqueue([job = std::move(job)] { error_of(job); });
}

}  // namespace toyota2mqtt::platform
