#include "simulator/api.hpp"

#include <array>

#include "toyota2mqtt/base/encoding.hpp"

namespace toyota2mqtt::simulator {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::string_view kApiKey = "tTZipv6liF74PwMfk9Ed68AQ0bISswwf3iHQdqcF";
constexpr auto kCacheLife = hours(6);
constexpr auto kHealing = minutes(3);

enum class Needs { account, car };
enum class Age { current, retired };

struct Route {
  std::string_view method;
  std::string_view path;
  Needs needs;
  Age age;
  Reply (*answer)(const Call&);
};

constexpr std::array kApiRoutes = {
    Route{"GET", "/v2/vehicle/guid", Needs::account, Age::current, vehicle_list},
    Route{"GET", "/v4/account", Needs::account, Age::current, account},
    Route{"PUT", "/v1/vehicle-association/vehicle", Needs::account, Age::current, set_alias},
    Route{"GET", "/v3/telemetry", Needs::car, Age::current, telemetry},
    Route{"GET", "/v1/odometer", Needs::car, Age::current, odometer},
    Route{"GET", "/v1/location", Needs::car, Age::current, location},
    Route{"GET", "/v1/vehicle/electric/status", Needs::car, Age::current, electric_status},
    Route{"GET", "/v1/global/remote/electric/status", Needs::car, Age::retired,
          retired_electric_status},
    Route{"POST", "/v1/global/remote/electric/realtime-status", Needs::car, Age::current,
          wake_electric},
    Route{"POST", "/v1/global/remote/electric/command", Needs::car, Age::current, electric_command},
    Route{"GET", "/v1/vehicle/status", Needs::car, Age::current, vehicle_status},
    Route{"GET", "/v1/global/remote/status", Needs::car, Age::retired, retired_vehicle_status},
    Route{"POST", "/v1/remote/status", Needs::car, Age::current, wake_status},
    Route{"POST", "/v1/global/remote/refresh-status", Needs::car, Age::retired,
          retired_wake_status},
    Route{"GET", "/v1/vehicle/climate-status", Needs::car, Age::current, climate_status},
    Route{"GET", "/v1/vehicle/climate-settings", Needs::car, Age::current, climate_settings},
    Route{"GET", "/v1/global/remote/climate-status", Needs::car, Age::retired,
          retired_climate_status},
    Route{"GET", "/v1/global/remote/climate-settings", Needs::car, Age::retired,
          retired_climate_settings},
    Route{"PUT", "/v1/global/remote/climate-settings", Needs::car, Age::retired,
          set_climate_settings},
    Route{"POST", "/v1/remote/refresh-climate-status", Needs::car, Age::current, wake_climate},
    Route{"POST", "/v1/global/remote/refresh-climate-status", Needs::car, Age::retired,
          wake_climate},
    Route{"POST", "/v2/remote/climate-control", Needs::car, Age::current, climate_control},
    Route{"POST", "/v1/global/remote/climate-control", Needs::car, Age::retired,
          retired_climate_control},
    Route{"POST", "/v1/global/remote/command", Needs::car, Age::current, remote_command},
    Route{"GET", "/v1/vehiclehealth/status", Needs::car, Age::current, health},
    Route{"GET", "/v1/servicehistory/vehicle/summary", Needs::car, Age::current, service_history},
    Route{"GET", "/v2/notification/history", Needs::car, Age::current, notifications},
    Route{"GET", "/v1/trips", Needs::car, Age::current, trips},
    Route{"GET", "/v1/trips/{id}", Needs::car, Age::current, one_trip},
};

const Route* find_route(const Request& request) {
  for (const auto& route : kApiRoutes) {
    if (request.method != route.method) continue;
    if (request.path == route.path) return &route;
    const auto brace = route.path.find('{');
    if (brace == std::string_view::npos || !request.path.starts_with(route.path.substr(0, brace))) {
      continue;
    }
    if (request.path.size() > brace && request.path.find('/', brace) == std::string::npos) {
      return &route;
    }
  }
  return nullptr;
}

}  // namespace

std::string Api::route_name(const Request& request) {
  const auto* route = find_route(request);
  if (route == nullptr) return {};
  return std::string(route->method) + " " + std::string(route->path);
}

std::optional<Reply> Api::refuse(int status, const char* reason, const char* detail) {
  world_.journal.refused[reason] += 1;
  return gateway_error(status, detail);
}

