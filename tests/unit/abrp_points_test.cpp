#include <cmath>
#include <nlohmann/json.hpp>

#include "support/abrp_car.hpp"
#include "support/catch.hpp"
#include "toyota2mqtt/abrp/link.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::test::abrp_car;

TEST_CASE("one point per source time, each with its source's own values and time") {
  TestCar car;
  car.telemetry(kNow - 30min, 1000);
  car.electric(kNow - 20min, 64, 250, ChargingStatus::none);
  const auto points = car.points();
  REQUIRE(points.size() == 2);
  CHECK(points[0] == Point{.utc = kNow - 30min, .odometer = 1000});
  CHECK(points[1] ==
        Point{.utc = kNow - 20min, .soc = 64, .est_battery_range = 250, .is_charging = false});
}

TEST_CASE("sources that reported at the very same time share one point") {
  TestCar car;
  car.telemetry(kNow - 20min, 1000);
  car.electric(kNow - 20min, 64, 250, ChargingStatus::charging);
  const auto points = car.points();
  REQUIRE(points.size() == 1);
  CHECK(points[0].odometer == 1000);
  CHECK(points[0].soc == 64);
  CHECK(points[0].is_charging == true);
}

TEST_CASE("points come oldest first") {
  TestCar car;
  car.electric(kNow - 5min, 64, 250, ChargingStatus::none);
  car.telemetry(kNow - 50min, 1000);
  const auto points = car.points();
  REQUIRE(points.size() == 2);
  CHECK(points[0].utc < points[1].utc);
}

TEST_CASE("a value without a time of its own is never sent") {
  TestCar car;
  const Report untimed(Source::electric, std::nullopt);
  untimed.put(car.car.state.battery_level_reported, std::optional(vehicle::Percent{64}));
  untimed.put(car.car.state.ev_range, std::optional(vehicle::Kilometres{250}));
  untimed.put(car.car.state.charging_status, std::optional(ChargingStatus::charging));
  untimed.put(car.car.state.position, std::optional(vehicle::Position{50, 8}));
  car.observe();
  CHECK(car.points().empty());
  car.telemetry(kNow - 1min, 1000);
  CHECK(car.points() == std::vector{Point{.utc = kNow - 1min, .odometer = 1000}});
}

TEST_CASE("an unchanged time is never sent again") {
  TestCar car;
  car.electric(kNow - 20min, 64, 250, ChargingStatus::none);
  CHECK(car.points().size() == 1);
  CHECK(car.points().empty());
  CHECK(car.points(kNow + 6h).empty());
}

TEST_CASE("data older than what was sent is never sent") {
  TestCar car;
  car.sent_marks.sent[Source::electric] = kNow - 10min;
  car.electric(kNow - 20min, 64, 250, ChargingStatus::none);
  CHECK(car.points().empty());
  CHECK(car.sent_marks.sent.at(Source::electric) == kNow - 10min);
}

TEST_CASE("a new report of one source does not re-stamp the values of another") {
  TestCar car;
  car.electric(kNow - 20min, 64, 250, ChargingStatus::none);
  car.points();
  car.telemetry(kNow - 1min, 1000);
  CHECK(car.points() == std::vector{Point{.utc = kNow - 1min, .odometer = 1000}});
}

TEST_CASE("a time in the future by over a minute is not sent until it has come") {
  TestCar car;
  car.electric(kNow + 61s, 64, 250, ChargingStatus::none);
  CHECK(car.points().empty());
  CHECK(car.points(kNow + 1s).size() == 1);
}

