#include "simulator/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

namespace toyota2mqtt::simulator {

namespace {

struct Point {
  double x;
  double y;
};

constexpr std::array kBySpeed = {Point{0, 1.25},  Point{20, 1.08}, Point{30, 1.0},
                                 Point{50, 0.96}, Point{75, 1.08}, Point{100, 1.28},
                                 Point{130, 1.62}};
constexpr std::array kWallbox = {Point{0, 1.0}, Point{0.94, 1.0}, Point{1.0, 0.35}};
constexpr std::array kFastCharger = {Point{0, 0.7},    Point{0.08, 1.0}, Point{0.45, 0.92},
                                     Point{0.6, 0.65}, Point{0.8, 0.35}, Point{1.0, 0.06}};
constexpr double kElectricWinter = 0.22;  // more in the middle of January than in July
constexpr double kFuelWinter = 0.06;
constexpr double kLosses = 0.92;

double along(std::span<const Point> table, double x) {
  if (x <= table.front().x) return table.front().y;
  for (std::size_t i = 1; i < table.size(); ++i) {
    if (x > table[i].x) continue;
    const double share = (x - table[i - 1].x) / (table[i].x - table[i - 1].x);
    return table[i - 1].y + (table[i].y - table[i - 1].y) * share;
  }
  return table.back().y;
}

}  // namespace

double consumption_factor(double average_kmh, int day_of_year, bool electric) {
  const double winter = 0.5 + 0.5 * std::cos((day_of_year - 15) / 365.25 * 2 * std::numbers::pi);
  const double season = 1 + winter * (electric ? kElectricWinter : kFuelWinter);
  return along(kBySpeed, average_kmh) * season;
}

double charging_kw(double charger_kw, double level, bool fast) {
  return charger_kw * kLosses *
         along(fast ? std::span<const Point>(kFastCharger) : kWallbox, level);
}

Charge charge_session(const CarSpec& spec, double from_kwh, double target_kwh, double charger_kw,
                      bool fast, Time begin, Time latest) {
  Charge charge{.begin = begin, .end = begin, .from_kwh = from_kwh, .to_kwh = from_kwh};
  charge.steps.push_back({begin, from_kwh, 0});
  while (charge.to_kwh < target_kwh - 1e-9 && charge.end < latest) {
    const double step = std::min(spec.usable_kwh / 100, target_kwh - charge.to_kwh);
    const double level = (charge.to_kwh + step / 2) / spec.usable_kwh;
    const double kw = charging_kw(charger_kw, level, fast);
    const auto takes = std::chrono::seconds(std::llround(std::ceil(step / kw * 3600)));
    const double share = std::min(1.0, std::chrono::duration<double>(latest - charge.end) /
                                           std::chrono::duration<double>(takes));
    charge.steps.back().kw = kw;
    charge.to_kwh += step * share;
    charge.end = std::min(latest, charge.end + takes);
    charge.steps.push_back({charge.end, charge.to_kwh, 0});
  }
  return charge;
}

double Charge::kwh_at(Time when) const {
  if (steps.empty() || when <= begin) return from_kwh;
  if (when >= end) return to_kwh;
  const auto next = std::ranges::upper_bound(steps, when, {}, &Step::at);
  const auto& before = *(next - 1);
  const double share = std::chrono::duration<double>(when - before.at) /
                       std::chrono::duration<double>(next->at - before.at);
  return before.kwh + (next->kwh - before.kwh) * share;
}

double Charge::kw_at(Time when) const {
  if (when < begin || when >= end) return 0;
  return (std::ranges::upper_bound(steps, when, {}, &Step::at) - 1)->kw;
}

}  // namespace toyota2mqtt::simulator
