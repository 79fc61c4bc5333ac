#include <algorithm>
#include <array>

#include "vehicle/readers.hpp"

namespace toyota2mqtt::vehicle {
namespace {

using namespace readers;

// Every column is explained at Row; docs/entities.md is printed from this table.
// clang-format off
constexpr auto kEntityRows = std::to_array<Row>({
    {.id = "location", .platform = Platform::device_tracker, .source = Source::location,
     .topic = Topic::location, .confirmed = true,
     .read = [](auto& car, auto&) { return read_location(car); },
     .meaning = "Where the car last reported itself, usually where it was parked; the time is "
                "an attribute."},
    {.id = "activity", .name = "Activity", .device_class = "enum",
     .options = "driving,parked,charging,unknown", .source = Source::telemetry,
     .read = [](auto& car, auto&) { return read_activity(car); },
     .attributes = [](auto& car) {
       return Attributes{{"mode", car.diagnostics.mode}, {"reason", car.diagnostics.mode_reason}};
     },
     .attributes_topic = Topic::diagnostics,
     .meaning = "What the car does, as far as the odometer, the location and the charging "
                "status prove it."},
    {.id = "odometer", .name = "Odometer", .device_class = "distance", .state_class = "total",
     .unit = "km", .source = Source::telemetry, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return number(car.state.odometer, 1); },
     .meaning = "The total distance driven."},
    {.id = "battery_level", .name = "Battery", .device_class = "battery",
     .state_class = "measurement", .unit = "%", .cars = Cars::electric, .source = Source::electric,
     .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return number(battery_level(car.state, car.evidence), 1); },
     .meaning = "The level that the maker's app shows: the usable one once the car ever "
                "reported it."},
    {.id = "battery_level_gross", .name = "Battery (gross)", .device_class = "battery",
     .state_class = "measurement", .unit = "%", .category = "diagnostic", .enabled = false,
     .cars = Cars::plug_in, .source = Source::electric, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return number(car.state.battery_level_reported, 1); },
     .meaning = "The level of the whole battery of a plug-in hybrid, not only of its usable part."},
    {.id = "ev_range", .name = "Electric range", .device_class = "distance",
     .state_class = "measurement", .unit = "km", .cars = Cars::electric,
     .source = Source::electric, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return number(car.state.ev_range, 1); },
     .meaning = "How far the car expects to get on electricity, with the climate control off."},
    {.id = "ev_range_ac", .name = "Electric range with climate", .device_class = "distance",
     .state_class = "measurement", .unit = "km", .enabled = false, .cars = Cars::electric,
     .source = Source::electric, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return number(car.state.ev_range_ac, 1); },
     .meaning = "The same with the climate control on."},
    {.id = "fuel_level", .name = "Fuel level", .state_class = "measurement", .unit = "%",
     .cars = Cars::fuel, .source = Source::telemetry, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return number(car.state.fuel_level, 1); },
     .meaning = "How full the tank is."},
    {.id = "fuel_range", .name = "Fuel range", .device_class = "distance",
     .state_class = "measurement", .unit = "km", .cars = Cars::fuel, .source = Source::telemetry,
     .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return number(car.state.fuel_range, 1); },
     .meaning = "How far the car expects to get on fuel."},
    {.id = "total_range", .name = "Total range", .device_class = "distance",
     .state_class = "measurement", .unit = "km", .cars = Cars::plug_in,
     .source = Source::telemetry, .precision = 0,
     .read = [](auto& car, auto&) { return number(car.state.total_range, 1); },
     .meaning = "How far a plug-in hybrid expects to get on electricity and fuel together."},
    {.id = "charging_status", .name = "Charging status", .device_class = "enum",
     .options = "none,plugged,charging,charge_complete,unknown", .cars = Cars::electric,
     .announce = Announce::source_answered, .source = Source::electric, .confirmed = true,
     .read = [](auto& car, auto&) { return read_charging_status(car); },
     .meaning = "The cloud's own word; words that are not known yet are shown as unknown."},
    {.id = "charging", .platform = Platform::binary_sensor, .name = "Charging",
     .device_class = "battery_charging", .cars = Cars::electric,
     .announce = Announce::source_answered, .source = Source::electric,
     .read = [](auto& car, auto&) {
       return derived(charging(car.state), car.state.charging_status);
     },
     .meaning = "On while the battery is being charged."},
    {.id = "plugged_in", .platform = Platform::binary_sensor, .name = "Plug",
     .device_class = "plug", .cars = Cars::electric, .announce = Announce::source_answered,
     .source = Source::electric,
     .read = [](auto& car, auto&) {
       return derived(plugged_in(car.state, car.evidence), car.state.charging_status);
     },
     .meaning = "On while the cable is plugged in; off is known only for a car that once "
                "reported a plugged state."},
    {.id = "charge_time_left", .name = "Charge time left", .device_class = "duration",
     .state_class = "measurement", .unit = "min", .cars = Cars::electric,
     .announce = Announce::source_answered, .source = Source::electric, .precision = 0,
     .read = [](auto& car, auto&) { return minutes(car.state.charge_time_left); },
     .meaning = "Minutes until the battery is full, as of the time of the report."},
    {.id = "charge_end", .name = "Charge complete at", .device_class = "timestamp",
     .cars = Cars::electric, .announce = Announce::source_answered, .source = Source::electric,
     .read = [](auto& car, auto&) {
       return derived(charge_end(car.state), car.state.charge_time_left);
     },
     .meaning = "The time of the report plus the minutes left; unknown unless the car is charging."},
    {.id = "next_charge_start", .name = "Next charge start", .device_class = "timestamp",
     .enabled = false, .cars = Cars::electric, .source = Source::electric,
     .read = [](auto& car, auto& zone) {
       return derived(next_charge(car.state, zone, false), car.state.next_charging);
     },
     .meaning = "When the car's charging schedule begins next."},
    {.id = "next_charge_end", .name = "Next charge end", .device_class = "timestamp",
     .enabled = false, .cars = Cars::electric, .source = Source::electric,
     .read = [](auto& car, auto& zone) {
       return derived(next_charge(car.state, zone, true), car.state.next_charging);
     },
     .meaning = "When the car's charging schedule ends next."},
    {.id = "locked", .platform = Platform::binary_sensor, .name = "Locked", .device_class = "lock",
     .announce = Announce::source_answered, .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) {
       return derived(negated(all_locked(car.state, car.evidence)), car, Source::status);
     },
     .meaning = "Off when every door is known to be locked; on when one is known to be unlocked; "
                "unknown while any lock is not understood."},
    {.id = "any_open", .platform = Platform::binary_sensor, .name = "Doors and windows",
     .device_class = "opening", .announce = Announce::source_answered, .source = Source::status,
     .confirmed = true,
     .read = [](auto& car, auto&) {
       return derived(any_open(car.state, car.evidence), car, Source::status);
     },
     .meaning = "On when any door, window, the trunk or the hood is known to be open; unknown while "
                "any part is not understood."},
    {.id = "door_driver", .platform = Platform::binary_sensor, .name = "Driver door",
     .device_class = "door", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.door_driver.open); },
     .meaning = "On while the driver door is open."},
    {.id = "door_passenger", .platform = Platform::binary_sensor, .name = "Passenger door",
     .device_class = "door", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.door_passenger.open); },
     .meaning = "On while the passenger door is open."},
    {.id = "door_rear_left", .platform = Platform::binary_sensor, .name = "Rear left door",
     .device_class = "door", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.door_rear_left.open); },
     .meaning = "On while the rear left door is open."},
    {.id = "door_rear_right", .platform = Platform::binary_sensor, .name = "Rear right door",
     .device_class = "door", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.door_rear_right.open); },
     .meaning = "On while the rear right door is open."},
    {.id = "door_trunk", .platform = Platform::binary_sensor, .name = "Trunk",
     .device_class = "door", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.door_trunk.open); },
     .meaning = "On while the trunk or rear hatch is open."},
    {.id = "door_hood", .platform = Platform::binary_sensor, .name = "Hood",
     .device_class = "door", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.hood_open); },
     .meaning = "On while the hood is open."},
    {.id = "window_driver", .platform = Platform::binary_sensor, .name = "Driver window",
     .device_class = "window", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.window_driver_open); },
     .meaning = "On while the driver window is open."},
    {.id = "window_passenger", .platform = Platform::binary_sensor, .name = "Passenger window",
     .device_class = "window", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.window_passenger_open); },
     .meaning = "On while the passenger window is open."},
    {.id = "window_rear_left", .platform = Platform::binary_sensor, .name = "Rear left window",
     .device_class = "window", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.window_rear_left_open); },
     .meaning = "On while the rear left window is open."},
    {.id = "window_rear_right", .platform = Platform::binary_sensor, .name = "Rear right window",
     .device_class = "window", .source = Source::status, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.window_rear_right_open); },
     .meaning = "On while the rear right window is open."},
    {.id = "lock_driver", .platform = Platform::binary_sensor, .name = "Driver door lock",
     .device_class = "lock", .category = "diagnostic", .enabled = false, .source = Source::status,
     .confirmed = true,
     .read = [](auto& car, auto&) { return unlocked(car.state.door_driver.locked); },
     .meaning = "On while the driver door is unlocked."},
    {.id = "lock_passenger", .platform = Platform::binary_sensor, .name = "Passenger door lock",
     .device_class = "lock", .category = "diagnostic", .enabled = false, .source = Source::status,
     .confirmed = true,
     .read = [](auto& car, auto&) { return unlocked(car.state.door_passenger.locked); },
     .meaning = "On while the passenger door is unlocked."},
    {.id = "lock_rear_left", .platform = Platform::binary_sensor, .name = "Rear left door lock",
     .device_class = "lock", .category = "diagnostic", .enabled = false, .source = Source::status,
     .confirmed = true,
     .read = [](auto& car, auto&) { return unlocked(car.state.door_rear_left.locked); },
     .meaning = "On while the rear left door is unlocked."},
    {.id = "lock_rear_right", .platform = Platform::binary_sensor, .name = "Rear right door lock",
     .device_class = "lock", .category = "diagnostic", .enabled = false, .source = Source::status,
     .confirmed = true,
     .read = [](auto& car, auto&) { return unlocked(car.state.door_rear_right.locked); },
     .meaning = "On while the rear right door is unlocked."},
    {.id = "lock_trunk", .platform = Platform::binary_sensor, .name = "Trunk lock",
     .device_class = "lock", .category = "diagnostic", .enabled = false, .source = Source::status,
     .confirmed = true,
     .read = [](auto& car, auto&) { return unlocked(car.state.door_trunk.locked); },
     .meaning = "On while the trunk or rear hatch is unlocked."},
    {.id = "lights_head", .platform = Platform::binary_sensor, .name = "Headlights",
     .device_class = "light", .enabled = false, .source = Source::status,
     .read = [](auto& car, auto&) { return flag(car.state.lights_head); },
     .meaning = "On while the headlights are lit."},
    {.id = "lights_tail", .platform = Platform::binary_sensor, .name = "Tail lights",
     .device_class = "light", .enabled = false, .source = Source::status,
     .read = [](auto& car, auto&) { return flag(car.state.lights_tail); },
     .meaning = "On while the tail lights are lit."},
    {.id = "lights_hazard", .platform = Platform::binary_sensor, .name = "Hazard lights",
     .device_class = "light", .enabled = false, .source = Source::status,
     .read = [](auto& car, auto&) { return flag(car.state.lights_hazard); },
     .meaning = "On while the hazard lights are lit."},
    {.id = "rear_seat_reminder", .platform = Platform::binary_sensor, .name = "Rear seat reminder",
     .device_class = "problem", .enabled = false, .source = Source::status,
     .read = [](auto& car, auto&) { return flag(car.state.rear_seat_reminder); },
     .meaning = "On while the car reminds of something left on the rear seat."},
    {.id = "inside_temperature", .name = "Inside temperature", .device_class = "temperature",
     .state_class = "measurement", .unit = "°C", .source = Source::climate_status, .precision = 1,
     .read = [](auto& car, auto&) { return number(car.state.inside_temperature, 1); },
     .meaning = "The temperature in the cabin, for cars that send it."},
    {.id = "climate_end", .name = "Climate ends at", .device_class = "timestamp", .enabled = false,
     .source = Source::climate_status,
     .read = [](auto& car, auto&) { return of(car.state.climate_end, kAsIs); },
     .meaning = "When the climate control that was started from afar switches itself off."},
    {.id = "warning", .platform = Platform::binary_sensor, .name = "Vehicle warning",
     .device_class = "problem", .source = Source::health, .confirmed = true,
     .read = [](auto& car, auto&) {
       return of(car.state.warnings, [](auto& list) { return Value(!list.empty()); });
     },
     .attributes = [](auto& car) { return warning_attributes(car); },
     .meaning = "On while a warning lamp is lit; code, text, severity and time are attributes."},
    {.id = "warning_count", .name = "Active warnings", .state_class = "measurement",
     .category = "diagnostic", .source = Source::health, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) {
       return of(car.state.warnings,
                 [](auto& list) { return Value(static_cast<std::int64_t>(list.size())); });
     },
     .meaning = "How many warning lamps are lit."},
    {.id = "engine_oil", .platform = Platform::binary_sensor, .name = "Engine oil",
     .device_class = "problem", .category = "diagnostic", .cars = Cars::fuel,
     .source = Source::health, .confirmed = true,
     .read = [](auto& car, auto&) { return flag(car.state.engine_oil_warning); },
     .meaning = "On while the car warns of its engine oil."},
    {.id = "last_service", .name = "Last service", .device_class = "date",
     .category = "diagnostic", .source = Source::service_history, .confirmed = true,
     .read = [](auto& car, auto&) {
       return of(car.state.last_service, [](auto& last) { return Value(last.date); });
     },
     .meaning = "The day of the newest entry in the service history."},
    {.id = "last_service_odometer", .name = "Odometer at last service", .device_class = "distance",
     .unit = "km", .category = "diagnostic", .enabled = false, .source = Source::service_history,
     .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) {
       return of(car.state.last_service, [](auto& last) { return number(last.odometer, 0); });
     },
     .meaning = "The odometer in that entry."},
    {.id = "trip_distance", .name = "Last trip distance", .device_class = "distance",
     .state_class = "total", .unit = "km", .source = Source::trips, .has_last_reset = true,
     .precision = 1, .confirmed = true,
     .read = [](auto& car, auto&) {
       return trip(car, [](auto& last) { return number(last.distance, 1); });
     },
     .meaning = "The length of the last trip."},
    {.id = "trip_duration", .name = "Last trip duration", .device_class = "duration",
     .state_class = "total", .unit = "min", .enabled = false, .source = Source::trips,
     .has_last_reset = true, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) {
       return trip(car, [](auto& last) { return minutes(last.duration); });
     },
     .meaning = "How long the last trip took."},
    {.id = "trip_ev_distance", .name = "Last trip electric distance", .device_class = "distance",
     .state_class = "total", .unit = "km", .enabled = false, .cars = Cars::hybrid,
     .source = Source::trips, .has_last_reset = true, .precision = 1, .confirmed = true,
     .read = [](auto& car, auto&) {
       return trip(car, [](auto& last) { return number(last.ev_distance, 1); });
     },
     .meaning = "How much of the last trip was driven with the engine off."},
    {.id = "trip_fuel", .name = "Last trip fuel", .device_class = "volume", .state_class = "total",
     .unit = "L", .cars = Cars::fuel, .source = Source::trips, .has_last_reset = true,
     .precision = 2, .confirmed = true,
     .read = [](auto& car, auto&) {
       return trip(car, [](auto& last) { return number(last.fuel, 2); });
     },
     .meaning = "The fuel that the last trip used."},
    {.id = "trip_consumption", .name = "Last trip consumption", .state_class = "measurement",
     .unit = "L/100km", .enabled = false, .cars = Cars::fuel, .source = Source::trips,
     .precision = 2, .confirmed = true,
     .read = [](auto& car, auto&) {
       return trip(car, [](auto& last) { return consumption(last); });
     },
     .meaning = "The fuel of the last trip per 100 km."},
    {.id = "trip_speed", .name = "Last trip average speed", .device_class = "speed",
     .state_class = "measurement", .unit = "km/h", .enabled = false, .source = Source::trips,
     .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) {
       return trip(car, [](auto& last) { return number(last.average_speed, 1); });
     },
     .meaning = "The average speed of the last trip."},
    {.id = "trip_score", .name = "Last trip score", .state_class = "measurement", .enabled = false,
     .source = Source::trips, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) {
       return trip(car, [](auto& last) { return number(last.score, 0); });
     },
     .meaning = "The maker's rating of the driving, 0 to 100."},
    {.id = "trip_start", .name = "Last trip start", .device_class = "timestamp", .enabled = false,
     .source = Source::trips, .confirmed = true,
     .read = [](auto& car, auto&) {
       return trip(car, [](auto& last) { return Value(last.start); });
     },
     .meaning = "When the last trip began."},
    {.id = "trip_end", .name = "Last trip end", .device_class = "timestamp", .enabled = false,
     .source = Source::trips, .confirmed = true,
     .read = [](auto& car, auto&) {
       return trip(car, [](auto& last) { return Value(last.end); });
     },
     .meaning = "When the last trip ended."},
    {.id = "distance_day", .name = "Distance today", .device_class = "distance",
     .state_class = "total", .unit = "km", .enabled = false, .source = Source::trips,
     .has_last_reset = true, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return period_distance(car.state.day); },
     .meaning = "The distance of all trips since midnight, in the owner's time zone."},
    {.id = "distance_week", .name = "Distance this week", .device_class = "distance",
     .state_class = "total", .unit = "km", .enabled = false, .source = Source::trips,
     .has_last_reset = true, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return period_distance(car.state.week); },
     .meaning = "The distance of all trips since Monday, in the owner's time zone."},
    {.id = "distance_month", .name = "Distance this month", .device_class = "distance",
     .state_class = "total", .unit = "km", .source = Source::trips, .has_last_reset = true,
     .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return period_distance(car.state.month); },
     .meaning = "The distance of all trips since the first of the month, in the owner's time zone."},
    {.id = "distance_year", .name = "Distance this year", .device_class = "distance",
     .state_class = "total", .unit = "km", .enabled = false, .source = Source::trips,
     .has_last_reset = true, .precision = 0, .confirmed = true,
     .read = [](auto& car, auto&) { return period_distance(car.state.year); },
     .meaning = "The distance of all trips since the first of January, in the owner's time zone."},
    {.id = "fuel_month", .name = "Fuel this month", .device_class = "volume",
     .state_class = "total", .unit = "L", .enabled = false, .cars = Cars::fuel,
     .source = Source::trips, .has_last_reset = true, .precision = 1, .confirmed = true,
     .read = [](auto& car, auto&) {
       return period(car.state.month, [](auto& sum) { return number(sum.fuel, 2); });
     },
     .meaning = "The fuel of all trips since the first of the month."},
    {.id = "electric_consumption", .name = "Electric consumption",
     .device_class = "energy_distance", .state_class = "measurement", .unit = "kWh/100km",
     .cars = Cars::electric, .source = Source::vehicle_list, .topic = Topic::diagnostics,
     .precision = 1,
     .read = [](auto& car, auto&) { return recent(car, &Statistics::electric_consumption, 2); },
     .attributes = [](auto& car) {
       return basis(car, &CarStatistics::recent, &Statistics::electric_consumption);
     },
     .meaning = "What the car took from its battery per 100 km driven electrically, in the last 30 "
                "days; estimated from the level and the usable capacity."},
    {.id = "fuel_consumption", .name = "Fuel consumption", .state_class = "measurement",
     .unit = "L/100km", .cars = Cars::fuel, .source = Source::vehicle_list,
     .topic = Topic::diagnostics, .precision = 1,
     .read = [](auto& car, auto&) { return recent(car, &Statistics::fuel_consumption, 2); },
     .attributes = [](auto& car) {
       return basis(car, &CarStatistics::recent, &Statistics::fuel_consumption);
     },
     .meaning = "The fuel of the trips of the last 30 days per 100 km of their whole distance."},
    {.id = "ev_share", .name = "Electric share", .state_class = "measurement", .unit = "%",
     .cars = Cars::hybrid, .source = Source::vehicle_list, .topic = Topic::diagnostics,
     .precision = 0,
     .read = [](auto& car, auto&) { return recent(car, &Statistics::ev_share, 1); },
     .attributes = [](auto& car) { return basis(car, &CarStatistics::recent, &Statistics::ev_share); },
     .meaning = "How much of the distance of the last 30 days was driven with the engine off."},
    {.id = "range_at_full", .name = "Electric range at full", .device_class = "distance",
     .state_class = "measurement", .unit = "km", .cars = Cars::electric,
     .source = Source::vehicle_list, .topic = Topic::diagnostics, .precision = 0,
     .read = [](auto& car, auto&) { return recent(car, &Statistics::range_at_full, 1); },
     .attributes = [](auto& car) {
       return basis(car, &CarStatistics::recent, &Statistics::range_at_full);
     },
     .meaning = "The electric range that the car showed in the last 30 days, scaled to a full "
                "battery; from year to year it shows how the battery ages."},
    {.id = "range_ratio", .name = "Promised range", .state_class = "measurement", .unit = "%",
     .category = "diagnostic", .enabled = false, .cars = Cars::electric,
     .source = Source::vehicle_list, .topic = Topic::diagnostics, .precision = 0,
     .read = [](auto& car, auto&) { return recent(car, &Statistics::range_ratio, 1); },
     .attributes = [](auto& car) { return basis(car, &CarStatistics::recent, &Statistics::range_ratio); },
     .meaning = "The range that the car showed at full, against the one that its own consumption of "
                "the same 30 days gives; above 100 the car shows too much."},
    {.id = "energy_month", .name = "Energy charged this month", .state_class = "measurement",
     .unit = "kWh", .cars = Cars::electric, .source = Source::vehicle_list,
     .topic = Topic::diagnostics, .precision = 1,
     .read = [](auto& car, auto&) {
       auto reading = month(car, &Statistics::energy, 2);
       reading.last_reset.reset();
       return reading;
     },
     .attributes = [](auto& car) { return basis(car, &CarStatistics::month, &Statistics::energy); },
     .meaning = "What the charging sessions since the first of the month brought into the battery; "
                "estimated, and therefore not for the Energy dashboard."},
    {.id = "cost_month", .name = "Cost this month", .device_class = "monetary",
     .state_class = "total",
     .unit_of = [](const Car& car) { return car.statistics ? car.statistics->currency : std::string(); },
     .source = Source::vehicle_list, .topic = Topic::diagnostics, .has_last_reset = true,
     .precision = 2,
     .read = [](auto& car, auto&) { return month(car, &Statistics::cost, 2); },
     .attributes = [](auto& car) { return basis(car, &CarStatistics::month, &Statistics::cost); },
     .meaning = "What energy and fuel cost since the first of the month, by the prices in the "
                "configuration; in their currency."},
    {.id = "co2_month", .name = "CO2 this month", .state_class = "total", .unit = "kg",
     .enabled = false, .source = Source::vehicle_list, .topic = Topic::diagnostics,
     .has_last_reset = true, .precision = 1,
     .read = [](auto& car, auto&) { return month(car, &Statistics::co2, 2); },
     .attributes = [](auto& car) { return basis(car, &CarStatistics::month, &Statistics::co2); },
     .meaning = "CO2 of energy and fuel since the first of the month."},
    {.id = "notification", .platform = Platform::event, .name = "Notification",
     .options = "vehicle_status_alert,charging_alert,remote_command,other",
     .announce = Announce::source_answered, .source = Source::notifications, .topic = Topic::event,
     .confirmed = true,
     .meaning = "One event for each new message of the maker's app; its text and time are "
                "attributes."},
    {.id = "vehicle_warning", .platform = Platform::event, .name = "Vehicle warning message",
     .category = "diagnostic", .options = "warning", .announce = Announce::source_answered,
     .source = Source::health, .topic = Topic::event,
     .meaning = "One event for each warning lamp that begins to be lit; its code, text, severity "
                "and time are attributes."},
    {.id = "trip_ended", .platform = Platform::event, .name = "Trip ended", .options = "ended",
     .announce = Announce::source_answered, .source = Source::trips, .topic = Topic::event,
     .confirmed = true,
     .meaning = "One event for each trip that becomes known; its start, end, distance, duration and "
                "consumption are attributes."},
    {.id = "command_result", .platform = Platform::event, .name = "Command result",
     .category = "diagnostic", .options = "accepted,done,unconfirmed,failed,refused",
     .announce = Announce::always, .source = Source::vehicle_list, .topic = Topic::event,
     .meaning = "One event for each step of a command: which one, its result, the reason, and what "
                "can be done."},
    {.id = "telemetry_reported_at", .name = "Telemetry last reported by car",
     .device_class = "timestamp", .category = "diagnostic", .announce = Announce::source_answered,
     .source = Source::telemetry, .confirmed = true,
     .read = [](auto& car, auto&) { return reported_at(car, Source::telemetry); },
     .meaning = "The car's own time of its odometer and fuel report."},
    {.id = "charge_reported_at", .name = "Charging last reported by car",
     .device_class = "timestamp", .category = "diagnostic", .cars = Cars::electric,
     .announce = Announce::source_answered, .source = Source::electric, .confirmed = true,
     .read = [](auto& car, auto&) { return reported_at(car, Source::electric); },
     .meaning = "The car's own time of its battery and charging report."},
    {.id = "doors_reported_at", .name = "Doors last reported by car", .device_class = "timestamp",
     .category = "diagnostic", .announce = Announce::source_answered, .source = Source::status,
     .confirmed = true,
     .read = [](auto& car, auto&) { return reported_at(car, Source::status); },
     .meaning = "The car's own time of its door, window and lock report."},
    {.id = "location_reported_at", .name = "Location last reported by car",
     .device_class = "timestamp", .category = "diagnostic", .announce = Announce::source_answered,
     .source = Source::location, .confirmed = true,
     .read = [](auto& car, auto&) { return read_location_time(car); },
     .meaning = "The car's own time of the location that is shown."},
    {.id = "climate_reported_at", .name = "Climate last reported by car",
     .device_class = "timestamp", .category = "diagnostic", .enabled = false,
     .announce = Announce::source_answered, .source = Source::climate_status,
     .read = [](auto& car, auto&) { return reported_at(car, Source::climate_status); },
     .meaning = "The car's own time of its climate report."},
    {.id = "wakes_today", .name = "Wakes today", .state_class = "total",
     .category = "diagnostic", .announce = Announce::always, .source = Source::vehicle_list,
     .topic = Topic::diagnostics, .has_last_reset = true,
     .read = [](auto& car, auto& zone) { return read_wakes_today(car, zone); },
     .attributes = [](auto& car) { return wake_attributes(car); },
     .meaning = "How often the bridge has asked the car itself since midnight; each time costs its "
                "12 V battery."},
    {.id = "next_read", .name = "Next read", .device_class = "timestamp", .category = "diagnostic",
     .enabled = false, .announce = Announce::always, .source = Source::vehicle_list,
     .topic = Topic::diagnostics,
     .read = [](auto& car, auto&) { return Reading{.value = plain(car.diagnostics.next_read)}; },
     .attributes = [](auto& car) {
       return Attributes{{"source", car.diagnostics.next_read_source},
                         {"reason", car.diagnostics.mode_reason},
                         {"resting_routes", car.diagnostics.resting_routes},
                         {"past_trips", car.diagnostics.backfill}};
     },
     .meaning = "When the bridge asks the cloud for this car again; asking never wakes the car."},
    {.id = "remote_services", .name = "Remote services", .device_class = "enum",
     .category = "diagnostic", .options = "active,not_activated,unknown",
     .announce = Announce::always, .source = Source::vehicle_list, .topic = Topic::diagnostics,
     .read = [](auto& car, auto&) { return read_remote_services(car); },
     .attributes = [](auto& car) { return remote_services_attributes(car); },
     .meaning = "Whether the maker's app offers commands for this car; the attributes say which "
                "ones are offered here, and why not."},
    {.id = "abrp_status", .name = "ABRP", .device_class = "enum", .category = "diagnostic",
     .options = "off,ok,waiting,key_rejected,token_rejected,unreachable", .cars = Cars::electric,
     .announce = Announce::abrp_used, .source = Source::vehicle_list, .topic = Topic::diagnostics,
     .read = [](auto& car, auto&) { return Reading{.value = text(car.diagnostics.abrp_status)}; },
     .attributes = [](auto& car) {
       return Attributes{{"remedy", car.diagnostics.abrp_remedy}};
     },
     .meaning = "Whether A Better Routeplanner takes the live data of this car."},
    {.id = "abrp_last_accepted", .name = "ABRP last accepted", .device_class = "timestamp",
     .category = "diagnostic", .cars = Cars::electric, .announce = Announce::abrp_used,
     .source = Source::vehicle_list, .topic = Topic::diagnostics,
     .read = [](auto& car, auto&) {
       return Reading{.value = plain(car.diagnostics.abrp_last_accepted)};
     },
     .meaning = "When A Better Routeplanner last accepted data of this car."},
    {.id = "subscription_end", .name = "Connected services until", .device_class = "date",
     .category = "diagnostic", .enabled = false, .source = Source::vehicle_list, .confirmed = true,
     .read = [](auto& car, auto&) { return of(car.state.subscription_end, kAsIs); },
     .meaning = "The day on which the connected services end."},
    {.id = "model_year", .name = "Model year", .category = "diagnostic", .enabled = false,
     .source = Source::vehicle_list, .confirmed = true,
     .read = [](auto& car, auto&) { return from_list(car.identity.model_year); },
     .meaning = "The model year in the vehicle list."},
    {.id = "fuel_type", .name = "Fuel type", .category = "diagnostic", .enabled = false,
     .source = Source::vehicle_list, .confirmed = true,
     .read = [](auto& car, auto&) { return from_list(car.identity.fuel_type); },
     .meaning = "The cloud's own code for what drives the car; it is not always right."},
    {.id = "picture", .platform = Platform::image, .name = "Picture", .category = "diagnostic",
     .enabled = false, .source = Source::vehicle_list, .topic = Topic::picture, .confirmed = true,
     .read = [](auto& car, auto&) { return read_picture(car); },
     .meaning = "The maker's picture of the model."},
    {.id = "reading", .platform = Platform::switch_, .name = "Reading", .category = "config",
     .announce = Announce::always, .source = Source::vehicle_list, .topic = Topic::diagnostics,
     .read = [](auto& car, auto&) { return Reading{.value = car.diagnostics.reading}; },
     .meaning = "Off makes the bridge leave this car alone: no read, no wake."},
});
// clang-format on

constexpr bool entity_ids_are_unique() {
  for (std::size_t i = 0; i < kEntityRows.size(); ++i) {
    for (std::size_t j = i + 1; j < kEntityRows.size(); ++j) {
      if (kEntityRows.at(i).id == kEntityRows.at(j).id) return false;
    }
  }
  return true;
}
static_assert(entity_ids_are_unique());
static_assert(std::ranges::none_of(kEntityRows, [](const Row& row) {
  return row.has_last_reset && row.state_class != "total";
}));
static_assert(std::ranges::none_of(kEntityRows,
                                   [](const Row& row) { return row.meaning.empty(); }));

}  // namespace

std::span<const Row> catalogue() { return kEntityRows; }

}  // namespace toyota2mqtt::vehicle
