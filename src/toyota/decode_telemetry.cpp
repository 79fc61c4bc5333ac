#include "toyota/decode.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::toyota {

namespace {

using vehicle::ChargingStatus;
using vehicle::Kilometres;
using vehicle::Percent;
using vehicle::Report;
using vehicle::Source;

constexpr std::array kChargingWords{
    Word{"none", ChargingStatus::none},
    Word{"plugged", ChargingStatus::plugged},
    Word{"connected", ChargingStatus::plugged},
    Word{"charging", ChargingStatus::charging},
    Word{"chargecomplete", ChargingStatus::charge_complete},
};

enum class RangeKind { ev, fuel, total, unclear };

/// `distanceToEmpty` is one figure for whatever drives the car. It is the fuel's where nothing in
/// the answer speaks of a plug, the battery's where there is a battery and no fuel, and the sum
/// where there are both. A car with a plug whose levels are missing leaves it unclear.
RangeKind range_kind(const Reader& read) {
  const auto code = read.text("fuelType");
  const bool battery = read.percent("batteryLevel").has_value();
  const bool fuel = read.percent("fuelLevel").has_value();
  const bool plug = battery || read.has("chargingStatus") || code == "E" || code == "I";
  if (!plug) return RangeKind::fuel;
  if (fuel || code == "I") return RangeKind::total;
  return battery ? RangeKind::ev : RangeKind::unclear;
}

/// The level that the maker's app shows on a plug-in hybrid. Besides the known field, any
/// percentage whose name contains "usable" is taken, and its name is logged
/// (docs/toyota-protocol.md, "Battery and charging").
std::optional<Percent> usable_level(const Reader& read) {
  if (const auto known = read.percent("phevUsableBatteryLevel")) return known;
  const Json* payload = read.find("");
  if (payload == nullptr || !payload->is_object()) return std::nullopt;
  for (const auto& [name, value] : payload->items()) {
    // An energy or a range may be called so, too.
    const bool level = value.is_number() && value >= 0 && value <= 100;
    if (!level || name.find('.') != std::string::npos) continue;
    if (base::lower_case(name).find("usable") == std::string::npos) continue;
    read.report_unknown("usable", name);
    return read.percent(name);
  }
  return std::nullopt;
}

/// While the car charges, a long time is real: 1,490 minutes on an ordinary socket were seen. Of a
/// car that does not charge, cars have said as much without meaning anything.
std::optional<vehicle::Minutes> time_left(const Reader& read,
                                          std::optional<ChargingStatus> charging) {
  constexpr double kADay = 1440;
  const auto left = read.minutes("remainingChargeTime");
  if (left && charging != ChargingStatus::charging && left->value > kADay) return std::nullopt;
  return left;
}

std::optional<vehicle::NextCharging> next_charging(const Reader& event) {
  const auto day = event.count("weekDay");
  if (!day || *day < 1 || *day > 7) return std::nullopt;
  vehicle::NextCharging next{.day = std::chrono::weekday(static_cast<unsigned>(*day)),
                             .start = event.time_of_day("startTime"),
                             .end = event.time_of_day("endTime")};
  if (!next.start && !next.end) return std::nullopt;
  return next;
}

}  // namespace

void decode_telemetry(const Reader& read, vehicle::VehicleState& state) {
  const Report report(Source::telemetry, read.timestamp("timestamp"));
  if (!record_time(state, report)) return;
  const auto kind = range_kind(read);
  const auto range = read.distance("distanceToEmpty");
  const auto range_if = [&](RangeKind wanted) {
    return kind == wanted ? range : std::optional<Kilometres>();
  };
  report.put(state.odometer, read.odometer("odometer"));
  report.put(state.fuel_level, read.percent("fuelLevel"));
  report.put(state.battery_level_reported, read.percent("batteryLevel"));
  report.put(state.charging_status, read.enumeration("chargingStatus", kChargingWords));
  report.put(state.ev_range, range_if(RangeKind::ev));
  report.put(state.fuel_range, range_if(RangeKind::fuel));
  report.put(state.total_range, range_if(RangeKind::total));
}

void decode_electric(const Reader& read, vehicle::VehicleState& state) {
  auto at = read.timestamp("lastUpdateTimestamp");
  if (!at) at = read.timestamp("dcmTimestamp");
  const Report report(Source::electric, at);
  if (!record_time(state, report)) return;
  report.put(state.battery_level_reported, read.percent("batteryLevel"));
  report.put(state.battery_level_usable, usable_level(read));
  const auto charging = read.enumeration("chargingStatus", kChargingWords);
  report.put(state.charging_status, charging);
  report.put(state.charge_time_left, time_left(read, charging));
  report.put(state.ev_range, read.distance("evRange"));
  report.put(state.ev_range_ac, read.distance("evRangeWithAc"));
  report.put(state.total_range, read.distance("totalRangeWithAc"));
  report.put(state.fuel_level, read.percent("fuelLevel"));
  report.put(state.fuel_range, read.distance("fuelRange"));
  report.put(state.can_set_next_charging, read.boolean("canSetNextChargingEvent"));
  report.put(state.next_charging, next_charging(read.child("nextChargingEvent")));
}

}  // namespace toyota2mqtt::toyota
