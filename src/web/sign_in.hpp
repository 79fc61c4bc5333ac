#pragma once

#include <memory>
#include <optional>

#include "toyota2mqtt/setup/owner_actions.hpp"

namespace toyota2mqtt::web {

/// Lets one sign-in happen at a time. Who presses the button twice shares the outcome of the first
/// press: passwords are counted, and too many lock an account. Loop thread only; outlives its
/// tasks.
class SignIns {
 public:
  explicit SignIns(setup::OwnerActions& actions) : actions_(actions) {}

  /// As setup::OwnerActions::add_account(); nullopt: another one is under way.
  base::Task<std::optional<base::Result<void>>> add(setup::NewAccount account, bool again);

 private:
  struct Flight;

  setup::OwnerActions& actions_;
  std::shared_ptr<Flight> flight_;  ///< the last one
};

}  // namespace toyota2mqtt::web
