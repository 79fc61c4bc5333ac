#include "simulator/car.hpp"

#include <algorithm>
#include <cmath>

namespace toyota2mqtt::simulator {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto kUnlockBefore = minutes(3);  // people walk up, unlock, sit down
constexpr auto kLockAfter = minutes(2);
constexpr int kLookBackDays = 14;

void charge_now(CarState& state, const Charge& charge) {
  if (state.at < charge.begin || state.at >= charge.end) return;
  state.charging = true;
  state.charge_kw = charge.kw_at(state.at);
  state.charge_minutes =
      static_cast<int>(std::chrono::ceil<minutes>(charge.end - state.at).count());
}

}  // namespace

double CarState::electric_range_km(const CarSpec& spec) const {
  if (spec.kwh_per_km <= 0) return 0;
  const double reserve = spec.drive == Drive::phev ? spec.usable_kwh * 0.12 : 0;
  return std::max(0.0, (kwh - reserve) / spec.kwh_per_km);
}

double CarState::fuel_range_km(const CarSpec& spec) const {
  if (spec.l_per_100km <= 0) return 0;
  return fuel_l / spec.l_per_100km * 100;
}

Car::Car(CarSpec spec) : nick_name(spec.nick_name), spec_(std::move(spec)) {}

int Car::day_of(Time when) {
  return static_cast<int>(std::chrono::floor<hours>(when - first_day()).count() / 24);
}

void Car::grow(int day) const {
  while (spec_.born + static_cast<int>(days_.size()) <= day) {
    const auto number = spec_.born + static_cast<int>(days_.size());
    const auto start = days_.empty() ? first_stock(spec_) : days_.back().end;
    const auto asked = charge_override_.find(number);
    const auto charge_at =
        asked == charge_override_.end() ? std::nullopt : std::optional(asked->second);
    days_.push_back(plan_day(spec_, number, start, !days_.empty(), charge_at));
  }
}

const DayPlan& Car::day_number(int day) const {
  const int known = std::max(day, spec_.born);
  grow(known);
  return days_[static_cast<std::size_t>(known - spec_.born)];
}

const DayPlan& Car::day(Time when) const { return day_number(day_of(when)); }

void Car::fill_energy(CarState& state, const DayPlan& plan) const {
  Stock stock = plan.start;
  state.place = home(spec_);
  for (const auto& leg : plan.legs) {
    if (state.at < leg.begin) break;
    const double done = leg.done(state.at);
    stock.metres += leg.metres * done;
    stock.kwh -= leg.kwh_used(done);
    stock.fuel_ml -= leg.fuel_used(done);
    state.place = leg.place(done);
    if (state.at < leg.end) {
      state.driving = true;
      state.speed_kmh = leg.speed(state.at);
    }
  }
  if (plan.refuelled && state.at >= *plan.refuelled) stock.fuel_ml += plan.refuelled_ml;
  state.plugged = state.at < plan.unplugged || (plan.plugged && state.at >= *plan.plugged);
  for (const auto& charge : plan.fast) {
    stock.kwh += charge.kwh_at(state.at) - charge.from_kwh;
    charge_now(state, charge);
    state.plugged = state.plugged ||
                    (state.at >= charge.begin - minutes(1) && state.at < charge.end + minutes(1));
  }
  if (plan.charge && state.at >= plan.charge->begin) {
    stock.kwh = plan.charge->kwh_at(state.at);
    charge_now(state, *plan.charge);
  }
  const bool full = stock.kwh >= spec_.usable_kwh * spec_.target_level - 0.2;
  state.charge_complete = state.plugged && !state.charging && full;
  state.odometer_km = stock.metres / 1000;
  state.kwh = stock.kwh;
  state.fuel_l = stock.fuel_ml / 1000;
}

