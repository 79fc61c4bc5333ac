#include "toyota2mqtt/base/async_mutex.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

namespace toyota2mqtt::base {

namespace {

struct Waiter {
  Event granted;
  bool has_lock = false;
};

}  // namespace

struct AsyncMutex::State {
  bool taken = false;
  std::deque<std::shared_ptr<Waiter>> waiting;

  void pass_on() {
    if (waiting.empty()) {
      taken = false;
      return;
    }
    const auto next = std::move(waiting.front());
    waiting.pop_front();
    next->has_lock = true;
    next->granted.notify();
  }
};

AsyncMutex::Lock::~Lock() {
  if (state_) state_->pass_on();
}

AsyncMutex::AsyncMutex() : state_(std::make_shared<State>()) {}
AsyncMutex::~AsyncMutex() = default;

Task<Result<AsyncMutex::Lock>> AsyncMutex::lock() {
  const auto state = state_;
  if (!std::exchange(state->taken, true)) co_return Lock(state);
  const auto mine = std::make_shared<Waiter>();
  state->waiting.push_back(mine);
  const auto woken = co_await mine->granted.wait();
  if (woken) co_return Lock(state);
  // Cancelled: the lock may have been granted in the same moment.
  if (mine->has_lock) {
    state->pass_on();
  } else {
    std::erase(state->waiting, mine);
  }
  co_return fail(woken.error());
}

Task<void> give_way() { co_await boost::asio::post(boost::asio::use_awaitable); }

}  // namespace toyota2mqtt::base
