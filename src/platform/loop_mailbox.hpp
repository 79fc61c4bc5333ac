#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace toyota2mqtt::platform {

/// Brings callbacks of other threads to the loop until it is closed; afterwards they are dropped,
/// so that a thread which outlives the loop cannot touch it. Any thread; never waits for the loop.
class LoopMailbox {
 public:
  explicit LoopMailbox(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  void post(std::function<void()> callback) {
    const std::lock_guard lock(mutex_);
    if (executor_) boost::asio::post(*executor_, std::move(callback));
  }

  void close() {
    const std::lock_guard lock(mutex_);
    executor_.reset();
  }

 private:
  std::mutex mutex_;
  std::optional<boost::asio::any_io_executor> executor_;
};

}  // namespace toyota2mqtt::platform
