#include "support/decode_property.hpp"

#include <cmath>

#include "toyota/decode.hpp"
#include "toyota2mqtt/platform/crypto.hpp"

namespace toyota2mqtt::test {

namespace {

template <class Q>
bool within(const vehicle::Field<Q>& field, double low, double high) {
  return !field || (field->value.value >= low && field->value.value <= high);
}

bool in_range(const vehicle::VehicleState& s) {
  const bool percents = within(s.fuel_level, 0, 100) && within(s.battery_level_reported, 0, 100) &&
                        within(s.battery_level_usable, 0, 100);
  const bool distances = within(s.odometer, 0, 1e7) && within(s.ev_range, 0, 1e7) &&
                         within(s.ev_range_ac, 0, 1e7) && within(s.fuel_range, 0, 1e7) &&
                         within(s.total_range, 0, 1e7) && within(s.charge_time_left, 0, 86400);
  const bool place = !s.position || (std::abs(s.position->value.latitude) <= 90 &&
                                     std::abs(s.position->value.longitude) <= 180);
  const bool list = !s.notifications || s.notifications->size() <= 200;
  return percents && distances && place && list;
}

}  // namespace

std::string decode_violation(vehicle::Source source, std::string_view body) {
  const auto zone = base::Zone::utc();
  const toyota::DecodeContext context{.zone = zone,
                                      .now = *base::parse_iso8601("2026-11-20T12:00:00Z")};
  const std::string name(vehicle::to_string(source));
  if (source == vehicle::Source::vehicle_list) {
    const platform::OpenSslCrypto crypto;
    const auto cars = toyota::decode_vehicle_list(body, vehicle::Brand::toyota, crypto, context);
    for (const auto& car : cars.value_or(std::vector<toyota::ListedVehicle>{})) {
      if (car.identity.id.text.size() != 10) return name + ": a car without an id";
    }
    return {};
  }
  vehicle::VehicleState once;
  const bool good = toyota::decode(source, body, once, context).has_value();
  if (!good && once != vehicle::VehicleState{}) return name + ": an error touched the state";
  if (!in_range(once)) return name + ": a value out of range";
  auto twice = once;
  const bool again = toyota::decode(source, body, twice, context).has_value();
  if (good != again || twice != once) return name + ": decoding twice differs";
  return {};
}

std::string decode_violation(std::string_view body) {
  for (const auto source : vehicle::kAllSources) {
    if (auto violation = decode_violation(source, body); !violation.empty()) return violation;
  }
  return {};
}

}  // namespace toyota2mqtt::test
