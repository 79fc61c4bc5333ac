#include <cmath>

#include "simulator/car.hpp"
#include "support/catch.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::simulator;
using namespace std::chrono_literals;

namespace {

const Time kWednesday = base::parse_iso8601("2026-11-18T00:00:00Z").value();

bool within(double a, double b, double absolute) {
  return std::abs(a - b) <= std::max(absolute, std::max(std::abs(a), std::abs(b)) * 0.02);
}

// What the battery must hold, reckoned from distance and charging power alone.
double energy_step(const CarSpec& spec, const CarState& from, const CarState& to) {
  const double hours = std::chrono::duration<double, std::ratio<3600>>(to.at - from.at).count();
  const double driven = (to.odometer_km - from.odometer_km) * spec.kwh_per_km;
  return (from.charging && to.charging ? from.charge_kw * hours : 0) - driven;
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
        REQUIRE(within(state.kwh - before.kwh, energy_step(spec, before, state), 0.001));
      }
      if (spec.usable_kwh > 0) {
        REQUIRE(state.level >= 0);
        REQUIRE(state.level <= 100.001);
        if (state.charging) charged += state.kwh - before.kwh;
      }
      if (spec.drive == Drive::hev || spec.drive == Drive::ice) {
        const double used = before.fuel_l - state.fuel_l;
        const bool refuelled = used < -1;
        if (!refuelled) REQUIRE(within(used, km * spec.l_per_100km / 100, 0.001));
        REQUIRE(state.fuel_l > 0);
      }
      if (spec.drive == Drive::phev && before.charging == state.charging && !state.charging) {
        const double electric_km = (before.kwh - state.kwh) / spec.kwh_per_km;
        const double fuel_km = (before.fuel_l - state.fuel_l) / spec.l_per_100km * 100;
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
