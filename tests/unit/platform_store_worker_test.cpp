#include <atomic>
#include <stdexcept>
#include <thread>

#include "support/worker_loop.hpp"

using namespace toyota2mqtt;

namespace {

base::Task<void> collect(platform::Worker& worker, std::vector<int>& order, int value) {
  std::function<base::Result<int>()> job = [value]() -> base::Result<int> { return value; };
  const auto answered = co_await worker.run(std::move(job));
  order.push_back(answered ? *answered : -1);
}

// Runs one job after another and notes how each ended.
base::Task<void> run_twice(platform::Worker& worker, std::function<base::Result<int>()> job,
                           std::string& trace) {
  for (int i = 0; i < 2; ++i) {
    const auto answered = co_await worker.run(job);
    trace += answered ? "done;" : std::string(base::to_string(answered.error().code)) + ";";
  }
}

}  // namespace

TEST_CASE("a job runs off the loop's thread and its result comes back") {
  test::WorkerLoop loop;
  std::function<base::Result<std::thread::id>()> job = []() -> base::Result<std::thread::id> {
    return std::this_thread::get_id();
  };
  const auto answered = loop.run(loop.worker.run(std::move(job)));
  REQUIRE(answered);
  CHECK(*answered != std::this_thread::get_id());
}

TEST_CASE("jobs run in the order in which they were asked for") {
  test::WorkerLoop loop;
  std::vector<int> order;
  for (int i = 0; i < 20; ++i) loop.tasks.spawn("job", collect(loop.worker, order, i));
  loop.drive([&order] { return order.size() == 20; });
  for (int i = 0; i < 20; ++i) CHECK(order[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("an exception in a job is storage_failed with its words") {
  test::WorkerLoop loop;
  std::function<base::Result<int>()> job = []() -> base::Result<int> {
    throw std::runtime_error("broken invariant");
  };
  const auto answered = loop.run(loop.worker.run(std::move(job)));
  REQUIRE(!answered);
  CHECK(answered.error().code == base::ErrorCode::storage_failed);
  CHECK(answered.error().message == "storage work failed: broken invariant");
}

TEST_CASE("a cancelled caller still gets the outcome of what is queued, and queues nothing more") {
  test::WorkerLoop loop;
  std::string trace;
  std::atomic<int> runs = 0;
  std::atomic<bool> go = false;
  std::atomic<bool> started = false;
  std::function<base::Result<int>()> job = [&runs, &go, &started]() -> base::Result<int> {
    started = true;
    go.wait(false);
    return ++runs;
  };
  loop.tasks.spawn("caller", run_twice(loop.worker, job, trace));
  loop.drive([&started] { return started.load(); });
  loop.tasks.cancel();
  go = true;
  go.notify_all();
  loop.drive([&loop] { return loop.tasks.running() == 0; });
  CHECK(trace == "done;cancelled;");
  CHECK(runs == 1);
}

TEST_CASE("ending the worker finishes what is queued") {
  boost::asio::io_context io;
  std::atomic<int> runs = 0;
  {
    platform::Worker worker(io.get_executor());
    for (int i = 0; i < 50; ++i) worker.post([&runs] { ++runs; });
  }
  CHECK(runs == 50);
}
