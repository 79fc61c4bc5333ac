#include <algorithm>
#include <cmath>
#include <functional>

#include "toyota/decode.hpp"
#include "toyota/trip_sums.hpp"

namespace toyota2mqtt::toyota {

namespace {

using vehicle::Kilometres;
using vehicle::Litres;
using vehicle::Report;
using vehicle::Source;
using vehicle::Trip;

constexpr double kMetresPerKilometre = 1000;
constexpr double kMillilitresPerLitre = 1000;
constexpr double kSecondsPerMinute = 60;
constexpr double kLargest = 1e9;  // metres, millilitres, seconds
constexpr std::size_t kMostListed = 50;

/// The number at `path` divided by `divisor`; nullopt for what is missing or absurd. 0 is real: a
/// plug-in hybrid drives without fuel (docs/toyota-protocol.md, "Trips").
template <class Q>
std::optional<Q> scaled(const Reader& read, std::string_view path, double divisor) {
  const auto value = read.number_within(path, 0, kLargest);
  return value ? std::optional(Q{*value / divisor}) : std::nullopt;
}

std::optional<Trip> read_trip(const Reader& read) {
  const auto id = read.text("id");
  const auto start = read.timestamp("summary.startTs");
  const auto end = read.timestamp("summary.endTs");
  if (!id || !start || !end || *end < *start) return std::nullopt;
  return Trip{.id = *id,
              .start = *start,
              .end = *end,
              .distance = scaled<Kilometres>(read, "summary.length", kMetresPerKilometre),
              .duration = scaled<vehicle::Minutes>(read, "summary.duration", kSecondsPerMinute),
              .ev_distance = scaled<Kilometres>(read, "hdc.evDistance", kMetresPerKilometre),
              .fuel = scaled<Litres>(read, "summary.fuelConsumption", kMillilitresPerLitre),
              .average_speed = scaled<vehicle::KilometresPerHour>(read, "summary.averageSpeed", 1),
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

}  // namespace

/// An answer without trips says nothing about an earlier trip. The sums are those of this answer,
/// whatever an earlier one said: a trip may have been taken out of the list.
void decode_trips(const Reader& read, vehicle::VehicleState& state) {
  auto listed = read_trips(read);
  const auto newest = listed.empty() ? std::nullopt : std::optional(listed.front().trip);
  const Report report(Source::trips, newest ? std::optional(newest->end) : std::nullopt);
  const bool taken = record_time(state, report);
  const TripSums sums(read, listed);
  const auto put = [&report](vehicle::Field<vehicle::PeriodTotals>& field,
                             const std::optional<vehicle::PeriodTotals>& figures) {
    field.reset();
    report.put(field, figures);
  };
  put(state.day, sums.day());
  put(state.week, sums.week());
  put(state.month, sums.month());
  put(state.year, sums.year());
  if (!newest) return;
  if (taken) report.put(state.last_trip, newest);
  state.listed_trips = std::move(listed);
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
