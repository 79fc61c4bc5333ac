#include "support/published_truth.hpp"

#include <algorithm>
#include <chrono>

namespace toyota2mqtt::test {

using namespace std::chrono_literals;
using nlohmann::json;
using simulator::CarState;
using simulator::Drive;

namespace {

constexpr double kKmInMile = 1.609344;
constexpr double kShownTenths = 0.051;  // a document shows one decimal
constexpr double kWithClimateBev = 0.8;
constexpr double kWithClimatePhev = 0.95;

base::Time to_the_second(base::Time time) { return std::chrono::floor<std::chrono::seconds>(time); }

std::string charging_word(const simulator::CarSpec& spec, const CarState& truth) {
  if (truth.charging) return "charging";
  if (!truth.plugged || spec.plug_unseen) return "none";
  return truth.charge_complete ? "charge_complete" : "plugged";
}

}  // namespace

bool PublishedTruth::number(const json& document, const char* key, double truth, double margin) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_number()) return false;
  INFO(key);
  CHECK(found->get<double>() == Approx(truth).margin(margin));
  ++values;
  return true;
}

bool PublishedTruth::word(const json& document, const char* key, const json& truth) {
  const auto found = document.find(key);
  if (found == document.end() || found->is_null()) return false;
  INFO(key);
  CHECK(*found == truth);
  ++values;
  return true;
}

void PublishedTruth::state(const json& document, base::Time now) {
  ++states;
  const auto telemetry = reported(document, "telemetry_reported_at", simulator::kEnergy, now);
  const auto charge = reported(document, "charge_reported_at", simulator::kEnergy, now);
  const auto doors = reported(document, "doors_reported_at", simulator::kStatus, now);
  reported(document, "location_reported_at", simulator::kLocation, now);
  if (telemetry != base::Time{}) driven(document, car_.at(telemetry));
  if (charge != base::Time{}) battery(document, car_.at(charge));
  if (doors != base::Time{}) body(document, car_.at(doors));
  trip(document, now);
  for (const auto* id : {"distance_day", "distance_week", "distance_month"}) {
    sum(document, id, now);
  }
}

void PublishedTruth::location(const json& document, base::Time now) {
  ++locations;
  const auto at = reported(document, "reported_at", simulator::kLocation, now);
  REQUIRE(at != base::Time{});
  const auto place = car_.at(at).place;
  number(document, "latitude", place.lat, 2e-6);
  number(document, "longitude", place.lon, 2e-6);
}

void PublishedTruth::last_words(const json& document, base::Time now) const {
  const auto newest = [&](unsigned group) {
    return car_.last_report(group, now - 17min).value_or(base::Time{});
  };
  INFO("state " << document.dump() << ", newest energy report "
                << base::format_iso8601(newest(simulator::kEnergy)));
  CHECK(time_in(document, "telemetry_reported_at") >= newest(simulator::kEnergy));
  CHECK(time_in(document, "doors_reported_at") >= newest(simulator::kStatus));
  CHECK(time_in(document, "location_reported_at") >= newest(simulator::kLocation));
  CHECK(document["odometer"].is_number());
  CHECK(document["locked"].is_boolean());
  if (car_.spec().usable_kwh > 0) {
    CHECK(time_in(document, "charge_reported_at") >= newest(simulator::kEnergy));
    CHECK(document["battery_level"].is_number());
  }
  if (car_.spec().tank_l > 0) CHECK(document["fuel_level"].is_number());
}

base::Time PublishedTruth::reported(const json& document, const char* key, unsigned group,
                                    base::Time now) {
  const auto at = time_in(document, key);
  if (at == base::Time{}) return at;
  INFO(key << " " << base::format_iso8601(at) << " at " << base::format_iso8601(now));
  CHECK(at <= now);
  unsigned groups = 0;
  for (const auto& report : car_.reports(at, at + 999ms)) groups |= report.groups;
  CHECK((groups & group) != 0);
  ++values;
  return at;
}

