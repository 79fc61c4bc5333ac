#include "toyota2mqtt/history/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "history/statistics_parts.hpp"

namespace toyota2mqtt::history {

namespace {

using vehicle::KnownStatistic;
using vehicle::no_statistic;
using vehicle::Statistic;

// Below these a figure would say more about rounding than about the car (docs/history-figures.md).
constexpr double kLeastKm = 50;
constexpr double kLeastShareKm = 10;
constexpr double kLeastLevel = 10;       // % points that left the battery
constexpr double kLeastRangeLevel = 50;  // %: below, one % of rounding moves the range at full
constexpr std::size_t kLeastRanges = 5;
constexpr double kPer100 = 100;

/// An amount of those trips that tell it, and the way of the same trips.
struct Share {
  double amount = 0;
  double km = 0;
  std::size_t trips = 0;
  base::Time since{};
  base::Time until{};

  void add(const vehicle::Trip& trip, double value) {
    since = trips == 0 ? trip.start : std::min(since, trip.start);
    until = std::max(until, trip.end);
    amount += value;
    km += trip.distance->value;
    ++trips;
  }
  [[nodiscard]] std::string said() const {
    return fmt::format("{} trip{}, {:.0f} km", trips, trips == 1 ? "" : "s", km);
  }
  [[nodiscard]] Statistic per_100(std::string basis) const {
    return {
        .value = amount / km * kPer100, .basis = std::move(basis), .since = since, .until = until};
  }
};

KnownStatistic ev_share(const StatisticsInput& input) {
  Share electric;
  for (const auto& [trip, route] : input.trips) {
    if (trip.distance && trip.ev_distance) electric.add(trip, trip.ev_distance->value);
  }
  if (electric.km < kLeastShareKm) {
    return no_statistic(
        fmt::format("trips that tell their electric part make {:.0f} km; it takes {:g}",
                    electric.km, kLeastShareKm));
  }
  return electric.per_100(electric.said());
}

KnownStatistic fuel_consumption(const StatisticsInput& input) {
  if (!input.known.tank) return no_statistic("nothing says that this car burns fuel");
  Share fuel;
  for (const auto& [trip, route] : input.trips) {
    if (trip.distance && trip.fuel) fuel.add(trip, trip.fuel->value);
  }
  if (fuel.km < kLeastKm) {
    return no_statistic(
        fmt::format("trips that tell their fuel make {:.0f} km; it takes {:g}", fuel.km, kLeastKm));
  }
  return fuel.per_100(fmt::format("{}, {:.1f} L", fuel.said(), fuel.amount));
}

/// Between the newest sample before the period, if there is one, and the newest in it.
KnownStatistic odometer_distance(const StatisticsInput& input, Period period) {
  const auto has_odometer = [](const SampleRecord& sample) { return sample.odometer.has_value(); };
  const auto inside = std::ranges::find_if(input.samples, has_odometer);
  const bool from_before = input.before && input.before->odometer;
  if (!from_before && inside == input.samples.end()) return no_statistic("no odometer is known");
  const auto& first = from_before ? *input.before : *inside;
  const auto last = std::find_if(input.samples.rbegin(), input.samples.rend(), has_odometer);
  const double km = last == input.samples.rend() ? 0 : *last->odometer - *first.odometer;
  if (km < 0) return no_statistic("the odometer fell");
  return Statistic{.value = km,
                   .basis = "the odometer",
                   .since = std::max(first.at, period.from),
                   .until = period.to};
}

/// Of the trips, or by the odometer when that is known for longer.
KnownStatistic distance(const StatisticsInput& input, Period period) {
  auto measured = odometer_distance(input, period);
  const auto since = distances_known(input, period);
  if (!since) return measured ? measured : KnownStatistic(std::unexpected(since.error()));
  if (measured && measured->since < *since) return measured;
  const auto sum = sum_of_trips(input, *since);
  return Statistic{.value = sum.km, .basis = sum.said(), .since = *since, .until = period.to};
}

KnownStatistic electric_consumption(const StatisticsInput& input, std::optional<double> capacity,
                                    Period period) {
  if (!input.known.levels) return no_statistic("no battery level has been reported yet");
  if (!capacity || *capacity <= 0) {
    return no_statistic("the usable capacity is not known (vehicles[].usable_capacity)");
  }
  if (input.known.tank) {
    // Without all trips the level would fall on unknown trips.
    const auto known = trips_known(input, period);
    if (!known) return std::unexpected(known.error());
    period.from = std::max(period.from, *known);
  }
  const auto use = electric_use(input, period);
  const auto way = electric_way(input, use);
  if (!way) return no_statistic("a trip does not tell how far it went electrically");
  if (way->km < kLeastKm || way->level < kLeastLevel) {
    return no_statistic(
        fmt::format("the level fell by {:.0f} % over {:.0f} km driven electrically; it "
                    "takes {:g} % and {:g} km",
                    way->level, way->km, kLeastLevel, kLeastKm));
  }
  const double kwh = way->level / kPer100 * *capacity;
  return Statistic{
      .value = kwh / way->km * kPer100,
      .basis = fmt::format("the level fell by {:.0f} % of {:g} kWh usable over {:.0f} km "
                           "driven electrically ({}), use while parked included",
                           way->level, *capacity, way->km, way->source),
      .since = use.since,
      .until = use.until};
}

KnownStatistic range_at_full(const StatisticsInput& input) {
  Statistic statistic;
  double sum = 0;
  std::size_t count = 0;
  for (const auto& sample : input.samples) {
    if (!sample.battery_level || !sample.ev_range) continue;
    if (*sample.battery_level < kLeastRangeLevel) continue;
    sum += *sample.ev_range / *sample.battery_level * kPer100;
    if (count++ == 0) statistic.since = sample.at;
    statistic.until = sample.at;
  }
  if (count < kLeastRanges) {
    return no_statistic(
        fmt::format("{} readings of the car's own range with the battery at {:g} % or "
                    "more; it takes {}",
                    count, kLeastRangeLevel, kLeastRanges));
  }
  statistic.value = sum / static_cast<double>(count);
  statistic.basis =
      fmt::format("{} readings of the car's own range with the battery at {:g} % or more", count,
                  kLeastRangeLevel);
  return statistic;
}

KnownStatistic range_ratio(const KnownStatistic& range, const KnownStatistic& consumption,
                           std::optional<double> capacity) {
  if (!range) return std::unexpected(range.error());
  if (!consumption) return std::unexpected(consumption.error());
  if (!capacity || consumption->value <= 0) return no_statistic("the car used nothing");
  const double driven_range = *capacity / consumption->value * kPer100;
  return Statistic{
      .value = range->value / driven_range * kPer100,
      .basis = fmt::format("the car promises {:.0f} km at full; {:g} kWh at {:.1f} kWh/100 "
                           "km make {:.0f} km",
                           range->value, *capacity, consumption->value, driven_range),
      .since = std::min(range->since, consumption->since),
      .until = std::max(range->until, consumption->until)};
}

std::optional<base::Time> found(const KnownFrom& since) {
  return since ? std::optional(*since) : std::nullopt;
}

}  // namespace

vehicle::Statistics statistics(const StatisticsInput& input, const Tariff& tariff,
                               std::optional<double> capacity, Period period) {
  vehicle::Statistics result;
  if (period.to <= period.from) {
    const auto ahead = no_statistic("the period has not begun");
    result.distance = result.fuel = result.energy = result.cost = result.co2 = ahead;
    result.electric_consumption = result.fuel_consumption = result.ev_share = ahead;
    result.range_ratio = result.range_at_full = ahead;
    return result;
  }
  const Ingredients ingredients{.input = input,
                                .tariff = tariff,
                                .capacity = capacity,
                                .period = period,
                                .fuel = fuel_known(input, period),
                                .charges = charges_known(input, capacity, period)};
  result.distance = distance(input, period);
  result.ev_share = ev_share(input);
  result.fuel = fuel_statistic(ingredients);
  result.fuel_consumption = fuel_consumption(input);
  result.energy = energy_statistic(ingredients);
  result.electric_consumption = electric_consumption(input, capacity, period);
  result.cost = cost_statistic(ingredients);
  result.co2 = co2_statistic(ingredients);
  result.range_at_full = range_at_full(input);
  result.range_ratio = range_ratio(result.range_at_full, result.electric_consumption, capacity);
  result.trips_since = found(trips_known(input, period));
  result.charges_since = found(ingredients.charges);
  result.samples_since = input.known.samples;
  return result;
}

}  // namespace toyota2mqtt::history
