#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/base/error.hpp"
#include "toyota2mqtt/fleet/options.hpp"
#include "toyota2mqtt/vehicle/car.hpp"

namespace toyota2mqtt::fleet {

/// Whether a car is sent to ABRP, and else why not.
enum class AbrpFeed : std::uint8_t {
  sent,
  unused,           ///< no token is meant for this car: the owner does not want ABRP for it
  car_ignored,      ///< vehicles[].ignore
  no_battery,       ///< ABRP plans only for cars with a drive battery
  no_key,           ///< there is a token for the car, but no API key
  token_of_no_car,  ///< abrp.token cannot tell which of several cars it belongs to
  token_in_use,     ///< another car has the same token
};

struct AbrpChoice {
  AbrpFeed feed = AbrpFeed::unused;
  base::Secret token = {};              ///< of `sent` alone
  std::optional<base::Vin> other = {};  ///< of `token_in_use`: the car that has it

  [[nodiscard]] bool sent() const { return feed == AbrpFeed::sent; }
  /// The owner set up ABRP for this car, and yet nothing is sent.
  [[nodiscard]] bool held_up() const {
    return feed == AbrpFeed::no_key || feed == AbrpFeed::token_of_no_car ||
           feed == AbrpFeed::token_in_use;
  }
  friend bool operator==(const AbrpChoice&, const AbrpChoice&) = default;
};

/// How many cars and accounts could be meant by abrp.token.
struct AbrpCandidates {
  std::size_t accounts = 1;
  std::size_t cars = 0;  ///< used ones that may have a drive battery
};

/// ABRP is for cars with a drive battery; a car of unknown drive may have one.
bool may_use_abrp(const vehicle::Identity& identity);

/// The one place that decides which ABRP token a car has and whether it is sent there: the bridge,
/// `doctor`, the page, REST and the entities ask it. A car's own token comes before abrp.token,
/// which counts only when it can mean no other car. Of two cars with one token, the one that stands
/// first in `vehicles` has it. Pure.
AbrpChoice choose_abrp(const abrp::Options& options, const std::vector<VehicleOptions>& vehicles,
                       const vehicle::Identity& identity, const AbrpCandidates& candidates);

/// The other car, not ignored, that `vehicles` gives the same token; blanks around it do not count.
std::optional<base::Vin> other_with_token(const std::vector<VehicleOptions>& vehicles,
                                          const base::Vin& vin, const base::Secret& token);

/// Why nothing is sent, in plain words; nullopt when the car is sent or nobody wants it to be. The
/// remedy can stand alone: it says both why and what to do. `other`: how the owner calls the car
/// that has the token.
std::optional<base::Error> abrp_obstacle(const AbrpChoice& choice, std::string_view other);

}  // namespace toyota2mqtt::fleet
