#include "support/decoding.hpp"

using namespace toyota2mqtt;
using test::at;
using test::Decoding;
using test::fixture;
using test::payload;
using vehicle::ChargingStatus;
using vehicle::Source;

TEST_CASE("a battery car's telemetry range is its electric range") {
  Decoding d;
  REQUIRE(d.decode(Source::telemetry, fixture("bz4x_telemetry")));
  CHECK(d.state.ev_range->value.value == 310);
  CHECK_FALSE(d.state.fuel_range);
  CHECK_FALSE(d.state.total_range);
  CHECK_FALSE(d.state.fuel_level);
  CHECK(d.state.odometer->at == at("2026-11-20T10:00:00Z"));
  CHECK(d.state.reported(Source::telemetry) == at("2026-11-20T10:00:00Z"));
}

TEST_CASE("a hybrid's telemetry range is its fuel range, a plug-in hybrid's is the total") {
  Decoding hybrid, plug_in;
  REQUIRE(hybrid.decode(Source::telemetry, fixture("corolla_telemetry")));
  CHECK(hybrid.state.fuel_range->value.value == 310);
  REQUIRE(plug_in.decode(Source::telemetry, fixture("rav4phev_telemetry")));
  CHECK(plug_in.state.total_range->value.value == 310);
  CHECK_FALSE(plug_in.state.fuel_range);
  CHECK_FALSE(plug_in.state.ev_range);
}

TEST_CASE("each field's own unit is read, in any case") {
  Decoding d;
  REQUIRE(d.decode(Source::electric, payload(R"({"evRange":{"value":10,"unit":"Km"},
      "fuelRange":{"value":188,"unit":"mi"},"evRangeWithAc":{"value":5,"unit":"furlong"}})")));
  CHECK(d.state.ev_range->value.value == 10);
  CHECK(d.state.fuel_range->value.value == Approx(188 * 1.609344));
  CHECK_FALSE(d.state.ev_range_ac);
  CHECK(d.unknown.at("evRangeWithAc.unit") == "furlong");
}

TEST_CASE("charging status is compared as a whole token, in any case") {
  const auto [text, expected] = GENERATE(table<std::string, std::optional<ChargingStatus>>({
      {"none", ChargingStatus::none},
      {"CHARGING", ChargingStatus::charging},
      {"chargeComplete", ChargingStatus::charge_complete},
      {"plugged", ChargingStatus::plugged},
      {"connected", ChargingStatus::plugged},
      {"notCharging", std::nullopt},
      {"disconnected", std::nullopt},
  }));
  Decoding d;
  REQUIRE(d.decode(Source::electric, payload(R"({"chargingStatus":")" + text + "\"}")));
  CHECK(d.state.charging_status.has_value() == expected.has_value());
  if (expected) CHECK(d.state.charging_status->value == *expected);
  CHECK(d.unknown.contains("chargingStatus") == !expected);
}

TEST_CASE("the cloud's words for an unknown charge time are unknown") {
  const auto text = GENERATE("65535", "65335", "-1", "\"65535\"", "null", "true", "\"--\"");
  Decoding d;
  REQUIRE(
      d.decode(Source::electric,
               payload(std::string(R"({"batteryLevel":5,"remainingChargeTime":)") + text + "}")));
  CHECK_FALSE(d.state.charge_time_left);
  CHECK(d.state.battery_level_reported->value.value == 5);
}

TEST_CASE("an electric range of 0 is a value") {
  Decoding d;
  REQUIRE(d.decode(Source::electric, payload(R"({"evRange":{"value":0,"unit":"km"}})")));
  CHECK(d.state.ev_range->value.value == 0);
}

TEST_CASE("the usable level stands beside the gross one") {
  Decoding d;
  REQUIRE(d.decode(Source::electric, fixture("rav4phev_electric")));
  CHECK(d.state.battery_level_usable->value.value == 64);
  CHECK(d.state.battery_level_reported->value.value == 71);
  CHECK(d.state.total_range->value.value == 470);
  CHECK(d.state.charge_time_left->value.value == 95);
  CHECK(d.state.next_charging->value.day == std::chrono::Friday);
  CHECK(d.state.next_charging->value.start == std::chrono::minutes(22 * 60 + 30));
}

