#include <chrono>
#include <utility>

#include "toyota2mqtt/base/text.hpp"
#include "toyota2mqtt/setup/effective_options.hpp"
#include "toyota2mqtt/setup/input_validation.hpp"
#include "toyota2mqtt/setup/set_up_service.hpp"

// ABRP of one car, as entered on the page.
namespace toyota2mqtt::setup {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Task;

namespace {

constexpr auto kPace = std::chrono::seconds(10);  // at most one request per 10 s (docs/abrp.md)

std::unexpected<base::Error> no_such_car() {
  return fail(ErrorCode::config_invalid, "There is no such car any more", "Load the page again.");
}

AbrpEntry trimmed_entry(AbrpEntry entry) {
  entry.api_key = base::Secret(std::string(base::trimmed(entry.api_key.reveal())));
  entry.token = base::Secret(std::string(base::trimmed(entry.token.reveal())));
  return entry;
}

Result<void> key_is_usable(const base::Secret& key) {
  if (is_token(key)) return {};
  return fail(ErrorCode::config_invalid,
              key.empty() ? "ABRP needs an API key" : "This does not look like an API key of ABRP",
              "Make a Telemetry key with posting rights in ABRP (manage your telemetry API keys) "
              "and copy it here.");
}

Result<void> token_is_usable(const base::Secret& token) {
  if (is_token(token)) return {};
  return fail(
      ErrorCode::config_invalid,
      token.empty() ? "The car's ABRP token is missing" : "This does not look like a token of ABRP",
      "In ABRP's app open Settings, Connect live data, Generic, and copy the token here.");
}

}  // namespace

std::optional<vehicle::Identity> SetUpService::find_car(const base::CarId& id) const {
  for (const auto& account : services_.accounts.owners()) {
    for (const auto& car : account->listed()) {
      if (car.identity.id == id) return car.identity;
    }
  }
  return std::nullopt;
}

// A token names one vehicle in ABRP: two cars with one would be mixed up there.
Result<void> SetUpService::token_is_free(const base::Secret& token,
                                         const vehicle::Identity& car) const {
  const auto& vehicles = services_.accounts.options().vehicles;
  const auto other = fleet::other_with_token(vehicles, car.vin, token);
  if (!other) return {};
  std::string name = other->masked();
  for (const auto& account : services_.accounts.owners()) {
    for (const auto& listed : account->listed()) {
      if (listed.identity.vin != *other) continue;
      name = fleet::car_name(listed.identity, fleet::find_options(vehicles, *other));
    }
  }
  return fail(ErrorCode::config_invalid, name + " has this ABRP token already",
              "A token belongs to one vehicle in ABRP. Copy the token of this car, or press \"Stop "
              "sending\" for " +
                  name + " first.");
}

// What was typed, completed by what is known already.
Result<abrp::Options> SetUpService::abrp_options(const AbrpEntry& entry,
                                                 const vehicle::Identity& car) const {
  const auto& known = services_.accounts.options();
  auto options = known.policy.abrp;
  if (!entry.api_key.empty()) options.api_key = entry.api_key;
  if (const auto* own = fleet::find_options(known.vehicles, car.vin);
      own != nullptr && !own->abrp_token.empty()) {
    options.token = own->abrp_token;
  }
  if (!entry.token.empty()) options.token = entry.token;
  if (auto usable = key_is_usable(options.api_key); !usable) return fail(usable.error());
  if (auto usable = token_is_usable(options.token); !usable) return fail(usable.error());
  if (auto free = token_is_free(options.token, car); !free) return fail(free.error());
  return options;
}

Task<Result<std::string>> SetUpService::check_abrp(AbrpEntry entry) {
  entry = trimmed_entry(std::move(entry));
  services_.hide(entry.api_key);
  services_.hide(entry.token);
  const auto lock = co_await checking_abrp_.lock();
  if (!lock) co_return fail(lock.error());
  const auto car = find_car(entry.car);
  if (!car) co_return no_such_car();
  auto options = abrp_options(entry, *car);
  if (!options) co_return fail(options.error());
  // The link keeps ABRP's pace within one check; an owner who checks again and again waits here.
  auto& clock = services_.outside.clock;
  if (abrp_checked_at_) {
    auto slept = co_await base::sleep_until(clock, *abrp_checked_at_ + kPace);
    if (!slept) co_return fail(slept.error());
  }
  abrp::Link link(services_.outside.for_abrp(), std::move(*options), car->id);
  auto name = co_await link.check();
  abrp_checked_at_ = clock.steady();
  if (!name) co_return fail(with_remedy(name.error()));
  co_return name;
}

Task<Result<void>> SetUpService::save_abrp(AbrpEntry entry) {
  entry = trimmed_entry(std::move(entry));
  services_.hide(entry.api_key);
  services_.hide(entry.token);
  const auto lock = co_await begin_change();
  if (!lock) co_return fail(lock.error());
  const auto car = find_car(entry.car);
  if (!car) co_return no_such_car();
  if (abrp_token_origin(configured_, set_up_, car->vin) == Origin::configuration) {
    co_return fail(ErrorCode::config_invalid, "The ABRP token stands in the configuration",
                   "Change it there: in the options of the app, or in the configuration file.");
  }
  auto next = set_up_;
  if (!entry.api_key.empty() && entry.api_key != configured_.policy.abrp.api_key) {
    if (!configured_.policy.abrp.api_key.empty()) {
      co_return fail(ErrorCode::config_invalid, "The API key of ABRP stands in the configuration",
                     "Leave the key empty here, or change it in the configuration.");
    }
    if (auto usable = key_is_usable(entry.api_key); !usable) co_return usable;
    next.abrp_api_key = entry.api_key;
  }
  if (!entry.token.empty()) {
    const auto options = abrp_options(entry, *car);
    if (!options) co_return fail(options.error());
    if (!fleet::may_use_abrp(*car)) {
      co_return fail(ErrorCode::config_invalid, "This car has no battery that ABRP plans with",
                     "Choose an electric car or a plug-in hybrid.");
    }
  }
  next.cars[car->vin].abrp_token = entry.token;
  co_return co_await change(std::move(next));
}

}  // namespace toyota2mqtt::setup