void PublishedTruth::driven(const json& document, const CarState& truth) {
  const auto& spec = car_.spec();
  const double km = spec.odometer_in_miles
                        ? std::round(truth.odometer_km / kKmInMile * 10) / 10 * kKmInMile
                        : std::floor(truth.odometer_km);
  if (number(document, "odometer", km, 0.06)) {
    odometers.insert(document["odometer"].get<double>());
  }
  if (spec.tank_l <= 0) return;
  number(document, "fuel_level", static_cast<double>(std::lround(truth.fuel_percent)), 0);
  if (spec.drive != Drive::phev) {
    number(document, "fuel_range", std::floor(truth.fuel_range_km(spec)), 0);
  }
}

void PublishedTruth::battery(const json& document, const CarState& truth) {
  const auto& spec = car_.spec();
  const double range = truth.electric_range_km(spec);
  const double climate = spec.drive == Drive::phev ? kWithClimatePhev : kWithClimateBev;
  number(document, "battery_level", static_cast<double>(std::lround(truth.level)), 0);
  number(document, "battery_level_gross", static_cast<double>(std::lround(truth.gross_level)), 0);
  number(document, "ev_range", range, kShownTenths + 0.005);
  number(document, "ev_range_ac", range * climate, kShownTenths + 0.005);
  word(document, "charging_status", charging_word(spec, truth));
  word(document, "charging", truth.charging);
  if (document["charging"] == true) ++charging;
  if (document.at("activity") == "charging") CHECK(truth.charging);
  charge_time(document, truth);
}

void PublishedTruth::charge_time(const json& document, const CarState& truth) {
  if (!truth.charging) {
    CHECK(document.at("charge_time_left").is_null());
    CHECK(document.at("charge_end").is_null());
    return;
  }
  number(document, "charge_time_left", truth.charge_minutes, 0);
  const auto end = time_in(document, "charge_end");
  if (end != base::Time{}) {
    CHECK(end == to_the_second(truth.at) + std::chrono::minutes(truth.charge_minutes));
  }
}

void PublishedTruth::body(const json& document, const CarState& truth) {
  // A lock's entity is on when it is open.
  const bool locked = truth.locked && truth.trunk_locked && !truth.door_open;
  word(document, "locked", !locked);
  if (document["locked"] == true) ++unlocked;
  word(document, "any_open", truth.door_open || truth.window_open);
  word(document, "door_driver", truth.door_open);
  word(document, "door_passenger", false);
  word(document, "window_driver", truth.window_open);
  word(document, "lock_driver", !truth.locked || truth.door_open);
  word(document, "lock_passenger", !truth.locked);
  word(document, "lock_trunk", !truth.trunk_locked);
}

void PublishedTruth::trip(const json& document, base::Time now) {
  const auto end = time_in(document, "trip_end");
  if (end == base::Time{}) return;
  INFO("trip until " << base::format_iso8601(end));
  const auto legs = car_.trips(end - 48h, now, now);
  const auto leg =
      std::ranges::find_if(legs, [end](const auto* it) { return to_the_second(it->end) == end; });
  REQUIRE(leg != legs.end());
  CHECK(time_in(document, "trip_start") == to_the_second((*leg)->begin));
  number(document, "trip_distance", (*leg)->metres / 1000, kShownTenths);
}

/// A sum since the time that it names: of the first so many drives, as many as the cloud had told.
void PublishedTruth::sum(const json& document, const std::string& id, base::Time now) {
  const auto since = time_in(document, (id + "_last_reset").c_str());
  const auto found = document.find(id);
  if (since == base::Time{} || found == document.end() || !found->is_number()) return;
  INFO(id << " " << found->dump() << " since " << base::format_iso8601(since));
  const double shown = found->get<double>();
  double km = 0;
  bool right = std::abs(shown) < kShownTenths;
  for (const auto* leg : car_.trips(since, now, now)) {
    if (leg->begin < since) continue;
    km += leg->metres / 1000;
    right = right || std::abs(shown - km) < kShownTenths;
  }
  CHECK(right);
  ++values;
}

}  // namespace toyota2mqtt::test
