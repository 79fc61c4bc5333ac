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

/// Notes the car's time of an answer. False: it is older than one that was taken before, and
/// nothing of it may be taken.
inline bool note_time(vehicle::VehicleState& state, const vehicle::Report& report) {
  return state.note_report(report.source(), report.at());
}

}  // namespace toyota2mqtt::toyota
