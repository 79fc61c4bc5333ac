#include "toyota2mqtt/home_assistant/published_entities.hpp"

#include "support/catch.hpp"
#include "support/fakes.hpp"
#include "support/loop.hpp"
#include "support/sample_bridge.hpp"
#include "support/sample_cars.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

using namespace toyota2mqtt;
using vehicle::Brand;
using vehicle::Drive;

namespace {

base::MqttMessage document_of(Brand brand, Drive drive) {
  return home_assistant::car_discovery(test::sample_settings(), test::full_car(brand, drive));
}

}  // namespace

TEST_CASE("what a delivered discovery document announced is remembered until it is removed") {
  test::TestLoop loop;
  test::MemoryStore store;
  const auto document = document_of(Brand::toyota, Drive::bev);
  REQUIRE(loop.run(home_assistant::record_published(store, document)));
  auto devices = loop.run(home_assistant::load_published(store));
  REQUIRE(devices);
  REQUIRE(devices->size() == 1);
  CHECK(devices->front() == home_assistant::read_device_document(document));

  REQUIRE(
      loop.run(home_assistant::record_published(store, home_assistant::removal(document.topic))));
  devices = loop.run(home_assistant::load_published(store));
  REQUIRE(devices);
  CHECK(devices->empty());
}

TEST_CASE("states, events and what is not retained are not remembered as announced") {
  test::TestLoop loop;
  test::MemoryStore store;
  auto passing = document_of(Brand::toyota, Drive::bev);
  passing.retain = false;
  REQUIRE(loop.run(home_assistant::record_published(store, passing)));
  for (const auto& message : test::messages_of(test::full_car(Brand::toyota, Drive::bev))) {
    if (home_assistant::is_device_document(message.topic)) continue;
    REQUIRE(loop.run(home_assistant::record_published(store, message)));
  }
  CHECK(store.entries.empty());
}

TEST_CASE("what another version remembered as announced is left out, not an error") {
  test::TestLoop loop;
  test::MemoryStore store;
  REQUIRE(
      loop.run(home_assistant::record_published(store, document_of(Brand::lexus, Drive::phev))));
  store.entries[{"announced", "homeassistant/device/toyota2mqtt_x/config"}] = R"({"format":99})";
  const auto devices = loop.run(home_assistant::load_published(store));
  REQUIRE(devices);
  CHECK(devices->size() == 1);
}
