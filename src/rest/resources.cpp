#include "rest/resources.hpp"

#include <array>

namespace toyota2mqtt::rest {

namespace {

std::string random_key(base::Random& random) {
  constexpr std::size_t kBytes = 32;
  std::array<std::uint8_t, kBytes> bytes{};
  random.fill(bytes);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Resources::Resources(Services& services)
    : commands(services.clock),
      started(services.clock.now()),
      started_steady(services.clock.steady()),
      services_(services),
      key_(random_key(services.random)) {
  services_.listeners.add(*this, fleet::Listeners::Hears::interface);
}

Resources::~Resources() { services_.listeners.remove(*this); }

void Resources::commanded(const FleetCar& car, const vehicle::CommandResult& result) {
  for (const auto& step : steps_of(result, services_.clock.now())) commands.told(car, step);
}

void Resources::cars_changed(const std::string& account_key) {
  const auto left = services_.fleet.cars({.account_key = account_key});
  cache.keep_only(account_key, left);
  commands.keep_only(account_key, left);
}

base::Digest Resources::digest(std::string_view text) const {
  return services_.crypto.hmac_sha256(key_, text);
}

}  // namespace toyota2mqtt::rest
