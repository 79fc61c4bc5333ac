#include "toyota2mqtt/setup/effective_options.hpp"
#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/fleet/account_session.hpp"

#include <algorithm>
#include <utility>

namespace toyota2mqtt::setup {

namespace {

bool names(const std::vector<toyota::Credentials>& accounts, const toyota::Credentials& account) {
  return std::ranges::any_of(
      accounts, [&account](const auto& other) { return same_account(other, account); });
}

// What the set-up adds to what the configuration says about the car.
void complete(fleet::VehicleOptions& vehicle, const SavedCar& car,
              const fleet::Options& configured) {
  if (!vehicle.says_ignore && car.used) vehicle.ignore = !*car.used;
  if (configured.policy.abrp.token.empty() && vehicle.abrp_token.empty()) {
    vehicle.abrp_token = car.abrp_token;
  }
}

const SavedCar* saved_car(const SetUp& saved, const base::Vin& vin) {
  const auto found = saved.cars.find(vin);
  return found == saved.cars.end() ? nullptr : &found->second;
}

}  // namespace

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::none: return "none";
    case Origin::configuration: return "configuration";
    case Origin::page: return "page";
  }
  return "none";
}

fleet::Options effective_options(const fleet::Options& configured, const SetUp& saved) {
  auto merged = configured;
  for (const auto& account : saved.accounts) {
    if (names(merged.accounts, account)) continue;
    merged.accounts.push_back(account);
    merged.entered.insert({account.username, account.brand});
  }
  for (const auto& [vin, car] : saved.cars) {
    auto vehicle = std::ranges::find(merged.vehicles, vin, &fleet::VehicleOptions::vin);
    if (vehicle == merged.vehicles.end()) {
      merged.vehicles.push_back({.vin = vin, .name = {}, .abrp_token = {}});
      vehicle = std::prev(merged.vehicles.end());
    }
    complete(*vehicle, car, configured);
  }
  if (merged.policy.abrp.api_key.empty()) merged.policy.abrp.api_key = saved.abrp_api_key;
  return merged;
}

Origin account_origin(const fleet::Options& configured, const SetUp& saved,
                      const toyota::Credentials& account) {
  if (names(configured.accounts, account)) return Origin::configuration;
  return names(saved.accounts, account) ? Origin::page : Origin::none;
}

Origin used_origin(const fleet::Options& configured, const SetUp& saved, const base::Vin& vin) {
  const auto* vehicle = fleet::find_options(configured.vehicles, vin);
  if (vehicle != nullptr && vehicle->says_ignore) return Origin::configuration;
  const auto* car = saved_car(saved, vin);
  return car != nullptr && car->used ? Origin::page : Origin::none;
}

Origin abrp_token_origin(const fleet::Options& configured, const SetUp& saved,
                         const base::Vin& vin) {
  const auto* vehicle = fleet::find_options(configured.vehicles, vin);
  const bool own = vehicle != nullptr && !vehicle->abrp_token.empty();
  if (own || !configured.policy.abrp.token.empty()) return Origin::configuration;
  const auto* car = saved_car(saved, vin);
  return car != nullptr && !car->abrp_token.empty() ? Origin::page : Origin::none;
}

Origin abrp_key_origin(const fleet::Options& configured, const SetUp& saved) {
  if (!configured.policy.abrp.api_key.empty()) return Origin::configuration;
  return saved.abrp_api_key.empty() ? Origin::none : Origin::page;
}

}  // namespace toyota2mqtt::setup
