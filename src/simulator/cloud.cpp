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
  const std::string vin(request.header("vin").value_or(""));
  if (world_.car(vin) != nullptr) world_.journal.by_car[vin][route] += 1;
}

Reply Cloud::handle(const Request& request) {
  if (request.path.starts_with("/_sim/")) return control(request);
  count(request);
  const auto effect = faults_.apply(request);
  auto reply = effect.instead;
  if (!reply) reply = sign_in(request);
  if (!reply) reply = abrp_.handle(request);
  if (!reply) reply = read(request);
  if (!reply) reply = gateway_error(403, "Unauthorized");  // as the gateway answers unknown paths
  reply->delay += effect.delay;
  return *reply;
}

std::optional<Reply> Cloud::sign_in(const Request& request) {
  if (!recorded_login_.active()) return sign_in_.handle(request);
  auto step = recorded_login_.answer(request, world_);
  if (!step) return std::nullopt;
  world_.journal.sign_ins += step->began ? 1 : 0;
  world_.journal.password_posts += step->password ? 1 : 0;
  world_.journal.refreshes += step->refreshed ? 1 : 0;
  if (request.path.ends_with("/access_token")) {
    sign_in_.accept_token(recorded_login_.access_token(), recorded_login_.guid());
  }
  return std::move(step->reply);
}

std::optional<Reply> Cloud::read(const Request& request) {
  if (!replay_.active()) return api_.handle(request);
  if (auto refused = api_.check(request)) return refused;
  return replay_.answer(request);
}

std::optional<std::string> Cloud::replay_recording(const std::string& text) {
  sign_in_.accept_anybody("00000000-0000-4000-8000-000000000001");
  return replay_.load_recording(text);
}

std::optional<std::string> Cloud::replay_directory(const std::string& directory) {
  if (auto problem = replay_.load_directory(directory)) return problem;
  if (auto problem = recorded_login_.load_directory(directory)) return problem;
  sign_in_.accept_anybody("00000000-0000-4000-8000-000000000001");
  if (recorded_login_.active()) {
    sign_in_.accept_token(recorded_login_.access_token(), recorded_login_.guid());
  }
  return std::nullopt;
}

bool Cloud::play(const std::string& scenario) {
  if (scenario == "cold-cache") {
    for (const auto& car : world_.cars) api_.chill(car->spec().vin);
  } else if (scenario == "never-applied") {
    world_.deaf.insert("*");
  } else {
    return scenario == "day";
  }
  return true;
}

}  // namespace toyota2mqtt::simulator
