#include <vector>

#include "support/catch.hpp"
#include "support/discovery_checker.hpp"
#include "support/golden.hpp"
#include "support/sample_bridge.hpp"
#include "support/sample_cars.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

using namespace toyota2mqtt;
using namespace toyota2mqtt::home_assistant;
using test::full_car;
using test::new_car;
using vehicle::Brand;
using vehicle::Drive;

namespace {

void check_golden(const std::string& path, const std::vector<base::MqttMessage>& messages) {
  for (const std::string& problem : test::check_all(messages)) FAIL_CHECK(problem);
  const std::string difference =
      test::golden_difference("home_assistant/" + path, test::transcript(messages));
  INFO(difference);
  CHECK(difference.empty());
}

}  // namespace

TEST_CASE("what is published for a battery electric car", "[golden]") {
  check_golden("bev.txt", test::messages_of(full_car(Brand::toyota, Drive::bev)));
}
TEST_CASE("what is published for a plug-in hybrid", "[golden]") {
  check_golden("phev.txt", test::messages_of(full_car(Brand::lexus, Drive::phev)));
}
TEST_CASE("what is published for a hybrid", "[golden]") {
  check_golden("hev.txt", test::messages_of(full_car(Brand::toyota, Drive::hev)));
}
TEST_CASE("what is published for a petrol car", "[golden]") {
  check_golden("ice.txt", test::messages_of(full_car(Brand::toyota, Drive::ice)));
}
TEST_CASE("what is published for a car of which everything may be asked", "[golden]") {
  vehicle::Car car = full_car(Brand::toyota, Drive::bev);
  car.commands.allowed = {vehicle::kAllAllows.begin(), vehicle::kAllAllows.end()};
  car.commands.asks_code = true;
  car.commands.under_way = vehicle::Action::unlock;
  check_golden("commands.txt", test::messages_of(car));
}
TEST_CASE("what is published while every value is unknown", "[golden]") {
  vehicle::Car car = full_car(Brand::subaru, Drive::bev);
  car.evidence = vehicle::record_reported(car.evidence, car, base::Zone::utc());
  car.state = {};
  car.diagnostics = {};
  car.diagnostics.abrp_status = "off";
  check_golden("unknown.txt", test::messages_of(car));
}
TEST_CASE("what is published for the bridge", "[golden]") {
  const Settings settings = test::sample_settings();
  const BridgeView bridge = test::sample_bridge();
  check_golden("bridge.txt", {bridge_discovery(settings, bridge),
                              bridge_availability(settings, true), bridge_state(settings, bridge)});
}
