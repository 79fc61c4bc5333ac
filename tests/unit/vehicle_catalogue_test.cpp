#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "support/catch.hpp"
#include "support/golden.hpp"
#include "support/sample_cars.hpp"
#include "toyota2mqtt/vehicle/catalogue.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::vehicle;
using test::full_car;
using test::new_car;
using test::sample_time;

namespace {

std::set<std::string> announced(const Car& car) {
  std::set<std::string> ids;
  for (const Row& row : catalogue()) {
    if (applies(row, car)) ids.emplace(row.id);
  }
  return ids;
}

Reading read(std::string_view id, const Car& car) {
  const Row* row = find_row(id);
  REQUIRE(row != nullptr);
  REQUIRE(row->read != nullptr);
  return row->read(car, base::Zone::utc());
}

template <class T>
Field<T> field(T value, Source source, int at = 0) {
  return Measured<T>{.value = value, .at = sample_time(at), .source = source};
}

}  // namespace

TEST_CASE("docs/entities.md is what the catalogue prints", "[golden]") {
  CHECK(test::golden_difference("../../docs/entities.md", catalogue_markdown()).empty());
}

TEST_CASE("the catalogue as JSON holds every row of car and bridge") {
  const auto json = nlohmann::json::parse(catalogue_json(), nullptr, false);
  REQUIRE(json.is_object());
  CHECK(json["car"].size() == catalogue().size());
  CHECK(json["bridge"].size() == bridge_catalogue().size());
  CHECK(json["car"][2]["id"] == "odometer");
  CHECK(json["car"][2]["unit"] == "km");
}

TEST_CASE("the cars column fits exactly the drives it names, and a drive still unknown always") {
  const auto letters = [](Cars cars) {
    std::string text;
    if (fits(cars, Drive::bev)) text += 'E';
    if (fits(cars, Drive::phev)) text += 'P';
    if (fits(cars, Drive::hev)) text += 'H';
    if (fits(cars, Drive::ice)) text += 'I';
    CHECK(fits(cars, Drive::unknown));
    return text;
  };
  CHECK(letters(Cars::all) == "EPHI");
  CHECK(letters(Cars::electric) == "EP");
  CHECK(letters(Cars::plug_in) == "P");
  CHECK(letters(Cars::fuel) == "PHI");
  CHECK(letters(Cars::hybrid) == "PH");
}

TEST_CASE("before anything was read only what is known for every car is announced") {
  for (const Drive drive : {Drive::bev, Drive::phev, Drive::hev, Drive::ice, Drive::unknown}) {
    auto ids = announced(new_car(Brand::toyota, drive));
    for (const char* id : {"next_read", "wakes_today", "reading", "model_year", "picture",
                           "command_result", "remote_services"}) {
      CHECK(ids.erase(id) == 1);
    }
    ids.erase("fuel_type");
    CHECK(ids.empty());
  }
}

TEST_CASE("an electric car never gets fuel, a petrol car never gets charging") {
  const auto bev = announced(full_car(Brand::toyota, Drive::bev));
  for (const Row& row : catalogue()) {
    if (row.cars == Cars::fuel) CHECK(bev.count(std::string(row.id)) == 0);
  }
  const auto ice = announced(full_car(Brand::toyota, Drive::ice));
  for (const Row& row : catalogue()) {
    if (row.cars == Cars::electric) CHECK(ice.count(std::string(row.id)) == 0);
  }
  CHECK(bev.count("battery_level") == 1);
  CHECK(bev.count("battery_level_gross") == 0);
  CHECK(ice.count("fuel_level") == 1);
  CHECK(ice.count("locked") == 1);
}

TEST_CASE("a BEV that claims a fuel level but reports none gets no fuel entity") {
  Car car = full_car(Brand::toyota, Drive::bev);
  car.identity.flags = {{"fuelLevelAvailable", true}, {"fuelRangeAvailable", true}};
  CHECK(announced(car).count("fuel_level") == 0);
  CHECK(announced(car).count("fuel_range") == 0);
}

TEST_CASE("every row is announced for some car that has reported everything") {
  std::set<std::string> all;
  for (const Drive drive : {Drive::bev, Drive::phev, Drive::hev, Drive::ice}) {
    Car car = full_car(Brand::toyota, drive);
    for (const Row& row : catalogue()) car.evidence.reported.emplace(row.id);
    all.merge(announced(car));
  }
  for (const Row& row : catalogue()) CHECK(all.count(std::string(row.id)) == 1);
}

