#include "toyota2mqtt/history/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "history/electric_use.hpp"

namespace toyota2mqtt::history {

namespace {

using vehicle::Figure;

// Below these a figure would say more about rounding than about the car (docs/history.md).
constexpr double kLeastKm = 50;
constexpr double kLeastShareKm = 10;
constexpr double kLeastLevel = 10;       // % points that left the battery
constexpr double kLeastRangeLevel = 50;  // %: below, one % of rounding moves the range at full
constexpr std::size_t kLeastRanges = 5;
constexpr double kPer100 = 100;
constexpr double kGramsPerKg = 1000;

const char* plural(std::size_t count) { return count == 1 ? "" : "s"; }

/// A sum over trips, and what of them it was made from.
struct Sum {
  double value = 0;
  double km = 0;
  std::size_t trips = 0;
  base::Time since{};
  base::Time until{};

  void add(const vehicle::Trip& trip, double amount) {
    since = trips == 0 ? trip.start : std::min(since, trip.start);
    until = std::max(until, trip.end);
    value += amount;
    km += trip.distance ? trip.distance->value : 0;
    ++trips;
  }
  [[nodiscard]] Figure figure(double result, std::string basis) const {
    return {.value = result, .basis = std::move(basis), .since = since, .until = until};
  }
  [[nodiscard]] std::string said() const {
    return fmt::format("{} trip{}, {:.0f} km", trips, plural(trips), km);
  }
};

struct Driven {
  Sum distance;
  Sum electric;  // of trips that say how far they went electrically
  Sum fuel;      // of trips that say what they used
};

Driven driven(const FigureInput& input) {
  Driven sums;
  for (const auto& [trip, route] : input.trips) {
    if (!trip.distance) continue;
    sums.distance.add(trip, trip.distance->value);
    if (trip.ev_distance) sums.electric.add(trip, trip.ev_distance->value);
    if (trip.fuel) sums.fuel.add(trip, trip.fuel->value);
  }
  return sums;
}

std::optional<Figure> distance(const FigureInput& input, const Driven& sums) {
  if (sums.distance.trips > 0)
    return sums.distance.figure(sums.distance.value, sums.distance.said());
  const auto has_odometer = [](const SampleRecord& sample) { return sample.odometer.has_value(); };
  const auto first = std::ranges::find_if(input.samples, has_odometer);
  if (first == input.samples.end()) return std::nullopt;
  const auto last = std::find_if(input.samples.rbegin(), input.samples.rend(), has_odometer);
  const double km = *last->odometer - *first->odometer;
  if (last->at <= first->at || km < 0) return std::nullopt;
  return Figure{.value = km, .basis = "the odometer", .since = first->at, .until = last->at};
}

/// Charging sessions with an estimated energy: those that were recorded before the capacity was
/// known are estimated now.
struct Charged {
  double kwh = 0;
  double cost = 0;
  std::size_t sessions = 0;
  std::size_t estimated = 0;
  std::size_t priced = 0;
  base::Time since{};
  base::Time until{};

  [[nodiscard]] std::string said() const {
    if (estimated == sessions) {
      return fmt::format("{} charging session{}, {:.1f} kWh from their levels", sessions,
                         plural(sessions), kwh);
    }
    return fmt::format("{} of {} charging sessions, {:.1f} kWh from their levels", estimated,
                       sessions, kwh);
  }
};

Charged charged(const FigureInput& input, const Tariff& tariff, std::optional<double> capacity) {
  Charged sum;
  for (auto charge : input.charges) {
    ++sum.sessions;
    if (!charge.energy) estimate(charge, tariff, capacity);
    if (!charge.energy) continue;
    const auto end = charge.end.value_or(charge.start);
    sum.since = sum.estimated == 0 ? charge.start : std::min(sum.since, charge.start);
    sum.until = std::max(sum.until, end);
    ++sum.estimated;
    sum.kwh += *charge.energy;
    if (!charge.cost) {
      charge.cost = price_of(*charge.energy, {.from = charge.start, .to = end}, tariff);
    }
    if (!charge.cost) continue;
    ++sum.priced;
    sum.cost += *charge.cost;
  }
  return sum;
}

std::optional<Figure> electric_consumption(const FigureInput& input, const ElectricUse& use,
                                           std::optional<double> capacity) {
  if (!capacity || *capacity <= 0) return std::nullopt;
  const auto way = electric_way(input, use);
  if (!way || way->km < kLeastKm || use.level < kLeastLevel) return std::nullopt;
  const double kwh = use.level / kPer100 * *capacity;
  return Figure{.value = kwh / way->km * kPer100,
                .basis = fmt::format("the level fell by {:.0f} % of {:g} kWh usable over {:.0f} km "
                                     "driven electrically ({}), use while parked included",
                                     use.level, *capacity, way->km, way->source),
                .since = use.since,
                .until = use.until};
}

/// Money or CO2 of energy and fuel together; unset when a part that was used has no price.
struct Parts {
  double value = 0;
  std::string basis = {};
  base::Time since{};
  base::Time until{};
  bool complete = true;

