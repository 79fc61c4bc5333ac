#include "rest/find_car.hpp"

#include <utility>

namespace toyota2mqtt::rest {

std::optional<FleetCar> find_car(const Context& context, std::string_view id_or_vin) {
  constexpr std::size_t kLongest = 32;  // base::Vin
  if (id_or_vin.empty() || id_or_vin.size() > kLongest) return std::nullopt;
  return context.inside.services.fleet.find(context.who.scope, id_or_vin);
}

Problem no_such_car() { return not_found("You have no car with this id or VIN."); }

Problem nothing_known(std::string detail) {
  return {.status = 404,
          .type = "nothing-known",
          .title = "Nothing is known of this yet",
          .detail = std::move(detail)};
}

}  // namespace toyota2mqtt::rest