TEST_CASE("an entity appears when its value is first reported and stays when it is unknown again") {
  Car car = new_car(Brand::toyota, Drive::hev);
  CHECK_FALSE(applies(*find_row("door_hood"), car));
  car.state.hood_open = field(false, Source::status);
  CHECK(applies(*find_row("door_hood"), car));

  car.evidence = record_reported(car.evidence, car, base::Zone::utc());
  car.state.hood_open.reset();
  CHECK(applies(*find_row("door_hood"), car));
  CHECK_FALSE(applies(*find_row("door_trunk"), car));
}

TEST_CASE("an entity is withdrawn when the cloud refuses the source of its value") {
  Car car = full_car(Brand::toyota, Drive::hev);
  car.evidence = record_reported(car.evidence, car, base::Zone::utc());
  car.evidence.refused.insert(Source::status);
  CHECK_FALSE(applies(*find_row("door_hood"), car));
  CHECK_FALSE(applies(*find_row("doors_reported_at"), car));
  CHECK(applies(*find_row("odometer"), car));
}

TEST_CASE("a refused source does not withdraw a value that another source reports") {
  Car car = new_car(Brand::toyota, Drive::hev);
  car.evidence.refused.insert(Source::telemetry);
  car.state.odometer = field(Kilometres{12}, Source::status);
  CHECK(applies(*find_row("odometer"), car));
  car.state.odometer = field(Kilometres{12}, Source::telemetry);
  CHECK_FALSE(applies(*find_row("odometer"), car));
}

TEST_CASE("charging rows wait for an answer about charging, from whichever route") {
  Car car = new_car(Brand::toyota, Drive::bev);
  CHECK_FALSE(applies(*find_row("plugged_in"), car));
  car.state.charging_status = field(ChargingStatus::none, Source::telemetry);
  CHECK(applies(*find_row("plugged_in"), car));
  car.evidence.refused.insert(Source::electric);
  CHECK(applies(*find_row("plugged_in"), car));

  Car other = new_car(Brand::toyota, Drive::bev);
  other.evidence.answered.insert(Source::electric);
  CHECK(applies(*find_row("plugged_in"), other));
}

TEST_CASE("while the drive is unknown an answer alone announces nothing about charging") {
  Car car = new_car(Brand::toyota, Drive::unknown);
  car.evidence.answered.insert(Source::electric);
  CHECK_FALSE(applies(*find_row("plugged_in"), car));
  CHECK_FALSE(applies(*find_row("charge_reported_at"), car));
  car.evidence.answered.insert(Source::telemetry);
  CHECK(applies(*find_row("telemetry_reported_at"), car));
}

TEST_CASE("ABRP rows are there exactly for electric cars that use ABRP") {
  Car car = new_car(Brand::toyota, Drive::bev);
  CHECK_FALSE(applies(*find_row("abrp_status"), car));
  car.uses_abrp = true;
  CHECK(applies(*find_row("abrp_status"), car));
  Car ice = full_car(Brand::toyota, Drive::ice);
  ice.uses_abrp = true;
  CHECK_FALSE(applies(*find_row("abrp_status"), ice));
}

TEST_CASE("a picture is announced only while its address is known and safe") {
  Car car = new_car(Brand::toyota, Drive::bev);
  CHECK(applies(*find_row("picture"), car));
  car.evidence.reported.insert("picture");
  car.identity.image_url = "http://images.example/car.png";
  CHECK_FALSE(applies(*find_row("picture"), car));
  car.identity.image_url = "https://images.example/" + std::string(2000, 'x');
  CHECK_FALSE(applies(*find_row("picture"), car));
}

TEST_CASE("numbers lose the cloud's float noise") {
  const Car car = full_car(Brand::toyota, Drive::phev);
  CHECK(std::get<double>(read("ev_range_ac", car).value) == 58.1);
  CHECK(std::get<double>(read("fuel_range", car).value) == 412.0);
  CHECK(std::get<double>(read("odometer", car).value) == 12345.0);
  CHECK(std::get<double>(read("trip_distance", car).value) == 21.5);
  CHECK(std::get<double>(read("trip_fuel", car).value) == 0.31);
  CHECK(std::get<double>(read("trip_consumption", car).value) == 1.45);
  CHECK(std::get<std::int64_t>(read("trip_duration", car).value) == 20);
}

