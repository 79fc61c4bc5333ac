#include "toyota2mqtt/vehicle/car.hpp"

#include <algorithm>

namespace toyota2mqtt::vehicle {

namespace {

bool has_feature(const Identity& identity, const char* name) {
  const auto found = identity.flags.find(name);
  return found != identity.flags.end() && found->second;
}

/// What the list alone says. `evVehicle` counts only when true: it is wrongly false on some
/// battery cars (docs/toyota-protocol.md, "Drive"). `fuelLevelAvailable` counts for nothing here,
/// because battery cars claim it too.
Drive listed_drive(const Identity& identity) {
  const auto& code = identity.fuel_type;
  if (code == "E") return Drive::bev;
  if (code == "I") return Drive::phev;
  const bool hybrid = has_feature(identity, "hybridPulse");
  if (identity.ev_vehicle) return code.empty() && !hybrid ? Drive::bev : Drive::phev;
  if (code == "B" || hybrid) return Drive::hev;
  return code.empty() ? Drive::unknown : Drive::ice;
}

}  // namespace

std::string_view to_string(Brand brand) {
  switch (brand) {
    case Brand::toyota: return "toyota";
    case Brand::lexus: return "lexus";
    case Brand::subaru: return "subaru";
  }
  return "unknown";
}

std::string_view display_name(Brand brand) {
  switch (brand) {
    case Brand::toyota: return "Toyota";
    case Brand::lexus: return "Lexus";
    case Brand::subaru: return "Subaru";
  }
  return "Unknown";
}

std::optional<Brand> parse_brand(std::string_view name) {
  const auto* found =
      std::ranges::find(kAllBrands, name, [](Brand brand) { return to_string(brand); });
  return found == kAllBrands.end() ? std::nullopt : std::optional(*found);
}

std::string_view to_string(Drive drive) {
  switch (drive) {
    case Drive::bev: return "bev";
    case Drive::phev: return "phev";
    case Drive::hev: return "hev";
    case Drive::ice: return "ice";
    case Drive::unknown: return "unknown";
  }
  return "unknown";
}

Drive drive_of(const Identity& identity, const Evidence& evidence) {
  const Drive listed = listed_drive(identity);
  const bool battery =
      evidence.ever_battery_level || evidence.ever_usable_level || evidence.ever_plugged;
  if (battery && evidence.ever_fuel_level) return Drive::phev;
  // A plug-in hybrid may report its battery before its tank; nothing else may.
  if (battery) return listed == Drive::phev ? Drive::phev : Drive::bev;
  // A car listed as `E` that reports fuel is a plug-in hybrid (docs/toyota-protocol.md, "Drive").
  if (evidence.ever_fuel_level && listed == Drive::bev) return Drive::phev;
  return listed;
}

}  // namespace toyota2mqtt::vehicle
