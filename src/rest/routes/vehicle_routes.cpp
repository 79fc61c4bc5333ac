#include <array>

#include "rest/http/problem.hpp"
#include "rest/http/router.hpp"
#include "rest/routes/car_views.hpp"

// What is known of the cars.
namespace toyota2mqtt::rest {

namespace {

constexpr const char* kWhichCar = "Say which car: add ?vin= with its VIN or its id.";

base::Task<Response> vehicles(Context& context) {
  const auto& services = context.deps.services;
  Json list = Json::array();
  for (const auto& car : services.fleet.cars(context.who.scope)) list.push_back(car_summary(car));
  const auto body = json_io::to_text(Json{{"vehicles", std::move(list)}});
  co_return conditional(context, body, etag_of(body, services.crypto));
}

template <View view>
base::Task<Response> one(Context& context) {
  return answer_view(context, view, context.parameters.at(0));
}

base::Task<Response> abrp(Context& context) {
  return answer_abrp(context, context.parameters.at(0));
}

/// The car of the old gateway's forms: `vin` in the query, or the only one there is.
std::optional<std::string> meant(const Context& context) {
  const auto vin = context.request.query.find("vin");
  if (vin != context.request.query.end()) return vin->second;
  const auto cars = context.deps.services.fleet.cars(context.who.scope);
  if (cars.size() != 1) return std::nullopt;
  return cars.front().car->identity.id.text;
}

template <View view>
base::Task<Response> single(Context& context) {
  auto car = meant(context);
  if (!car) co_return problem_response(bad_request(kWhichCar));
  co_return co_await answer_view(context, view, std::move(*car));
}

base::Task<Response> single_abrp(Context& context) {
  auto car = meant(context);
  if (!car) co_return problem_response(bad_request(kWhichCar));
  co_return co_await answer_abrp(context, std::move(*car));
}

// clang-format off
constexpr auto kVehicleRoutes = std::to_array<Route>({
    {.method = "GET", .path = "/vehicles", .handler = vehicles},
    {.method = "GET", .path = "/vehicles/{car}", .handler = one<View::car>},
    {.method = "GET", .path = "/vehicles/{car}/location", .handler = one<View::location>},
    {.method = "GET", .path = "/vehicles/{car}/telemetry", .handler = one<View::telemetry>},
    {.method = "GET", .path = "/vehicles/{car}/status", .handler = one<View::status>},
    {.method = "GET", .path = "/vehicles/{car}/abrp", .handler = abrp},
    {.method = "GET", .path = "/location", .handler = single<View::location>},
    {.method = "GET", .path = "/telemetry", .handler = single<View::telemetry>},
    {.method = "GET", .path = "/status", .handler = single<View::status>},
    {.method = "GET", .path = "/abrp", .handler = single_abrp},
});
// clang-format on

}  // namespace

std::span<const Route> vehicle_routes() { return kVehicleRoutes; }

}  // namespace toyota2mqtt::rest
