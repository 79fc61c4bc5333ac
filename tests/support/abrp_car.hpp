#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/abrp/link.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

/// A car that reports by hand, for the tests of `abrp`.
namespace toyota2mqtt::test::abrp_car {

using namespace std::chrono_literals;
using abrp::Point;
using abrp::SentMarks;
using vehicle::ChargingStatus;
using vehicle::Report;
using vehicle::Source;

inline const base::Time kNow = base::parse_iso8601("2026-11-20T12:00:00Z").value();

inline vehicle::Car test_car() {
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
    return abrp::new_points(car, sent_marks, now, send_location);
  }

  vehicle::Car car = test_car();
  SentMarks sent_marks;
};

}  // namespace toyota2mqtt::test::abrp_car
