#include <algorithm>
#include <cmath>

#include "simulator/api.hpp"

/// Telemetry, location, electric status, health, service history.
namespace toyota2mqtt::simulator {

namespace {

constexpr double kKmPerMile = 1.609344;

bool has_battery(const CarSpec& spec) { return spec.usable_kwh > 0; }
bool has_tank(const CarSpec& spec) { return spec.tank_l > 0; }

Json odometer_measure(const CarSpec& spec, double km) {
  if (spec.odometer_in_miles) return measure(rounded(km / kKmPerMile, 1), "mi");
  return measure(std::floor(km), spec.capital_km ? "Km" : "km");
}

// The cloud knows a car only from its reports: none, no answer.
std::optional<CarState> energy_report(const Call& call) {
  const auto when = call.car->last_report(kEnergy, call.now);
  if (!when) return std::nullopt;
  return call.car->at(*when);
}

Reply no_energy_yet() {
  return error_a(404, "ONE-GLOBAL-RC-10004", "Not Found", "No data is available for this vehicle");
}

Reply not_electric() {
  return error_a(404, "ONE-GLOBAL-RC-10004", "Not Found", "The vehicle does not support it");
}

int fuel_percent(const CarState& state) {
  return static_cast<int>(std::lround(state.fuel_percent));
}

Json schedules(const Car& car) {
  Json days;
  const char* names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  for (std::size_t i = 0; i < 7; ++i) days[names[i]] = car.schedule_days[i] ? 1 : 0;
  Json one = {{"id", 1},
              {"enabled", true},
              {"type", "startOnly"},
              {"startTime", {{"hour", car.schedule_hour}, {"minute", car.schedule_minute}}},
              {"days", days}};
  return Json::array({std::move(one)});
}

Json next_charge(const Car& car, Time now) {
  // Days count from a Monday; the virtual world's local time is UTC.
  const auto passed = now - first_day() - std::chrono::hours(24) * Car::day_of(now);
  const auto start = std::chrono::minutes(car.schedule_hour * 60 + car.schedule_minute);
  const int day = Car::day_of(now) + (passed >= start ? 1 : 0);
  return {{"type", "startOnly"},
          {"weekDay", day % 7 + 1},
          {"startTime", {{"hour", car.schedule_hour}, {"minute", car.schedule_minute}}}};
}

Json electric_payload(const Call& call, const CarState& state, bool current) {
  const auto& spec = call.car->spec();
  const double range = rounded(state.electric_range_km(spec), 2);
  const double share = spec.drive == Drive::phev ? 0.95 : 0.8;
  const bool plug_in_hybrid = spec.drive == Drive::phev;
  Json payload = {
      {"batteryLevel", std::lround(plug_in_hybrid ? state.gross_level : state.level)},
      {"chargingStatus", chargingstatus(spec, state)},
      {"evRange", measure(range, "km")},
      {"evRangeWithAc", measure(range * share, "km")},
      {"canSetNextChargingEvent", true},
      {"lastUpdateTimestamp", base::format_iso8601(state.at)},
  };
  if (state.charging) payload["remainingChargeTime"] = state.charge_minutes;
  if (!state.charging && spec.endless_charge_time) payload["remainingChargeTime"] = 65535;
  if (plug_in_hybrid) {
    payload["fuelLevel"] = fuel_percent(state);
    payload["fuelRange"] = measure(rounded(state.fuel_range_km(spec) / kKmPerMile, 0), "mi");
  }
  if (!current) return payload;
  if (plug_in_hybrid) {
    payload["phevUsableBatteryLevel"] = std::lround(state.level);
    payload["totalRangeWithAc"] =
        measure(rounded(state.fuel_range_km(spec) + range * share, 1), "km");
  } else {
    payload["totalRangeWithAc"] = measure(range * share, "km");
  }
  payload["chargingSchedules"] = schedules(*call.car);
  payload["nextChargingEvent"] = next_charge(*call.car, call.now);
  payload["dcmTimestamp"] = base::format_iso8601(state.at);
  return payload;
}

}  // namespace

std::string chargingstatus(const CarSpec& spec, const CarState& state) {
  if (state.charging) return "charging";
  if (!state.plugged || spec.plug_unseen) return "none";
  return state.charge_complete ? "chargeComplete" : "plugged";
}

Reply telemetry(const Call& call) {
  const auto state = energy_report(call);
  if (!state) return no_energy_yet();
  const auto& spec = call.car->spec();
  Json payload = {{"fuelType", spec.fuel_type},
                  {"odometer", odometer_measure(spec, state->odometer_km)},
                  {"timestamp", base::format_iso8601(state->at)}};
  if (has_tank(spec)) payload["fuelLevel"] = fuel_percent(*state);
  if (has_battery(spec)) {
    const auto level = spec.drive == Drive::phev ? state->gross_level : state->level;
    payload["batteryLevel"] = std::lround(level);
    payload["chargingStatus"] = chargingstatus(spec, *state);
  }
  const double range = spec.drive == Drive::bev
                           ? state->electric_range_km(spec)
                           : state->fuel_range_km(spec) + state->electric_range_km(spec);
  payload["distanceToEmpty"] = measure(std::floor(range), spec.capital_km ? "Km" : "km");
  return envelope_b(std::move(payload));
}

Reply odometer(const Call& call) {
  const auto state = energy_report(call);
  if (!state) return no_energy_yet();
  const auto when = base::format_iso8601(state->at);
  return envelope_b({{"mileage", odometer_measure(call.car->spec(), state->odometer_km)},
                     {"timestamp", when},
                     {"lastUpdateTimestamp", when},
                     {"isValidTimestamp", true}});
}

Reply location(const Call& call) {
  const auto parked = call.car->parked_place(call.now);
  if (!parked) return no_energy_yet();
  const auto when = base::format_iso8601(parked->first);
  return envelope_b({{"vin", call.car->spec().vin},
                     {"lastTimestamp", when},
                     {"vehicleLocation",
                      {{"displayName", "Last Parked"},
                       {"latitude", rounded(parked->second.lat, 6)},
                       {"longitude", rounded(parked->second.lon, 6)},
                       {"locationAcquisitionDatetime", when}}}});
}

Reply electric_status(const Call& call) {
  if (!has_battery(call.car->spec())) return not_electric();
  const auto state = energy_report(call);
  if (!state) return no_energy_yet();
  return envelope_a(electric_payload(call, *state, true));
}

Reply retired_electric_status(const Call& call) {
  if (!has_battery(call.car->spec())) return not_electric();
  const auto state = energy_report(call);
  if (!state) return no_energy_yet();
  return envelope_a(electric_payload(call, *state, false));
}

Reply health(const Call& call) {
  const auto& spec = call.car->spec();
  const auto when = call.car->last_report(kEnergy, call.now).value_or(call.now);
  return envelope_b({{"vin", spec.vin},
                     {"quantityOfEngOilIcon", Json::array()},
                     {"warning", Json::array()},
                     {"wnglastUpdTime", iso_millis(when)}});
}

Reply service_history(const Call& call) {
  const auto& spec = call.car->spec();
  // A plug-in that was never at the dealer's answers an empty object, as recorded.
  if (spec.drive == Drive::bev && spec.brand == "L") return json_reply(200, Json::object());
  Json list = Json::array();
  for (int year = 2; year >= 1; --year) {
    const int day = year * 365 - 200;
    const auto& plan = call.car->day_number(day);
    if (plan.begin > call.now) continue;
    list.push_back({{"serviceHistoryId", std::to_string(100000 + day)},
                    {"serviceDate", base::format_iso8601(plan.begin).substr(0, 10)},
                    {"serviceCategory", year == 2 ? "HSC" : "ACC"},
                    {"serviceProvider", "Example Garage"},
                    {"servicingDealer", nullptr},
                    {"mileage", std::to_string(std::lround(plan.start.metres / 1000))},
                    {"unit", "km"},
                    {"notes", nullptr},
                    {"operationsPerformed", nullptr},
                    {"roNumber", nullptr},
                    {"customerCreatedRecord", false}});
  }
  list.push_back({{"serviceHistoryId", "100000"},
                  {"serviceDate", "2024-05-28"},
                  {"serviceCategory", "VDE"},
                  {"serviceProvider", "Example Garage"},
                  {"mileage", nullptr},
                  {"unit", nullptr},
                  {"notes", nullptr},
                  {"operationsPerformed", nullptr},
                  {"roNumber", nullptr},
                  {"customerCreatedRecord", false}});
  return envelope_a({{"serviceHistories", std::move(list)}}, "OSH-001",
                    "Request Processed successfully");
}

Reply notifications(const Call& call) {
  Json list = Json::array();
  for (const auto& notice : call.car->notices(call.now)) {
    const bool is_read = call.now - notice.at > std::chrono::hours(24);
    Json one = {{"messageId", notice.id},
                {"vin", call.car->spec().vin},
                {"notificationDate", iso_millis(notice.at)},
                {"isRead", is_read},
                {"iconUrl", "https://assets.example.com/notification/icons/alert.png"},
                {"message", notice.message},
                {"status", notice.status.empty() ? Json(0) : Json(notice.status)},
                {"type", "alert"},
                {"category", notice.category},
                {"displayCategory", notice.display}};
    if (is_read) one["readTimestamp"] = iso_millis(notice.at + std::chrono::hours(24));
    list.push_back(std::move(one));
  }
  Json of_car = {{"vin", call.car->spec().vin}, {"notifications", std::move(list)}};
  return json_reply(200, {{"guid", call.user.guid},
                          {"statusCode", 200},
                          {"headers", {{"Content-Type", "text/plain"}}},
                          {"body", "Success"},
                          {"payload", Json::array({std::move(of_car)})}});
}

}  // namespace toyota2mqtt::simulator