TEST_CASE("a number that is none is unknown") {
  Car car = new_car(Brand::toyota, Drive::bev);
  car.state.odometer =
      field(Kilometres{std::numeric_limits<double>::quiet_NaN()}, Source::telemetry);
  CHECK(std::holds_alternative<std::monostate>(read("odometer", car).value));
  car.state.charge_time_left =
      field(Minutes{std::numeric_limits<double>::infinity()}, Source::electric);
  CHECK(std::holds_alternative<std::monostate>(read("charge_time_left", car).value));
}

TEST_CASE("locks are on when unlocked") {
  Car car = full_car(Brand::toyota, Drive::hev);
  CHECK_FALSE(std::get<bool>(read("lock_driver", car).value));
  CHECK_FALSE(std::get<bool>(read("locked", car).value));
  car.state.door_driver.locked->value = false;
  CHECK(std::get<bool>(read("lock_driver", car).value));
  CHECK(std::get<bool>(read("locked", car).value));
}

TEST_CASE("every value carries the time of its own source") {
  const Car car = full_car(Brand::toyota, Drive::phev);
  CHECK(read("odometer", car).measured_at == sample_time(0));
  CHECK(read("battery_level", car).measured_at == sample_time(5));
  CHECK(read("door_hood", car).measured_at == sample_time(2));
  CHECK(read("location", car).measured_at == sample_time(3));
  CHECK(read("trip_distance", car).last_reset == sample_time(-60));
  CHECK(read("distance_month", car).last_reset == sample_time(-8 * 60));
}

TEST_CASE("B1 the warning is on while a lamp is lit, and its attributes say which one") {
  Car car = new_car(Brand::toyota, Drive::hev);
  CHECK(std::holds_alternative<std::monostate>(read("warning", car).value));
  car.state.warnings = field(std::vector<Warning>{}, Source::health);
  CHECK_FALSE(std::get<bool>(read("warning", car).value));
  CHECK(std::get<std::int64_t>(read("warning_count", car).value) == 0);
  const auto attributes = [&car] { return find_row("warning")->attributes(car); };
  CHECK(attributes() == Attributes{{"code", ""}, {"text", ""}, {"severity", ""}, {"time", ""}});
  car.state.warnings->value = {
      {.code = "P0A80", .text = "Hybrid system", .severity = "2", .at = sample_time(0)},
      {.code = "", .text = "Low tyre", .severity = "", .at = {}}};
  CHECK(std::get<bool>(read("warning", car).value));
  CHECK(std::get<std::int64_t>(read("warning_count", car).value) == 2);
  CHECK(attributes() == Attributes{{"code", "P0A80; ?"},
                                   {"text", "Hybrid system; Low tyre"},
                                   {"severity", "2; ?"},
                                   {"time", base::format_iso8601(sample_time(0)) + "; ?"}});
}

TEST_CASE("B3 the time of the location is the one of the place that is shown") {
  Car car = new_car(Brand::toyota, Drive::hev);
  car.state.reported_at.at(static_cast<std::size_t>(Source::location)) = sample_time(9);
  CHECK(std::holds_alternative<std::monostate>(read("location_reported_at", car).value));
  car.state.position = field(Position{.latitude = 48, .longitude = 11}, Source::location, 3);
  CHECK(std::get<base::Time>(read("location_reported_at", car).value) == sample_time(3));
  car.state.position->at.reset();
  CHECK(std::holds_alternative<std::monostate>(read("location_reported_at", car).value));
}

TEST_CASE("the consumption of a trip that hardly moved is unknown") {
  Car car = full_car(Brand::toyota, Drive::hev);
  car.state.last_trip->value.distance = Kilometres{0};
  CHECK(std::holds_alternative<std::monostate>(read("trip_consumption", car).value));
}

TEST_CASE("values of the bridge are not noted as reported by the car") {
  const Car car = full_car(Brand::toyota, Drive::bev);
  const Evidence evidence = record_reported(car.evidence, car, base::Zone::utc());
  CHECK(evidence.reported.count("odometer") == 1);
  CHECK(evidence.reported.count("reading") == 0);
  CHECK(evidence.reported.count("abrp_status") == 0);
  CHECK(evidence.reported.count("fuel_level") == 0);
}

TEST_CASE("options are split at commas") {
  CHECK(option_list("").empty());
  CHECK(option_list("a") == std::vector<std::string_view>{"a"});
  CHECK(option_list("a,b_c,d") == std::vector<std::string_view>{"a", "b_c", "d"});
}
