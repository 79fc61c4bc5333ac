#include "toyota2mqtt/fleet/car_list.hpp"

#include <algorithm>
#include <utility>

namespace toyota2mqtt::fleet {

namespace {

bool lists(const std::vector<toyota::ListedVehicle>& cars, const base::Vin& vin) {
  return std::ranges::any_of(
      cars, [&vin](const toyota::ListedVehicle& car) { return car.identity.vin == vin; });
}

}  // namespace

void CarList::recall(toyota::ListedVehicle car, std::optional<base::Time> missing_since) {
  certain_ = true;
  if (missing_since) missing_.insert_or_assign(car.identity.vin, *missing_since);
  cars_.push_back(std::move(car));
}

CarList::Changes CarList::take(std::vector<toyota::ListedVehicle> listed, base::Time now) {
  Changes changes;
  // A clock that was set back begins the wait anew.
  if (!first_list_ || *first_list_ > now) first_list_ = now;
  certain_ = certain_ || now - *first_list_ >= kSecondListAfter;
  for (const auto& car : listed) {
    if (missing_.erase(car.identity.vin) != 0) changes.back.push_back(car.identity.vin);
    told_.erase(car.identity.vin);
  }
  for (auto& known : cars_) {
    const auto vin = known.identity.vin;
    if (lists(listed, vin)) continue;
    const auto since = missing_.try_emplace(vin, now).first;
    if (since->second > now) since->second = now;
    if (now - since->second >= kSecondListAfter) {
      missing_.erase(since);
      told_.erase(vin);
      changes.gone.push_back(vin);
      continue;
    }
    if (told_.insert(vin).second) changes.missing.push_back(vin);
    listed.push_back(std::move(known));
  }
  cars_ = std::move(listed);
  return changes;
}

std::optional<base::Time> CarList::missing_since(const base::Vin& vin) const {
  const auto found = missing_.find(vin);
  return found == missing_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace toyota2mqtt::fleet
