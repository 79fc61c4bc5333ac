#include "history/statistics_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace toyota2mqtt::history {

namespace {

using vehicle::KnownStatistic;
using vehicle::no_statistic;
using vehicle::Statistic;

constexpr double kGramsInKg = 1000;
constexpr const char* kNoCapacity = "the usable capacity is not known (vehicles[].usable_capacity)";

const char* plural(std::size_t count) { return count == 1 ? "" : "s"; }

/// The two things that are paid for, each as far as the car uses it, over the span of both.
struct Used {
  std::optional<ChargeSum> charges;
  std::optional<TripSum> fuel;
  base::Time since{};
  [[nodiscard]] std::string said() const {
    if (!fuel) return charges->said();
    if (!charges) return fuel->said_of_fuel();
    return charges->said() + "; " + fuel->said_of_fuel();
  }
};

std::expected<Used, vehicle::NoStatistic> used(const Ingredients& of) {
  const bool plug = of.input.known.levels.has_value();
  const bool tank = of.input.known.tank;
  if (!plug && !tank) return no_statistic("nothing is known of what this car uses");
  Used sum{.charges = {}, .fuel = {}, .since = of.period.from};
  if (plug) {
    if (!of.charges) return std::unexpected(of.charges.error());
    sum.since = std::max(sum.since, *of.charges);
  }
  if (tank) {
    if (!of.fuel) return std::unexpected(of.fuel.error());
    sum.since = std::max(sum.since, *of.fuel);
  }
  if (plug) {
    sum.charges = sum_of_charges(of.input, of.tariff, of.capacity, sum.since);
    if (sum.charges->estimated < sum.charges->sessions) return no_statistic(kNoCapacity);
  }
  if (tank) sum.fuel = sum_of_trips(of.input, sum.since);
  return sum;
}

}  // namespace

std::string TripSum::said() const {
  if (trips == 0) return "no trips";
  return fmt::format("{} trip{}, {:.0f} km", trips, plural(trips), km);
}

std::string TripSum::said_of_fuel() const {
  if (trips == 0) return "no trips";
  return fmt::format("{} trip{}, {:.1f} L", trips, plural(trips), litres);
}

TripSum sum_of_trips(const StatisticsInput& input, base::Time since) {
  TripSum sum;
  for (const auto& [trip, route] : input.trips) {
    if (trip.start < since) continue;
    ++sum.trips;
    sum.km += trip.distance ? trip.distance->value : 0;
    sum.litres += trip.fuel ? trip.fuel->value : 0;
  }
  return sum;
}

std::string ChargeSum::said() const {
  if (sessions == 0) return "no charging session";
  return fmt::format(
      "{} charging session{}, {:.1f} kWh from their levels, each ± 1 % of the level ({:.1f} kWh)",
      sessions, plural(sessions), kwh, step);
}

ChargeSum sum_of_charges(const StatisticsInput& input, const Tariff& tariff,
                         std::optional<double> capacity, base::Time since) {
  ChargeSum sum{.step = capacity.value_or(0) / 100};
  for (auto charge : input.charges) {
    if (charge.start < since) continue;
    ++sum.sessions;
    // A stored session holds levels; its energy follows the capacity that is known now.
    if (!charge.energy) estimate(charge, tariff, capacity);
    if (!charge.energy) continue;
    ++sum.estimated;
    sum.kwh += *charge.energy;
    if (!charge.cost) {
      const auto end = charge.end.value_or(charge.start);
      charge.cost = price_of(*charge.energy, {.from = charge.start, .to = end}, tariff);
    }
    if (!charge.cost) continue;
    ++sum.priced;
    sum.cost += *charge.cost;
  }
  return sum;
}

KnownStatistic energy_statistic(const Ingredients& of) {
  if (!of.charges) return std::unexpected(of.charges.error());
  const auto sum = sum_of_charges(of.input, of.tariff, of.capacity, *of.charges);
  if (sum.estimated < sum.sessions) return no_statistic(kNoCapacity);
  return Statistic{
      .value = sum.kwh, .basis = sum.said(), .since = *of.charges, .until = of.period.to};
}

KnownStatistic fuel_statistic(const Ingredients& of) {
  if (!of.fuel) return std::unexpected(of.fuel.error());
  const auto sum = sum_of_trips(of.input, *of.fuel);
  return Statistic{
      .value = sum.litres, .basis = sum.said(), .since = *of.fuel, .until = of.period.to};
}

KnownStatistic cost_statistic(const Ingredients& of) {
  const auto& tariff = of.tariff;
  if (!tariff.electricity_price && !tariff.fuel_price) {
    return no_statistic("no price is configured (history.electricity_price, history.fuel_price)");
  }
  const auto sum = used(of);
  if (!sum) return std::unexpected(sum.error());
  double value = 0;
  if (sum->charges) {
    if (sum->charges->priced < sum->charges->sessions) {
      return no_statistic("the price of electricity is not configured (history.electricity_price)");
    }
    value += sum->charges->cost;
  }
  if (sum->fuel && sum->fuel->litres > 0) {
    if (!tariff.fuel_price) {
      return no_statistic("the price of fuel is not configured (history.fuel_price)");
    }
    value += sum->fuel->litres * *tariff.fuel_price;
  }
  return Statistic{
      .value = value, .basis = sum->said(), .since = sum->since, .until = of.period.to};
}

KnownStatistic co2_statistic(const Ingredients& of) {
  const auto sum = used(of);
  if (!sum) return std::unexpected(sum.error());
  double grams = 0;
  if (sum->charges && sum->charges->sessions > 0) {
    if (!of.tariff.electricity_co2) {
      return no_statistic("the CO2 of the electricity is not configured (history.electricity_co2)");
    }
    grams += sum->charges->kwh * *of.tariff.electricity_co2;
  }
  if (sum->fuel) grams += sum->fuel->litres * of.tariff.fuel_co2;
  return Statistic{.value = grams / kGramsInKg,
                   .basis = sum->said(),
                   .since = sum->since,
                   .until = of.period.to};
}

}  // namespace toyota2mqtt::history
