#include <algorithm>

#include "simulator/car.hpp"
#include "simulator/chance.hpp"

namespace toyota2mqtt::simulator {

using std::chrono::hours;
using std::chrono::minutes;

void Car::report_at(Time when, unsigned groups) {
  extra_.push_back({std::chrono::floor<std::chrono::seconds>(when), groups});
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
  days_.resize(static_cast<std::size_t>(number));
  return true;
}

void Car::notify(Notice notice) { notices_.push_back(std::move(notice)); }

std::vector<Notice> Car::notices(Time now) const {
  std::vector<Notice> list;
  for (const auto& notice : notices_) {
    if (notice.at <= now) list.push_back(notice);
  }
  const Chance chance(spec_.seed);
  for (int number = std::max(0, day_of(now) - 10); number <= day_of(now); ++number) {
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
