#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace toyota2mqtt::platform {

/// A queue from one thread to another. push() never waits. After close() nothing more is accepted,
/// and pop() gives out what is left and then nullopt. Any thread.
template <class T>
class ThreadQueue {
 public:
  /// False when the queue is closed; `item` is dropped then.
  bool push(T item) {
    {
      const std::lock_guard lock(mutex_);
      if (closed_) return false;
      items_.push_back(std::move(item));
    }
    changed_.notify_one();
    return true;
  }

  /// Waits for the next item; nullopt when the queue is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  bool closed_ = false;
};

/// Says once that something has happened, to a thread that waits with a limit. Any thread.
class ThreadSignal {
 public:
  void set() {
    {
      const std::lock_guard lock(mutex_);
      set_ = true;
    }
    changed_.notify_all();
  }

  /// True when set() was called before `limit` has passed.
  bool wait_for(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

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
