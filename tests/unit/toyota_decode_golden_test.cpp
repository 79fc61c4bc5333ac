#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/decoding.hpp"
#include "support/golden.hpp"
#include "support/paths.hpp"
#include "support/sample_bridge.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/vehicle/derive.hpp"

using namespace toyota2mqtt;
using nlohmann::ordered_json;
using test::Decoding;

namespace {

/// The car of the fixtures `<name>_*.json`: every source that has one, decoded in order.
vehicle::Car decoded_car(const std::string& name) {
  Decoding d;
  const platform::OpenSslCrypto crypto;
  auto listed = toyota::decode_vehicle_list(test::fixture(name + "_vehicle_list"),
                                            vehicle::Brand::toyota, crypto, d.context());
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  vehicle::Car car{.identity = listed->front().identity,
                   .name = name,
                   .state = {},
                   .evidence = {},
                   .diagnostics = {}};
  d.state = listed->front().state;
  car.evidence.answered.insert(vehicle::Source::vehicle_list);
  for (const auto source : vehicle::kAllSources) {
    const auto file = name + "_" + std::string(to_string(source));
    const auto path = test::source_path("/tests/fixtures/toyota/") + file + ".json";
    if (source == vehicle::Source::vehicle_list || !std::filesystem::exists(path)) continue;
    INFO(file);
    REQUIRE(d.decode(source, test::fixture(file)));
    car.evidence.answered.insert(source);
  }
  car.state = d.state;
  car.evidence = vehicle::observe(std::move(car.evidence), car.state);
  car.evidence = vehicle::record_reported(std::move(car.evidence), car, d.zone);
  return car;
}

/// One line per entity: its value, and how it is announced.
std::string entities_of(const vehicle::Car& car) {
  const auto settings = test::sample_settings();
  const auto zone = base::Zone::utc();
  const auto discovery =
      ordered_json::parse(home_assistant::car_discovery(settings, car).payload)["components"];
  auto values = ordered_json::parse(home_assistant::car_state(settings, car, zone).payload);
  std::string text;
  for (const auto& [id, component] : discovery.items()) {
    const auto value = values.find(id);
    text += id + (value == values.end() ? "" : " = " + value->dump()) + "\n  " + component.dump() +
            "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("what each fixture's car shows, from the cloud's JSON to Home Assistant", "[golden]") {
  for (const auto* name : {"aygox", "bz4x", "corolla", "rav4phev", "rz450e", "solterra"}) {
    const auto difference = test::golden_difference(std::string("fixtures/") + name + ".txt",
                                                    entities_of(decoded_car(name)));
    INFO(difference);
    CHECK(difference.empty());
  }
}