TEST_CASE("the level of a plug-in hybrid is the usable one") {
  TestCar car("I");
  const Report electric(Source::electric, kNow - 5min);
  electric.put(car.car.state.battery_level_reported, std::optional(vehicle::Percent{40}));
  electric.put(car.car.state.battery_level_usable, std::optional(vehicle::Percent{31}));
  car.observe();
  REQUIRE(car.points().size() == 1);

  const Report next(Source::electric, kNow - 1min);
  next.put(car.car.state.battery_level_reported, std::optional(vehicle::Percent{39}));
  next.put(car.car.state.battery_level_usable, std::optional<vehicle::Percent>());
  car.observe();
  CHECK(car.points().empty());  // never the gross one again
  car.sent_marks = {};
  electric.put_at(car.car.state.battery_level_usable, std::optional(vehicle::Percent{31}),
                  kNow - 5min);
  const auto points = car.points();
  REQUIRE(points.size() == 1);
  CHECK(points[0] == Point{.utc = kNow - 5min, .soc = 31});
}

TEST_CASE("a car without a drive battery yields no points") {
  TestCar hybrid("B");
  hybrid.telemetry(kNow - 5min, 1000);
  hybrid.location(kNow - 4min, 50, 8);
  CHECK(hybrid.points().empty());
  TestCar unknown("");
  unknown.telemetry(kNow - 5min, 1000);
  CHECK(unknown.points().empty());
}

TEST_CASE("the place goes only with the place's own time") {
  TestCar car;
  car.telemetry(kNow - 30min, 1000, 64);
  car.location(kNow - 10min, 50.1, 8.2);
  const auto points = car.points();
  REQUIRE(points.size() == 2);
  CHECK_FALSE(points[0].latitude);
  CHECK(points[1] ==
        Point{.utc = kNow - 10min, .latitude = 50.1, .longitude = 8.2, .is_parked = true});
}

TEST_CASE("no place while the odometer has moved since") {
  TestCar car;
  car.telemetry(kNow - 60min, 1000, 64);
  car.telemetry(kNow - 10min, 1012, 60);
  car.location(kNow - 30min, 50.1, 8.2);
  for (const auto& point : car.points()) {
    CHECK_FALSE(point.latitude);
    CHECK_FALSE(point.is_parked);
    CHECK(point.utc != kNow - 30min);
  }
}

TEST_CASE("a confirmed odometer does not hide the place of a parked car") {
  TestCar car;
  car.telemetry(kNow - 60min, 1000, 64);
  car.location(kNow - 30min, 50.1, 8.2);
  car.telemetry(kNow - 10min, 1000, 64);
  const auto points = car.points();
  REQUIRE(points.size() == 2);
  CHECK(points[0].latitude == 50.1);
  CHECK(points[0].is_parked == true);
  CHECK_FALSE(points[1].latitude);
  CHECK_FALSE(points[1].is_parked);
}

TEST_CASE("a place without evidence of parking goes without a claim to be parked") {
  TestCar car;
  car.electric(kNow - 20min, 64, 250, ChargingStatus::none);
  car.location(kNow - 10min, 50.1, 8.2);
  const auto points = car.points();
  REQUIRE(points.size() == 2);
  CHECK(points[1] == Point{.utc = kNow - 10min, .latitude = 50.1, .longitude = 8.2});
}

TEST_CASE("send_location off keeps the place back and still says that the car is parked") {
  TestCar car;
  car.telemetry(kNow - 30min, 1000, 64);
  car.location(kNow - 10min, 50.1, 8.2);
  const auto points = car.points(kNow, false);
  REQUIRE(points.size() == 2);
  CHECK(points[1] == Point{.utc = kNow - 10min, .is_parked = true});
}

TEST_CASE("a drive is said only in the point of the odometer report that shows it") {
  TestCar car;
  car.telemetry(kNow - 15min, 1000, 64);
  car.points();
  car.telemetry(kNow - 10min, 1006, 62);
  car.electric(kNow - 8min, 62, 240, ChargingStatus::none);
  const auto points = car.points();
  REQUIRE(points.size() == 2);
  CHECK(points[0].utc == kNow - 10min);
  CHECK(points[0].is_parked == false);
  CHECK_FALSE(points[1].is_parked);
}

