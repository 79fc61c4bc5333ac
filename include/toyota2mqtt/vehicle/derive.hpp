#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/vehicle/car.hpp"

/// Values that follow from what was reported. All are pure functions; every rule of
/// docs/entities.md, "What the values mean", is one of them and one test.
namespace toyota2mqtt::vehicle {

enum class Activity : std::uint8_t { driving, parked, charging, unknown };
std::string_view to_string(Activity activity);
std::string_view to_string(ChargingStatus status);

/// Takes a new state into account. Call it once after each read; old reports change nothing.
Evidence observe(Evidence evidence, const VehicleState& state);
/// JSON text for the store, and back; nullopt for anything that is not such a text.
std::string serialize(const Evidence& evidence);
std::optional<Evidence> parse_evidence(std::string_view text);

/// What makes a warning lamp the same one as before: its code, else its text.
std::string key_of(const Warning& warning);

Activity activity(const VehicleState& state, const Evidence& evidence);
/// The level the maker's app shows: usable once the car ever reported one, else the reported one.
Field<Percent> battery_level(const VehicleState& state, const Evidence& evidence);
std::optional<bool> charging(const VehicleState& state);
std::optional<bool> plugged_in(const VehicleState& state, const Evidence& evidence);
/// Time of measurement + minutes left; nullopt unless charging.
std::optional<base::Time> charge_end(const VehicleState& state);
/// true if anything known is open, nullopt if anything needed is unknown, else false. "Needed" are
/// the doors, hood and windows that this car ever reported, and whatever the newest report names
/// without being understood.
std::optional<bool> any_open(const VehicleState& state, const Evidence& evidence);
/// true = all doors known locked; the `locked` entity shows the opposite (class lock: on=unlocked).
std::optional<bool> all_locked(const VehicleState& state, const Evidence& evidence);
/// Sums over a day, week, month or year that was over when `day_began` (the owner's midnight) are
/// unknown from then on, until the new ones are read or computed.
void forget_past_periods(Car& car, const base::Zone& zone, base::Time day_began);
std::optional<base::Time> next_charge(const VehicleState& state, const base::Zone& zone, bool end);

}  // namespace toyota2mqtt::vehicle
