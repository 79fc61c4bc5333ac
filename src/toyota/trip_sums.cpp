#include "toyota/trip_sums.hpp"

#include <algorithm>

namespace toyota2mqtt::toyota {

namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;
using vehicle::Kilometres;
using vehicle::Litres;
using vehicle::PeriodTotals;

constexpr double kThousand = 1000;  // metres in a kilometre, millilitres in a litre
constexpr double kMostSummed = 1e9;

std::optional<double> plus(std::optional<double> one, std::optional<double> other) {
  return one && other ? std::optional(*one + *other) : std::nullopt;
}

std::optional<year_month_day> day_of(const Reader& entry) {
  const auto year = entry.count("year");
  const auto month = entry.count("month");
  const auto day = entry.count("day");
  if (!year || !month || !day) return std::nullopt;
  const year_month_day date(std::chrono::year(*year),
                            std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  return date.ok() ? std::optional(date) : std::nullopt;
}

}  // namespace

TripSums::TripSums(const Reader& read, const std::vector<vehicle::ListedTrip>& listed)
    : zone_(read.context().zone),
      today_(zone_.local_date(read.context().now)),
      from_(read.date("from")),
      to_(read.date("to")) {
  const Json* summary = read.find("summary");
  summed_ = summary != nullptr && summary->is_array();
  all_months_ = read.is_whole_list("summary");
  for (const auto& entry : read.list("summary")) read_month(entry);
  for (const auto& trip : listed) {
    // It is unknown to which of the two days the cloud counts it.
    trip_days_.push_back(zone_.local_date(trip.trip.start));
    trip_days_.push_back(zone_.local_date(trip.trip.end));
  }
}

TripSums::Sum TripSums::sum_of(const Reader& read) {
  return {.length = read.number_within("summary.length", 0, kMostSummed),
          .fuel = read.number_within("summary.fuelConsumption", 0, kMostSummed)};
}

void TripSums::add(Sum& sum, const Sum& part) {
  sum.length = plus(sum.length, part.length);
  sum.fuel = plus(sum.fuel, part.fuel);
}

void TripSums::read_month(const Reader& entry) {
  const auto year = entry.count("year");
  const auto number = entry.count("month");
  const MonthKey key(std::chrono::year(year.value_or(0)),
                     std::chrono::month(static_cast<unsigned>(number.value_or(0))));
  if (!year || !number || !key.ok()) {
    all_months_ = false;
    return;
  }
  Month month{.total = sum_of(entry)};
  read_days(entry, month);
  if (lacks_days(key, month)) month.all_days = false;
  knows_fuel_ =
      knows_fuel_ || month.total.fuel ||
      std::ranges::any_of(month.days, [](const auto& it) { return it.second.fuel.has_value(); });
  const auto [place, fresh] = months_.try_emplace(key, std::move(month));
  if (!fresh) place->second.readable = false;
}

void TripSums::read_days(const Reader& entry, Month& month) {
  month.all_days = entry.is_whole_list("histograms");
  for (const auto& item : entry.list("histograms")) {
    const auto day = day_of(item);
    if (!day) {
      month.all_days = false;
      continue;
    }
    const auto [place, fresh] = month.days.try_emplace(*day, sum_of(item));
    if (!fresh) place->second = {};
  }
  // A month without any distance had no day with one.
  if (month.total.length == 0) month.all_days = true;
}

/// Whether the days of a month that the answer covers make up less than its total.
bool TripSums::lacks_days(MonthKey key, const Month& month) const {
  constexpr double kRounding = 500;  // m
  constexpr double kMostly = 0.99;
  if (!month.total.length || (from_ && *from_ > Day(key / std::chrono::day(1)))) return false;
  double sum = 0;
  for (const auto& [day, totals] : month.days) {
    if (!totals.length) return false;
    sum += *totals.length;
  }
  return sum + kRounding < *month.total.length * kMostly;
}

/// Whether the answer reaches from `first` to today.
bool TripSums::covers(Day first) const {
  return summed_ && (!from_ || *from_ <= first) && (!to_ || *to_ >= today_);
}

bool TripSums::lists_trip_in(Day first, Day last) const {
  return std::ranges::any_of(trip_days_, [&](Day day) { return day >= first && day <= last; });
}

/// Of days without an entry.
TripSums::Sum TripSums::none(Day first, Day last) const {
  if (lists_trip_in(first, last)) return {};
  return {.length = 0, .fuel = knows_fuel_ ? std::optional(0.0) : std::nullopt};
}

TripSums::Sum TripSums::of_day(Day day) const {
  const auto month = months_.find(day.year() / day.month());
  if (month == months_.end()) return all_months_ ? none(day, day) : Sum{};
  if (!month->second.readable) return {};
  const auto found = month->second.days.find(day);
  if (found != month->second.days.end()) return found->second;
  return month->second.all_days ? none(day, day) : Sum{};
}

TripSums::Sum TripSums::of_month(MonthKey key) const {
  const auto found = months_.find(key);
  const Day first = key / std::chrono::day(1);
  const Day last = key / std::chrono::last;
  if (found == months_.end()) return all_months_ ? none(first, last) : Sum{};
  if (!found->second.readable) return {};
  const auto& month = found->second;
  auto sum = month.total;
  if (!month.all_days || (sum.length && sum.fuel)) return sum;
  Sum by_day{.length = 0, .fuel = 0};
  if (month.days.empty()) by_day = none(first, last);
  for (const auto& [day, totals] : month.days) add(by_day, totals);
  if (!sum.length) sum.length = by_day.length;
  if (!sum.fuel) sum.fuel = by_day.fuel;
  return sum;
}

std::optional<PeriodTotals> TripSums::shown(Day first, const Sum& sum) const {
  if (!covers(first) || (!sum.length && !sum.fuel)) return std::nullopt;
  PeriodTotals totals{.since = zone_.midnight(first), .distance = {}, .fuel = {}};
  if (sum.length) totals.distance = Kilometres{*sum.length / kThousand};
  if (sum.fuel) totals.fuel = Litres{*sum.fuel / kThousand};
  return totals;
}

std::optional<PeriodTotals> TripSums::day() const { return shown(today_, of_day(today_)); }

std::optional<PeriodTotals> TripSums::week() const {
  const auto weekday = std::chrono::weekday(sys_days(today_));
  const sys_days monday = sys_days(today_) - (weekday - std::chrono::Monday);
  Sum sum{.length = 0, .fuel = 0};
  for (auto day = monday; day <= sys_days(today_); day += std::chrono::days(1)) {
    add(sum, of_day(Day(day)));
  }
  return shown(Day(monday), sum);
}

std::optional<PeriodTotals> TripSums::month() const {
  const MonthKey key = today_.year() / today_.month();
  return shown(key / std::chrono::day(1), of_month(key));
}

std::optional<PeriodTotals> TripSums::year() const {
  Sum sum{.length = 0, .fuel = 0};
  for (unsigned month = 1; month <= static_cast<unsigned>(today_.month()); ++month) {
    add(sum, of_month(today_.year() / std::chrono::month(month)));
  }
  return shown(today_.year() / std::chrono::January / 1, sum);
}

}  // namespace toyota2mqtt::toyota
