#include "support/sample_cars.hpp"

#include <chrono>
#include <utility>

#include "toyota2mqtt/vehicle/derive.hpp"

namespace toyota2mqtt::test {
namespace {

using namespace vehicle;
using std::chrono::minutes;

template <class T>
Field<T> field(T value, Source source, int at) {
  return Measured<T>{.value = std::move(value), .at = sample_time(at), .source = source};
}

bool has_plug(Drive drive) { return drive == Drive::bev || drive == Drive::phev; }
bool has_tank(Drive drive) {
  return drive == Drive::phev || drive == Drive::hev || drive == Drive::ice;
}

/// Codes as the cloud uses them, and one that it might use for petrol.
std::string fuel_code(Drive drive) {
  switch (drive) {
    case Drive::bev: return "E";
    case Drive::phev: return "I";
    case Drive::hev: return "B";
    case Drive::ice: return "P";
    case Drive::unknown: return "";
  }
  return "";
}

std::string model_of(Brand brand, Drive drive) {
  if (brand == Brand::subaru) return "Solterra";
  if (brand == Brand::lexus) return drive == Drive::bev ? "RZ 450e" : "NX";
  switch (drive) {
    case Drive::bev: return "bZ4X";
    case Drive::phev: return "RAV4 Plug-in";
    case Drive::hev: return "Corolla";
    default: return "Aygo X";
  }
}

void report_telemetry(Car& car, Drive drive) {
  VehicleState& state = car.state;
  state.odometer = field(Kilometres{12345.04}, Source::telemetry, 0);
  if (!has_tank(drive)) return;
  state.fuel_level = field(Percent{56}, Source::telemetry, 0);
  state.fuel_range = field(Kilometres{411.984384}, Source::telemetry, 0);
}

void report_charging(Car& car, Drive drive) {
  VehicleState& state = car.state;
  constexpr int kAt = 5;
  state.battery_level_reported = field(Percent{68}, Source::electric, kAt);
  if (drive == Drive::phev) {
    state.battery_level_usable = field(Percent{63}, Source::electric, kAt);
    state.total_range = field(Kilometres{473.2}, Source::electric, kAt);
  }
  state.ev_range = field(Kilometres{61.2}, Source::electric, kAt);
  state.ev_range_ac = field(Kilometres{58.129999999999995}, Source::electric, kAt);
  state.charging_status = field(ChargingStatus::charging, Source::electric, kAt);
  state.can_set_next_charging = field(true, Source::electric, kAt);
  state.charge_time_left = field(Minutes{95}, Source::electric, kAt);
  state.next_charging = field(
      NextCharging{
          .day = std::chrono::Sunday, .start = minutes(22 * 60), .end = minutes(23 * 60 + 30)},
      Source::electric, kAt);
}

void report_status(Car& car) {
  VehicleState& state = car.state;
  constexpr int kAt = 2;
  const auto is = [](bool value) { return field(value, Source::status, kAt); };
  for (Door* door : {&state.door_driver, &state.door_passenger, &state.door_rear_left,
                     &state.door_rear_right, &state.door_trunk}) {
    *door = Door{.open = is(false), .locked = is(true)};
  }
  state.hood_open = is(false);
  for (auto* window : {&state.window_driver_open, &state.window_passenger_open,
                       &state.window_rear_left_open, &state.window_rear_right_open}) {
    *window = is(false);
  }
  state.window_rear_left_open = is(true);
  state.lights_head = is(false);
  state.lights_tail = is(true);
  state.lights_hazard = is(false);
  state.rear_seat_reminder = is(false);
  state.unclear_openings = field(0, Source::status, kAt);
  state.unclear_locks = field(0, Source::status, kAt);
}

void report_place_and_health(Car& car, Drive drive) {
  VehicleState& state = car.state;
  state.position =
      field(Position{.latitude = 48.137154, .longitude = 11.576124}, Source::location, 3);
  state.climate_status = field(std::string("running"), Source::climate_status, 4);
  ClimateOptions climate{.temperature = Celsius{22},
                         .duration = std::chrono::minutes(20),
                         .front_defroster = true,
                         .rear_defogger = false,
                         .steering_heater = false};
  climate.seat(Seat::driver) = SeatHeat::medium;
  state.climate_running = field(climate, Source::climate_status, 4);
  state.target_temperature = field(Celsius{22}, Source::climate_status, 4);
  state.inside_temperature = field(Celsius{21.46}, Source::climate_status, 4);
  state.climate_end = field(sample_time(24), Source::climate_status, 4);
  state.warnings = field(std::vector{Warning{.code = "P0A80",
                                             .text = "Check the hybrid system",
                                             .severity = "2",
                                             .at = sample_time(-30)}},
                         Source::health, 1);
  if (has_tank(drive)) state.engine_oil_warning = field(false, Source::health, 1);
  using namespace std::chrono_literals;
  state.last_service =
      field(LastService{.date = 2025y / std::chrono::October / 2, .odometer = Kilometres{9870}},
            Source::service_history, 0);
  state.last_service->at.reset();
  state.subscription_end = field(2031y / std::chrono::June / 30, Source::vehicle_list, 0);
  state.subscription_end->at.reset();
}

void report_trips(Car& car, Drive drive) {
  Trip trip{.id = "trip-1",
            .start = sample_time(-60),
            .end = sample_time(-41),
            .distance = Kilometres{21.482},
            .duration = Minutes{19.5333},
            .ev_distance = {},
            .fuel = {},
            .average_speed = KilometresPerHour{65.94},
            .score = Percent{71}};
  PeriodTotals sum{.since = sample_time(-8 * 60), .distance = Kilometres{912.441}, .fuel = {}};
  if (drive == Drive::phev || drive == Drive::hev) trip.ev_distance = Kilometres{18.904};
  if (has_tank(drive)) {
    trip.fuel = Litres{0.312};
    sum.fuel = Litres{12.345};
  }
  car.state.last_trip = field(trip, Source::trips, -41);
  car.state.day = car.state.week = car.state.month = car.state.year =
      field(sum, Source::trips, -41);
}

}  // namespace

base::Time sample_time(int after) {
  using namespace std::chrono_literals;
  return base::Time(std::chrono::sys_days(2026y / std::chrono::March / 1)) + 8h + minutes(after);
}

Car new_car(Brand brand, Drive drive) {
  const auto vin = base::Vin::parse("JTMTEST0000000001");
  Car car{.identity = {.vin = *vin,
                       .id = {"0123456789"},
                       .brand = brand,
                       .model = model_of(brand, drive),
                       .nickname = {},
                       .model_year = "2024",
                       .fuel_type = fuel_code(drive),
                       .image_url = "https://images.example/car.png",
                       .remote_display = "7",
                       .ev_vehicle = has_plug(drive)},
          .name = "Blitz",
          .state = {},
          .evidence = {},
          .diagnostics = {}};
  car.evidence.answered = {Source::vehicle_list};
  car.commands.allowed = vehicle::default_allowed();
  car.diagnostics.next_read = sample_time(20);
  car.diagnostics.last_read = sample_time(6);
  return car;
}

/// What a history of some weeks has made of a car with a battery.
vehicle::CarStatistics sample_statistics(Drive drive) {
  const auto statistic = [](double value) {
    return vehicle::Statistic{.value = value,
                              .basis = "a sentence about it",
                              .since = base::parse_iso8601("2026-02-02T07:10:00Z").value(),
                              .until = sample_time(6)};
  };
  vehicle::CarStatistics statistics{
      .month_began = base::parse_iso8601("2026-03-01T00:00:00Z").value(), .currency = "EUR"};
  statistics.recent.electric_consumption = statistic(17.3456);
  statistics.recent.range_at_full = statistic(402.31);
  statistics.recent.range_ratio = statistic(108.44);
  statistics.month.energy = statistic(12.3456);
  statistics.month.cost = statistic(3.827);
  statistics.month.co2 = statistic(4.481);
  if (drive == Drive::phev) {
    statistics.recent.fuel_consumption = statistic(1.934);
    statistics.recent.ev_share = statistic(71.26);
  }
  return statistics;
}

Car full_car(Brand brand, Drive drive) {
  Car car = new_car(brand, drive);
  report_telemetry(car, drive);
  if (has_plug(drive)) report_charging(car, drive);
  report_status(car);
  report_place_and_health(car, drive);
  report_trips(car, drive);
  for (const Source source : kAllSources) {
    if (source == Source::electric && !has_plug(drive)) {
      car.evidence.refused.insert(source);
      continue;
    }
    car.evidence.answered.insert(source);
    car.state.reported_at.at(static_cast<std::size_t>(source)) = sample_time(5);
  }
  car.state.notifications.emplace();
  car.evidence = observe(std::move(car.evidence), car.state);
  if (drive == Drive::bev || drive == Drive::phev) car.statistics = sample_statistics(drive);
  car.uses_abrp = drive == Drive::bev;
  if (car.uses_abrp) {
    car.diagnostics.abrp_status = "ok";
    car.diagnostics.abrp_last_accepted = sample_time(6);
  }
  return car;
}

}  // namespace toyota2mqtt::test
