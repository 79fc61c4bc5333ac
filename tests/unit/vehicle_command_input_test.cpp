#include <limits>

#include "support/catch.hpp"
#include "support/sample_cars.hpp"
#include "toyota2mqtt/vehicle/command_input.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using vehicle::Action;

TEST_CASE("A temperature is taken within the usual limits, in whole degrees") {
  const auto limits =
      vehicle::climate_limits(test::new_car(vehicle::Brand::toyota, vehicle::Drive::hev));
  CHECK(limits == vehicle::kUsualLimits);
  CHECK(vehicle::in_words(limits) == "a number from 18 to 29, in steps of 1 (°C)");
  CHECK(vehicle::wanted_temperature(18, limits)->value == 18);
  CHECK(vehicle::wanted_temperature(29, limits)->value == 29);
  CHECK(vehicle::wanted_temperature(21.3, limits)->value == 21);
  for (const double wrong : {17.99, 29.01, std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity()}) {
    CHECK_FALSE(vehicle::wanted_temperature(wrong, limits));
  }
}

TEST_CASE("B10 A car that names its own limits is asked for what it can do") {
  auto car = test::new_car(vehicle::Brand::toyota, vehicle::Drive::hev);
  car.state.climate_limits = vehicle::Measured<vehicle::ClimateLimits>{
      .value = {.lowest = {15.5}, .highest = {30}, .step = 0.5},
      .at = {},
      .source = vehicle::Source::climate_settings};
  const auto limits = vehicle::climate_limits(car);
  CHECK(vehicle::in_words(limits) == "a number from 15.5 to 30, in steps of 0.5 (°C)");
  CHECK(vehicle::wanted_temperature(15.5, limits)->value == 15.5);
  CHECK(vehicle::wanted_temperature(21.3, limits)->value == 21.5);
  CHECK(vehicle::wanted_temperature(29.9, limits)->value == 30);
  CHECK_FALSE(vehicle::wanted_temperature(15.4, limits));
  CHECK_FALSE(vehicle::wanted_temperature(30.1, limits));
}

TEST_CASE("A duration is whole minutes, 20 at most") {
  CHECK(vehicle::wanted_duration(1) == 1min);
  CHECK(vehicle::wanted_duration(20) == 20min);
  for (const double wrong : {0.0, 20.5, 21.0, -5.0, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_FALSE(vehicle::wanted_duration(wrong));
  }
}

TEST_CASE("A time of day has hours and minutes, seconds are dropped") {
  CHECK(vehicle::parse_time_of_day("00:00") == 0min);
  CHECK(vehicle::parse_time_of_day("23:59:59") == 1439min);
  for (const auto* wrong : {"", "7:30", "07:3", "24:00", "07:60", "07:30:60", "07:30:", "07-30",
                            "-7:30", "07:30:001"}) {
    INFO(wrong);
    CHECK_FALSE(vehicle::parse_time_of_day(wrong));
  }
}

TEST_CASE("Every action has an entity that asks for it, the offered one where there are two") {
  auto car = test::full_car(vehicle::Brand::toyota, vehicle::Drive::bev);
  for (const auto action : vehicle::all_actions()) {
    INFO(vehicle::to_string(action));
    CHECK(vehicle::row_for(action, car) != nullptr);
  }
  CHECK(vehicle::row_for(Action::lock, car)->id == "lock_doors");
  car.commands.allowed.insert(vehicle::Allow::unlock);
  CHECK(vehicle::row_for(Action::lock, car)->id == "doors");
  CHECK(vehicle::row_for(Action::climate_set, car)->id == "climate");
}
