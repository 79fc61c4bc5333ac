#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "toyota2mqtt/fleet/account_set.hpp"
#include "toyota2mqtt/home_assistant/publisher.hpp"
#include "toyota2mqtt/rest/api.hpp"

/// How each part of the program is, for `ready`. Pure, but for StorageWatch.
namespace toyota2mqtt::app {

/// Down: no account of the owner's can be read. Degraded: some cannot, or there is none.
rest::PartState toyota_state(const fleet::AccountSet& accounts);
/// Degraded: the configuration was changed and has a mistake.
rest::PartState configuration_state(const home_assistant::ConfigurationState& configuration);
rest::PartState broker_state(const home_assistant::BrokerStatus& broker);
/// Of the cars that the owner wants to be sent to ABRP; off, perhaps with a reason, when none is.
rest::PartState abrp_state(const fleet::AccountSet& accounts);

/// Learns from the database's counters whether it works. Down: everything since the last look
/// failed. Degraded: something has failed within kRemembered.
class StorageWatch {
 public:
  static constexpr std::chrono::minutes kRemembered{10};

  /// Call it now and then: a failure counts from the look that finds it.
  void look(std::uint64_t uses, std::uint64_t failures, base::Time now);
  [[nodiscard]] rest::PartState state(base::Time now) const;

 private:
  std::uint64_t uses_ = 0;
  std::uint64_t failures_ = 0;
  std::optional<base::Time> failed_at_ = {};  // last
  std::optional<base::Time> since_ = {};      // of the trouble
  bool works_ = true;                         // something succeeded since the last failure
};

}  // namespace toyota2mqtt::app