std::optional<Reply> Api::refusal(const Request& request, std::string& guid) {
  const auto header = [&](std::string_view name) { return request.header(name).value_or(""); };
  const auto key = request.header("x-api-key").value_or(header("api_key"));
  if (key != kApiKey) return refuse(403, "x-api-key", "Unauthorized");
  const auto reference = header("x-client-ref");
  const auto version = header("x-appversion");
  if (reference.empty()) return refuse(403, "x-client-ref missing", "Unauthorized");
  if (version.empty()) return refuse(403, "x-appversion missing", "Unauthorized");
  if (header("x-channel") != "ONEAPP") return refuse(403, "x-channel", "Unauthorized");

  const auto authorization = header("authorization");
  const auto space = authorization.find(' ');
  if (space == std::string::npos || !same_text(authorization.substr(0, space), "bearer")) {
    return refuse(401, "no bearer token", "Unauthorized");
  }
  const auto state = sign_in_.check(std::string(authorization.substr(space + 1)), guid);
  if (state == SignIn::TokenState::expired) return refuse(401, "token expired", "Unauthorized");
  if (state == SignIn::TokenState::unknown) {
    return refuse(401, "token unknown", "invalid token could not authorize");
  }
  if (request.header("x-guid").value_or(header("guid")) != guid) {
    return refuse(403, "x-guid", "invalid token could not authorize");
  }
  if (reference != base::hex(world_.crypto.hmac_sha256(version, guid))) {
    return refuse(403, "x-client-ref wrong", "Unauthorized");
  }
  return std::nullopt;
}

std::optional<Reply> Api::check(const Request& request) {
  std::string guid;
  return refusal(request, guid);
}

void Api::chill(const std::string& vin) { interest_[vin].chilled = true; }

bool Api::status_is_cold(const Car& car) {
  const auto now = world_.clock.now();
  auto [entry, fresh] = interest_.try_emplace(car.spec().vin);
  auto& interest = entry->second;
  if (fresh) interest.asked = world_.clock.start();
  const auto warmed = std::max(interest.asked, car.last_report(kStatus, now).value_or(Time{}));
  const bool due = interest.chilled || (car.spec().cold_cache && now - warmed > kCacheLife);
  if (!due) {
    interest.asked = now;
    return false;
  }
  if (!interest.cold_since) interest.cold_since = now;
  const auto report = car.last_report(kStatus, now);
  const bool woken = report && *report > *interest.cold_since;
  if (!woken && now - *interest.cold_since < kHealing) return true;
  interest = {now, std::nullopt, false};
  return false;
}

std::optional<Reply> Api::fence(const Request& request, bool electric) {
  using enum RetiredRoutes;
  const auto* car = world_.car(std::string(request.header("vin").value_or("")));
  const bool answers = electric && car != nullptr && car->spec().old_electric_route;
  const auto rule = world_.options.retired;
  if (rule == all || (rule == as_real && answers)) return std::nullopt;
  return refuse(403, "retired route",
                "Authorization header requires 'Credential' parameter. Authorization header "
                "requires 'Signature' parameter (IncompleteSignatureException).");
}

std::optional<Reply> Api::handle(const Request& request) {
  const auto* route = find_route(request);
  if (route == nullptr) return std::nullopt;
  std::string guid;
  if (auto refused = refusal(request, guid)) return refused;
  const auto* user = world_.user_by_guid(guid);
  if (user == nullptr) return refuse(403, "user unknown", "Unauthorized");
  if (route->age == Age::retired) {
    const bool electric = route->answer == retired_electric_status;
    if (auto refused = fence(request, electric)) return refused;
  }
  Call call{world_, request, *user, nullptr, world_.clock.now()};
  if (route->needs == Needs::car) {
    const std::string vin(request.header("vin").value_or(""));
    if (vin.empty()) {
      return error_a(400, "CTP-GENERIC-40017", "Bad Request", "Missing required header: vin");
    }
    call.car = world_.car(vin);
    if (call.car == nullptr || !World::owns(*user, call.car->spec())) {
      return refuse(403, "foreign vin", "invalid guid and vin mapping");
    }
    if (call.car->spec().needs_user_region && !request.header("x-user-region")) {
      return error_a(400, "CTP-GENERIC-40017", "Bad Request",
                     "Missing required header: x-user-region");
    }
    const bool status = route->answer == vehicle_status || route->answer == retired_vehicle_status;
    if (status && status_is_cold(*call.car)) return refuse(429, "cold cache", "Unauthorized");
  }
  return route->answer(call);
}

}  // namespace toyota2mqtt::simulator
