#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "toyota2mqtt/base/async.hpp"
#include "toyota2mqtt/base/error.hpp"

namespace toyota2mqtt::platform {

/// One thread for functions that block: SQLite, files, slow hashes. Jobs run one after another, in
/// the order in which they were asked for, so what only jobs touch needs no lock.
///
/// Cancellation never tears a job: a caller that is already cancelled gets `cancelled` and nothing
/// is queued; once queued, the job runs and the caller waits for its true outcome.
/// run() belongs to the loop thread. The executor's context must outlive the worker, and the worker
/// the tasks that wait for it.
class Worker {
 public:
  explicit Worker(boost::asio::any_io_executor loop);
  /// Finishes what is queued, then joins the thread.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs `job` on the thread and answers its result on the loop. `job` owns all it touches. An
  /// exception that leaves it becomes storage_failed.
  template <class T>
  base::Task<base::Result<T>> run(std::function<base::Result<T>()> job) {
    auto outcome = std::make_shared<base::Result<T>>(base::fail(base::ErrorCode::cancelled, ""));
    std::function<void()> work = [outcome, job = std::move(job)] { *outcome = job(); };
    auto done = co_await perform(std::move(work));
    if (!done) co_return base::fail(done.error());
    co_return std::move(*outcome);
  }

  /// Queues `job` without waiting for it; an exception that leaves it is dropped. For cleaning up
  /// from destructors.
  void post(std::function<void()> job);

 private:
  struct Impl;
  base::Task<base::Result<void>> perform(std::function<void()> job);
  std::unique_ptr<Impl> impl_;
};

}  // namespace toyota2mqtt::platform
