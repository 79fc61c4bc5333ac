#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/fleet/wakes.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/car.hpp"
#include "toyota2mqtt/vehicle/car_event.hpp"
#include "toyota2mqtt/vehicle/command.hpp"

namespace toyota2mqtt::fleet {

/// One car of one account, as it is shown now. Pointers are valid until the caller waits for
/// anything.
struct CarView {
  const vehicle::Car* car = nullptr;
  std::string account_key = {};
  bool presentable = false;   ///< enough was read to show it
  bool available = false;     ///< as its availability topic says
  bool fresh = false;         ///< read within its schedule, and the cloud answers
  std::uint64_t version = 0;  ///< grows with every change of what is shown of it
};

/// What AccountSet found when it looked at the clock.
struct TimePassed {
  bool slept = false;    ///< the machine slept, or its clock was set: the cars are being read
  bool new_day = false;  ///< the owner's day began since the last look
};

/// What happens to the cars and accounts of the owner and of guests. Home Assistant's publisher,
/// history, the REST interface and metrics implement it. Called on the loop, between waits; must
/// not throw. What a listener has to wait for it does in tasks of its own.
class Listener {
 public:
  virtual ~Listener() = default;
  /// State, evidence or diagnostics of the car may differ.
  virtual void car_changed(const CarView& /*car*/) {}
  virtual void notified(const CarView& /*car*/, const vehicle::Notification& /*notification*/) {}
  /// A trip ended, a warning lamp is lit: what happens once (vehicle::new_events()).
  virtual void happened(const CarView& /*car*/, const vehicle::CarEvent& /*event*/) {}
  /// A step of a command, or its refusal.
  virtual void commanded(const CarView& /*car*/, const vehicle::CommandResult& /*result*/) {}
  /// The car itself was asked.
  virtual void woken(const CarView& /*car*/, WakeReason /*reason*/, WakeRoute /*route*/,
                     const toyota::WakeAnswer& /*answer*/) {}
  /// A source failed that had not failed before.
  virtual void read_failed(const CarView& /*car*/, vehicle::Source /*source*/,
                           const base::Error& /*error*/) {}
  /// How the account is has changed (AccountSession::condition()).
  virtual void account_changed(const std::string& /*account_key*/) {}
  /// The set of cars of the account changed, or the account is gone.
  virtual void cars_changed(const std::string& /*account_key*/) {}
  /// Accounts of the owner have started or ended (AccountSet::reconfigure()).
  virtual void accounts_changed() {}
  /// Every 30 s: what depends on the time alone, such as availability by age, may differ.
  virtual void time_passed(const TimePassed& /*passed*/) {}
};

/// The listeners of the program. Each event goes to all of them in the order of Hears, and within
/// one rank in the order in which they were added. Loop thread only.
class Listeners {
 public:
  /// Home Assistant first, because automations wait for it; history before the interfaces, so that
  /// a client that reacts to an event finds the event recorded; metrics last: they only count.
  enum class Hears : std::uint8_t { publisher, history, interface, metrics };

  /// `listener` outlives this or is removed before it goes. May be called from within an event: the
  /// listener hears the next one.
  void add(Listener& listener, Hears when) {
    const auto place = std::ranges::upper_bound(list_, when, {}, &Entry::when);
    list_.insert(place, {.when = when, .listener = &listener});
  }
  /// Does nothing for one that was not added. May be called from within an event.
  void remove(Listener& listener) {
    std::erase_if(list_, [&](const Entry& it) { return it.listener == &listener; });
  }
  /// Calls one function of each listener, such as `&Listener::car_changed`, with these facts; one
  /// that is removed meanwhile is not called any more.
  template <class... Parameters, class... Facts>
  void notify(void (Listener::*event)(Parameters...), const Facts&... facts) const {
    const auto list = list_;
    for (const auto& entry : list) {
      const bool stays = std::ranges::find(list_, entry.listener, &Entry::listener) != list_.end();
      if (stays) (entry.listener->*event)(facts...);
    }
  }
  /// A number for CarView::version that was never given before in this run.
  std::uint64_t next_version() { return ++versions_; }

 private:
  struct Entry {
    Hears when;
    Listener* listener;
  };
  std::vector<Entry> list_;  // in the order of Hears
  std::uint64_t versions_ = 0;
};

}  // namespace toyota2mqtt::fleet
