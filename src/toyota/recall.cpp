#include "toyota2mqtt/toyota/recall.hpp"

#include <fmt/format.h>

#include <tuple>
#include <utility>

#include "toyota/decode.hpp"

namespace toyota2mqtt::toyota {

void recall_answer(vehicle::Source source, std::string_view body, base::Time answered_at,
                   const base::Zone& zone, vehicle::VehicleState& state) {
  // An answer that this version cannot read leaves the state as it is.
  std::ignore = decode(source, body, state, {.zone = zone, .now = answered_at});
}

std::optional<ListedVehicle> recall_vehicle(std::string_view entry, vehicle::Brand brand,
                                            const base::Crypto& crypto, base::Time listed_at) {
  const auto zone = base::Zone::utc();
  auto listed = decode_vehicle_list(fmt::format(R"({{"payload":[{}]}})", entry), brand, crypto,
                                    {.zone = zone, .now = listed_at});
  if (!listed || listed->size() != 1) return std::nullopt;
  return std::move(listed->front());
}

}  // namespace toyota2mqtt::toyota
