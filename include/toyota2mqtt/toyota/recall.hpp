#pragma once

#include <optional>
#include <string_view>

#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

/// Answers of earlier runs, read once more: what the cloud said then stays known after a restart.
/// Pure functions; unknown words are not counted a second time.
namespace toyota2mqtt::toyota {

/// Decodes an answer (RouteResult::body) that came at `answered_at` into `state`, as read() did
/// then. A text that is no answer of this source changes nothing.
void recall_answer(vehicle::Source source, std::string_view body, base::Time answered_at,
                   const base::Zone& zone, vehicle::VehicleState& state);

/// The car of an entry (ListedVehicle::entry) of an earlier list; nullopt when it makes none.
std::optional<ListedVehicle> recall_vehicle(std::string_view entry, vehicle::Brand brand,
                                            const base::Crypto& crypto, base::Time listed_at);

}  // namespace toyota2mqtt::toyota
