#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "toyota2mqtt/base/async.hpp"

namespace toyota2mqtt::platform {

/// A fixed number of places, given out in the order of asking. Loop thread only.
class Slots {
 public:
  explicit Slots(std::size_t places) : free_(places) {}

  /// One place, or a wish for one; given back or withdrawn by the destructor, so that a task which
  /// is cancelled or destroyed while it waits leaves nothing behind.
  class Place {
   public:
    explicit Place(std::shared_ptr<Slots> slots) : slots_(std::move(slots)) {
      slots_->enter(*this);
    }
    ~Place() { slots_->leave(*this); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    [[nodiscard]] bool granted() const { return granted_; }
    /// Notified when the place is granted after a wait.
    base::Event& ready() { return ready_; }

   private:
    friend class Slots;
    std::shared_ptr<Slots> slots_;
    base::Event ready_;
    bool granted_ = false;
  };

 private:
  void enter(Place& place) {
    waiting_.push_back(&place);
    grant();
  }

  void leave(Place& place) {
    if (place.granted_) {
      ++free_;
    } else {
      std::erase(waiting_, &place);
    }
    grant();
  }

  void grant() {
    while (free_ > 0 && !waiting_.empty()) {
      --free_;
      waiting_.front()->granted_ = true;
      waiting_.front()->ready_.notify();
      waiting_.pop_front();
    }
  }

  std::size_t free_;
  std::deque<Place*> waiting_;
};

}  // namespace toyota2mqtt::platform
