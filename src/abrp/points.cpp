#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "toyota2mqtt/abrp/link.hpp"

#include "json/json_io.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::abrp {

namespace {

using base::Time;
using vehicle::Activity;
using vehicle::Car;
using vehicle::Drive;
using vehicle::Field;
using vehicle::Source;

// Car and cloud clocks differ a little; anything further ahead is a mistake (docs/abrp.md, "What is
// sent").
constexpr auto kClockTolerance = std::chrono::seconds(60);

// Points by their time. Fields reach a point only through the time at which the car said them.
class Points {
 public:
  Points(SentMarks& sent_marks, Time now) : before_(sent_marks), progress_(sent_marks), now_(now) {}

  // The point for what `source` said at `at`; nullptr when it must not be sent (again).
  Point* find(std::optional<Time> at, Source source) {
    if (!at || *at > now_ + kClockTolerance) return nullptr;
    const auto sent = before_.sent.find(source);
    if (sent != before_.sent.end() && *at <= sent->second) return nullptr;
    auto& newest = progress_.sent.try_emplace(source, *at).first->second;
    newest = std::max(newest, *at);
    auto& point = points_[*at];
    point.utc = *at;
    return &point;
  }

  template <class Unit>
  void put(const Field<Unit>& field, std::optional<double> Point::* member) {
    if (!field || !std::isfinite(field->value.value)) return;
    if (auto* point = find(field->at, field->source)) point->*member = field->value.value;
  }

  [[nodiscard]] std::vector<Point> oldest_first() const {
    std::vector<Point> points;
    points.reserve(points_.size());
    for (const auto& [time, point] : points_) points.push_back(point);
    return points;
  }

 private:
  const SentMarks before_;
  SentMarks& progress_;
  Time now_;
  std::map<Time, Point> points_;
};

bool has_battery(const Car& car) {
  const auto drive = vehicle::drive_of(car.identity, car.evidence);
  if (drive == Drive::hev || drive == Drive::ice) return false;
  return car.evidence.ever_battery_level || car.evidence.ever_usable_level ||
         vehicle::battery_level(car.state, car.evidence).has_value();
}

void put_charging(const Car& car, Points& points) {
  const auto& status = car.state.charging_status;
  const auto charging = vehicle::charging(car.state);
  if (!status || !charging) return;
  if (auto* point = points.find(status->at, status->source)) point->is_charging = charging;
}

// The odometer's own report is what shows a drive, so the point of that report says so, and no
// other.
void put_driving(const Car& car, Points& points) {
  const auto& odometer = car.state.odometer;
  const auto& moved = car.evidence.odometer_changed;
  if (vehicle::activity(car.state, car.evidence) != Activity::driving) return;
  if (!odometer || !moved || odometer->at != moved->at) return;
  if (auto* point = points.find(odometer->at, odometer->source)) point->is_parked = false;
}

void put_location(const Car& car, Points& points, bool send_location) {
  const auto& position = car.state.position;
  if (!position || !position->at) return;
  const auto& moved = car.evidence.odometer_changed;
  if (moved && moved->at > *position->at) return;

  const auto activity = vehicle::activity(car.state, car.evidence);
  const bool parked = activity == Activity::parked || activity == Activity::charging;
  const auto [latitude, longitude] = position->value;
  const bool place = send_location && std::isfinite(latitude) && std::isfinite(longitude);
  if (!parked && !place) return;
  auto* point = points.find(position->at, position->source);
  if (point == nullptr) return;
  if (parked) point->is_parked = true;
  if (place) {
    point->latitude = latitude;
    point->longitude = longitude;
  }
}

template <class T>
void write(json_io::Json& tlm, const char* key, const std::optional<T>& value) {
  if (value) tlm[key] = *value;
}

}  // namespace

std::vector<Point> new_points(const Car& car, SentMarks& sent_marks, Time now, bool send_location) {
  if (!has_battery(car)) return {};
  Points points(sent_marks, now);
  const auto& state = car.state;
  points.put(vehicle::battery_level(state, car.evidence), &Point::soc);
  points.put(state.odometer, &Point::odometer);
  points.put(state.ev_range, &Point::est_battery_range);
  points.put(state.inside_temperature, &Point::cabin_temperature);
  put_charging(car, points);
  put_driving(car, points);
  put_location(car, points, send_location);
  return points.oldest_first();
}

std::string to_tlm(const Point& point) {
  const auto utc = std::chrono::floor<std::chrono::seconds>(point.utc);
  json_io::Json tlm = {{"utc", utc.time_since_epoch().count()}};
  write(tlm, "soc", point.soc);
  write(tlm, "odometer", point.odometer);
  write(tlm, "est_battery_range", point.est_battery_range);
  if (point.latitude && point.longitude) {
    write(tlm, "lat", point.latitude);
    write(tlm, "lon", point.longitude);
  }
  write(tlm, "cabin_temp", point.cabin_temperature);
  write(tlm, "is_charging", point.is_charging);
  write(tlm, "is_parked", point.is_parked);
  return json_io::to_text(tlm);
}

}  // namespace toyota2mqtt::abrp
