#include "toyota/routes.hpp"
#include "unit/toyota_cloud_rig.hpp"

namespace toyota2mqtt {

// Which sources a car has, and by which routes they are read.

TEST_CASE("every source has exactly one row in the route table") {
  for (const auto source : vehicle::kAllSources) {
    CHECK(std::ranges::count(toyota::all_routes(), source, &toyota::Route::source) == 1);
  }
}

TEST_CASE("trips are asked for from the earliest begin of week, month and year") {
  const auto query = [](const char* now, const base::Zone& zone) {
    return toyota::query_of(Source::trips, base::parse_iso8601(now).value(), zone);
  };
  const auto utc = base::Zone::utc();
  const std::string rest = "&route=false&summary=true&limit=5&offset=0";
  CHECK(query("2026-11-20T12:00:00Z", utc) == "?from=2026-01-01&to=2026-11-20" + rest);
  CHECK(query("2027-01-01T12:00:00Z", utc) == "?from=2026-12-28&to=2027-01-01" + rest);
  CHECK(query("2024-01-01T12:00:00Z", utc) == "?from=2024-01-01&to=2024-01-01" + rest);
  const auto berlin = base::Zone::named("Europe/Berlin").value();
  CHECK(query("2025-12-31T23:30:00Z", berlin) == "?from=2025-12-29&to=2026-01-01" + rest);
  CHECK(toyota::query_of(Source::telemetry, base::Time{}, utc).empty());
}

namespace {

std::ptrdiff_t place(const std::vector<Source>& sources, Source source) {
  return std::ranges::find(sources, source) - sources.begin();
}

bool has(const std::vector<Source>& sources, Source source) {
  return std::ranges::find(sources, source) != sources.end();
}

}  // namespace

TEST_CASE("telemetry, charge, status and place are read first, then the rest in a fixed order") {
  CloudRig rig;
  rig.car.identity.fuel_type = "E";
  CHECK(toyota::sources_for(rig.car) ==
        std::vector{Source::telemetry, Source::electric, Source::status, Source::location,
                    Source::climate_status, Source::health, Source::service_history, Source::trips,
                    Source::notifications});
}

TEST_CASE("electric status is read for what a flag, a code or a report calls electric") {
  CloudRig rig;
  auto& identity = rig.car.identity;
  identity.fuel_type = "B";
  CHECK_FALSE(has(toyota::sources_for(rig.car), Source::electric));
  SECTION("the flag") { identity.flags["econnectVehicleStatusCapable"] = true; }
  SECTION("evVehicle") { identity.ev_vehicle = true; }
  SECTION("the code of a plug-in hybrid") { identity.fuel_type = "I"; }
  SECTION("a report") { rig.car.evidence.ever_battery_level = true; }
  SECTION("an answer") { rig.car.evidence.answered.insert(Source::electric); }
  CHECK(has(toyota::sources_for(rig.car), Source::electric));
}

TEST_CASE("a code beats an electric flag that says no") {
  CloudRig rig;
  rig.car.identity.fuel_type = "E";
  rig.car.identity.flags["econnectVehicleStatusCapable"] = false;
  CHECK(has(toyota::sources_for(rig.car), Source::electric));
}

TEST_CASE(
    "a car that says nothing about itself is tried once with everything but climate settings") {
  CloudRig rig;
  const auto sources = toyota::sources_for(rig.car);
  CHECK(sources.size() == 9);
  CHECK(sources.back() == Source::electric);
  CHECK_FALSE(has(sources, Source::climate_settings));
}

TEST_CASE("climate settings are read when a climate flag says yes, in either spelling") {
  CloudRig rig;
  const auto* flag = GENERATE("climateStartEngine", "climateCapable", "econnectClimateCapable",
                              "remoteEngineStartStop", "estartStopCapable");
  rig.car.identity.flags[flag] = true;
  const auto sources = toyota::sources_for(rig.car);
  CHECK(place(sources, Source::climate_settings) == place(sources, Source::climate_status) + 1);
}

TEST_CASE("a gate that says no sends its source to the end, an answer brings it back") {
  CloudRig rig;
  rig.car.identity.flags["telemetryCapable"] = false;
  const auto last = toyota::sources_for(rig.car);
  CHECK(last.back() == Source::telemetry);
  rig.car.evidence.answered.insert(Source::telemetry);
  CHECK(place(toyota::sources_for(rig.car), Source::telemetry) == 0);
}

TEST_CASE("refused sources stay in the list, so that they can be looked at once a day") {
  CloudRig rig;
  rig.car.evidence.refused.insert(Source::health);
  CHECK(has(toyota::sources_for(rig.car), Source::health));
}

}  // namespace toyota2mqtt
