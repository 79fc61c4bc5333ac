#include <cmath>

#include "simulator/car.hpp"
#include "simulator/fleet.hpp"
#include "simulator/plan.hpp"
#include "simulator/world.hpp"
#include "support/catch.hpp"
#include "toyota2mqtt/platform/crypto.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::simulator;
using namespace std::chrono_literals;

namespace {

const Time kWednesday = base::parse_iso8601("2026-11-18T00:00:00Z").value();

bool within(double a, double b, double absolute) {
  return std::abs(a - b) <= std::max(absolute, std::max(std::abs(a), std::abs(b)) * 0.02);
}

/// The drive that a minute belongs to; consumption differs from drive to drive.
const Leg* leg_at(const Car& car, Time when) {
  for (const auto& leg : car.day(when).legs) {
    if (when > leg.begin && when <= leg.end + 1min) return &leg;
  }
  return nullptr;
}
double kwh_per_km(const Car& car, Time when) {
  const auto* leg = leg_at(car, when);
  return leg == nullptr || leg->electric_metres <= 0 ? car.spec().kwh_per_km
                                                     : leg->kwh / leg->electric_metres * 1000;
}
/// What the table of consumption says for this drive.
double litres_per_km(const Car& car, Time when) {
  const auto* leg = leg_at(car, when);
  if (leg == nullptr) return car.spec().l_per_100km / 100;
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const auto year = std::chrono::year_month_day(day).year();
  const auto of_year = static_cast<int>((day - std::chrono::sys_days(year / 1 / 1)).count());
  return car.spec().l_per_100km / 100 * consumption_factor(leg->average_kmh(), of_year, false);
}

// What the battery must hold, reckoned from distance and charging power alone.
double energy_step(const Car& car, const CarState& from, const CarState& to) {
  const double hours = std::chrono::duration<double, std::ratio<3600>>(to.at - from.at).count();
  const double driven = (to.odometer_km - from.odometer_km) * kwh_per_km(car, to.at);
  const double power = (from.charge_kw + to.charge_kw) / 2;
  return (from.charging && to.charging ? power * hours : 0) - driven;
}

}  // namespace

TEST_CASE("distance, place and speed of every car agree at every minute of four days") {
  for (const auto& spec : make_fleet(6, 1)) {
    const Car car(spec);
    auto before = car.at(kWednesday);
    double driven = 0;
    for (auto t = kWednesday + 1min; t < kWednesday + 96h; t += 1min) {
      double way = 0;
      double speed = 0;
      auto last = before;
      for (int second = 5; second <= 60; second += 5) {
        const auto state = car.at(t - 60s + std::chrono::seconds(second));
        way += distance_m(last.place, state.place) / 1000;
        speed += state.speed_kmh / 12;
        last = state;
      }
      const double step = last.odometer_km - before.odometer_km;
      INFO(spec.model_name << " at " << base::format_iso8601(t) << ": odometer " << step
                           << " km, way " << way << " km, speed " << speed / 60 << " km");
      REQUIRE(step >= 0);
      REQUIRE(within(step, way, 0.02));
      REQUIRE(within(step, speed / 60, 0.06));
      if (!last.driving && !before.driving) REQUIRE(step == 0);
      driven += step;
      before = last;
    }
    CHECK(driven > 60);
  }
}

TEST_CASE("energy and fuel of every car agree with distance and charging at every minute") {
  for (const auto& spec : make_fleet(6, 1)) {
    const Car car(spec);
    auto before = car.at(kWednesday);
    double charged = 0;
    for (auto t = kWednesday + 1min; t < kWednesday + 96h; t += 1min) {
      const auto state = car.at(t);
      INFO(spec.model_name << " at " << base::format_iso8601(t));
      REQUIRE_FALSE((state.driving && (state.plugged || state.charging)));
      const double km = state.odometer_km - before.odometer_km;
      if (spec.drive == Drive::bev && before.charging == state.charging) {
        REQUIRE(within(state.kwh - before.kwh, energy_step(car, before, state), 0.002));
      }
      if (spec.usable_kwh > 0) {
        REQUIRE(state.level >= 0);
        REQUIRE(state.level <= 100.001);
        if (state.charging) charged += state.kwh - before.kwh;
      }
      if (spec.drive == Drive::hev || spec.drive == Drive::ice) {
        const double used = before.fuel_l - state.fuel_l;
        const bool refuelled = used < -1;
        if (!refuelled) REQUIRE(within(used, km * litres_per_km(car, t), 0.001));
        REQUIRE(state.fuel_l > 0);
      }
      if (spec.drive == Drive::phev && before.charging == state.charging && !state.charging) {
        const double electric_km = (before.kwh - state.kwh) / kwh_per_km(car, t);
        const double fuel_km = (before.fuel_l - state.fuel_l) / litres_per_km(car, t);
        if (fuel_km >= -1) REQUIRE(within(electric_km + fuel_km, km, 0.001));
      }
      before = state;
    }
    if (spec.charger_kw > 0) CHECK(charged > 5);
  }
}

