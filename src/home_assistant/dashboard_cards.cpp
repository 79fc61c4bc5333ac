#include <array>

#include "home_assistant/dashboard.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

constexpr auto kNow = std::to_array<CardSpec>({
    {.ids = "activity"},
    {.kind = CardKind::gauge, .ids = "battery_level"},
    {.kind = CardKind::gauge, .ids = "fuel_level"},
    {.ids = "ev_range"},
    {.ids = "fuel_range"},
    {.ids = "total_range"},
    {.ids = "odometer"},
    {.ids = "inside_temperature"},
    {.kind = CardKind::map, .ids = "location"},
});

constexpr auto kCharging = std::to_array<CardSpec>({
    {.ids = "charging_status"},
    {.ids = "plugged_in"},
    {.ids = "charge_end", .only_while_on = "charging"},
    {.ids = "charge_time_left", .only_while_on = "charging"},
    {.kind = CardKind::history, .ids = "battery_level"},
});

constexpr auto kDoors = std::to_array<CardSpec>({
    {.ids = "locked"},
    {.ids = "any_open"},
    {.ids = "doors_reported_at"},
    {.kind = CardKind::entities,
     .ids = "door_driver,door_passenger,door_rear_left,door_rear_right,door_trunk,door_hood,"
            "window_driver,window_passenger,window_rear_left,window_rear_right"},
});

constexpr auto kHealth = std::to_array<CardSpec>({
    {.ids = "warning"},
    {.ids = "warning_count"},
    {.ids = "engine_oil"},
    {.ids = "last_service"},
});

constexpr auto kTrips = std::to_array<CardSpec>({
    {.ids = "trip_distance"},
    {.ids = "trip_fuel"},
    {.ids = "distance_month"},
    {.kind = CardKind::statistics, .ids = "odometer"},
});

constexpr auto kAge = std::to_array<CardSpec>({
    {.kind = CardKind::entities,
     .ids = "telemetry_reported_at,charge_reported_at,doors_reported_at,location_reported_at,"
            "abrp_status,abrp_last_accepted,reading"},
});

constexpr auto kSections = std::to_array<SectionSpec>({
    {.title = "Now", .icon = "mdi:car", .cards = kNow},
    {.title = "Charging", .icon = "mdi:ev-station", .cards = kCharging},
    {.title = "Doors and windows", .icon = "mdi:car-door", .cards = kDoors},
    {.title = "Health and service", .icon = "mdi:wrench", .cards = kHealth},
    {.title = "Trips", .icon = "mdi:road-variant", .cards = kTrips},
    {.title = "How old this is", .icon = "mdi:clock-outline", .cards = kAge},
});

}  // namespace

std::span<const SectionSpec> car_sections() { return kSections; }

}  // namespace toyota2mqtt::home_assistant
