#pragma once

#include <memory>
#include <utility>

#include "toyota2mqtt/base/async.hpp"

namespace toyota2mqtt::base {

/// A mutex for coroutines: one task at a time holds it, in the order of their calls of lock(). For
/// changes that wait in their middle and must not mix. Loop thread only.
class AsyncMutex {
  struct State;

 public:
  /// Held as long as this object lives; then the next task gets it.
  class Lock {
   public:
    explicit Lock(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Lock(Lock&& other) noexcept = default;
    Lock& operator=(Lock&&) = delete;
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock();

   private:
    std::shared_ptr<State> state_;
  };

  AsyncMutex();
  ~AsyncMutex();
  AsyncMutex(const AsyncMutex&) = delete;
  AsyncMutex& operator=(const AsyncMutex&) = delete;

  /// Waits until the mutex is free. Errors: cancelled.
  Task<Result<Lock>> lock();

 private:
  std::shared_ptr<State> state_;
};

/// Lets everything else run first that the loop has to do now, and look for what has arrived.
Task<void> give_way();

}  // namespace toyota2mqtt::base
