#include "toyota2mqtt/vehicle/car_event.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "support/catch.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::vehicle;

namespace {

Value value_of(const CarEvent& event, std::string_view name) {
  const auto found = std::ranges::find(event.facts, name, &CarEvent::Fact::first);
  REQUIRE(found != event.facts.end());
  return found->second;
}

std::string fact(const CarEvent& event, std::string_view name) {
  return std::get<std::string>(value_of(event, name));
}

base::Time moment(const char* text) { return base::parse_iso8601(text).value(); }

ListedTrip listed_trip(const char* start, const char* end) {
  ListedTrip listed;
  listed.trip.id = end;
  listed.trip.start = moment(start);
  listed.trip.end = moment(end);
  listed.trip.distance = Kilometres{12.34};
  listed.trip.duration = Minutes{17.6};
  listed.trip.fuel = Litres{0.617};
  return listed;
}

}  // namespace

TEST_CASE("B1 a lamp is new once, the first list is known, and what went out is new again") {
  VehicleState state;
  Evidence evidence;
  const auto lit = [&](std::vector<Warning> warnings) {
    state.warnings = Measured<std::vector<Warning>>{.value = std::move(warnings), .at = {}};
    std::string codes;
    for (const auto& event : new_events(evidence, state)) codes += fact(event, "code");
    // Across a restart, too.
    evidence = parse_evidence(serialize(evidence)).value();
    return codes;
  };
  CHECK(new_events(evidence, state).empty());
  CHECK_FALSE(evidence.warned);
  CHECK(lit({{.code = "A"}}).empty());
  CHECK(lit({{.code = "A"}, {.code = "B"}, {.code = "B"}}) == "B");
  CHECK(lit({{.code = "A"}, {.code = "B"}}).empty());
  CHECK(lit({}).empty());
  CHECK(lit({{.code = "A"}}) == "A");
  state.warnings.reset();
  CHECK(new_events(evidence, state).empty());
  CHECK(lit({{.code = "A"}}).empty());
}

TEST_CASE("a trip has ended once, the first list is known, and the oldest is reported first") {
  VehicleState state;
  Evidence evidence;
  const auto ended = [&](std::vector<ListedTrip> trips) {
    state.listed_trips = std::move(trips);
    std::string times;
    for (const auto& event : new_events(evidence, state)) {
      CHECK(event.id == "trip_ended");
      times += base::format_iso8601(*event.at).substr(11, 5) + " ";
    }
    // Across a restart, too.
    evidence = parse_evidence(serialize(evidence)).value();
    return times;
  };
  const auto first = listed_trip("2026-11-20T07:00:00Z", "2026-11-20T07:20:00Z");
  const auto second = listed_trip("2026-11-20T12:00:00Z", "2026-11-20T12:10:00Z");
  const auto third = listed_trip("2026-11-20T17:00:00Z", "2026-11-20T17:30:00Z");
  CHECK(new_events(evidence, state).empty());
  CHECK_FALSE(evidence.last_trip_end);
  CHECK(ended({first}).empty());
  CHECK(ended({first}).empty());
  CHECK(ended({third, second, first}) == "12:10 17:30 ");
  CHECK(ended({third, second, first}).empty());
  // A shorter answer forgets nothing.
  CHECK(ended({}).empty());
  CHECK(ended({third, first}).empty());
}

TEST_CASE("the first trip of a car that had none has ended, too") {
  VehicleState state;
  Evidence evidence;
  state.listed_trips.emplace();
  CHECK(new_events(evidence, state).empty());
  state.listed_trips = {listed_trip("2026-11-20T07:00:00Z", "2026-11-20T07:20:00Z")};
  const auto events = new_events(evidence, state);
  REQUIRE(events.size() == 1);
  CHECK(events[0].type == "ended");
  CHECK(std::get<base::Time>(value_of(events[0], "start")) == moment("2026-11-20T07:00:00Z"));
  CHECK(std::get<double>(value_of(events[0], "distance")) == 12.3);
  CHECK(std::get<std::int64_t>(value_of(events[0], "duration")) == 18);
  CHECK(std::get<double>(value_of(events[0], "consumption")) == 5.0);
  // What the cloud does not say is unknown, not 0.
  CHECK(std::holds_alternative<std::monostate>(value_of(events[0], "ev_distance")));
}
