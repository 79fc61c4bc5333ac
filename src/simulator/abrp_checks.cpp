#include <fmt/format.h>

#include <array>
#include <cmath>

#include "simulator/abrp.hpp"

/// What ABRP receives must be what the car reported to the cloud, at the time of that report.
namespace toyota2mqtt::simulator {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Documented by ABRP, but nothing that the Toyota cloud knows.
const std::set<std::string> kUnknowable = {"power",
                                           "speed",
                                           "is_dcfc",
                                           "capacity",
                                           "soe",
                                           "soh",
                                           "heading",
                                           "elevation",
                                           "ext_temp",
                                           "batt_temp",
                                           "hvac_power",
                                           "voltage",
                                           "current",
                                           "tire_pressure_fl",
                                           "tire_pressure_fr",
                                           "tire_pressure_rl",
                                           "tire_pressure_rr"};
const std::set<std::string> kKnowable = {
    "utc",         "soc",           "lat",      "lon",
    "is_charging", "is_parked",     "odometer", "est_battery_range",
    "cabin_temp",  "hvac_setpoint", "car_model"};

bool near(double sent, double real, double absolute) {
  return std::abs(sent - real) <= std::max(absolute, std::abs(real) * 0.02);
}

// ABRP takes booleans and 0/1.
std::optional<bool> flag(const Json& point, const char* key) {
  const auto found = point.find(key);
  if (found == point.end()) return std::nullopt;
  if (found->is_boolean()) return found->get<bool>();
  if (found->is_number()) return found->get<double>() != 0;
  return std::nullopt;
}

bool stood_long(const Car& car, Time when) {
  for (auto back = seconds(0); back <= seconds(330); back += seconds(30)) {
    if (car.at(when - back).driving) return false;
  }
  return true;
}

}  // namespace

void Abrp::check(const Car& car, const Json& point, bool queued) {
  check_names(car, point);
  const auto utc = number_of(point, "utc").value_or(0);
  constexpr double kYear2100 = 4102444800;
  if (utc > kYear2100) return blame(car, "utc_in_milliseconds", "utc is not in seconds");
  const Time when{std::chrono::seconds(static_cast<long long>(utc))};
  const auto now = world_.clock.now();
  if (when > now + seconds(5)) return blame(car, "utc_in_future", "utc is later than now");
  if (when < first_day()) return blame(car, "utc_not_reported", "utc is older than the car");

  unsigned groups = 0;
  for (const auto& report : car.reports(when, when + std::chrono::milliseconds(999))) {
    groups |= report.groups;
  }
  auto content = point;
  content.erase("utc");
  auto& seen = contents_[car.spec().vin];
  constexpr std::size_t kMostContents = 20000;
  if (seen.size() > kMostContents) seen.clear();
  const auto [entry, fresh] = seen.try_emplace(content.dump(), static_cast<long long>(utc));
  if (groups == 0) {
    if (!fresh && entry->second != static_cast<long long>(utc)) {
      blame(car, "restamped", "an earlier point again, under a new utc");
    }
    return blame(car, "utc_not_reported",
                 fmt::format("the car reported nothing at {}", base::format_iso8601(when)));
  }
  const auto state = car.at(when);
  check_energy(car, point, state, (groups & kEnergy) != 0);
  check_place(car, point, state, (groups & kLocation) != 0, queued);
  check_activity(car, point, state);
}

void Abrp::check_names(const Car& car, const Json& point) {
  for (const auto& [key, value] : point.items()) {
    if (kUnknowable.contains(key)) {
      blame(car, "cannot_know", "'" + key + "' is nothing that the cloud reports");
    } else if (!kKnowable.contains(key)) {
      blame(car, "unknown_parameter", "'" + key + "' is not in ABRP's documentation");
    } else if (key != "car_model" && !value.is_number() && !value.is_boolean()) {
      blame(car, "wrong_type", "'" + key + "' is neither a number nor a boolean");
    }
  }
}

void Abrp::check_energy(const Car& car, const Json& point, const CarState& state, bool reported) {
  const auto& spec = car.spec();
  const auto soc = number_of(point, "soc");
  const auto odometer = number_of(point, "odometer");
  const auto range = number_of(point, "est_battery_range");
  if ((soc || odometer || range) && !reported) {
    return blame(car, "value_not_of_that_time",
                 "soc, odometer or range under the time of another source");
  }
  if (soc && spec.usable_kwh <= 0) blame(car, "soc_wrong", "the car has no battery to report");
  if (soc && spec.usable_kwh > 0 && !near(*soc, state.level, 0.51)) {
    const bool gross = spec.drive == Drive::phev && near(*soc, state.gross_level, 0.51);
    blame(car, gross ? "soc_is_gross" : "soc_wrong",
          fmt::format("soc {} but the car reported {:.1f}", *soc, state.level));
  }
  if (odometer && std::abs(*odometer - state.odometer_km) > 1.01) {
    blame(car, "odometer_wrong",
          fmt::format("odometer {} but the car reported {:.1f} km", *odometer, state.odometer_km));
  }
  const double real = state.electric_range_km(spec);
  const double with_ac = real * (spec.drive == Drive::phev ? 0.95 : 0.8);
  if (range && !near(*range, real, 1.01) && !near(*range, with_ac, 1.01)) {
    blame(car, "range_wrong", fmt::format("range {} but the car reported {:.1f} km", *range, real));
  }
}

void Abrp::check_place(const Car& car, const Json& point, const CarState& state, bool reported,
                       bool queued) {
  const auto lat = number_of(point, "lat");
  const auto lon = number_of(point, "lon");
  if (!lat && !lon) return;
  if (!lat || !lon) return blame(car, "place_incomplete", "lat without lon, or lon without lat");
  if (!reported) {
    return blame(car, "place_not_of_that_time", "a place under a time at which none was reported");
  }
  constexpr double kMetres = 30;
  if (state.driving || distance_m({*lat, *lon}, state.place) > kMetres) {
    return blame(car, "place_wrong", "not the place where the car parked then");
  }
  if (queued) return;
  // The cloud's answers take their time to be read; only then is an old place an old place.
  const auto grace = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double>(600 * std::max(1.0, world_.clock.speed())));
  const auto newest = car.last_report(kEnergy, world_.clock.now() - grace);
  if (newest && car.at(*newest).odometer_km > state.odometer_km + 0.5) {
    blame(car, "place_after_moving", "a place that the car has left since, by its own odometer");
  }
}

void Abrp::check_activity(const Car& car, const Json& point, const CarState& state) {
  const auto charging = flag(point, "is_charging");
  if (charging && *charging != state.charging) {
    blame(car, "is_charging_wrong", *charging ? "not charging then" : "charging then");
  }
  const auto parked = flag(point, "is_parked");
  if (parked && *parked && state.speed_kmh > 1) blame(car, "is_parked_wrong", "driving then");
  if (parked && !*parked && stood_long(car, state.at)) {
    blame(car, "is_parked_wrong", "parked then");
  }
}

}  // namespace toyota2mqtt::simulator
