#include <fstream>
#include <sstream>

#include "support/catch.hpp"
#include "support/paths.hpp"
#include "support/plain_car.hpp"
#include "tools/docgen/documents.hpp"
#include "toyota2mqtt/fleet/schedule.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

#include <algorithm>
#include <set>

using namespace toyota2mqtt;
using namespace toyota2mqtt::fleet;
using namespace std::chrono_literals;
using vehicle::Source;

namespace {

const base::Time kNoon = base::parse_iso8601("2026-11-18T12:00:00Z").value();
const std::vector<Source> kSources = {
    Source::location,        Source::telemetry,      Source::electric,
    Source::status,          Source::climate_status, Source::health,
    Source::service_history, Source::trips,          Source::notifications};

vehicle::Field<vehicle::Kilometres> odometer(double km, base::Time at) {
  return vehicle::Measured<vehicle::Kilometres>{
      .value = {km}, .at = at, .source = Source::telemetry};
}

/// A car that has reported its odometer at these times (minutes before noon).
vehicle::Car car_with(std::initializer_list<std::pair<double, std::chrono::minutes>> reports) {
  auto car = test::plain_car();
  for (const auto& [km, ago] : reports) {
    car.state.odometer = odometer(km, kNoon - ago);
    car.evidence = vehicle::observe(car.evidence, car.state);
  }
  return car;
}

void charge(vehicle::Car& car, vehicle::ChargingStatus status, std::chrono::minutes ago) {
  car.state.charging_status = vehicle::Measured<vehicle::ChargingStatus>{
      .value = status, .at = kNoon - ago, .source = Source::electric};
  car.evidence = vehicle::observe(car.evidence, car.state);
}

Situation of(const vehicle::Car& car, base::Time now = kNoon) {
  return assess(car, {}, now, base::Zone::utc());
}

Situation in(Mode mode) {
  return {.mode = mode, .stopped_at = kNoon - 1h, .alert = true, .day_began = kNoon - 12h};
}

/// Everything was read once, at `at`.
ReadHistory all_read(base::Time at) {
  ReadHistory history;
  history.phase = 0.5;
  for (const auto source : kSources) {
    history.of(source).last_read = history.of(source).last_answer = at;
    history.of(source).reads = 2;
  }
  return history;
}

bool is_due(const ReadPlan& plan, Source source) {
  return std::ranges::find(plan.due, source) != plan.due.end();
}

}  // namespace

TEST_CASE(
    "a car whose odometer moved a moment ago is driving, also before a second report says so") {
  CHECK(of(car_with({{100, 300min}, {104, 2min}})).mode == Mode::driving);
  CHECK(of(car_with({{100, 7min}, {104, 2min}})).mode == Mode::driving);
}

TEST_CASE("the first odometer ever proves no movement") {
  CHECK(of(car_with({{100, 2min}})).mode != Mode::driving);
}

TEST_CASE("an old report of driving proves nothing any more") {
  CHECK(of(car_with({{100, 50min}, {104, 45min}})).mode == Mode::parked);
}

TEST_CASE("a location at the last movement ends the drive: just stopped, then parked, then long") {
  auto car = car_with({{100, 300min}, {104, 5min}});
  car.state.position = vehicle::Measured<vehicle::Position>{
      .value = {1, 2}, .at = kNoon - 5min, .source = Source::location};
  car.evidence = vehicle::observe(car.evidence, car.state);
  CHECK(of(car).mode == Mode::just_stopped);
  CHECK(of(car).stopped_at == kNoon - 5min);
  CHECK(of(car, kNoon + 16min).mode == Mode::parked);
  CHECK(of(car, kNoon + 72h).mode == Mode::parked_long);
}

TEST_CASE("charging is believed for six hours, then it is a car at the plug") {
  auto car = car_with({{100, 20h}, {100, 19h}});
  charge(car, vehicle::ChargingStatus::charging, 10min);
  CHECK(of(car).mode == Mode::charging);
  CHECK(of(car, kNoon + 6h).mode == Mode::plugged);
}

TEST_CASE("every mode says why, in a fixed sentence") {
  auto car = car_with({{100, 300min}, {104, 2min}});
  CHECK(of(car).why == of(car, kNoon + 1min).why);
  CHECK(of(car).why.ends_with("."));
}

TEST_CASE("a parked car is probed often by day and seldom at night") {
  const auto car = car_with({{100, 9h}, {104, 8h}, {104, 7h}});
  CHECK(of(car).alert);
  CHECK_FALSE(of(car, kNoon + 10h + 1min).alert);
  CHECK(of(car, kNoon + 48h).alert);
  auto situation = of(car);
  CHECK(interval(Source::telemetry, situation, {}) == 5min);
  situation.alert = false;
  CHECK(interval(Source::telemetry, situation, {}) == 15min);
}

