#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/state.hpp"

/// From the cloud's JSON to types: the only place where units, enumerations and time stamps are
/// read (docs/toyota-protocol.md). Pure functions; any thread.
namespace toyota2mqtt::toyota {

struct DecodeContext {
  const base::Zone& zone;  ///< in which the owner's days, months and years begin
  base::Time now;
  /// Called for what is there and cannot be read: a JSON path without personal data, and what
  /// stands there, which may be the owner's. Also called twice for one place. May be empty.
  std::function<void(std::string_view path, std::string_view text)> unknown = {};
};

/// Writes one answer (the body of a 200 or 202) of `source` into `state`. Current and retired
/// shapes are told apart by what is in them. A field that cannot be decoded becomes unknown and
/// nothing else suffers. Errors (the state is then untouched): unexpected_response when the body is
/// not JSON, too deep, or no shape that this route ever had. An empty body or `{}` is no error.
base::Result<void> decode(vehicle::Source source, std::string_view body,
                          vehicle::VehicleState& state, const DecodeContext& context);

/// One page of past trips; `offset` is the one that was asked for. Trips that cannot be read are
/// left out. Errors as decode().
base::Result<TripPage> decode_trip_page(std::string_view body, std::size_t offset,
                                        const DecodeContext& context);

/// Route 1. Entries without a usable VIN are left out; every other field is optional.
base::Result<std::vector<ListedVehicle>> decode_vehicle_list(std::string_view body,
                                                             vehicle::Brand brand,
                                                             const base::Crypto& crypto,
                                                             const DecodeContext& context);

}  // namespace toyota2mqtt::toyota