TEST_CASE("the trips of a day add up to what the odometer counted") {
  for (const auto& spec : make_fleet(6, 7)) {
    const Car car(spec);
    double metres = 0;
    for (const auto* leg : car.trips(kWednesday, kWednesday + 1h, kWednesday + 24h)) {
      metres += leg->metres;
    }
    const double counted =
        car.at(kWednesday + 24h - 1s).odometer_km - car.at(kWednesday).odometer_km;
    INFO(spec.model_name);
    CHECK(counted > 10);
    CHECK(within(metres / 1000, counted, 0.01));
  }
}

TEST_CASE("the same seed lives the same life and another seed another one") {
  const auto at = kWednesday + 9h;
  CHECK(Car(make_fleet(1, 1)[0]).at(at).odometer_km == Car(make_fleet(1, 1)[0]).at(at).odometer_km);
  CHECK(Car(make_fleet(1, 1)[0]).at(at).odometer_km != Car(make_fleet(1, 2)[0]).at(at).odometer_km);
}

TEST_CASE("twelve cars are twice the six kinds with other VINs") {
  const auto fleet = make_fleet(12, 1);
  std::set<std::string> vins;
  for (const auto& spec : fleet) {
    CHECK(spec.vin.size() == 17);
    vins.insert(spec.vin);
  }
  CHECK(vins.size() == 12);
  CHECK(fleet[7].model_name == fleet[1].model_name);
}

TEST_CASE("a car unlocks before it drives and is locked two minutes after it parked") {
  const Car car(make_fleet(1, 1)[0]);
  const auto& leg = car.day(kWednesday + 12h).legs.front();
  CHECK(car.at(leg.begin - 4min).locked);
  CHECK_FALSE(car.at(leg.begin - 90s).locked);
  CHECK(car.at(leg.begin - 90s).door_open);
  CHECK_FALSE(car.at(leg.end + 1min).locked);
  CHECK(car.at(leg.end + 3min).locked);
}

TEST_CASE("charging now begins at once, and only while plugged and not full") {
  Car car(make_fleet(1, 1)[0]);
  const auto& plan = car.day(kWednesday + 20h);
  REQUIRE(plan.plugged);
  const auto plugged = *plan.plugged;
  CHECK_FALSE(car.charge_from(plugged - 1h));
  REQUIRE(plan.charge->begin > plugged + 5min);
  REQUIRE(car.charge_from(plugged + 5min));
  CHECK(car.at(plugged + 6min).charging);
  CHECK_FALSE(car.charge_from(plugged + 10min));
}

TEST_CASE("a wallbox keeps its power until almost full, a fast charger tapers from the middle on") {
  CHECK(charging_kw(7.4, 0.2, false) == Approx(charging_kw(7.4, 0.9, false)));
  CHECK(charging_kw(7.4, 1.0, false) < charging_kw(7.4, 0.9, false) / 2);
  CHECK(charging_kw(150, 0.8, true) < charging_kw(150, 0.3, true) / 2);
}

TEST_CASE("fast driving and winter cost more than slow driving and summer") {
  CHECK(consumption_factor(110, 190, true) > consumption_factor(50, 190, true) * 1.2);
  CHECK(consumption_factor(50, 15, true) > consumption_factor(50, 190, true) * 1.15);
  CHECK(consumption_factor(50, 15, false) < consumption_factor(50, 190, false) * 1.1);
}

