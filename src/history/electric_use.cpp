#include "history/statistics_parts.hpp"

#include <algorithm>

namespace toyota2mqtt::history {

namespace {

bool overlap(Period one, Period other) {
  return std::max(one.from, other.from) < std::min(one.to, other.to);
}

bool charged_between(const StatisticsInput& input, Period gap) {
  return std::ranges::any_of(input.charges, [gap](const ChargeRecord& charge) {
    // One without an end goes on.
    return overlap(gap, {.from = charge.start, .to = charge.end.value_or(base::Time::max())});
  });
}

}  // namespace

ElectricUse electric_use(const StatisticsInput& input, Period period) {
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
      if (before->odometer && sample.odometer) {
        use.measured_level += fall;
        use.km += std::max(0.0, *sample.odometer - *before->odometer);
      }
    }
    use.until = sample.at;
    before = &sample;
  }
  return use;
}

std::optional<ElectricWay> electric_way(const StatisticsInput& input, const ElectricUse& use) {
  if (!input.known.tank) {
    return ElectricWay{.km = use.km, .level = use.measured_level, .source = "by the odometer"};
  }
  ElectricWay way{.km = 0, .level = use.level, .source = "as its trips say"};
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
