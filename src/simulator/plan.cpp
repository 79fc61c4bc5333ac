#include "simulator/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "simulator/time_and_chance.hpp"

namespace toyota2mqtt::simulator {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr double kEarthRadius = 6371000;
constexpr double kMetresPerDegree = kEarthRadius * std::numbers::pi / 180;
constexpr double kRamp = 0.08;  // share of a drive's time for pulling away, and for slowing down
constexpr double kEmptyLevel = 0.12;  // a plug-in hybrid starts its engine here

struct Errand {
  minutes leave;
  Place to;
  std::optional<FastCharge> fast = {};
};

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

Place away(Place from, double bearing, double metres) {
  return {from.lat + metres * std::cos(bearing) / kMetresPerDegree,
          from.lon + metres * std::sin(bearing) / (kMetresPerDegree * std::cos(radians(from.lat)))};
}

Place around(const CarSpec& spec, const char* what, double nearest, double farthest) {
  const auto chance = Chance(spec.seed).with(what);
  return away(home(spec), chance.with("bearing").between(0, 2 * std::numbers::pi),
              chance.with("distance").between(nearest, farthest));
}

// What the scenario says instead of the usual week.
std::vector<Errand> habits(const CarSpec& spec, int day) {
  const auto chance = Chance(spec.seed).with("habit").with(static_cast<std::uint64_t>(day));
  std::vector<Errand> list;
  for (const auto& habit : *spec.habits) {
    if (!habit.days.at(static_cast<std::size_t>((day % 7 + 7) % 7))) continue;
    const auto later = chance.with(list.size()).between(0, habit.spread + 0.999);
    const double metres = habit.km * 1000;
    const auto to =
        habit.to == "home" ? home(spec) : around(spec, habit.to.c_str(), metres, metres * 1.05);
    list.push_back({habit.leave + minutes(static_cast<int>(later)), to, habit.fast});
  }
  std::ranges::sort(list, {}, &Errand::leave);
  return list;
}

std::vector<Errand> errands(const CarSpec& spec, int day) {
  if (spec.habits) return habits(spec, day);
  const auto chance = Chance(spec.seed).with(static_cast<std::uint64_t>(day));
  const auto habit = static_cast<int>(Chance(spec.seed).with("habit").between(0, 45));
  const auto jitter = [&](const char* of, double most) {
    return minutes(static_cast<int>(chance.with(of).between(0, most)) + habit);
  };
  const int weekday = (day % 7 + 7) % 7;  // the first day is a Monday
  std::vector<Errand> list;
  if (weekday < 5) {
    list.push_back({hours(6) + jitter("work", 25), around(spec, "work", 9000, 28000)});
    list.push_back({hours(15) + minutes(20) + jitter("back", 30), home(spec)});
    if (chance.with("evening").happens(0.45)) {
      list.push_back(
          {hours(17) + minutes(30) + jitter("shop", 10), around(spec, "shop", 2500, 6000)});
      list.push_back({hours(18) + minutes(20) + jitter("shopped", 10), home(spec)});
    }
  } else if (weekday == 5) {
    list.push_back({hours(8) + jitter("out", 40), around(spec, "lake", 35000, 60000)});
    list.push_back({hours(15) + jitter("home", 60), home(spec)});
  } else if (chance.with("sunday").happens(0.5)) {
    list.push_back({hours(10) + jitter("visit", 40), around(spec, "friends", 5000, 14000)});
    list.push_back({hours(13) + jitter("visited", 40), home(spec)});
  }
  return list;
}

double cruise_kmh(double metres) {
  if (metres < 9000) return 29;
  if (metres < 30000) return 47;
  return 74;
}

Leg make_leg(const CarSpec& spec, int day, std::size_t number, Place from, Place to, Time begin) {
  const auto chance =
      Chance(spec.seed).with("leg").with(static_cast<std::uint64_t>(day)).with(number);
  Leg leg;
  leg.id = chance.with("id").uuid();
  leg.begin = begin;
  constexpr int kPoints = 12;
  const double straight = distance_m(from, to);
  for (int i = 0; i <= kPoints; ++i) {
    const double f = static_cast<double>(i) / kPoints;
    Place point{from.lat + (to.lat - from.lat) * f, from.lon + (to.lon - from.lon) * f};
    if (i > 0 && i < kPoints) {
      const auto bend = chance.with(static_cast<std::uint64_t>(i));
      point = away(point, bend.with("b").between(0, 2 * std::numbers::pi),
                   bend.with("d").between(0, straight * 0.03));
    }
    leg.path.push_back(point);
  }
  leg.metres_at.push_back(0);
  for (std::size_t i = 1; i < leg.path.size(); ++i) {
    leg.metres += distance_m(leg.path[i - 1], leg.path[i]);
    leg.metres_at.push_back(leg.metres);
  }
  const double seconds =
      leg.metres / (cruise_kmh(leg.metres) / 3.6) * chance.with("traffic").between(0.92, 1.15);
  leg.end = begin + std::chrono::seconds(static_cast<long>(seconds));
  return leg;
}

int day_of_year(Time when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  return static_cast<int>((day - std::chrono::sys_days(date.year() / 1 / 1)).count());
}

// Energy and fuel by distance; what is in the battery decides how far a plug-in hybrid goes on it.
void burn(const CarSpec& spec, Leg& leg, Stock& stock) {
  const double km = leg.metres / 1000;
  const auto factor = [&](bool electric) {
    return consumption_factor(leg.average_kmh(), day_of_year(leg.begin), electric);
  };
  const double kwh_per_km = spec.kwh_per_km * factor(true);
  const double ml_per_km = spec.l_per_100km * 10 * factor(false);
  switch (spec.drive) {
    case Drive::bev:
      leg.electric_metres = leg.metres;
      leg.kwh = km * kwh_per_km;
      break;
    case Drive::phev: {
      const double available = std::max(0.0, stock.kwh - spec.usable_kwh * kEmptyLevel);
      const double electric_km = std::min(km, available / kwh_per_km);
      leg.electric_metres = electric_km * 1000;
      leg.kwh = electric_km * kwh_per_km;
      leg.fuel_ml = (km - electric_km) * ml_per_km;
      break;
    }
    case Drive::hev:
      leg.electric_metres = leg.metres * spec.electric_share;
      leg.fuel_ml = km * ml_per_km;
      break;
    case Drive::ice: leg.fuel_ml = km * ml_per_km; break;
  }
  stock.metres += leg.metres;
  stock.kwh -= leg.kwh;
  stock.fuel_ml -= leg.fuel_ml;
}

// The car is filled up at the charger of this stop until it is full enough or has to leave.
void fast_charge(const CarSpec& spec, const FastCharge& at, DayPlan& plan, Stock& stock,
                 Time leaves) {
  const auto begin = plan.legs.back().end + minutes(3);
  const double target = spec.usable_kwh * at.target_level;
  if (spec.usable_kwh <= 0 || stock.kwh >= target || leaves <= begin) return;
  plan.fast.push_back(charge_session(spec, stock.kwh, target, at.kw, true, begin, leaves));
  stock.kwh = plan.fast.back().to_kwh;
}

}  // namespace