TEST_CASE("an odometer that stood still since shows no drive at its own time") {
  TestCar car;
  car.telemetry(kNow - 15min, 1000, 64);
  car.telemetry(kNow - 10min, 1006, 62);
  car.points();
  car.telemetry(kNow - 8min, 1006, 62);
  const auto points = car.points();
  REQUIRE(points.size() == 1);
  CHECK_FALSE(points[0].is_parked);
}

TEST_CASE("without evidence nothing is said about parking or charging") {
  TestCar car;
  car.telemetry(kNow - 5min, 1000, 64);
  const auto points = car.points();
  REQUIRE(points.size() == 1);
  CHECK(points[0] == Point{.utc = kNow - 5min, .soc = 64, .odometer = 1000});
}

TEST_CASE("being plugged in is not charging") {
  TestCar car;
  car.electric(kNow - 20min, 64, 250, ChargingStatus::plugged);
  CHECK(car.points().at(0).is_charging == false);
  car.electric(kNow - 5min, 66, 258, ChargingStatus::charging);
  CHECK(car.points().at(0).is_charging == true);
}

TEST_CASE("the inside temperature goes with the climate report's time") {
  TestCar car;
  car.electric(kNow - 20min, 64, 250, ChargingStatus::none);
  const Report climate(Source::climate_status, kNow - 3min);
  climate.put(car.car.state.inside_temperature, std::optional(vehicle::Celsius{21.5}));
  const auto points = car.points();
  REQUIRE(points.size() == 2);
  CHECK(points[1] == Point{.utc = kNow - 3min, .cabin_temperature = 21.5});
}

TEST_CASE("a number that is not finite is never sent") {
  TestCar car;
  car.electric(kNow - 20min, std::nan(""), 250, ChargingStatus::none);
  const auto points = car.points();
  REQUIRE(points.size() == 1);
  CHECK_FALSE(points[0].soc);
}

TEST_CASE("a point is written with ABRP's names, whole seconds, and nothing that is unset") {
  const Point full{.utc = base::Time(1'700'000'000'999ms),
                   .soc = 64.5,
                   .odometer = 1000,
                   .est_battery_range = 250,
                   .latitude = 50.1,
                   .longitude = -8.2,
                   .cabin_temperature = 21,
                   .is_charging = true,
                   .is_parked = false};
  const auto expected = nlohmann::json::parse(R"({"utc":1700000000,"soc":64.5,"odometer":1000.0,
      "est_battery_range":250.0,"lat":50.1,"lon":-8.2,"cabin_temp":21.0,"is_charging":true,
      "is_parked":false})");
  CHECK(nlohmann::json::parse(abrp::to_tlm(full)) == expected);
  CHECK(abrp::to_tlm({.utc = base::Time(1'700'000'000s)}) == R"({"utc":1700000000})");
}

TEST_CASE("power and speed are never sent, and half a place is no place") {
  const auto text = abrp::to_tlm({.utc = kNow, .soc = 1, .latitude = 50});
  CHECK(text.find("power") == std::string::npos);
  CHECK(text.find("speed") == std::string::npos);
  CHECK(text.find("lat") == std::string::npos);
}

TEST_CASE("progress survives a restart, and a broken text is distinguished from one") {
  const SentMarks sent_marks{.sent = {{Source::electric, kNow}, {Source::location, kNow - 1ms}}};
  CHECK(abrp::parse_sent_marks(abrp::serialize(sent_marks)) == sent_marks);
  CHECK(abrp::parse_sent_marks(abrp::serialize({})) == SentMarks{});
  CHECK(abrp::parse_sent_marks(R"({"sent_ms":{"of a later version":1}})") == SentMarks{});
  for (const auto* broken : {"", "[]", "{}", "{\"sent_ms\":3}", "{\"sent_ms\":{\"electric\":null}}",
                             "{\"sent_ms\":{\"electric\":\"1\"}}"}) {
    CHECK_FALSE(abrp::parse_sent_marks(broken));
  }
}