TEST_CASE("the probe follows the configured intervals") {
  const Polling polling{.driving = 7min, .charging = 3min, .parked = 40min};
  CHECK(interval(Source::telemetry, in(Mode::driving), polling) == 7min);
  CHECK(interval(Source::telemetry, in(Mode::charging), polling) == 3min);
  CHECK(interval(Source::telemetry, in(Mode::parked), polling) == 7min);
  auto night = in(Mode::parked_long);
  night.alert = false;
  CHECK(interval(Source::telemetry, night, polling) == 40min);
}

TEST_CASE("what was never read is read now") {
  const auto plan = next_reads({}, in(Mode::parked), kSources, {}, kNoon);
  CHECK(plan.due == kSources);
}

TEST_CASE("a quiet car costs the probe alone") {
  const auto plan = next_reads(all_read(kNoon - 5min), in(Mode::parked), kSources, {}, kNoon);
  CHECK(plan.due == std::vector{Source::telemetry});
}

TEST_CASE("a moving odometer makes the place and the battery interesting, and nothing else") {
  auto history = all_read(kNoon - 2min);
  const auto before = car_with({{100, 10min}}).state;
  note_answer(history, Source::telemetry, before, car_with({{104, 1min}}).state, kNoon);
  const auto plan = next_reads(history, in(Mode::driving), kSources, {}, kNoon);
  CHECK(plan.due == std::vector{Source::location, Source::electric});
}

TEST_CASE("after a movement each report makes the place interesting, until a new place came") {
  auto history = all_read(kNoon - 2min);
  const auto reported = [](std::chrono::minutes ago) {
    auto state = car_with({{104, 20min}}).state;
    state.reported_at.at(static_cast<std::size_t>(Source::telemetry)) = kNoon - ago;
    return state;
  };
  note_answer(history, Source::telemetry, car_with({{100, 20min}}).state, reported(15min), kNoon);
  history.of(Source::location).wanted = false;
  note_answer(history, Source::telemetry, reported(15min), reported(10min), kNoon + 5min);
  CHECK(history.of(Source::location).wanted);
  auto parked = reported(10min);
  parked.reported_at.at(static_cast<std::size_t>(Source::location)) = kNoon;
  note_answer(history, Source::location, reported(10min), parked, kNoon + 5min);
  note_answer(history, Source::telemetry, reported(10min), reported(5min), kNoon + 10min);
  CHECK_FALSE(history.of(Source::location).wanted);
}

TEST_CASE("a new place makes the doors, trips, warnings and messages interesting") {
  auto history = all_read(kNoon - 2min);
  vehicle::VehicleState before;
  auto after = before;
  before.reported_at.at(static_cast<std::size_t>(Source::location)) = kNoon - 10h;
  after.reported_at.at(static_cast<std::size_t>(Source::location)) = kNoon;
  note_answer(history, Source::location, before, after, kNoon);
  const auto plan = next_reads(history, in(Mode::just_stopped), kSources, {}, kNoon);
  for (const auto source : {Source::status, Source::trips, Source::health, Source::notifications}) {
    CHECK(is_due(plan, source));
  }
  CHECK_FALSE(is_due(plan, Source::service_history));
}

TEST_CASE("what was read a moment ago is not read again for a change") {
  auto history = all_read(kNoon - 20s);
  note_answer(history, Source::telemetry, car_with({{100, 10min}}).state,
              car_with({{104, 1min}}).state, kNoon);
  CHECK(next_reads(history, in(Mode::driving), kSources, {}, kNoon).due.empty());
}

TEST_CASE("trips are read again when the owner's day begins") {
  auto history = all_read(kNoon - 10min);
  auto situation = in(Mode::parked_long);
  CHECK_FALSE(is_due(next_reads(history, situation, kSources, {}, kNoon), Source::trips));
  situation.day_began = kNoon - 11min;
  CHECK_FALSE(is_due(next_reads(history, situation, kSources, {}, kNoon), Source::trips));
  situation.day_began = kNoon - 9min;
  CHECK(is_due(next_reads(history, situation, kSources, {}, kNoon), Source::trips));
  // Spread by the car's phase, so that not all ask at midnight, but within the first minute.
  situation.day_began = kNoon;
  history.phase = 0.5;
  CHECK_FALSE(is_due(next_reads(history, situation, kSources, {}, kNoon + 1s), Source::trips));
  CHECK(is_due(next_reads(history, situation, kSources, {}, kNoon + 30s), Source::trips));
}

TEST_CASE(
    "a route that fails backs off alone, opens after the third time and is tried once later") {
  auto history = all_read(kNoon);
  auto now = kNoon;
  std::set<std::chrono::milliseconds> pauses;
  for (int i = 0; i < 3; ++i) {
    note_failure(history, Source::status, now);
    pauses.insert(*history.of(Source::status).retry_at - now);
    if (i < 2) CHECK(breaker(history.of(Source::status), now) == Breaker::closed);
    now = *history.of(Source::status).retry_at;
  }
  CHECK(pauses.size() == 3);
  CHECK(*pauses.rbegin() > 2 * *pauses.begin());
  CHECK(breaker(history.of(Source::status), now - 1s) == Breaker::open);
  CHECK(breaker(history.of(Source::status), now) == Breaker::half_open);
  CHECK_FALSE(
      is_due(next_reads(history, in(Mode::parked), kSources, {}, now - 1s), Source::status));
  CHECK(is_due(next_reads(history, in(Mode::parked), kSources, {}, now), Source::status));
  note_answer(history, Source::status, {}, {}, now);
  CHECK(breaker(history.of(Source::status), now) == Breaker::closed);
}

