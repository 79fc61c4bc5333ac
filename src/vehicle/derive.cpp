#include "toyota2mqtt/vehicle/derive.hpp"

#include <array>
#include <cmath>

namespace toyota2mqtt::vehicle {

namespace {

using namespace std::chrono_literals;

constexpr auto kStandingStill = 10min;
constexpr double kMovedKm = 0.05;  // as in evidence.cpp

/// The odometer moved between the last two reports, and they lie close together.
bool moved_lately(const Evidence& evidence) {
  if (!evidence.previous_odometer || !evidence.latest_odometer) return false;
  const auto& before = *evidence.previous_odometer;
  const auto& after = *evidence.latest_odometer;
  return after.odometer_km - before.odometer_km > kMovedKm && after.at - before.at < kStandingStill;
}

/// A location belongs to the moment of parking (docs/toyota-protocol.md, "Location"), so one taken
/// at the very time of the last odometer change is evidence too.
bool parked(const Evidence& evidence) {
  if (!evidence.odometer_changed || !evidence.latest_odometer) return false;
  const auto changed = evidence.odometer_changed->at;
  if (evidence.parked_at && *evidence.parked_at >= changed) return true;
  return evidence.latest_odometer->at - changed >= kStandingStill;
}

/// The odometer moved after the car said that it was charging, so that report is history.
bool left_the_charger(const VehicleState& state, const Evidence& evidence) {
  return evidence.previous_odometer && evidence.odometer_changed && state.charging_status &&
         state.charging_status->at && evidence.odometer_changed->at > *state.charging_status->at &&
         evidence.previous_odometer->at >= *state.charging_status->at;
}

struct Part {
  std::string_view id;
  const Field<bool>& value;
};

/// `decisive` if any known part is, nullopt if a part that this car ever reported is unknown, if
/// parts are `unclear`, or if nothing is known at all, else the opposite.
template <std::size_t N>
std::optional<bool> combine(const std::array<Part, N>& parts, const Evidence& evidence,
                            const Field<int>& unclear, bool decisive) {
  bool any_known = false;
  bool any_missing = unclear && unclear->value > 0;
  for (const auto& part : parts) {
    if (part.value) {
      if (part.value->value == decisive) return decisive;
      any_known = true;
    } else if (evidence.reported.contains(std::string(part.id))) {
      any_missing = true;
    }
  }
  if (!any_known || any_missing) return std::nullopt;
  return !decisive;
}

}  // namespace

std::string_view to_string(Activity activity) {
  switch (activity) {
    case Activity::driving: return "driving";
    case Activity::parked: return "parked";
    case Activity::charging: return "charging";
    case Activity::unknown: return "unknown";
  }
  return "unknown";
}

std::string_view to_string(ChargingStatus status) {
  switch (status) {
    case ChargingStatus::none: return "none";
    case ChargingStatus::plugged: return "plugged";
    case ChargingStatus::charging: return "charging";
    case ChargingStatus::charge_complete: return "charge_complete";
  }
  return "unknown";
}

Activity activity(const VehicleState& state, const Evidence& evidence) {
  if (charging(state) == true && !left_the_charger(state, evidence)) return Activity::charging;
  if (parked(evidence)) return Activity::parked;
  if (moved_lately(evidence)) return Activity::driving;
  return Activity::unknown;
}

Field<Percent> battery_level(const VehicleState& state, const Evidence& evidence) {
  if (evidence.ever_usable_level || state.battery_level_usable) return state.battery_level_usable;
  return state.battery_level_reported;
}

std::optional<bool> charging(const VehicleState& state) {
  if (!state.charging_status) return std::nullopt;
  return state.charging_status->value == ChargingStatus::charging;
}

std::optional<bool> plugged_in(const VehicleState& state, const Evidence& evidence) {
  if (!state.charging_status) return std::nullopt;
  if (state.charging_status->value != ChargingStatus::none) return true;
  if (evidence.ever_plugged) return false;
  return std::nullopt;
}

std::optional<base::Time> charge_end(const VehicleState& state) {
  if (charging(state) != true || !state.charge_time_left || !state.charge_time_left->at) {
    return std::nullopt;
  }
  const double minutes = state.charge_time_left->value.value;
  return *state.charge_time_left->at + std::chrono::seconds(std::lround(minutes * 60));
}

std::optional<bool> any_open(const VehicleState& state, const Evidence& evidence) {
  return combine(
      std::array{Part{"door_driver", state.door_driver.open},
                 Part{"door_passenger", state.door_passenger.open},
                 Part{"door_rear_left", state.door_rear_left.open},
                 Part{"door_rear_right", state.door_rear_right.open},
                 Part{"door_trunk", state.door_trunk.open}, Part{"door_hood", state.hood_open},
                 Part{"window_driver", state.window_driver_open},
                 Part{"window_passenger", state.window_passenger_open},
                 Part{"window_rear_left", state.window_rear_left_open},
                 Part{"window_rear_right", state.window_rear_right_open}},
      evidence, state.unclear_openings, true);
}

std::optional<bool> all_locked(const VehicleState& state, const Evidence& evidence) {
  return combine(std::array{Part{"lock_driver", state.door_driver.locked},
                            Part{"lock_passenger", state.door_passenger.locked},
                            Part{"lock_rear_left", state.door_rear_left.locked},
                            Part{"lock_rear_right", state.door_rear_right.locked},
                            Part{"lock_trunk", state.door_trunk.locked}},
                 evidence, state.unclear_locks, false);
}

std::optional<base::Time> next_charge(const VehicleState& state, const base::Zone& zone, bool end) {
  if (!state.next_charging || !state.next_charging->at) return std::nullopt;
  const auto& event = state.next_charging->value;
  const auto& wanted = end ? event.end : event.start;
  if (!wanted) return std::nullopt;
  // The event names only a weekday: it is the first such moment after the car said so.
  const auto said_at = *state.next_charging->at;
  const auto today = std::chrono::sys_days(zone.local_date(said_at));
  auto day = today + (event.day - std::chrono::weekday(today));
  const auto& first = event.start ? event.start : event.end;
  if (zone.at(std::chrono::year_month_day(day), *first) < said_at) day += std::chrono::days(7);
  // An end that is not after the start belongs to the next day (docs/toyota-protocol.md, "Charging
  // event").
  if (end && event.start && *wanted <= *event.start) day += std::chrono::days(1);
  return zone.at(std::chrono::year_month_day(day), *wanted);
}

void forget_past_periods(Car& car, const base::Zone& zone, base::Time day_began) {
  const auto today = zone.local_date(day_began);
  const auto forget = [&](Field<PeriodTotals>& statistics, std::chrono::year_month_day first) {
    if (statistics && statistics->value.since < zone.midnight(first)) statistics.reset();
  };
  const std::chrono::sys_days days(today);
  const std::chrono::year_month_day monday(days -
                                           (std::chrono::weekday(days) - std::chrono::Monday));
  const std::chrono::year_month_day month = today.year() / today.month() / 1;
  forget(car.state.day, today);
  forget(car.state.week, monday);
  forget(car.state.month, month);
  forget(car.state.year, today.year() / std::chrono::January / 1);
  if (!car.statistics || car.statistics->month_began >= zone.midnight(month)) return;
  car.statistics->month = {};
  car.statistics->month_began = zone.midnight(month);
}

}  // namespace toyota2mqtt::vehicle
