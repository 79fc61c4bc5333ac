#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "toyota2mqtt/history/options.hpp"
#include "toyota2mqtt/history/statistics.hpp"

namespace toyota2mqtt::history {

namespace {

using std::chrono::minutes;
using std::chrono::sys_days;

constexpr auto kOneDay = std::chrono::days(1);
constexpr int kMostDays = 400;  // no session is longer; a broken one shall not keep the loop busy

std::optional<int> two_digits(std::string_view text, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() != 2 || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value >= 0 && value <= most ? std::optional(value) : std::nullopt;
}

std::optional<minutes> time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = two_digits(text.substr(0, 2), 23);
  const auto minute = two_digits(text.substr(3), 59);
  if (!hour || !minute) return std::nullopt;
  return std::chrono::hours(*hour) + minutes(*minute);
}

std::chrono::year_month_day next(std::chrono::year_month_day day) {
  return sys_days(day) + kOneDay;
}

}  // namespace

std::optional<DayWindow> parse_day_window(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto from = time_of_day(text.substr(0, dash));
  const auto to = time_of_day(text.substr(dash + 1));
  if (!from || !to || *from == *to) return std::nullopt;
  return DayWindow{.from = *from, .to = *to};
}

double share_in(const DayWindow& window, Period period, const base::Zone& zone) {
  const bool empty = period.to <= period.from;
  const auto to = empty ? period.from + std::chrono::milliseconds(1) : period.to;
  std::chrono::milliseconds inside{};
  // The night that began yesterday may reach into the period.
  auto day = std::chrono::year_month_day(sys_days(zone.local_date(period.from)) - kOneDay);
  for (int i = 0; i < kMostDays && zone.midnight(day) < to; ++i, day = next(day)) {
    const auto begin = zone.at(day, window.from);
    const auto end = zone.at(window.to > window.from ? day : next(day), window.to);
    const auto overlap = std::min(end, to) - std::max(begin, period.from);
    inside += std::max(overlap, std::chrono::milliseconds(0));
  }
  const auto whole = std::chrono::duration<double>(to - period.from);
  return std::clamp(std::chrono::duration<double>(inside) / whole, 0.0, 1.0);
}

std::optional<double> price_of(double kwh, Period period, const Tariff& tariff) {
  if (!tariff.electricity_price) return std::nullopt;
  if (!tariff.night_price || !tariff.night) return kwh * *tariff.electricity_price;
  const double night = share_in(*tariff.night, period, tariff.zone);
  return kwh * (night * *tariff.night_price + (1 - night) * *tariff.electricity_price);
}

void estimate(ChargeRecord& charge, const Tariff& tariff, std::optional<double> capacity) {
  const auto notes = charge.basis.find("; ");
  const auto kept = notes == std::string::npos ? std::string() : charge.basis.substr(notes);
  charge.energy.reset();
  charge.cost.reset();
  if (!charge.level_start || !charge.level_end) {
    charge.basis = "the level was not reported" + kept;
    return;
  }
  auto basis = fmt::format("level from {:g} % to {:g} %", *charge.level_start, *charge.level_end);
  if (!capacity || *capacity <= 0) {
    charge.basis = basis + ", no energy because the usable capacity is not known" + kept;
    return;
  }
  const double share = std::max(0.0, *charge.level_end - *charge.level_start) / 100;
  charge.energy = share * *capacity;
  charge.cost = price_of(*charge.energy,
                         {.from = charge.start, .to = charge.end.value_or(charge.start)}, tariff);
  charge.basis = fmt::format("{} of {:g} kWh usable, ± 1 % of the level, without losses{}", basis,
                             *capacity, kept);
}

Tariff tariff_of(const Prices& prices, const base::Zone& zone) {
  return {.electricity_price = prices.electricity_price,
          .night_price = prices.electricity_price_night,
          .night = parse_day_window(prices.night),
          .fuel_price = prices.fuel_price,
          .currency = prices.currency,
          .electricity_co2 = prices.electricity_co2,
          .zone = zone};
}

}  // namespace toyota2mqtt::history
