#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "platform/thread_queue.hpp"
#include "support/catch.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

TEST_CASE("every item arrives once, in its sender's order") {
  constexpr int kSenders = 3;
  constexpr int kItems = 5000;
  platform::ThreadQueue<std::unique_ptr<std::pair<int, int>>> queue;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&queue, sender] {
      for (int i = 0; i < kItems; ++i) queue.push(std::make_unique<std::pair<int, int>>(sender, i));
    });
  }
  std::vector<int> next(kSenders, 0);
  bool in_order = true;
  for (int i = 0; i < kSenders * kItems; ++i) {
    const auto item = queue.pop();
    in_order =
        in_order && item && (*item)->second == next[static_cast<std::size_t>((*item)->first)];
    if (item) ++next[static_cast<std::size_t>((*item)->first)];
  }
  for (auto& sender : senders) sender.join();
  CHECK(in_order);
  CHECK(next == std::vector<int>(kSenders, kItems));
}

TEST_CASE("a closed queue gives out what is left, accepts nothing, and wakes its reader") {
  platform::ThreadQueue<std::string> queue;
  std::atomic<int> read = 0;
  std::atomic<bool> ended = false;
  std::thread reader([&] {
    while (queue.pop()) ++read;
    ended = true;
  });
  queue.push("a");
  queue.push("b");
  queue.close();
  reader.join();
  CHECK(read == 2);
  CHECK(ended);
  CHECK_FALSE(queue.push("c"));
}

TEST_CASE("a thread signal is seen by a thread that waits before or after it") {
  platform::ThreadSignal signal;
  CHECK_FALSE(signal.wait_for(1ms));
  std::thread setter([&signal] { signal.set(); });
  CHECK(signal.wait_for(10s));
  CHECK(signal.wait_for(0ms));
  setter.join();
}

TEST_CASE("a mailbox brings callbacks to the loop's thread until it is closed") {
  boost::asio::io_context io;
  auto guard = boost::asio::make_work_guard(io);
  const auto mailbox = std::make_shared<platform::LoopMailbox>(io.get_executor());
  const auto loop_thread = std::this_thread::get_id();
  int arrived = 0;
  bool on_loop = true;
  std::thread sender([&, mailbox] {
    for (int i = 0; i < 1000; ++i) {
      mailbox->post([&] {
        ++arrived;
        on_loop = on_loop && std::this_thread::get_id() == loop_thread;
        if (arrived == 1000) guard.reset();
      });
    }
  });
  io.run();
  sender.join();
  CHECK(arrived == 1000);
  CHECK(on_loop);

  std::thread late([mailbox, &arrived] {
    for (int i = 0; i < 1000; ++i) mailbox->post([&arrived] { ++arrived; });
  });
  mailbox->close();
  late.join();
  const int before = arrived;
  mailbox->post([&arrived] { ++arrived; });
  io.restart();
  io.poll();
  CHECK(arrived >= before);
  const int after = arrived;
  io.restart();
  CHECK(io.poll() == 0);
  CHECK(arrived == after);
}
