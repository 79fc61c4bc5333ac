#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "toyota2mqtt/base/vin.hpp"
#include "toyota2mqtt/toyota/account.hpp"
#include "toyota2mqtt/vehicle/state.hpp"

namespace toyota2mqtt::toyota {

/// Which generation of a route answered for which car, or that none did: kept for a day (then the
/// cloud is asked anew) and across restarts (store, space "routes", one JSON text per car).
class RouteMemory {
 public:
  enum class Use : std::uint8_t {
    current,  ///< nothing is remembered: the current path first
    retired,  ///< the retired path answered, the current one did not
    none,     ///< the car lacks it
  };

  explicit RouteMemory(const Services& services) : services_(services) {}

  /// What holds now for this car and source. A store that fails is a memory that is empty.
  Task<Use> use(base::CarId car, vehicle::Source source);
  Task<void> remember(base::CarId car, vehicle::Source source, Use use);

 private:
  struct Entry {
    Use use = Use::current;
    base::Time since{};
  };
  using Entries = std::map<vehicle::Source, Entry>;

  Task<void> load(base::CarId car);
  [[nodiscard]] bool holds(const Entry& entry) const;

  const Services& services_;
  std::map<base::CarId, Entries> cars_;
};

}  // namespace toyota2mqtt::toyota