double distance_m(Place a, Place b) {
  const double dlat = radians(b.lat - a.lat);
  const double dlon = radians(b.lon - a.lon);
  const double h = std::pow(std::sin(dlat / 2), 2) + std::cos(radians(a.lat)) *
                                                         std::cos(radians(b.lat)) *
                                                         std::pow(std::sin(dlon / 2), 2);
  return 2 * kEarthRadius * std::asin(std::sqrt(h));
}

double Leg::done(Time when) const {
  if (when <= begin) return 0;
  if (when >= end) return 1;
  const double u = std::chrono::duration<double>(when - begin) / (end - begin);
  const double top = 1 / (1 - kRamp);
  if (u < kRamp) return top * u * u / (2 * kRamp);
  if (u > 1 - kRamp) return 1 - top * (1 - u) * (1 - u) / (2 * kRamp);
  return top * (u - kRamp / 2);
}

double Leg::speed(Time when) const {
  if (when <= begin || when >= end) return 0;
  const double u = std::chrono::duration<double>(when - begin) / (end - begin);
  const double ramp = std::min({1.0, u / kRamp, (1 - u) / kRamp});
  return average_kmh() / (1 - kRamp) * ramp;
}

double Leg::average_kmh() const {
  return metres / std::chrono::duration<double>(end - begin).count() * 3.6;
}

