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

}  // namespace toyota2mqtt::vehicle
