#include "toyota2mqtt/vehicle/car_event.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "toyota2mqtt/vehicle/derive.hpp"
#include "vehicle/readers.hpp"

namespace toyota2mqtt::vehicle {

namespace {

using namespace readers;

CarEvent event_of(const Warning& warning) {
  return {.id = "vehicle_warning",
          .type = "warning",
          .at = warning.at,
          .facts = {{"code", text(warning.code)},
                    {"text", text(warning.text)},
                    {"severity", text(warning.severity)},
                    {"time", plain(warning.at)}}};
}

CarEvent event_of(const Trip& trip) {
  return {.id = "trip_ended",
          .type = "ended",
          .at = trip.end,
          .facts = {{"start", Value(trip.start)},
                    {"end", Value(trip.end)},
                    {"distance", number(trip.distance, 1)},
                    {"ev_distance", number(trip.ev_distance, 1)},
                    {"duration", minutes(trip.duration)},
                    {"fuel", number(trip.fuel, 2)},
                    {"consumption", consumption(trip)},
                    {"average_speed", number(trip.average_speed, 1)}}};
}

void add_warnings(Evidence& evidence, const VehicleState& state, std::vector<CarEvent>& events) {
  if (!state.warnings) return;
  std::set<std::string> lit;
  for (const auto& warning : state.warnings->value) {
    const auto key = key_of(warning);
    if (!lit.insert(key).second) continue;
    if (evidence.warned && !evidence.warned->contains(key)) events.push_back(event_of(warning));
  }
  evidence.warned = std::move(lit);
}

void add_trips(Evidence& evidence, const VehicleState& state, std::vector<CarEvent>& events) {
  if (!state.listed_trips) return;
  const auto known = evidence.last_trip_end;
  auto newest = known;
  std::vector<CarEvent> ended;
  for (const auto& listed : *state.listed_trips) {
    if (!newest || listed.trip.end > *newest) newest = listed.trip.end;
    if (known && listed.trip.end > *known) ended.push_back(event_of(listed.trip));
  }
  // A car without any trip: the first one that it drives is new.
  evidence.last_trip_end = newest.value_or(base::Time{});
  std::ranges::sort(ended, {}, &CarEvent::at);
  std::ranges::move(ended, std::back_inserter(events));
}

}  // namespace

std::vector<CarEvent> new_events(Evidence& evidence, const VehicleState& state) {
  std::vector<CarEvent> events;
  add_warnings(evidence, state, events);
  add_trips(evidence, state, events);
  return events;
}

}  // namespace toyota2mqtt::vehicle