CarState Car::at(Time when) const {
  CarState state;
  state.at = when;
  const auto& plan = day(when);
  fill_energy(state, plan);
  if (spec_.usable_kwh > 0) {
    state.level = state.kwh / spec_.usable_kwh * 100;
    const double gross = spec_.usable_kwh + spec_.hidden_kwh * 1.5;  // a buffer above as well
    state.gross_level = (state.kwh + spec_.hidden_kwh) / gross * 100;
  }
  if (spec_.tank_l > 0) state.fuel_percent = state.fuel_l / spec_.tank_l * 100;

  Time since = plan.begin;
  state.locked = planned_lock(when, since);
  state.trunk_locked = state.locked;
  for (const auto& change : locks_) {
    if (change.at <= when && change.at > since) state.locked = change.on;
  }
  for (const auto& change : trunk_locks_) {
    if (change.at <= when && change.at > since) state.trunk_locked = change.on;
  }
  for (const auto& leg : plan.legs) {
    const bool entering = when >= leg.begin - minutes(2) && when < leg.begin - minutes(1);
    const bool leaving = when >= leg.end && when < leg.end + minutes(1);
    state.door_open = state.door_open || entering || leaving;
    state.window_open =
        state.window_open || (plan.window_open && when >= leg.begin && when < leg.end + minutes(1));
  }
  for (const auto& closed : windows_closed_) {
    if (closed <= when && closed > when - minutes(90)) state.window_open = false;
  }
  for (const auto& [from, to] : hazards_)
    state.hazards = state.hazards || (when >= from && when < to);
  return state;
}

bool Car::planned_lock(Time when, Time& since) const {
  bool locked = true;
  for (const auto& leg : day(when).legs) {
    if (when >= leg.begin - kUnlockBefore) {
      locked = false;
      since = leg.begin - kUnlockBefore;
    }
    if (when >= leg.end + kLockAfter) {
      locked = true;
      since = leg.end + kLockAfter;
    }
  }
  return locked;
}

std::vector<Report> Car::day_reports(const DayPlan& plan) const {
  std::vector<Report> list;
  for (const auto& leg : plan.legs) {
    list.push_back({leg.begin, kEnergy | kStatus});
    for (auto t = leg.begin + minutes(5); t < leg.end - minutes(1); t += minutes(5)) {
      list.push_back({t, kEnergy});
    }
    list.push_back({leg.end, kEnergy | kStatus | kLocation});
    if (!spec_.silent_lock) list.push_back({leg.end + kLockAfter + seconds(5), kStatus});
  }
  if (plan.plugged) list.push_back({*plan.plugged, kEnergy});
  const auto report_charge = [&list](const Charge& charge) {
    if (charge.end <= charge.begin) return;
    for (auto t = charge.begin; t < charge.end; t += minutes(45)) {
      list.push_back({t + seconds(20), kEnergy});
    }
    list.push_back({charge.end + seconds(10), kEnergy});
  };
  for (const auto& charge : plan.fast) report_charge(charge);
  if (plan.charge) report_charge(*plan.charge);
  return list;
}

std::vector<Report> Car::reports(Time from, Time to) const {
  std::vector<Report> list;
  for (int day = std::max(spec_.born, day_of(from) - 1); day <= day_of(to); ++day) {
    for (const auto& report : day_reports(day_number(day))) list.push_back(report);
  }
  for (const auto& report : extra_) list.push_back(report);
  list.push_back(delivery());
  std::erase_if(list, [&](const Report& r) { return r.at < from || r.at > to; });
  std::ranges::sort(list, [](const Report& a, const Report& b) {
    return std::pair(a.at, a.groups) < std::pair(b.at, b.groups);
  });
  return list;
}

std::optional<Time> Car::last_report(unsigned group, Time now) const {
  std::optional<Time> newest;
  const auto take = [&](const Report& report) {
    if ((report.groups & group) != 0 && report.at <= now) newest = std::max(newest, {report.at});
  };
  const int last = day_of(now);
  for (int day = last; day >= std::max(spec_.born, last - kLookBackDays) && !newest; --day) {
    for (const auto& report : day_reports(day_number(day))) take(report);
  }
  for (const auto& report : extra_) take(report);
  // A car that has not moved for long was delivered once.
  if (!newest) take(delivery());
  return newest;
}

// What the garage's drive left in the cloud on the first morning.
Report Car::delivery() const {
  return {first_day() + hours(24) * spec_.born + hours(6), kEnergy | kStatus | kLocation};
}

std::optional<std::pair<Time, Place>> Car::parked_place(Time now) const {
  const auto when = last_report(kLocation, now);
  if (!when) return std::nullopt;
  return std::pair(*when, at(*when).place);
}

std::vector<const Leg*> Car::trips(Time from, Time to, Time now) const {
  std::vector<const Leg*> list;
  const int last = std::min(day_of(to), day_of(now));
  for (int day = std::max(spec_.born, day_of(from)); day <= last; ++day) {
    for (const auto& leg : day_number(day).legs) {
      if (leg.end + minutes(2) <= now) list.push_back(&leg);
    }
  }
  return list;
}

}  // namespace toyota2mqtt::simulator
