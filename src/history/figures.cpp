#include "toyota2mqtt/history/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "history/coverage.hpp"
#include "history/electric_use.hpp"
#include "history/sums.hpp"

namespace toyota2mqtt::history {

namespace {

using vehicle::Figure;
using vehicle::KnownFigure;
using vehicle::no_figure;

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
  [[nodiscard]] Figure per_100(std::string basis) const {
    return {
        .value = amount / km * kPer100, .basis = std::move(basis), .since = since, .until = until};
  }
};

KnownFigure ev_share(const FigureInput& input) {
  Share electric;
  for (const auto& [trip, route] : input.trips) {
    if (trip.distance && trip.ev_distance) electric.add(trip, trip.ev_distance->value);
  }
  if (electric.km < kLeastShareKm) {
    return no_figure(
        fmt::format("trips that tell their electric part make {:.0f} km; it takes {:g}",
                    electric.km, kLeastShareKm));
  }
  return electric.per_100(electric.said());
}

KnownFigure fuel_consumption(const FigureInput& input) {
  if (!input.known.tank) return no_figure("nothing says that this car burns fuel");
  Share fuel;
  for (const auto& [trip, route] : input.trips) {
    if (trip.distance && trip.fuel) fuel.add(trip, trip.fuel->value);
  }
  if (fuel.km < kLeastKm) {
    return no_figure(
        fmt::format("trips that tell their fuel make {:.0f} km; it takes {:g}", fuel.km, kLeastKm));
  }
  return fuel.per_100(fmt::format("{}, {:.1f} L", fuel.said(), fuel.amount));
}

/// Between the newest sample before the period, if there is one, and the newest in it.
KnownFigure odometer_distance(const FigureInput& input, Period period) {
  const auto has_odometer = [](const SampleRecord& sample) { return sample.odometer.has_value(); };
  const auto inside = std::ranges::find_if(input.samples, has_odometer);
  const bool from_before = input.before && input.before->odometer;
  if (!from_before && inside == input.samples.end()) return no_figure("no odometer is known");
  const auto& first = from_before ? *input.before : *inside;
  const auto last = std::find_if(input.samples.rbegin(), input.samples.rend(), has_odometer);
  const double km = last == input.samples.rend() ? 0 : *last->odometer - *first.odometer;
  if (km < 0) return no_figure("the odometer fell");
  return Figure{.value = km,
                .basis = "the odometer",
                .since = std::max(first.at, period.from),
                .until = period.to};
}

/// Of the trips, or by the odometer when that is known for longer.
KnownFigure distance(const FigureInput& input, Period period) {
  auto measured = odometer_distance(input, period);
  const auto since = distances_known(input, period);
  if (!since) return measured ? measured : KnownFigure(std::unexpected(since.error()));
  if (measured && measured->since < *since) return measured;
  const auto sum = sum_of_trips(input, *since);
  return Figure{.value = sum.km, .basis = sum.said(), .since = *since, .until = period.to};
}

KnownFigure electric_consumption(const FigureInput& input, std::optional<double> capacity,
                                 Period period) {
  if (!input.known.levels) return no_figure("no battery level has been reported yet");
  if (!capacity || *capacity <= 0) {
    return no_figure("the usable capacity is not known (vehicles[].usable_capacity)");
  }
  if (input.known.tank) {
    // Without all trips the level would fall for ways that nobody knows.
    const auto known = trips_known(input, period);
    if (!known) return std::unexpected(known.error());
    period.from = std::max(period.from, *known);
  }
  const auto use = electric_use(input, period);
  const auto way = electric_way(input, use);
  if (!way) return no_figure("a trip does not tell how far it went electrically");
  if (way->km < kLeastKm || way->level < kLeastLevel) {
    return no_figure(
        fmt::format("the level fell by {:.0f} % over {:.0f} km driven electrically; it "
                    "takes {:g} % and {:g} km",
                    way->level, way->km, kLeastLevel, kLeastKm));
  }
  const double kwh = way->level / kPer100 * *capacity;
  return Figure{.value = kwh / way->km * kPer100,
                .basis = fmt::format("the level fell by {:.0f} % of {:g} kWh usable over {:.0f} km "
                                     "driven electrically ({}), use while parked included",
                                     way->level, *capacity, way->km, way->source),
                .since = use.since,
                .until = use.until};
}

KnownFigure range_at_full(const FigureInput& input) {
  Figure figure;
  double sum = 0;
  std::size_t count = 0;
  for (const auto& sample : input.samples) {
    if (!sample.battery_level || !sample.ev_range) continue;
    if (*sample.battery_level < kLeastRangeLevel) continue;
    sum += *sample.ev_range / *sample.battery_level * kPer100;
    if (count++ == 0) figure.since = sample.at;
    figure.until = sample.at;
  }
  if (count < kLeastRanges) {
    return no_figure(
        fmt::format("{} readings of the car's own range with the battery at {:g} % or "
                    "more; it takes {}",
                    count, kLeastRangeLevel, kLeastRanges));
  }
  figure.value = sum / static_cast<double>(count);
  figure.basis =
      fmt::format("{} readings of the car's own range with the battery at {:g} % or more", count,
                  kLeastRangeLevel);
  return figure;
}

KnownFigure range_ratio(const KnownFigure& range, const KnownFigure& consumption,
                        std::optional<double> capacity) {
  if (!range) return std::unexpected(range.error());
  if (!consumption) return std::unexpected(consumption.error());
  if (!capacity || consumption->value <= 0) return no_figure("the car used nothing");
  const double driven_range = *capacity / consumption->value * kPer100;
  return Figure{
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

vehicle::Figures figures(const FigureInput& input, const Tariff& tariff,
                         std::optional<double> capacity, Period period) {
  vehicle::Figures result;
  if (period.to <= period.from) {
    const auto ahead = no_figure("the period has not begun");
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
  result.fuel = fuel_figure(ingredients);
  result.fuel_consumption = fuel_consumption(input);
  result.energy = energy_figure(ingredients);
  result.electric_consumption = electric_consumption(input, capacity, period);
  result.cost = cost_figure(ingredients);
  result.co2 = co2_figure(ingredients);
  result.range_at_full = range_at_full(input);
  result.range_ratio = range_ratio(result.range_at_full, result.electric_consumption, capacity);
  result.trips_since = found(trips_known(input, period));
  result.charges_since = found(ingredients.charges);
  result.samples_since = input.known.samples;
  return result;
}

}  // namespace toyota2mqtt::history
