#include "toyota2mqtt/vehicle/state.hpp"

namespace toyota2mqtt::vehicle {

std::string_view to_string(Source source) {
  switch (source) {
    case Source::vehicle_list: return "vehicle_list";
    case Source::telemetry: return "telemetry";
    case Source::status: return "status";
    case Source::electric: return "electric";
    case Source::climate_settings: return "climate_settings";
    case Source::climate_status: return "climate_status";
    case Source::location: return "location";
    case Source::health: return "health";
    case Source::service_history: return "service_history";
    case Source::trips: return "trips";
    case Source::notifications: return "notifications";
  }
  return "unknown";
}

std::string_view to_string(SeatHeat heat) {
  switch (heat) {
    case SeatHeat::off: return "off";
    case SeatHeat::low: return "low";
    case SeatHeat::medium: return "medium";
    case SeatHeat::high: return "high";
  }
  return "off";
}

std::string_view to_string(Seat seat) {
  switch (seat) {
    case Seat::driver: return "driver";
    case Seat::passenger: return "passenger";
    case Seat::rear_driver: return "rear_driver";
    case Seat::rear_passenger: return "rear_passenger";
  }
  return "driver";
}

ClimateOptions overlaid(const ClimateOptions& under, const ClimateOptions& over) {
  ClimateOptions result = under;
  const auto put = [](auto& field, const auto& value) {
    if (value) field = value;
  };
  put(result.temperature, over.temperature);
  put(result.duration, over.duration);
  put(result.front_defroster, over.front_defroster);
  put(result.rear_defogger, over.rear_defogger);
  put(result.steering_heater, over.steering_heater);
  for (const auto seat : kAllSeats) put(result.seat(seat), over.seat(seat));
  return result;
}

bool VehicleState::record_report(Source source, std::optional<base::Time> at) {
  const auto index = static_cast<std::size_t>(source);
  auto& newest = newest_at.at(index);
  if (at && newest && *at < *newest) return false;
  if (at) newest = at;
  reported_at.at(index) = at;
  return true;
}

}  // namespace toyota2mqtt::vehicle