TEST_CASE("any numeric field named usable is a candidate and its name is reported") {
  Decoding d;
  REQUIRE(d.decode(Source::electric, payload(R"({"evUsableSoc":51})")));
  CHECK(d.state.battery_level_usable->value.value == 51);
  CHECK(d.unknown.at("usable") == "evUsableSoc");
}

TEST_CASE("a plug-in hybrid with an empty tank has no fuel range") {
  Decoding d;
  REQUIRE(d.decode(Source::telemetry, payload(R"({"fuelType":"I","batteryLevel":50,
      "distanceToEmpty":{"value":30,"unit":"km"},"timestamp":"2026-11-20T10:00:00Z"})")));
  REQUIRE(d.decode(Source::electric, payload(R"({"fuelLevel":0,"evRange":{"value":30,"unit":"km"},
      "lastUpdateTimestamp":"2026-11-20T10:00:00Z"})")));
  CHECK_FALSE(d.state.fuel_range);
  CHECK(d.state.fuel_level->value.value == 0);
}

TEST_CASE("percentages outside 0 to 100, negative odometers and impossible places are unknown") {
  Decoding d;
  REQUIRE(d.decode(Source::telemetry, payload(R"({"fuelLevel":101,"batteryLevel":-1,
      "odometer":{"value":-5,"unit":"km"}})")));
  CHECK_FALSE(d.state.fuel_level);
  CHECK_FALSE(d.state.battery_level_reported);
  CHECK_FALSE(d.state.odometer);
  const auto* place =
      GENERATE(R"({"latitude":0,"longitude":0})", R"({"latitude":91,"longitude":1})",
               R"({"latitude":1,"longitude":181})", R"({"latitude":"1"})");
  REQUIRE(d.decode(Source::location, payload(std::string(R"({"vehicleLocation":)") + place + "}")));
  CHECK_FALSE(d.state.position);
}

TEST_CASE("a field of a wrong type loses that field only") {
  Decoding d;
  REQUIRE(
      d.decode(Source::telemetry, payload(R"({"odometer":[],"fuelLevel":"full","batteryLevel":40,
      "chargingStatus":7,"timestamp":12,"distanceToEmpty":null})")));
  CHECK(d.state.battery_level_reported->value.value == 40);
  CHECK_FALSE(d.state.battery_level_reported->at);
  CHECK_FALSE(d.state.odometer);
}

TEST_CASE("a time far ahead is unknown") {
  Decoding d;
  REQUIRE(d.decode(Source::telemetry,
                   payload(R"({"batteryLevel":4,"timestamp":"2026-11-22T12:00:00Z"})")));
  CHECK_FALSE(d.state.battery_level_reported->at);
  CHECK_FALSE(d.state.reported(Source::telemetry));
}

TEST_CASE("an older answer changes nothing and the source's time never goes back") {
  Decoding d;
  REQUIRE(d.decode(Source::telemetry, fixture("aygox_telemetry")));
  const auto before = d.state;
  REQUIRE(d.decode(Source::telemetry, payload(R"({"fuelLevel":1,
      "timestamp":"2026-11-20T09:00:00.123Z"})")));
  CHECK(d.state == before);
}

TEST_CASE("empty bodies and envelopes without payload are no errors and change nothing") {
  const auto* body = GENERATE("", " \n", "{}", R"({"status":{"messages":[]}})",
                              R"({"payload":null,"status":"SUCCESS"})");
  for (const auto source : vehicle::kAllSources) {
    if (source == Source::vehicle_list) continue;
    Decoding d;
    CHECK(d.decode(source, body));
    CHECK(d.state == vehicle::VehicleState{});
  }
}

TEST_CASE("what is not JSON, too deep, too large or of no known shape is an error") {
  const auto body = GENERATE(as<std::string>(), "<html>", "[]", "{", "12",
                             R"({"message":"Internal server error"})",
                             R"({"payload":"x","status":"SUCCESS"})", std::string(100000, '['),
                             R"({"payload":)" + std::string(40, '[') + std::string(40, ']') + "}",
                             std::string((4 << 20) + 1, ' '));
  Decoding d;
  const auto result = d.decode(Source::telemetry, body);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == base::ErrorCode::unexpected_response);
  CHECK(d.state == vehicle::VehicleState{});
}

TEST_CASE("duplicate keys are harmless") {
  Decoding d;
  REQUIRE(d.decode(Source::telemetry, payload(R"({"batteryLevel":4,"batteryLevel":5})")));
  CHECK(d.state.battery_level_reported->value.value == 5);
}
