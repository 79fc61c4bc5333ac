#pragma once

#include "toyota/json_read.hpp"

/// One decoder per read route; each gets the `payload`. Private to this part.
namespace toyota2mqtt::toyota {

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

/// Parts of a car whose state nobody here understands: they must not pass for closed or locked.
struct UnclearParts {
  int openings = 0;
  int locks = 0;
};

/// Of an answer of the status route: parts whose word is not known, and parts under keys that are
/// not known. A part that is missing or null says nothing. Each key is told to
/// DecodeContext::unknown; words are told where they are read.
UnclearParts unclear_parts(const Reader& status);

/// Notes the car's time of an answer. False: it is older than one that was taken before, and
/// nothing of it may be taken.
inline bool note_time(vehicle::VehicleState& state, const vehicle::Report& report) {
  return state.note_report(report.source(), report.at());
}

}  // namespace toyota2mqtt::toyota
