#pragma once

#include <algorithm>

#include "toyota/json_read.hpp"

/// One decoder per read route; each gets the `payload`. Private to this part.
namespace toyota2mqtt::toyota {

inline constexpr std::array kOnOffWords{Word{"on", true}, Word{"off", false}};

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

/// Notes the car's time of an answer; never backwards.
inline void note_time(vehicle::VehicleState& state, const vehicle::Report& report) {
  auto& newest = state.reported_at.at(static_cast<std::size_t>(report.source()));
  if (report.at()) newest = newest ? std::max(*newest, *report.at()) : *report.at();
}

}  // namespace toyota2mqtt::toyota
