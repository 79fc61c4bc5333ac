#include "toyota2mqtt/fleet/abrp_choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::fleet {

using base::ErrorCode;

namespace {

bool same_token(const base::Secret& one, const base::Secret& other) {
  return base::trimmed(one.reveal()) == base::trimmed(other.reveal());
}

const VehicleOptions* options_of(const std::vector<VehicleOptions>& vehicles,
                                 const base::Vin& vin) {
  const auto found = std::ranges::find(vehicles, vin, &VehicleOptions::vin);
  return found == vehicles.end() ? nullptr : &*found;
}

/// The car that stands before this one in `vehicles` with the same token.
std::optional<base::Vin> earlier_with_token(const std::vector<VehicleOptions>& vehicles,
                                            const VehicleOptions& own) {
  for (const auto& one : vehicles) {
    if (one.vin == own.vin) break;
    if (!one.ignore && same_token(one.abrp_token, own.abrp_token)) return one.vin;
  }
  return std::nullopt;
}

}  // namespace

bool may_use_abrp(const vehicle::Identity& identity) {
  const auto drive = vehicle::drive_of(identity, {});
  return drive != vehicle::Drive::hev && drive != vehicle::Drive::ice;
}

AbrpChoice choose_abrp(const abrp::Options& options, const std::vector<VehicleOptions>& vehicles,
                       const vehicle::Identity& identity, const AbrpCandidates& candidates) {
  const auto* own = options_of(vehicles, identity.vin);
  const bool has_own = own != nullptr && !own->abrp_token.empty();
  if (!has_own && options.token.empty()) return {.feed = AbrpFeed::unused};
  if (own != nullptr && own->ignore) return {.feed = AbrpFeed::car_ignored};
  if (!may_use_abrp(identity)) return {.feed = AbrpFeed::no_battery};
  if (!has_own && (candidates.accounts != 1 || candidates.cars != 1)) {
    return {.feed = AbrpFeed::token_of_no_car};
  }
  if (has_own) {
    if (auto other = earlier_with_token(vehicles, *own)) {
      return {.feed = AbrpFeed::token_in_use, .token = {}, .other = std::move(other)};
    }
  }
  if (options.api_key.empty()) return {.feed = AbrpFeed::no_key};
  return {.feed = AbrpFeed::sent, .token = has_own ? own->abrp_token : options.token};
}

std::optional<base::Vin> other_with_token(const std::vector<VehicleOptions>& vehicles,
                                          const base::Vin& vin, const base::Secret& token) {
  for (const auto& one : vehicles) {
    if (one.vin != vin && !one.ignore && !one.abrp_token.empty() &&
        same_token(one.abrp_token, token)) {
      return one.vin;
    }
  }
  return std::nullopt;
}

std::optional<base::Error> abrp_obstacle(const AbrpChoice& choice, std::string_view other) {
  const auto because = [](std::string message, std::string remedy) {
    return base::Error{.code = ErrorCode::config_invalid,
                       .message = std::move(message),
                       .remedy = std::move(remedy)};
  };
  switch (choice.feed) {
    case AbrpFeed::sent:
    case AbrpFeed::unused:
    case AbrpFeed::car_ignored: return std::nullopt;
    case AbrpFeed::no_battery:
      return because("This car has no battery that ABRP plans with",
                     "Choose an electric car or a plug-in hybrid.");
    case AbrpFeed::no_key:
      return because("ABRP needs an API key",
                     "ABRP needs an API key. Make a Telemetry key with posting rights in ABRP "
                     "(manage your telemetry API keys) and enter it as abrp.api_key or on this "
                     "program's page.");
    case AbrpFeed::token_of_no_car:
      return because("nothing is sent, because abrp.token can mean several cars",
                     "The token abrp.token does not say which of your cars it belongs to; nothing "
                     "is sent. Put each car's token into its abrp_token in vehicles, and take "
                     "abrp.token out of the configuration.");
    case AbrpFeed::token_in_use:
      return because(fmt::format("{} has this ABRP token already", other),
                     fmt::format("{} has this ABRP token already; nothing is sent for this car. A "
                                 "token belongs to one vehicle in ABRP. Add this car to ABRP, and "
                                 "enter the token that ABRP shows for it.",
                                 other));
  }
  return std::nullopt;
}

}  // namespace toyota2mqtt::fleet
