#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/bridge/wakes.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/command.hpp"
#include "toyota2mqtt/vehicle/state.hpp"

namespace toyota2mqtt::bridge {

class CarSession;

/// Somebody besides Home Assistant who wants to know what happens to the cars: history, REST.
/// Called on the loop, between waits, and must not throw; what it has to wait for it does in tasks
/// of its own. `account` is the account's key. Every function may be left out.
class Observer {
 public:
  virtual ~Observer() = default;
  /// State, evidence or diagnostics of the car may differ.
  virtual void car_changed(const std::string& /*account*/, const CarSession& /*car*/) {}
  virtual void notified(const std::string& /*account*/, const CarSession& /*car*/,
                        const vehicle::Notification& /*notification*/) {}
  /// A step of a command.
  virtual void commanded(const std::string& /*account*/, const CarSession& /*car*/,
                         const vehicle::CommandResult& /*result*/) {}
  /// The car itself was asked.
  virtual void woken(const std::string& /*account*/, const CarSession& /*car*/,
                     WakeReason /*reason*/, WakeRoute /*route*/,
                     const toyota::WakeAnswer& /*answer*/) {}
  /// A source could not be read, or can be read again.
  virtual void read_failed(const std::string& /*account*/, const CarSession& /*car*/,
                           vehicle::Source /*source*/, const base::Error& /*error*/) {}
  /// The set of cars of the account changed, or the account is gone.
  virtual void cars_changed(const std::string& /*account*/) {}
};

/// A list of observers; each outlives it or is taken out before it goes. Loop thread only.
class Observers {
 public:
  void add(Observer& observer) { list_.push_back(&observer); }
  void remove(Observer& observer) { std::erase(list_, &observer); }
  template <class Call>
  void tell(const Call& call) const {
    const auto list = list_;  // one of them may leave meanwhile
    for (auto* observer : list) call(*observer);
  }

 private:
  std::vector<Observer*> list_;
};

}  // namespace toyota2mqtt::bridge
