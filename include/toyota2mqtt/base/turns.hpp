#pragma once

#include <memory>
#include <utility>

#include "toyota2mqtt/base/async.hpp"

namespace toyota2mqtt::base {

/// Lets one task at a time through, in the order in which they asked: for changes that wait in
/// their middle and must not mix. Loop thread only.
class Turns {
  struct State;

 public:
  /// Lasts as long as this object; then the next task goes.
  class Turn {
   public:
    explicit Turn(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Turn(Turn&& other) noexcept = default;
    Turn& operator=(Turn&&) = delete;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

   private:
    std::shared_ptr<State> state_;
  };

  Turns();
  ~Turns();
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Waits until nobody else has the turn. Only `cancelled` can go wrong.
  Task<Result<Turn>> take();

 private:
  std::shared_ptr<State> state_;
};

/// Lets everything else run first that the loop has to do now, and look for what has arrived.
Task<void> give_way();

}  // namespace toyota2mqtt::base
