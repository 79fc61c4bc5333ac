#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/time.hpp"

namespace toyota2mqtt::platform {

/// The one loop of the process. Everything that the program knows belongs to the thread that is
/// inside run(); only post() and stop() may be called from other threads.
class EventLoop {
 public:
  /// Makes the process ignore SIGPIPE and SIGXFSZ.
  EventLoop();
  /// Forgets what is still waiting. Whatever uses the loop must be gone before.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Works until stop() is called, however little there is to do; may be called again afterwards.
  /// An exception that leaves a callback leaves run() too.
  void run();
  /// Makes run() return soon; what is waiting then stays for the next run(). Any thread.
  void stop();
  [[nodiscard]] boost::asio::any_io_executor executor() const;
  /// Runs `callback` on the loop's thread, never from inside this call, in order. Any thread.
  void post(std::function<void()> callback);
  /// Calls `callback` on the loop with the number of each such signal that arrives, instead of the
  /// signal's usual effect. One callback at a time: a second call replaces the first.
  void on_signal(const std::vector<int>& signals, std::function<void(int)> callback);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

/// base::Clock of the real world. Must not outlive the loop; loop thread only.
class SystemClock final : public base::Clock {
 public:
  explicit SystemClock(EventLoop& loop);
  ~SystemClock() override;
  SystemClock(const SystemClock&) = delete;
  SystemClock& operator=(const SystemClock&) = delete;

  [[nodiscard]] base::Time now() const override;
  [[nodiscard]] base::SteadyTime steady() const override;
  TimerId call_at(base::SteadyTime when, std::function<void()> callback) override;
  void cancel(TimerId id) override;

 private:
  struct Inside;
  std::shared_ptr<Inside> inside_;
};

}  // namespace toyota2mqtt::platform