TEST_CASE("a car at a fast charger is plugged in, gains what the curve says, and drives on") {
  auto scenario = parse_scenario(*shipped_scenario("road-trip"));
  REQUIRE(scenario);
  const Car car(multiply(scenario->cars, 1, 1, kWednesday)[0]);
  const auto friday = kWednesday + 48h;
  const auto& plan = car.day(friday + 12h);
  REQUIRE(plan.fast.size() == 1);
  const auto& charge = plan.fast.front();
  CHECK(charge.end - charge.begin > 10min);
  CHECK(charge.end - charge.begin < 90min);
  CHECK(car.at(charge.begin + 5min).charging);
  CHECK(car.at(charge.begin + 5min).plugged);
  CHECK_FALSE(car.at(charge.end + 2min).plugged);
  CHECK(car.at(charge.begin + 5min).charge_kw > 2 * car.at(charge.end - 1min).charge_kw);
  CHECK(car.at(charge.end).kwh == Approx(charge.to_kwh).margin(0.01));
  CHECK(charge.end < plan.legs[1].begin);
}

TEST_CASE("wakes empty the 12 V battery, driving fills it, and an empty one answers no more") {
  auto spec = make_fleet(3, 1)[2];
  spec.habits.emplace();
  Car parked(spec);
  const double rested = parked.twelve_volt(kWednesday);
  CHECK(rested < spec.twelve_volt_percent);
  for (int i = 0; i < 30; ++i) parked.wake_at(kWednesday - 10h + i * 15min);
  CHECK(parked.twelve_volt(kWednesday) == Approx(rested - 30 * TwelveVolt::kPerWake));
  CHECK(parked.twelve_volt(kWednesday - 11h) > rested - 1);
  CHECK(Car(make_fleet(3, 1)[2]).twelve_volt(kWednesday) > spec.twelve_volt_percent);
}

TEST_CASE("a car that is never driven was delivered once, and the cloud knows it since") {
  auto spec = make_fleet(3, 1)[2];
  spec.habits.emplace();
  const Car car(spec);
  for (const unsigned group : {kEnergy, kStatus, kLocation}) {
    CHECK(car.last_report(group, kWednesday) == first_day() + 6h);
  }
  CHECK_FALSE(car.last_report(kEnergy, first_day()));
  CHECK(car.reports(first_day(), first_day() + 24h).size() == 1);
}

TEST_CASE("every shipped scenario can be read, and says what it is about") {
  CHECK(shipped_scenarios().size() >= 5);
  for (const auto name : shipped_scenarios()) {
    INFO(name);
    const auto scenario = parse_scenario(*shipped_scenario(name));
    REQUIRE(scenario);
    CHECK(scenario->about.size() > 20);
    CHECK_FALSE(scenario->cars.empty());
  }
}

TEST_CASE("what is wrong with a scenario is reported with its line") {
  const auto problem = [](const char* yaml) {
    const auto scenario = parse_scenario(yaml);
    return scenario ? std::string("none") : scenario.error();
  };
  CHECK(problem("cars: []") == "line 1: a list of 1 to 100 cars is expected");
  CHECK(problem("cars:\n  - kind: tesla") ==
        "line 2: a kind is one of bz4x, rav4, corolla, aygo, rz, solterra");
  CHECK(problem("cars:\n  - kind: bz4x\n    colour: red") ==
        "line 3: the key 'colour' is not known here");
  CHECK(problem(
            "cars:\n  - kind: bz4x\n    drives:\n      - {days: [mo], leave: \"07:00\", to: x}") ==
        "line 4: a day is one of mon, tue, wed, thu, fri, sat, sun");
  CHECK(problem("cars:\n  - kind: bz4x\n    drives:\n      - {days: [mon], leave: 7, to: x}") ==
        "line 4: a time such as \"07:30\" is expected");
  CHECK(problem("cars:\n  - kind: aygo\n    charging: {kw: 3}") ==
        "line 3: this kind of car cannot be charged");
  CHECK(problem("cars: [") != "none");
}

TEST_CASE("ten thousand cars are made at once and belong to a hundred accounts") {
  const auto crypto = platform::OpenSslCrypto();
  World world({.vehicles = 10000}, SimClock(kWednesday, 1, [] { return base::SteadyTime{}; }),
              crypto);
  CHECK(world.cars.size() == 10000);
  CHECK(world.accounts() == 100);
  auto& last = *world.cars.back();
  CHECK(world.car(last.spec().vin) == &last);
  int owned = 0;
  for (const auto& car : world.cars) owned += World::owns(world.users.back(), car->spec()) ? 1 : 0;
  CHECK(owned == 100);
  // A week of past is enough for the newest of them.
  CHECK(last.spec().born == Car::day_of(kWednesday) - 8);
  CHECK(last.at(kWednesday).odometer_km >= last.spec().first_odometer_km);
}
