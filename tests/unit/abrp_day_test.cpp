#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "support/abrp_car.hpp"
#include "support/catch.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::test::abrp_car;

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
