#include "history/statistics_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

namespace toyota2mqtt::history {

namespace {

using base::Time;
using std::chrono::hours;
using std::chrono::minutes;
using vehicle::no_statistic;

constexpr double kWorthMissing = 10;  // km by the odometer; trips round, and it shows whole ones
constexpr double kTripsTellOf = 0.8;  // of the odometer's way; the rest is rounding and parking
constexpr auto kClocksDiffer = minutes(30);  // between a trip's times and the report after it
constexpr auto kToldLater = hours(24);       // a trip is listed by then
constexpr double kMostKmPerKwh = 12;         // no electric car goes farther
constexpr double kWorthCharging = 30;        // km

std::string spelled(Time from, Time to) {
  return fmt::format("between {} and {}", base::format_iso8601(from), base::format_iso8601(to));
}

/// A span of the period that shrinks with each hole, from its begin on.
class Span {
 public:
  Span(Period period, Time known) : until_(period.to), since_(std::max(period.from, known)) {}

  void hole(Time end, std::string why) {
    if (end <= since_) return;
    since_ = std::min(end, until_);
    why_ = std::move(why);
  }
  [[nodiscard]] Time since() const { return since_; }
  /// `after`: something of the kind begins behind the last hole. Without that, an empty end of the
  /// period says nothing about the period.
  [[nodiscard]] KnownFrom known(bool after) const {
    if (!why_.empty() && !after) return no_statistic(why_);
    return since_;
  }

 private:
  Time until_;
  Time since_;
  std::string why_;
};

std::optional<vehicle::NoStatistic> not_yet(std::optional<Time> known, Period period,
                                            const char* nothing) {
  if (!known) return vehicle::NoStatistic{.reason = nothing};
  if (*known < period.to) return std::nullopt;
  return vehicle::NoStatistic{
      .reason = fmt::format("nothing is known before {}", base::format_iso8601(*known))};
}

struct Missing {
  Period gap;
  double km = 0;         ///< by the odometer
  double listed_km = 0;  ///< by trips
};

double distance_of_trips(const StatisticsInput& input, Period gap) {
  double km = 0;
  for (const auto& [trip, route] : input.trips) {
    const bool of_gap = trip.start < gap.to + kClocksDiffer && trip.end > gap.from - kClocksDiffer;
    if (of_gap && trip.distance) km += trip.distance->value;
  }
  return km;
}

/// Ways that the odometer shows and no trip tells. A trip without a distance has a way, too.
std::vector<Missing> missing_trips(const StatisticsInput& input, Period period) {
  std::vector<Missing> found;
  Time listed_until = period.to - kToldLater;
  for (const auto& [trip, route] : input.trips) listed_until = std::max(listed_until, trip.end);
  const SampleRecord* last = nullptr;
  for (const auto& sample : input.samples) {
    if (!sample.odometer || sample.at > listed_until + kClocksDiffer) continue;
    const auto* from = std::exchange(last, &sample);
    if (from == nullptr) continue;
    const Period gap{.from = from->at, .to = sample.at};
    const double km = *sample.odometer - *from->odometer;
    const double listed_km = distance_of_trips(input, gap);
    if (km >= kWorthMissing && listed_km < km * kTripsTellOf) {
      found.push_back({.gap = gap, .km = km, .listed_km = listed_km});
    }
  }
  return found;
}

std::string spelled(const Missing& missing) {
  return fmt::format("trips {} are missing: the odometer moved by {:.0f} km, the trips say {:.0f}",
                     spelled(missing.gap.from, missing.gap.to), missing.km, missing.listed_km);
}

bool begins_after(const StatisticsInput& input, Time since) {
  return std::ranges::any_of(
      input.trips, [since](const TripRecord& record) { return record.trip.start >= since; });
}

/// Every trip, and of each what `tells` wants to know.
template <class Tells>
KnownFrom known_of_trips(const StatisticsInput& input, Period period, Tells tells,
                         const char* what) {
  if (auto none = not_yet(input.known.trips, period, "no trip has been read yet")) {
    return std::unexpected(std::move(*none));
  }
  Span span(period, *input.known.trips);
  for (const auto& missing : missing_trips(input, period)) {
    span.hole(missing.gap.to, spelled(missing));
  }
  for (const auto& [trip, route] : input.trips) {
    if (trip.start < span.since() || tells(trip)) continue;
    span.hole(trip.end, fmt::format("the trip of {} does not tell its {}",
                                    base::format_iso8601(trip.start), what));
  }
  return span.known(begins_after(input, span.since()));
}

bool charged_near(const StatisticsInput& input, Time from, Time to) {
  return std::ranges::any_of(input.charges, [from, to](const ChargeRecord& charge) {
    return charge.start <= to && charge.end.value_or(Time::max()) >= from;
  });
}

/// A charge between two samples that no session tells of.
bool unseen_charge(const StatisticsInput& input, const SampleRecord& from, const SampleRecord& to,
                   std::optional<double> capacity) {
  if (charged_near(input, from.at, to.at)) return false;
  const double fall = *from.battery_level - *to.battery_level;
  if (fall < -kMostRise) return true;
  if (input.known.tank || !capacity || !from.odometer || !to.odometer) return false;
  const double farthest = std::max(fall, 0.0) / 100 * *capacity * kMostKmPerKwh;
  return *to.odometer - *from.odometer > farthest + kWorthCharging;
}

void record_unseen_charges(const StatisticsInput& input, std::optional<double> capacity,
                           Span& span) {
  const auto* last = input.before && input.before->battery_level ? &*input.before : nullptr;
  for (const auto& sample : input.samples) {
    if (!sample.battery_level) continue;
    const auto* from = std::exchange(last, &sample);
    if (from == nullptr || !unseen_charge(input, *from, sample, capacity)) continue;
    span.hole(sample.at, fmt::format("the battery was charged {} and no report told of it",
                                     spelled(from->at, sample.at)));
  }
}

}  // namespace

KnownFrom trips_known(const StatisticsInput& input, Period period) {
  return known_of_trips(input, period, [](const vehicle::Trip&) { return true; }, "");
}

KnownFrom distances_known(const StatisticsInput& input, Period period) {
  return known_of_trips(
      input, period, [](const vehicle::Trip& trip) { return trip.distance.has_value(); },
      "distance");
}

KnownFrom fuel_known(const StatisticsInput& input, Period period) {
  if (!input.known.tank) return no_statistic("nothing says that this car burns fuel");
  return known_of_trips(
      input, period, [](const vehicle::Trip& trip) { return trip.fuel.has_value(); }, "fuel");
}

KnownFrom charges_known(const StatisticsInput& input, std::optional<double> capacity,
                        Period period) {
  if (auto none = not_yet(input.known.levels, period, "no battery level has been reported yet")) {
    return std::unexpected(std::move(*none));
  }
  Span span(period, *input.known.levels);
  // A way of which no trip is known was not seen at all, and neither were charges on it.
  if (input.known.tank) {
    for (const auto& missing : missing_trips(input, period)) {
      span.hole(missing.gap.to, spelled(missing));
    }
  }
  record_unseen_charges(input, capacity, span);
  for (const auto& charge : input.charges) {
    if (charge.start < span.since() || (charge.level_start && charge.level_end)) continue;
    span.hole(charge.end.value_or(period.to),
              fmt::format("the charging session of {} has no levels",
                          base::format_iso8601(charge.start)));
  }
  const auto since = span.since();
  return span.known(std::ranges::any_of(
      input.charges, [since](const ChargeRecord& charge) { return charge.start >= since; }));
}

}  // namespace toyota2mqtt::history
