#include <algorithm>

#include "simulator/car.hpp"
#include "simulator/plan.hpp"
#include "simulator/time_and_chance.hpp"

namespace toyota2mqtt::simulator {

using std::chrono::hours;
using std::chrono::minutes;

void Car::report_at(Time when, unsigned groups) {
  extra_.push_back({std::chrono::floor<std::chrono::seconds>(when), groups});
}

void Car::wake_at(Time when) { wakes_.push_back(when); }

double Car::twelve_volt(Time when) const {
  // Two weeks decide it, whatever was before: questions about the past always get the same answer.
  const int first = std::max(spec_.born, day_of(when) - 14);
  const auto begin = first_day() + hours(24) * first;
  struct Change {
    Time at;
    double per_hour;
    double once;
  };
  std::vector<Change> changes;
  const auto run = [&](Time from, Time to, double per_hour) {
    changes.push_back({from, per_hour, 0});
    changes.push_back({to, -per_hour, 0});
  };
  for (int number = first; number <= day_of(when); ++number) {
    const auto& plan = day_number(number);
    for (const auto& leg : plan.legs) run(leg.begin, leg.end, TwelveVolt::kDrivingPerHour);
    for (const auto& charge : plan.fast)
      run(charge.begin, charge.end, TwelveVolt::kChargingPerHour);
    if (plan.charge) run(plan.charge->begin, plan.charge->end, TwelveVolt::kChargingPerHour);
  }
  for (const auto& wake : wakes_) {
    if (wake >= begin) changes.push_back({wake, 0, TwelveVolt::kPerWake});
  }
  changes.push_back({when, 0, 0});
  std::ranges::sort(changes, {}, &Change::at);
  double level = spec_.twelve_volt_percent;
  double per_hour = -TwelveVolt::kStandingPerDay / 24;
  auto at = begin;
  for (const auto& change : changes) {
    if (change.at > when) break;
    const double passed = std::chrono::duration<double, std::ratio<3600>>(change.at - at).count();
    level = std::clamp(level + per_hour * passed, 0.0, TwelveVolt::kFull) - change.once;
    per_hour += change.per_hour;
    at = change.at;
  }
  return std::max(level, 0.0);
}

void Car::set_lock(Time when, bool locked) { locks_.push_back({when, locked}); }

void Car::set_trunk_lock(Time when, bool locked) { trunk_locks_.push_back({when, locked}); }

void Car::set_hazards(Time from, Time to) { hazards_.emplace_back(from, to); }

void Car::close_windows(Time when) { windows_closed_.push_back(when); }

void Car::start_climate(ClimateRun run) { climate_.push_back(std::move(run)); }

void Car::stop_climate(Time when) {
  for (auto& run : climate_) run.end = std::min(run.end, std::max(when, run.begin));
}

std::optional<ClimateRun> Car::climate(Time when) const {
  for (const auto& run : climate_) {
    if (when >= run.begin && when < run.end) return run;
  }
  return std::nullopt;
}

bool Car::charge_from(Time when) {
  const auto state = at(when);
  const auto& plan = day(when);
  if (!state.plugged || state.charging || !plan.charge || when >= plan.charge->begin) return false;
  if (state.kwh >= spec_.usable_kwh * spec_.target_level - 0.2) return false;
  const auto number = day_of(when);
  charge_override_[number] = when;
  days_.resize(static_cast<std::size_t>(number - spec_.born));
  return true;
}

void Car::notify(Notice notice) { notices_.push_back(std::move(notice)); }

std::vector<Notice> Car::notices(Time now) const {
  std::vector<Notice> list;
  for (const auto& notice : notices_) {
    if (notice.at <= now) list.push_back(notice);
  }
  const Chance chance(spec_.seed);
  for (int number = std::max(spec_.born, day_of(now) - 10); number <= day_of(now); ++number) {
    const auto& plan = day_number(number);
    const auto of_day = chance.with("notice").with(static_cast<std::uint64_t>(number));
    if (plan.charge && plan.charge->end + minutes(1) <= now &&
        plan.charge->end > plan.charge->begin) {
      list.push_back({of_day.with("charge").uuid(), plan.charge->end + minutes(1),
                      spec_.model_name + ": charging is complete.", "ChargingAlert",
                      "Charging Alerts", ""});
    }
    if (plan.legs.empty() || !of_day.happens(0.3)) continue;
    const auto when = plan.legs.front().end + minutes(1);
    if (when > now) continue;
    list.push_back({of_day.with("door").uuid(), when,
                    spec_.model_name + ": doors are unlocked, please check the app for details.",
                    "VehicleStatusAlert", "Vehicle Alerts", ""});
  }
  std::ranges::sort(list, [](const Notice& a, const Notice& b) {
    return std::pair(a.at, a.id) > std::pair(b.at, b.id);
  });
  return list;
}

}  // namespace toyota2mqtt::simulator
