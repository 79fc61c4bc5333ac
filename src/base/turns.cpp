#include "toyota2mqtt/base/turns.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

namespace toyota2mqtt::base {

namespace {

struct Waiter {
  Event granted;
  bool has_turn = false;
};

}  // namespace

struct Turns::State {
  bool taken = false;
  std::deque<std::shared_ptr<Waiter>> waiting;

  void pass_on() {
    if (waiting.empty()) {
      taken = false;
      return;
    }
    const auto next = std::move(waiting.front());
    waiting.pop_front();
    next->has_turn = true;
    next->granted.notify();
  }
};

Turns::Turn::~Turn() {
  if (state_) state_->pass_on();
}

Turns::Turns() : state_(std::make_shared<State>()) {}
Turns::~Turns() = default;

Task<Result<Turns::Turn>> Turns::take() {
  const auto state = state_;
  if (!std::exchange(state->taken, true)) co_return Turn(state);
  const auto mine = std::make_shared<Waiter>();
  state->waiting.push_back(mine);
  const auto woken = co_await mine->granted.wait();
  if (woken) co_return Turn(state);
  // Cancelled: the turn may have come in the same moment.
  if (mine->has_turn) {
    state->pass_on();
  } else {
    std::erase(state->waiting, mine);
  }
  co_return fail(woken.error());
}

Task<void> give_way() { co_await boost::asio::post(boost::asio::use_awaitable); }

}  // namespace toyota2mqtt::base
