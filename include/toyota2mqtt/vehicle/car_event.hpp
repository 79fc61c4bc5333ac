#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "toyota2mqtt/vehicle/car.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"

/// What happens to a car once, as opposed to a value that it has: an event entity in Home Assistant
/// and an event of the REST interface. Pure; any thread.
namespace toyota2mqtt::vehicle {

struct CarEvent {
  using Fact = std::pair<std::string_view, Value>;  ///< name and value; `monostate` = unknown

  std::string_view id = {};           ///< of its row in the catalogue, whose platform is `event`
  std::string_view type = {};         ///< one of the row's options
  std::optional<base::Time> at = {};  ///< when it happened, by the car or the cloud
  std::vector<Fact> facts = {};
};

/// What `state` tells that `evidence` does not know yet, oldest first; it is noted in `evidence`.
/// The first list of a kind is taken as known, so that an installation begins without old events.
///  - vehicle_warning: a lamp begins to be lit; one that went out and is lit again is new.
///  - trip_ended: a trip became known that ended after all trips known before.
std::vector<CarEvent> new_events(Evidence& evidence, const VehicleState& state);

}  // namespace toyota2mqtt::vehicle
