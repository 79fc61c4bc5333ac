#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "abrp/progress.hpp"
#include "support/catch.hpp"
#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using abrp::Point;
using abrp::Progress;
using vehicle::ChargingStatus;
using vehicle::Report;
using vehicle::Source;

namespace {

const base::Time kNow = base::parse_iso8601("2026-11-20T12:00:00Z").value();

vehicle::Car test_car() {
  const auto vin = base::Vin::parse("JTMTEST0000000001");
  return {.identity = {*vin, {"0123456789"}, {}, {}, {}, {}, {}, {}, {}},
          .name = {},
          .state = {},
          .evidence = {},
          .diagnostics = {}};
}

// A car to which sources report; derived evidence is kept as the bridge keeps it.
struct TestCar {
  explicit TestCar(std::string fuel_type = "E") {
    car.identity.fuel_type = std::move(fuel_type);
    car.identity.ev_vehicle = car.identity.fuel_type == "E";
  }

  void telemetry(base::Time at, double odometer, std::optional<double> soc = std::nullopt) {
    const Report report(Source::telemetry, at);
    report.put(car.state.odometer, std::optional(vehicle::Kilometres{odometer}));
    if (soc) report.put(car.state.battery_level_reported, std::optional(vehicle::Percent{*soc}));
    observe();
  }
  void electric(base::Time at, double soc, double range, ChargingStatus charging) {
    const Report report(Source::electric, at);
    report.put(car.state.battery_level_reported, std::optional(vehicle::Percent{soc}));
    report.put(car.state.ev_range, std::optional(vehicle::Kilometres{range}));
    report.put(car.state.charging_status, std::optional(charging));
    observe();
  }
  void location(base::Time at, double latitude, double longitude) {
    const Report report(Source::location, at);
    report.put(car.state.position, std::optional(vehicle::Position{latitude, longitude}));
    observe();
  }
  void observe() { car.evidence = vehicle::observe(car.evidence, car.state); }

  std::vector<Point> points(base::Time now = kNow, bool send_location = true) {
    return abrp::new_points(car, progress, now, send_location);
  }

  vehicle::Car car = test_car();
  Progress progress;
};

}  // namespace

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
  car.progress.sent[Source::electric] = kNow - 10min;
  car.electric(kNow - 20min, 64, 250, ChargingStatus::none);
  CHECK(car.points().empty());
  CHECK(car.progress.sent.at(Source::electric) == kNow - 10min);
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
  car.progress = {};
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

TEST_CASE("progress survives a restart, and a broken text is told from one") {
  const Progress progress{.sent = {{Source::electric, kNow}, {Source::location, kNow - 1ms}}};
  CHECK(abrp::parse_progress(abrp::serialize(progress)) == progress);
  CHECK(abrp::parse_progress(abrp::serialize({})) == Progress{});
  CHECK(abrp::parse_progress(R"({"sent_ms":{"of a later version":1}})") == Progress{});
  for (const auto* broken : {"", "[]", "{}", "{\"sent_ms\":3}", "{\"sent_ms\":{\"electric\":null}}",
                             "{\"sent_ms\":{\"electric\":\"1\"}}"}) {
    CHECK_FALSE(abrp::parse_progress(broken));
  }
}

namespace {

// A day in which a car reports in bits and pieces, late and out of order. `said` is what it really
// said, per time; `check` compares every point with that.
class ScriptedDay {
 public:
  explicit ScriptedDay(unsigned seed) : random_(seed) {}

  void run() {
    for (auto now = kNow; now < kNow + 24h; now += 5min) {
      live(now);
      if (chance(60)) report(now);
      for (const auto& point : car_.points(now)) check(point, now);
    }
  }

  int points = 0, places = 0, parked = 0, driving = 0, charging = 0;

 private:
  bool chance(int percent) { return std::uniform_int_distribution(0, 99)(random_) < percent; }

