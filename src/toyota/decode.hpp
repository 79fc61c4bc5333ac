#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "toyota/json_read.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/base/ports.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/vehicle/state.hpp"

/// From the cloud's JSON to types: the only place where units, enumerations and time stamps are
/// read (docs/toyota-protocol.md). Pure functions; any thread.
namespace toyota2mqtt::toyota {

/// Writes one answer (the body of a 200 or 202) of `source` into `state`. Current and retired
/// shapes are distinguished by their content. A field that cannot be decoded becomes unknown and
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

// One decoder per read route; each gets the `payload`.

inline constexpr std::array kOnOffWords{Word{"on", true}, Word{"off", false}};
inline constexpr std::array kOpenWords{Word{"open", true}, Word{"close", false},
                                       Word{"closed", false}};
inline constexpr std::array kLockedWords{Word{"locked", true}, Word{"unlocked", false}};

void decode_telemetry(const Reader& read, vehicle::VehicleState& state);
void decode_electric(const Reader& read, vehicle::VehicleState& state);
void decode_status(const Reader& read, vehicle::VehicleState& state);
void decode_retired_status(const Reader& read, vehicle::VehicleState& state);
void decode_location(const Reader& read, vehicle::VehicleState& state);
void decode_climate_status(const Reader& read, vehicle::VehicleState& state);
void decode_climate_settings(const Reader& read, vehicle::VehicleState& state);
void decode_health(const Reader& read, vehicle::VehicleState& state);
void decode_service_history(const Reader& read, vehicle::VehicleState& state);
void decode_trips(const Reader& read, vehicle::VehicleState& state);
/// For past trips: a state is not touched.
TripPage read_trip_page(const Reader& read, std::size_t offset);
void decode_notifications(const Reader& read, vehicle::VehicleState& state);

/// Parts of a car whose state is not understood: they must not pass for closed or locked.
struct UnclearParts {
  int openings = 0;
  int locks = 0;
};

/// Of an answer of the status route: parts whose value is not known, and parts under keys that are
/// not known. A part that is missing or null says nothing. Each key is reported to
/// DecodeContext::unknown; values are reported where they are read.
UnclearParts unclear_parts(const Reader& status);

/// Records the car's time of an answer. False: it is older than an earlier answer, and nothing of
/// it may be used.
inline bool record_time(vehicle::VehicleState& state, const vehicle::Report& report) {
  return state.record_report(report.source(), report.at());
}

}  // namespace toyota2mqtt::toyota
