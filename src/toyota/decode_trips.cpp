#include <algorithm>
#include <cmath>
#include <functional>

#include "toyota/decode_routes.hpp"

namespace toyota2mqtt::toyota {

namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;
using vehicle::Kilometres;
using vehicle::Litres;
using vehicle::PeriodFigures;
using vehicle::Report;
using vehicle::Source;
using vehicle::Trip;

constexpr double kMetresPerKilometre = 1000;
constexpr double kMillilitresPerLitre = 1000;
constexpr double kSecondsPerMinute = 60;
constexpr double kLargest = 1e9;  // metres, millilitres, seconds
constexpr std::size_t kMostListed = 50;

/// `value / divisor` as a quantity; nullopt for what is missing or absurd. 0 is real: a plug-in
/// hybrid drives without fuel (toyota-cloud-api.md section 10).
template <class Q>
std::optional<Q> scaled(std::optional<double> value, double divisor) {
  if (!value || !(*value >= 0 && *value <= kLargest)) return std::nullopt;
  return Q{*value / divisor};
}

std::optional<Trip> read_trip(const Reader& read) {
  const auto id = read.text("id");
  const auto start = read.timestamp("summary.startTs");
  const auto end = read.timestamp("summary.endTs");
  if (!id || !start || !end || *end < *start) return std::nullopt;
  return Trip{
      .id = *id,
      .start = *start,
      .end = *end,
      .distance = scaled<Kilometres>(read.number("summary.length"), kMetresPerKilometre),
      .duration = scaled<vehicle::Minutes>(read.number("summary.duration"), kSecondsPerMinute),
      .ev_distance = scaled<Kilometres>(read.number("hdc.evDistance"), kMetresPerKilometre),
      .fuel = scaled<Litres>(read.number("summary.fuelConsumption"), kMillilitresPerLitre),
      .average_speed = scaled<vehicle::KilometresPerHour>(read.number("summary.averageSpeed"), 1),
      .score = read.percent("scores.global")};
}

/// Where the trip led, as far as the answer says so; (0, 0) is no place.
std::vector<vehicle::Position> read_track(const Reader& read) {
  constexpr double kMostLatitude = 90;
  constexpr double kMostLongitude = 180;
  std::vector<vehicle::Position> track;
  for (const auto& point : read.list("route")) {
    const auto latitude = point.number("lat");
    const auto longitude = point.number("lon");
    if (!latitude || !longitude || (*latitude == 0 && *longitude == 0)) continue;
    if (std::abs(*latitude) > kMostLatitude || std::abs(*longitude) > kMostLongitude) continue;
    track.push_back({.latitude = *latitude, .longitude = *longitude});
  }
  return track;
}

/// Newest first.
std::vector<vehicle::ListedTrip> read_trips(const Reader& read) {
  std::vector<vehicle::ListedTrip> trips;
  for (const auto& item : read.list("trips")) {
    if (trips.size() == kMostListed) break;
    auto trip = read_trip(item);
    if (trip) trips.push_back({.trip = std::move(*trip), .track = read_track(item)});
  }
  std::ranges::sort(trips, std::ranges::greater(),
                    [](const auto& listed) { return listed.trip.end; });
  return trips;
}

struct Day {
  year_month_day date;
  std::optional<Kilometres> distance;
  std::optional<Litres> fuel;
};

std::vector<Day> read_days(const Reader& read) {
  std::vector<Day> days;
  for (const auto& month : read.list("summary")) {
    for (const auto& day : month.list("histograms")) {
      const auto y = day.count("year");
      const auto m = day.count("month");
      const auto d = day.count("day");
      if (!y || !m || !d) continue;
      const year_month_day date(std::chrono::year(*y),
                                std::chrono::month(static_cast<unsigned>(*m)),
                                std::chrono::day(static_cast<unsigned>(*d)));
      if (!date.ok()) continue;
      days.push_back(
          {.date = date,
           .distance = scaled<Kilometres>(day.number("summary.length"), kMetresPerKilometre),
           .fuel = scaled<Litres>(day.number("summary.fuelConsumption"), kMillilitresPerLitre)});
    }
  }
  return days;
}

/// Sums the days from `first` to `today`. Days without a trip have no entry, so nothing means 0 km;
/// fuel that no day mentions stays unknown.
PeriodFigures sum(const std::vector<Day>& days, year_month_day first, year_month_day today,
                  const base::Zone& zone) {
  PeriodFigures figures{.since = zone.midnight(first), .distance = {}, .fuel = {}};
  for (const auto& day : days) {
    if (day.date < first || day.date > today) continue;
    if (day.distance) figures.distance.value += day.distance->value;
    if (day.fuel) figures.fuel = Litres{figures.fuel.value_or(Litres{}).value + day.fuel->value};
  }
  return figures;
}

}  // namespace

/// An answer without trips says nothing about an earlier trip. The figures come from the daily
/// histograms of `summary`; they are unknown when it is missing, or when the answer's own `from`
/// lies after the beginning of the period (a sum of half a year is not the year's).
void decode_trips(const Reader& read, vehicle::VehicleState& state) {
  auto listed = read_trips(read);
  const auto newest = listed.empty() ? std::nullopt : std::optional(listed.front().trip);
  const Report report(Source::trips, newest ? std::optional(newest->end) : std::nullopt);
  note_time(state, report);
  if (newest) report.put(state.last_trip, newest);
  if (newest) state.listed_trips = std::move(listed);

  const auto& zone = read.context().zone;
  const auto today = zone.local_date(read.context().now);
  const auto weekday = std::chrono::weekday(sys_days(today));
  const year_month_day monday(sys_days(today) - (weekday - std::chrono::Monday));
  const Json* summary = read.find("summary");
  const bool summed = summary != nullptr && summary->is_array();
  const auto from = read.date("from");
  const auto days = read_days(read);
  const auto figures = [&](year_month_day first) -> std::optional<PeriodFigures> {
    if (!summed || (from && *from > first)) return std::nullopt;
    return sum(days, first, today, zone);
  };
  report.put(state.day, figures(today));
  report.put(state.week, figures(monday));
  report.put(state.month, figures(today.year() / today.month() / 1));
  report.put(state.year, figures(today.year() / std::chrono::January / 1));
}

TripPage read_trip_page(const Reader& read, std::size_t offset) {
  TripPage page{.trips = read_trips(read)};
  const auto next = read.count("_metadata.pagination.nextOffset");
  // A list that does not go forward would never end.
  if (next && *next > 0 && static_cast<std::size_t>(*next) > offset) {
    page.next = static_cast<std::size_t>(*next);
  }
  return page;
}

}  // namespace toyota2mqtt::toyota
