#include "toyota2mqtt/platform/event_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <map>
#include <utility>

namespace toyota2mqtt::platform {

namespace asio = boost::asio;

struct EventLoop::Inside {
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(io);
  asio::signal_set signals{io};
  std::function<void(int)> on_signal;

  void wait_for_signal() {
    signals.async_wait([this](const boost::system::error_code& error, int signal) {
      if (error) return;
      wait_for_signal();
      const auto callback = on_signal;  // may replace itself
      callback(signal);
    });
  }
};

EventLoop::EventLoop() : inside_(std::make_unique<Inside>()) {
  // OpenSSL writes to sockets without MSG_NOSIGNAL; a peer that has left must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  // A file that may not grow is an error of the write, and no reason to end.
  std::signal(SIGXFSZ, SIG_IGN);
}
EventLoop::~EventLoop() = default;

void EventLoop::run() {
  inside_->io.restart();
  inside_->io.run();
}

void EventLoop::stop() { inside_->io.stop(); }

asio::any_io_executor EventLoop::executor() const { return inside_->io.get_executor(); }

void EventLoop::post(std::function<void()> callback) {
  asio::post(inside_->io, std::move(callback));
}

void EventLoop::on_signal(const std::vector<int>& signals, std::function<void(int)> callback) {
  inside_->signals.cancel();
  inside_->signals.clear();
  for (const int signal : signals) inside_->signals.add(signal);
  inside_->on_signal = std::move(callback);
  inside_->wait_for_signal();
}

// One timer armed for the earliest callback; the map keeps equal deadlines in order of asking.
struct SystemClock::Inside : std::enable_shared_from_this<Inside> {
  explicit Inside(const asio::any_io_executor& executor) : timer(executor) {}

  asio::steady_timer timer;
  TimerId next_id = 1;
  std::map<std::pair<base::SteadyTime, TimerId>, std::function<void()>> waiting;
  std::map<TimerId, base::SteadyTime> deadlines;

  void arm() {
    if (waiting.empty()) {
      timer.cancel();
      return;
    }
    timer.expires_at(waiting.begin()->first.first);
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!error && self) self->call_due();
    });
  }

  void call_due() {
    // What a callback asks for comes in a later round, so that the rest of the loop gets its turn.
    const auto first_later = next_id;
    const auto now = steady();
    auto next = waiting.begin();
    while (next != waiting.end() && next->first.first <= now) {
      if (next->first.second >= first_later) {
        ++next;
        continue;
      }
      const auto due = waiting.extract(next);
      deadlines.erase(due.key().second);
      due.mapped()();
      next = waiting.begin();
    }
    arm();
  }

  static base::SteadyTime steady() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now());
  }
};

SystemClock::SystemClock(EventLoop& loop) : inside_(std::make_shared<Inside>(loop.executor())) {}
SystemClock::~SystemClock() = default;

base::Time SystemClock::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

base::SteadyTime SystemClock::steady() const { return Inside::steady(); }

base::Clock::TimerId SystemClock::call_at(base::SteadyTime when, std::function<void()> callback) {
  const auto id = inside_->next_id++;
  const auto added = inside_->waiting.emplace(std::pair(when, id), std::move(callback)).first;
  inside_->deadlines.emplace(id, when);
  if (added == inside_->waiting.begin()) inside_->arm();
  return id;
}

void SystemClock::cancel(TimerId id) {
  const auto found = inside_->deadlines.find(id);
  if (found == inside_->deadlines.end()) return;
  inside_->waiting.erase({found->second, id});
  inside_->deadlines.erase(found);
  if (inside_->waiting.empty()) inside_->arm();
}

}  // namespace toyota2mqtt::platform
