#include "history/electric_use.hpp"

#include <algorithm>

namespace toyota2mqtt::history {

namespace {

// A rise by so much is a descent or rounding; more is a charge that no session tells of.
constexpr double kMostRise = 3;

bool overlap(Period one, Period other) {
  return std::max(one.from, other.from) < std::min(one.to, other.to);
}

bool charged_between(const FigureInput& input, Period gap) {
  return std::ranges::any_of(input.charges, [gap](const ChargeRecord& charge) {
    // One without an end goes on.
    return overlap(gap, {.from = charge.start, .to = charge.end.value_or(base::Time::max())});
  });
}

/// Whether the car burns fuel, too, as far as anything says so.
bool has_tank(const FigureInput& input) {
  const bool trips = std::ranges::any_of(input.trips, [](const TripRecord& record) {
    return record.trip.ev_distance || (record.trip.fuel && record.trip.fuel->value > 0);
  });
  return trips || std::ranges::any_of(input.samples, [](const SampleRecord& sample) {
           return sample.fuel_level && *sample.fuel_level > 0;
         });
}

}  // namespace

ElectricUse electric_use(const FigureInput& input, Period period) {
  ElectricUse use;
  const SampleRecord* before = nullptr;
  for (const auto& sample : input.samples) {
    if (!sample.battery_level || sample.at < period.from || sample.at >= period.to) continue;
    if (before == nullptr) {
      before = &sample;
      use.since = use.until = sample.at;
      continue;
    }
    const Period gap{.from = before->at, .to = sample.at};
    const double fall = *before->battery_level - *sample.battery_level;
    if (fall < -kMostRise || charged_between(input, gap)) {
      use.skipped.push_back(gap);
    } else {
      use.level += fall;
      const bool known = before->odometer && sample.odometer;
      if (known) use.km += std::max(0.0, *sample.odometer - *before->odometer);
    }
    use.until = sample.at;
    before = &sample;
  }
  return use;
}

std::optional<ElectricWay> electric_way(const FigureInput& input, const ElectricUse& use) {
  if (!has_tank(input)) return ElectricWay{.km = use.km, .source = "by the odometer"};
  ElectricWay way{.km = 0, .source = "as its trips say"};
  for (const auto& [trip, route] : input.trips) {
    // Trips and samples have clocks of their own: the middle of a trip says where it belongs.
    const auto middle = trip.start + (trip.end - trip.start) / 2;
    if (middle < use.since || middle > use.until) continue;
    const bool skipped = std::ranges::any_of(
        use.skipped, [middle](const Period& gap) { return gap.from < middle && middle < gap.to; });
    if (skipped) continue;
    if (!trip.ev_distance) return std::nullopt;
    way.km += trip.ev_distance->value;
  }
  return way;
}

}  // namespace toyota2mqtt::history
