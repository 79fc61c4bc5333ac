#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "toyota2mqtt/vehicle/catalogue.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

/// What the catalogue's readers are made of: from a field of the state to a value on its way out.
namespace toyota2mqtt::vehicle::readers {

/// Keeps the cloud's float noise (54.434999999999995) out of recorder and topics.
inline double rounded(double value, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return std::round(value * scale) / scale;
}

template <class Tag>
Value number(const std::optional<Quantity<Tag>>& quantity, int decimals) {
  if (!quantity || !std::isfinite(quantity->value)) return {};
  return rounded(quantity->value, decimals);
}

inline Value minutes(const std::optional<Minutes>& quantity) {
  if (!quantity || !std::isfinite(quantity->value)) return {};
  return static_cast<std::int64_t>(std::llround(quantity->value));
}

template <class T>
Value plain(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}

inline Value text(const std::string& value) { return value.empty() ? Value() : Value(value); }

/// The value of a field, unchanged.
inline constexpr auto kAsIs = [](const auto& value) { return Value(value); };

/// The reading of one field, its value made by `convert`.
template <class T, class Convert>
Reading of(const Field<T>& field, Convert convert) {
  if (!field) return {};
  return {.value = convert(field->value),
          .measured_at = field->at,
          .last_reset = {},
          .source = field->source};
}

template <class Tag>
Reading number(const Field<Quantity<Tag>>& field, int decimals) {
  return of(field,
            [decimals](const auto& value) { return number(std::optional(value), decimals); });
}
inline Reading minutes(const Field<Minutes>& field) {
  return of(field, [](const auto& value) { return minutes(std::optional(value)); });
}
inline Reading flag(const Field<bool>& field) { return of(field, kAsIs); }
/// Home Assistant's lock class: on = unlocked.
inline Reading unlocked(const Field<bool>& locked) {
  return of(locked, [](const auto& value) { return Value(!value); });
}

/// A derived value, with the time and the source of what it was derived from.
template <class T>
Reading derived(const std::optional<T>& value, const Car& car, Source source) {
  if (!value) return {};
  return {.value = plain(value),
          .measured_at = car.state.reported(source),
          .last_reset = {},
          .source = source};
}
template <class T, class From>
Reading derived(const std::optional<T>& value, const Field<From>& from) {
  if (!value || !from) return {};
  return {.value = plain(value), .measured_at = from->at, .last_reset = {}, .source = from->source};
}

/// A figure of the last trip; it counts from the trip's start.
template <class Get>
Reading trip(const Car& car, Get get) {
  if (!car.state.last_trip) return {};
  const Trip& last = car.state.last_trip->value;
  return {.value = get(last),
          .measured_at = last.end,
          .last_reset = last.start,
          .source = car.state.last_trip->source};
}

/// A sum over a period; it counts from the period's first midnight.
template <class Get>
Reading period(const Field<PeriodTotals>& statistics, Get get) {
  if (!statistics) return {};
  return {.value = get(statistics->value),
          .measured_at = statistics->at,
          .last_reset = statistics->value.since,
          .source = statistics->source};
}
inline Reading period_distance(const Field<PeriodTotals>& statistics) {
  return period(statistics, [](const PeriodTotals& sum) { return number(sum.distance, 1); });
}

inline std::optional<bool> negated(std::optional<bool> value) {
  return value ? std::optional(!*value) : std::nullopt;
}

/// A text of the vehicle list.
inline Reading from_list(const std::string& value) {
  return {
      .value = text(value), .measured_at = {}, .last_reset = {}, .source = Source::vehicle_list};
}

/// The time of the newest answer of a source.
inline Reading reported_at(const Car& car, Source source) {
  return derived(car.state.reported(source), car, source);
}

Reading read_location(const Car& car);
Reading read_activity(const Car& car);
Reading read_charging_status(const Car& car);
/// The time of the place that is shown; an answer without one tells no time.
Reading read_location_time(const Car& car);
Attributes warning_attributes(const Car& car);
Reading read_picture(const Car& car);
Reading read_wakes_today(const Car& car, const base::Zone& zone);
Attributes wake_attributes(const Car& car);
Reading read_remote_services(const Car& car);
Attributes remote_services_attributes(const Car& car);
Value consumption(const Trip& trip);

/// One of the figures that history made, of the last 30 days or of the owner's month.
using StatisticOf = KnownStatistic Statistics::*;
inline const Statistic* statistic(const Car& car, Statistics CarStatistics::* when,
                                  StatisticOf which) {
  if (!car.statistics) return nullptr;
  const auto& found = (*car.statistics).*when.*which;
  return found ? &*found : nullptr;
}
inline Reading recent(const Car& car, StatisticOf which, int decimals) {
  const auto* found = statistic(car, &CarStatistics::recent, which);
  if (found == nullptr) return {};
  return {.value = rounded(found->value, decimals), .measured_at = found->until};
}
inline Reading month(const Car& car, StatisticOf which, int decimals) {
  const auto* found = statistic(car, &CarStatistics::month, which);
  if (found == nullptr) return {};
  return {.value = rounded(found->value, decimals),
          .measured_at = found->until,
          // A sum that is known from the fifth on began to be counted on the fifth.
          .last_reset = std::max(car.statistics->month_began, found->since)};
}
/// What the figure stands on, or why there is none.
inline Attributes basis(const Car& car, Statistics CarStatistics::* when, StatisticOf which) {
  const auto* found = statistic(car, when, which);
  if (found == nullptr) {
    const auto reason =
        car.statistics ? ((*car.statistics).*when.*which).error().reason : std::string();
    return {{"basis", ""}, {"since", ""}, {"until", ""}, {"reason", reason}};
  }
  return {{"basis", found->basis},
          {"since", base::format_iso8601(found->since)},
          {"until", base::format_iso8601(found->until)},
          {"reason", ""}};
}

}  // namespace toyota2mqtt::vehicle::readers
