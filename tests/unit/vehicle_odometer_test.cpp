#include "support/catch.hpp"
#include "support/plain_car.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"
#include "toyota2mqtt/vehicle/odometer.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using vehicle::OdometerNews;

namespace {

const base::Time kEleven = base::parse_iso8601("2026-11-30T11:00:00Z").value();

/// A car whose odometer is reported again and again.
struct OdometerCar {
  vehicle::Car car = test::plain_car();
  vehicle::OdometerWatch watch = {};

  OdometerNews tell(double km, std::chrono::minutes after,
                    vehicle::Source source = vehicle::Source::telemetry) {
    const auto at = kEleven + after;
    const vehicle::Report report(source, at);
    report.put(car.state.odometer, std::optional(vehicle::Kilometres{km}));
    const auto news = watch.check(car.evidence, car.state, at + 1min);
    car.evidence = vehicle::observe(std::move(car.evidence), car.state);
    return news;
  }
  [[nodiscard]] std::optional<double> shown() const {
    return car.state.odometer ? std::optional(car.state.odometer->value.value) : std::nullopt;
  }
  [[nodiscard]] bool drives() const {
    return vehicle::activity(car.state, car.evidence) == vehicle::Activity::driving;
  }
};

}  // namespace

TEST_CASE("a total distance that cannot be is held back, and the one before stays") {
  OdometerCar it;
  REQUIRE(it.tell(30420, 0min) == OdometerNews::believed);
  for (const double said : {0.0, 1.0, 30400.0, 30419.0, 999999.0, 65535.0, 30500.0}) {
    INFO(said);
    auto other = it;
    CHECK(other.tell(said, 9min) == OdometerNews::held_back);
    CHECK(other.shown() == 30420);
    CHECK(other.car.state.odometer->at == kEleven);
    CHECK_FALSE(other.drives());
    CHECK(other.tell(30421, 18min) == OdometerNews::believed);
    CHECK(other.shown() == 30421);
    CHECK_FALSE(other.car.evidence.doubted_odometer);
  }
}

TEST_CASE("the reports of p07, one after the other") {
  OdometerCar it;
  const std::vector<std::pair<int, double>> reported = {
      {0, 30420}, {10, 0}, {20, 30421}, {30, 30400}, {34, 999999}, {38, 1}, {40, 30422}};
  const std::vector<double> shown = {30420, 30420, 30421, 30421, 30421, 30421, 30422};
  for (std::size_t i = 0; i < reported.size(); ++i) {
    it.tell(reported[i].second, std::chrono::minutes(reported[i].first));
    INFO(i);
    CHECK(it.shown() == shown[i]);
  }
}

TEST_CASE("what a car can drive in the time between is believed") {
  OdometerCar it;
  CHECK(it.tell(1000, 0min) == OdometerNews::believed);
  CHECK(it.tell(1012, 5min) == OdometerNews::believed);
  CHECK(it.drives());
  CHECK(it.tell(1150, 65min) == OdometerNews::believed);
  CHECK(it.tell(3000, 24h + 65min) == OdometerNews::believed);
}

TEST_CASE("a later report that agrees is believed, and nothing between the two was driven") {
  OdometerCar it;
  it.tell(30420, 0min);
  CHECK(it.tell(12, 5min) == OdometerNews::held_back);
  CHECK(it.tell(12, 5min) == OdometerNews::held_back);  // the same report once more
  CHECK(it.tell(12, 8min) == OdometerNews::confirmed);
  CHECK(it.shown() == 12);
  CHECK_FALSE(it.drives());
  CHECK(it.tell(17, 12min) == OdometerNews::believed);
  CHECK(it.drives());

  OdometerCar leap;
  leap.tell(30420, 0min);
  CHECK(leap.tell(90000, 2min) == OdometerNews::held_back);
  CHECK(leap.tell(90000, 4min) == OdometerNews::confirmed);
  CHECK_FALSE(leap.drives());
}

TEST_CASE("a first distance of nothing or of six nines is unknown until a later report agrees") {
  for (const double said : {0.0, 1.0, 999999.0}) {
    OdometerCar it;
    CHECK(it.tell(said, 0min) == OdometerNews::held_back);
    CHECK_FALSE(it.shown());
    CHECK(it.tell(said, 10min) == OdometerNews::confirmed);
    CHECK(it.shown() == said);
  }
}

TEST_CASE("whole miles of one source beside kilometres of another are no fall") {
  OdometerCar it;
  it.tell(1000.9, 0min);
  CHECK(it.tell(999.4, 5min, vehicle::Source::status) == OdometerNews::believed);
}

TEST_CASE("a doubt and what was believed before survive a restart") {
  OdometerCar before;
  before.tell(30420, 0min);
  before.tell(0, 10min);
  OdometerCar after;
  after.car.evidence = vehicle::parse_evidence(vehicle::serialize(before.car.evidence)).value();
  CHECK(after.car.evidence == before.car.evidence);
  CHECK(after.tell(0, 10min) == OdometerNews::held_back);
  CHECK(after.shown() == 30420);
  CHECK(after.tell(0, 20min) == OdometerNews::confirmed);
}

TEST_CASE("a distance without a time is compared by when it came") {
  vehicle::Car car = test::plain_car();
  vehicle::OdometerWatch watch;
  const auto reported = [&](double km, base::Time now) {
    const vehicle::Report report(vehicle::Source::telemetry, std::nullopt);
    report.put(car.state.odometer, std::optional(vehicle::Kilometres{km}));
    return watch.check(car.evidence, car.state, now);
  };
  CHECK(reported(5000, kEleven) == OdometerNews::believed);
  CHECK(reported(5040, kEleven + 30min) == OdometerNews::believed);
  CHECK(reported(0, kEleven + 40min) == OdometerNews::held_back);
  CHECK(car.state.odometer->value.value == 5040);
  CHECK(reported(5041, kEleven + 50min) == OdometerNews::believed);
}