Place Leg::place(double fraction) const {
  const double at = fraction * metres;
  const auto next = std::upper_bound(metres_at.begin(), metres_at.end(), at);
  if (next == metres_at.end()) return path.back();
  const auto i = static_cast<std::size_t>(next - metres_at.begin());
  const double f = (at - metres_at[i - 1]) / (metres_at[i] - metres_at[i - 1]);
  return {path[i - 1].lat + (path[i].lat - path[i - 1].lat) * f,
          path[i - 1].lon + (path[i].lon - path[i - 1].lon) * f};
}

double Leg::kwh_used(double fraction) const {
  if (kwh <= 0) return 0;
  return kwh * electric_done(fraction) / electric_metres;
}

double Leg::fuel_used(double fraction) const {
  if (kwh <= 0) return fuel_ml * fraction;
  const double combustion = metres - electric_metres;
  if (combustion <= 0) return 0;
  return fuel_ml * std::max(0.0, fraction * metres - electric_metres) / combustion;
}

double Leg::electric_done(double fraction) const {
  if (kwh <= 0) return electric_metres * fraction;
  return std::min(electric_metres, fraction * metres);
}

Time first_day() { return base::parse_iso8601("2024-06-03T00:00:00Z").value_or(Time{}); }

Stock first_stock(const CarSpec& spec) {
  return {spec.first_odometer_km * 1000, spec.usable_kwh * spec.target_level,
          spec.tank_l * 1000 * 0.8};
}

Place home(const CarSpec& spec) { return {spec.home_lat, spec.home_lon}; }

DayPlan plan_day(const CarSpec& spec, int day, const Stock& start, bool plugged_overnight,
                 std::optional<Time> charge_at) {
  DayPlan plan;
  plan.begin = first_day() + hours(24) * day;
  plan.start = start;
  plan.unplugged = plan.begin;
  plan.window_open =
      Chance(spec.seed).with("window").with(static_cast<std::uint64_t>(day)).happens(0.2);
  const Time midnight = plan.begin + hours(24);
  Stock stock = start;
  Place here = home(spec);
  const auto list = errands(spec, day);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto& errand = list[i];
    auto leg = make_leg(spec, day, plan.legs.size(), here, errand.to, plan.begin + errand.leave);
    const bool thirsty = spec.tank_l > 0 && stock.fuel_ml < spec.tank_l * 1000 * 0.25;
    if (thirsty && !plan.refuelled) {
      plan.refuelled = leg.begin - minutes(6);
      plan.refuelled_ml = spec.tank_l * 1000 * kFullTank - stock.fuel_ml;
      stock.fuel_ml += plan.refuelled_ml;
    }
    burn(spec, leg, stock);
    here = errand.to;
    plan.legs.push_back(std::move(leg));
    if (!errand.fast) continue;
    const auto leaves = i + 1 < list.size() ? plan.begin + list[i + 1].leave : midnight;
    fast_charge(spec, *errand.fast, plan, stock, leaves - minutes(6));
  }
  const bool rechargeable = spec.charger_kw > 0;
  if (rechargeable && plugged_overnight) {
    plan.unplugged = plan.legs.empty() ? midnight : plan.legs.front().begin - minutes(4);
  }
  if (rechargeable && !plan.legs.empty()) {
    plan.plugged = plan.legs.back().end + minutes(4);
    const auto usual = spec.charge_from.value_or(hours(19) + minutes(30));
    auto begin = std::max(*plan.plugged + minutes(2), plan.begin + usual);
    if (charge_at) begin = std::max(*plan.plugged, *charge_at);
    const double target = std::max(stock.kwh, spec.usable_kwh * spec.target_level);
    plan.charge = charge_session(spec, stock.kwh, target, spec.charger_kw, false, begin,
                                 std::max(begin, midnight - minutes(4)));
    stock.kwh = plan.charge->to_kwh;
  }
  plan.end = stock;
  return plan;
}

}  // namespace toyota2mqtt::simulator
