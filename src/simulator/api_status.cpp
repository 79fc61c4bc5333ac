#include <cmath>

#include "simulator/api.hpp"

/// Doors, windows, lights: the current shape and the retired one.
namespace toyota2mqtt::simulator {

namespace {

std::optional<CarState> status_report(const Call& call) {
  const auto when = call.car->last_report(kStatus, call.now);
  if (!when) return std::nullopt;
  return call.car->at(*when);
}

Reply no_status_yet() {
  return error_a(404, "ONE-GLOBAL-RC-10004", "Not Found", "No data is available for this vehicle");
}

Json section(const char* name, bool open, std::optional<bool> locked) {
  Json values = Json::array();
  values.push_back(
      {{"value", open ? "carstatus_opened" : "carstatus_closed"}, {"status", open ? 1 : 0}});
  // A closed door has two values, an open one cannot be locked.
  if (locked && !open) {
    values.push_back({{"value", *locked ? "carstatus_locked" : "carstatus_unlocked"},
                      {"status", *locked ? 0 : 1}});
  }
  return {{"section", name}, {"values", std::move(values)}};
}

}  // namespace

Reply vehicle_status(const Call& call) {
  const auto state = status_report(call);
  if (!state) return no_status_yet();
  const auto& spec = call.car->spec();
  const auto when = base::format_iso8601(state->at);
  const auto lock = [&](bool locked) {
    return Json{{"status", locked ? "locked" : "unlocked"}, {"lastUpdateTimestamp", when}};
  };
  const auto open = [&](bool is_open) {
    return Json{{"status", is_open ? "open" : "close"}, {"lastUpdateTimestamp", when}};
  };
  const auto door = [&](bool locked, bool is_open) {
    return Json{{"lockStatus", lock(locked)}, {"openStatus", open(is_open)}};
  };
  const auto light = [&](bool on) {
    return Json{{"status", on ? "on" : "off"}, {"lastUpdateTimestamp", when}};
  };
  const int warnings = (state->locked || state->driving ? 0 : 1) + (state->door_open ? 1 : 0);
  const bool locked = state->locked;
  return envelope_a({{"vin", spec.vin},
                     {"lastUpdateTimestamp", when},
                     {"overallStatus", warnings > 0 ? "warning" : "ok"},
                     {"overallWarningCounts", warnings},
                     {"leftHandDrive", spec.left_hand_drive_unknown ? Json() : Json(true)},
                     {"doors",
                      {{"driver", door(locked && !state->door_open, state->door_open)},
                       {"passenger", door(locked, false)},
                       {"rearLeft", door(locked, false)},
                       {"rearRight", door(locked, false)},
                       {"rearBack", door(state->trunk_locked, false)},
                       {"hood", {{"openStatus", open(false)}}}}},
                     {"windows",
                      {{"driver", open(state->window_open)},
                       {"passenger", open(false)},
                       {"rearLeft", open(false)},
                       {"rearRight", open(false)}}},
                     {"lights",
                      {{"hazard", light(state->hazards)},
                       {"tail", light(state->driving)},
                       {"head", light(state->driving)}}},
                     {"rearSeatReminder",
                      {{"lastUpdateTimestamp", when}, {"warning", false}, {"reason", nullptr}}}});
}

Reply retired_vehicle_status(const Call& call) {
  const auto state = status_report(call);
  if (!state) return no_status_yet();
  const auto& spec = call.car->spec();
  const bool locked = state->locked;
  const Json driver = {
      {"category", "carstatus_category_driver"},
      {"displayOrder", 1},
      {"sections",
       Json::array({section("carstatus_item_driver_door", state->door_open, locked),
                    section("carstatus_item_driver_rear_door", false, locked),
                    section("carstatus_item_driver_rear_window", false, std::nullopt),
                    section("carstatus_item_driver_window", state->window_open, std::nullopt)})}};
  const Json passenger = {
      {"category", "carstatus_category_passenger"},
      {"displayOrder", 2},
      {"sections",
       Json::array({section("carstatus_item_passenger_door", false, locked),
                    section("carstatus_item_passenger_rear_door", false, locked),
                    section("carstatus_item_passenger_rear_window", false, std::nullopt),
                    section("carstatus_item_passenger_window", false, std::nullopt)})}};
  const Json other = {
      {"category", "carstatus_category_other"},
      {"displayOrder", 3},
      {"sections",
       Json::array({section("carstatus_item_hood", false, std::nullopt),
                    section("carstatus_item_rear_hatch", false, state->trunk_locked)})}};
  Json telemetry_block = {
      {"odo", measure(std::floor(state->odometer_km), "Km")},
      {"rage", measure(std::floor(spec.tank_l > 0 ? state->fuel_range_km(spec)
                                                  : state->electric_range_km(spec)),
                       "Km")}};
  if (spec.tank_l > 0) telemetry_block["fugage"] = measure(std::round(state->fuel_percent), "%");
  Json payload = {{"vehicleStatus", Json::array({driver, passenger, other})},
                  {"telemetry", std::move(telemetry_block)},
                  {"occurrenceDate", base::format_iso8601(state->at)},
                  {"cautionOverallCount", locked || state->driving ? 0 : 1}};
  if (const auto parked = call.car->parked_place(call.now)) {
    payload["latitude"] = rounded(parked->second.lat, 6);
    payload["longitude"] = rounded(parked->second.lon, 6);
    payload["locationAcquisitionDatetime"] = base::format_iso8601(parked->first);
  }
  return envelope_a(std::move(payload));
}

}  // namespace toyota2mqtt::simulator