TEST_CASE("a change does not break an open route's pause") {
  auto history = all_read(kNoon);
  for (int i = 0; i < 5; ++i) note_failure(history, Source::electric, kNoon);
  note_answer(history, Source::telemetry, car_with({{100, 10min}}).state,
              car_with({{104, 1min}}).state, kNoon + 1min);
  CHECK_FALSE(
      is_due(next_reads(history, in(Mode::driving), kSources, {}, kNoon + 2min), Source::electric));
}

TEST_CASE("a dead route is tried once a day") {
  auto history = all_read(kNoon);
  note_dead(history, Source::health, kNoon);
  CHECK_FALSE(
      is_due(next_reads(history, in(Mode::parked), kSources, {}, kNoon + 23h), Source::health));
  CHECK(is_due(next_reads(history, in(Mode::parked), kSources, {}, kNoon + 24h), Source::health));
}

TEST_CASE("a cloud that is away is asked less often, and is unreachable after the second time") {
  auto history = all_read(kNoon - 1h);
  note_unreachable(history, {}, kNoon);
  CHECK(assess(test::plain_car(), history, kNoon, base::Zone::utc()).mode != Mode::unreachable);
  auto plan = next_reads(history, in(Mode::parked), kSources, {}, kNoon + 1min);
  CHECK(plan.due.empty());
  CHECK(plan.next > kNoon + 3min);
  note_unreachable(history, {}, kNoon + 5min);
  CHECK(assess(test::plain_car(), history, kNoon, base::Zone::utc()).mode == Mode::unreachable);
  for (int i = 0; i < 9; ++i) note_unreachable(history, {}, kNoon);
  CHECK(*history.pause_until <= kNoon + 15min);
}

TEST_CASE("a clock that jumps never delays a read by more than one interval") {
  for (const auto jump : {-400 * 24h, -1h, 0h, 1h, 400 * 24h}) {
    INFO(jump.count());
    const auto now = kNoon + jump;
    auto history = all_read(kNoon);
    const auto plan = next_reads(history, in(Mode::parked), kSources, {}, now);
    CHECK(plan.next <= now + 5min);
    history.pause_until = kNoon + 10min;
    CHECK(next_reads(history, in(Mode::parked), kSources, {}, now).next <= now + 15min);
    for (int i = 0; i < 9; ++i) note_failure(history, Source::status, kNoon);
    CHECK(*history.of(Source::status).retry_at <= kNoon + 24h);
  }
}

TEST_CASE("two cars that started together do not stay together, and repeat themselves exactly") {
  const auto next = [](double phase, std::uint32_t reads) {
    auto history = all_read(kNoon);
    history.phase = phase;
    history.of(Source::telemetry).reads = reads;
    return next_reads(history, in(Mode::parked), kSources, {}, kNoon).next;
  };
  CHECK(next(0.1, 1) != next(0.6, 1));
  CHECK(next(0.1, 1) < kNoon + 4min);
  CHECK(next(0.1, 5) != next(0.6, 5));
  CHECK(next(0.1, 5) == next(0.1, 5));
  CHECK(next(0.1, 5) > kNoon + 4min + 30s);
}

TEST_CASE("reading everything on request leaves dead routes dead") {
  auto history = all_read(kNoon);
  note_dead(history, Source::health, kNoon);
  note_failure(history, Source::status, kNoon);
  want_everything(history);
  const auto plan = next_reads(history, in(Mode::parked), kSources, {}, kNoon);
  CHECK(plan.due.size() == kSources.size() - 1);
  CHECK_FALSE(is_due(plan, Source::health));
}

TEST_CASE("a running climate control is watched closely") {
  auto situation = in(Mode::parked_long);
  situation.climate_on = true;
  CHECK(interval(Source::climate_status, situation, {}) == 5min);
}

TEST_CASE("the table in the documentation is the one in the program", "[golden]") {
  const auto path = test::source_path("/docs/schedule.md");
  std::stringstream read;
  read << std::ifstream(path).rdbuf();
  auto text = read.str();
  const auto begin = text.find("<!-- table");
  const auto end = text.find("<!-- end of table -->");
  REQUIRE(begin < end);
  const auto after = text.find('\n', begin) + 1;
  if (std::getenv("T2M_ACCEPT") != nullptr) {
    text.replace(after, end - after, "\n" + docgen::schedule_markdown() + "\n");
    std::ofstream(path) << text;
  }
  INFO("accept an intended change with tests/golden/accept.sh");
  CHECK(text.find("\n" + docgen::schedule_markdown() + "\n") == after);
}
