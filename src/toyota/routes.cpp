#include "toyota/routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "toyota2mqtt/toyota/cloud.hpp"

namespace toyota2mqtt::toyota {

using vehicle::Source;

namespace {

constexpr BrandConstants kToyota = {.realm = "tme",
                                    .client_id = "oneapp",
                                    .redirect_uri = "com.toyota.oneapp:/oauth2Callback",
                                    .basic_credential = "b25lYXBwOm9uZWFwcA==",
                                    .code = "T",
                                    .app_name = "MyToyota"};
constexpr BrandConstants kLexus = {.realm = "tme",
                                   .client_id = "oneapp",
                                   .redirect_uri = "com.toyota.oneapp:/oauth2Callback",
                                   .basic_credential = "b25lYXBwOm9uZWFwcA==",
                                   .code = "L",
                                   .app_name = "Lexus Link"};
constexpr BrandConstants kSubaru = {
    .realm = "alliance-subaru",
    .client_id = "8c4921b0b08901fef389ce1af49c4e10.subaru.com",
    .redirect_uri = "com.subaru.oneapp:/oauth2Callback",
    .basic_credential =
        "OGM0OTIxYjBiMDg5MDFmZWYzODljZTFhZjQ5YzRlMTAuc3ViYXJ1LmNvbTpJaGNkcjV4YmhI"
        "YlRSMk9aOGdRa3YyNTZicmhTYjc=",
    .code = "S",
    .app_name = "Subaru Solterra Connect"};

constexpr std::array kRouteTable = {
    Route{Source::vehicle_list, "/v2/vehicle/guid", ""},
    Route{Source::telemetry, "/v3/telemetry", ""},
    Route{Source::location, "/v1/location", ""},
    Route{Source::electric, "/v1/vehicle/electric/status", "/v1/global/remote/electric/status"},
    Route{Source::status, "/v1/vehicle/status", "/v1/global/remote/status"},
    Route{Source::climate_status, "/v1/vehicle/climate-status", "/v1/global/remote/climate-status"},
    Route{Source::climate_settings, "/v1/vehicle/climate-settings",
          "/v1/global/remote/climate-settings"},
    Route{Source::health, "/v1/vehiclehealth/status", ""},
    Route{Source::service_history, "/v1/servicehistory/vehicle/summary", ""},
    Route{Source::notifications, "/v2/notification/history", ""},
    Route{Source::trips, "/v1/trips", ""},
};
static_assert(kRouteTable.size() == vehicle::kAllSources.size());

constexpr int kTripsPerPage = 5;
constexpr int kPastTrips = 50;            // the most that the cloud gives
constexpr int kPastTripsWithTracks = 10;  // a long drive has 1,000 points

std::chrono::year_month_day monday_of(std::chrono::year_month_day day) {
  const std::chrono::sys_days date(day);
  return date - (std::chrono::weekday(date) - std::chrono::Monday);
}

// The gates: the flags that say whether a car has a source (docs/toyota-protocol.md,
// "Capabilities"). Any true one opens; all flags that are there being false closes; none being
// there decides nothing.
enum class Gate : std::uint8_t { open, closed, unsaid };

Gate gate(const vehicle::Identity& car, std::initializer_list<const char*> flags) {
  auto result = Gate::unsaid;
  for (const auto* name : flags) {
    const auto flag = car.flags.find(name);
    if (flag == car.flags.end()) continue;
    if (flag->second) return Gate::open;
    result = Gate::closed;
  }
  return result;
}

Gate climate_gate(const vehicle::Identity& car) {
  return gate(car, {"climateStartEngine", "climateCapable", "econnectClimateCapable",
                    "remoteEngineStartStop", "estartStopCapable"});
}

Gate electric_gate(const vehicle::Car& car) {
  const auto& identity = car.identity;
  const auto& evidence = car.evidence;
  const auto flag = gate(identity, {"econnectVehicleStatusCapable"});
  const bool electric = identity.ev_vehicle || identity.fuel_type == "E" ||
                        identity.fuel_type == "I" || evidence.answered.contains(Source::electric) ||
                        evidence.ever_plugged || evidence.ever_battery_level;
  if (flag == Gate::open || electric) return Gate::open;
  return flag == Gate::unsaid && identity.fuel_type.empty() ? Gate::unsaid : Gate::closed;
}

Gate gate_of(const vehicle::Car& car, Source source) {
  const auto& identity = car.identity;
  switch (source) {
    case Source::location: return gate(identity, {"lastParkedCapable", "lastParked"});
    case Source::telemetry: return gate(identity, {"telemetryCapable"});
    case Source::status: return gate(identity, {"vehicleStatus"});
    case Source::service_history: return gate(identity, {"serviceHistory"});
    case Source::climate_status: return climate_gate(identity);
    default: return Gate::unsaid;
  }
}

}  // namespace

const BrandConstants& constants_of(vehicle::Brand brand) {
  switch (brand) {
    case vehicle::Brand::toyota: return kToyota;
    case vehicle::Brand::lexus: return kLexus;
    case vehicle::Brand::subaru: return kSubaru;
  }
  return kToyota;
}

std::span<const Route> all_routes() { return kRouteTable; }

const Route& route_of(Source source) {
  return *std::find_if(kRouteTable.begin(), kRouteTable.end(),
                       [source](const Route& route) { return route.source == source; });
}

std::string query_of(Source source, base::Time now, const base::Zone& zone, bool with_tracks) {
  if (source != Source::trips) return {};
  const auto today = zone.local_date(now);
  const auto new_year = today.year() / std::chrono::January / 1;
  const auto from = std::min(new_year, monday_of(today));
  return fmt::format("?from={}&to={}&route={}&summary=true&limit={}&offset=0",
                     base::format_date(from), base::format_date(today), with_tracks, kTripsPerPage);
}

std::string past_trips_query(const TripQuery& query) {
  return fmt::format("?from={}&to={}&route={}&summary=false&limit={}&offset={}",
                     base::format_date(query.from), base::format_date(query.to), query.with_track,
                     query.with_track ? kPastTripsWithTracks : kPastTrips, query.offset);
}

std::vector<Source> sources_for(const vehicle::Car& car) {
  constexpr std::array kOrder = {
      Source::telemetry, Source::status,          Source::location, Source::climate_status,
      Source::health,    Source::service_history, Source::trips,    Source::notifications};
  std::vector<Source> sources;
  std::vector<Source> last;  // flags lie, so a closed gate only sends a source to the end
  const auto electric = electric_gate(car);
  for (const auto source : kOrder) {
    const bool closed =
        gate_of(car, source) == Gate::closed && !car.evidence.answered.contains(source);
    (closed ? last : sources).push_back(source);
    if (source == Source::telemetry && electric == Gate::open) sources.push_back(Source::electric);
    if (source == Source::climate_status && climate_gate(car.identity) == Gate::open) {
      sources.push_back(Source::climate_settings);
    }
  }
  if (electric == Gate::unsaid) sources.push_back(Source::electric);
  sources.insert(sources.end(), last.begin(), last.end());
  return sources;
}

}  // namespace toyota2mqtt::toyota
