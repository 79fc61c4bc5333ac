#include "history/advance.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::history {

namespace {

constexpr auto kShortest = std::chrono::minutes(1);  // between two samples

template <class Tag>
std::optional<Seen::Value> value_of(const vehicle::Field<vehicle::Quantity<Tag>>& field) {
  if (!field || !field->at) return std::nullopt;
  return Seen::Value{.value = field->value.value, .at = *field->at};
}

/// The five values of a sample, so that they are treated alike.
struct Column {
  std::optional<Seen::Value> Seen::* seen;
  std::optional<double> SampleRecord::* kept;
};
constexpr std::array kColumns = {
    Column{.seen = &Seen::battery_level, .kept = &SampleRecord::battery_level},
    Column{.seen = &Seen::ev_range, .kept = &SampleRecord::ev_range},
    Column{.seen = &Seen::fuel_level, .kept = &SampleRecord::fuel_level},
    Column{.seen = &Seen::fuel_range, .kept = &SampleRecord::fuel_range},
    Column{.seen = &Seen::odometer, .kept = &SampleRecord::odometer}};

void advance_sample(CarMemory& memory, const Seen& seen, base::Time now,
                    std::vector<Write>& writes) {
  const auto last = memory.sample.value_or(SampleRecord{});
  SampleRecord sample;
  std::optional<base::Time> changed;
  for (const auto& [from, to] : kColumns) {
    const auto& value = seen.*from;
    if (!value || !believable(value->at, now)) continue;
    sample.*to = value->value;
    if (last.*to == value->value) continue;
    changed = std::max(changed.value_or(value->at), value->at);
  }
  if (!changed) return;
  // What comes within a minute, or late from another part of the cloud, belongs to the last sample.
  const bool same = memory.sample && *changed < last.at + kShortest;
  sample.at = same ? last.at : *changed;
  memory.sample = sample;
  writes.emplace_back(sample);
}

void advance_trips(CarMemory& memory, const Seen& seen, std::vector<Write>& writes) {
  for (const auto& listed : std::views::reverse(seen.trips)) {
    if (std::ranges::find(memory.trips, listed) != memory.trips.end()) continue;
    writes.emplace_back(record_of(listed));
  }
  if (!seen.trips.empty()) memory.trips = seen.trips;
}

}  // namespace

TripRecord record_of(vehicle::ListedTrip listed) {
  TripRecord record{.trip = std::move(listed.trip)};
  record.route.reserve(listed.track.size());
  for (const auto& point : listed.track) {
    record.route.push_back({.latitude = point.latitude, .longitude = point.longitude});
  }
  return record;
}

Seen seen_of(const vehicle::Car& car) {
  const auto& state = car.state;
  Seen seen{.battery_level = value_of(vehicle::battery_level(state, car.evidence)),
            .ev_range = value_of(state.ev_range),
            .fuel_level = value_of(state.fuel_level),
            .fuel_range = value_of(state.fuel_range),
            .odometer = value_of(state.odometer),
            .usable_capacity = car.usable_capacity};
  if (const auto& status = state.charging_status; status && status->at) {
    seen.charging = {.charging = status->value == vehicle::ChargingStatus::charging,
                     .at = *status->at};
  }
  if (state.listed_trips) seen.trips = *state.listed_trips;
  return seen;
}

CarMemory remembered(std::optional<ChargeRecord> open, const std::optional<ChargeRecord>& newest,
                     std::optional<SampleRecord> sample) {
  CarMemory memory;
  if (newest) memory.judged = newest->end.value_or(newest->start);
  if (open) {
    // Each new level of the session has left a sample.
    const auto seen = sample ? std::max(open->start, sample->at) : open->start;
    memory.judged = std::max(memory.judged.value_or(open->start), open->start);
    memory.session = CarMemory::Session{.record = std::move(*open), .seen = seen};
  }
  memory.sample = sample;
  return memory;
}

std::vector<Write> advance(CarMemory& memory, const Seen& seen, const Tariff& tariff,
                           base::Time now) {
  std::vector<Write> writes;
  advance_session(memory, seen, tariff, now, writes);
  advance_sample(memory, seen, now, writes);
  advance_trips(memory, seen, writes);
  return writes;
}

}  // namespace toyota2mqtt::history
