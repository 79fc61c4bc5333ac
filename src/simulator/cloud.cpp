#include "simulator/cloud.hpp"

namespace toyota2mqtt::simulator {

Cloud::Cloud(Options options, SimClock clock, const base::Crypto& crypto)
    : world_(std::move(options), std::move(clock), crypto),
      sign_in_(world_),
      api_(world_, sign_in_),
      abrp_(world_) {}

void Cloud::count(const Request& request) {
  auto route = Api::route_name(request);
  if (route.empty()) {
    constexpr std::size_t kMostRoutes = 500;
    route = request.method + " " + request.path;
    if (world_.journal.routes.size() > kMostRoutes) route = "other";
  }
  world_.journal.routes[route] += 1;
  const auto vin = request.header("vin");
  if (vin && world_.car(*vin) != nullptr) world_.journal.by_car[*vin][route] += 1;
}

Reply Cloud::handle(const Request& request) {
  if (request.path.starts_with("/_sim/")) return control(request);
  count(request);
  const auto effect = faults_.apply(request);
  auto reply = effect.instead;
  if (!reply) reply = sign_in_.handle(request);
  if (!reply) reply = abrp_.handle(request);
  if (!reply) reply = api_.handle(request);
  if (!reply) reply = gateway_error(403, "Unauthorized");  // as the gateway answers unknown paths
  reply->delay += effect.delay;
  return *reply;
}

}  // namespace toyota2mqtt::simulator