  void live(base::Time now) {
    const auto hour = std::chrono::duration_cast<std::chrono::hours>(now - kNow).count();
    moving_ = hour == 2 || hour == 9 || hour == 17;
    plugged_in_ = hour >= 19;
    if (moving_) {
      odometer_ += 4;
      soc_ -= 1;
      latitude_ += 0.01;
    }
    if (plugged_in_ && soc_ < 100) soc_ += 1;
  }

  void report(base::Time now) {
    const auto at = now - std::chrono::seconds(std::uniform_int_distribution(0, 400)(random_));
    if (chance(70)) {
      said_[at].insert({"odometer", odometer_});
      said_[at].insert({"soc", soc_});
      car_.telemetry(at, odometer_, soc_);
    }
    if (chance(70)) {
      const auto when = chance(30) ? at : at - 40s;
      const double range = soc_ * 4;
      said_[when].insert({"soc", soc_});
      said_[when].insert({"range", range});
      said_[when].insert({"charging", plugged_in_});
      car_.electric(when, soc_, range,
                    plugged_in_ ? ChargingStatus::charging : ChargingStatus::none);
    }
    if (!moving_ && chance(50)) {
      const auto when = chance(20) ? at : at + 20s;
      said_[when].insert({"lat", latitude_});
      said_[when].insert({"lon", 8.25});
      car_.location(when, latitude_, 8.25);
    }
  }

  void check_said(const Point& point, const char* what, std::optional<double> value) {
    INFO(what << " at " << base::format_iso8601(point.utc));
    if (value) CHECK(said_[point.utc].contains({what, *value}));
  }

  void check(const Point& point, base::Time now) {
    ++points;
    REQUIRE(said_.contains(point.utc));
    CHECK(point.utc <= now + 60s);
    check_said(point, "soc", point.soc);
    check_said(point, "odometer", point.odometer);
    check_said(point, "range", point.est_battery_range);
    check_said(point, "lat", point.latitude);
    check_said(point, "lon", point.longitude);
    if (point.is_charging) check_said(point, "charging", *point.is_charging ? 1.0 : 0.0);
    const auto& moved = car_.car.evidence.odometer_changed;
    if (point.latitude && moved) CHECK(moved->at <= point.utc);
    if (point.is_parked == true) CHECK(has(point, "lat"));
    if (point.is_parked == false) CHECK(has(point, "odometer"));
    places += point.latitude ? 1 : 0;
    parked += point.is_parked == true ? 1 : 0;
    driving += point.is_parked == false ? 1 : 0;
    charging += point.is_charging == true ? 1 : 0;
    for (const auto& [what, value] : fields(point)) {
      INFO(what << " at " << base::format_iso8601(point.utc) << " was sent before");
      CHECK(sent_.insert({point.utc, what}).second);
    }
  }

  // Level and range may come from two sources with one time, so they are not asked for here.
  static std::map<std::string, double> fields(const Point& point) {
    std::map<std::string, double> all;
    if (point.odometer) all["odometer"] = *point.odometer;
    if (point.latitude) all["lat"] = *point.latitude;
    if (point.is_charging) all["charging"] = *point.is_charging ? 1 : 0;
    return all;
  }

  bool has(const Point& point, const std::string& what) {
    const auto& said = said_[point.utc];
    return std::any_of(said.begin(), said.end(),
                       [&what](const auto& pair) { return pair.first == what; });
  }

  std::mt19937 random_;
  TestCar car_;
  std::map<base::Time, std::set<std::pair<std::string, double>>> said_;
  std::set<std::pair<base::Time, std::string>> sent_;
  double odometer_ = 1000, soc_ = 80, latitude_ = 50;
  bool moving_ = false, plugged_in_ = false;
};

}  // namespace

TEST_CASE("over scripted days no point pairs a time with a value that was not said at that time") {
  int points = 0, places = 0, parked = 0, driving = 0, charging = 0;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    ScriptedDay day(seed);
    day.run();
    points += day.points;
    places += day.places;
    parked += day.parked;
    driving += day.driving;
    charging += day.charging;
  }
  CHECK(points > 1000);
  CHECK(places > 100);
  CHECK(parked > 100);
  CHECK(driving > 20);
  CHECK(charging > 100);
}