  void add(std::optional<double> amount, const std::string& said, base::Time from, base::Time to) {
    if (!amount) complete = false;
    if (!complete) return;
    since = basis.empty() ? from : std::min(since, from);
    until = std::max(until, to);
    value += *amount;
    basis += (basis.empty() ? "" : "; ") + said;
  }
  [[nodiscard]] std::optional<Figure> figure() const {
    if (!complete || basis.empty()) return std::nullopt;
    return Figure{.value = value, .basis = basis, .since = since, .until = until};
  }
};

std::string said_of_fuel(const Sum& fuel) {
  return fmt::format("{} trip{}, {:.1f} L", fuel.trips, plural(fuel.trips), fuel.value);
}

std::optional<Figure> cost(const Charged& energy, const Sum& fuel, const Tariff& tariff) {
  Parts parts;
  if (energy.sessions > 0) {
    const bool known = energy.estimated > 0 && energy.priced == energy.estimated;
    parts.add(known ? std::optional(energy.cost) : std::nullopt, energy.said(), energy.since,
              energy.until);
  }
  if (fuel.value > 0) {
    parts.add(tariff.fuel_price ? std::optional(fuel.value * *tariff.fuel_price) : std::nullopt,
              said_of_fuel(fuel), fuel.since, fuel.until);
  }
  return parts.figure();
}

std::optional<Figure> co2(const Charged& energy, const Sum& fuel, const Tariff& tariff) {
  Parts parts;
  if (energy.sessions > 0) {
    const bool known = energy.estimated > 0 && tariff.electricity_co2;
    parts.add(
        known ? std::optional(energy.kwh * *tariff.electricity_co2 / kGramsPerKg) : std::nullopt,
        energy.said(), energy.since, energy.until);
  }
  if (fuel.value > 0) {
    parts.add(fuel.value * tariff.fuel_co2 / kGramsPerKg, said_of_fuel(fuel), fuel.since,
              fuel.until);
  }
  return parts.figure();
}

std::optional<Figure> range_at_full(const FigureInput& input) {
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
  if (count < kLeastRanges) return std::nullopt;
  figure.value = sum / static_cast<double>(count);
  figure.basis =
      fmt::format("{} readings of the car's own range with the battery at {:g} % or more", count,
                  kLeastRangeLevel);
  return figure;
}

std::optional<Figure> range_ratio(const std::optional<Figure>& range,
                                  const std::optional<Figure>& consumption,
                                  std::optional<double> capacity) {
  if (!range || !consumption || !capacity || consumption->value <= 0) return std::nullopt;
  const double driven_range = *capacity / consumption->value * kPer100;
  return Figure{
      .value = range->value / driven_range * kPer100,
      .basis = fmt::format("the car promises {:.0f} km at full; {:g} kWh at {:.1f} kWh/100 "
                           "km make {:.0f} km",
                           range->value, *capacity, consumption->value, driven_range),
      .since = std::max(range->since, consumption->since),
      .until = std::max(range->until, consumption->until)};
}

}  // namespace

vehicle::Figures figures(const FigureInput& input, const Tariff& tariff,
                         std::optional<double> capacity, Period period) {
  const auto sums = driven(input);
  const auto energy = charged(input, tariff, capacity);
  const auto use = electric_use(input, period);
  vehicle::Figures result;
  result.distance = distance(input, sums);
  if (sums.electric.km >= kLeastShareKm) {
    result.ev_share = sums.electric.figure(sums.electric.value / sums.electric.km * kPer100,
                                           sums.electric.said());
  }
  const auto& fuel = sums.fuel;
  if (fuel.value > 0) result.fuel = fuel.figure(fuel.value, fuel.said());
  if (fuel.value > 0 && fuel.km >= kLeastKm) {
    result.fuel_consumption = fuel.figure(fuel.value / fuel.km * kPer100,
                                          fmt::format("{}, {:.1f} L", fuel.said(), fuel.value));
  }
  if (energy.estimated > 0) {
    result.energy = Figure{
        .value = energy.kwh, .basis = energy.said(), .since = energy.since, .until = energy.until};
  }
  result.electric_consumption = electric_consumption(input, use, capacity);
  result.cost = cost(energy, fuel, tariff);
  result.co2 = co2(energy, fuel, tariff);
  result.range_at_full = range_at_full(input);
  result.range_ratio = range_ratio(result.range_at_full, result.electric_consumption, capacity);
  return result;
}

}  // namespace toyota2mqtt::history
