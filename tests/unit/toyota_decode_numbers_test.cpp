#include "json/json_io.hpp"
#include "support/decoding.hpp"
#include "toyota/json_read.hpp"
#include "toyota2mqtt/platform/crypto.hpp"

using namespace toyota2mqtt;
using test::at;
using test::Decoding;
using test::payload;
using toyota::NumberText;
using vehicle::Source;

TEST_CASE("B6 a number as text is read when it can mean one thing only") {
  for (const auto& [text, value] :
       std::vector<std::pair<const char*, double>>{{"77.0", 77},
                                                   {"77", 77},
                                                   {" 77 ", 77},
                                                   {"154,2", 154.2},
                                                   {"1,234.5", 1234.5},
                                                   {"1.234,5", 1234.5},
                                                   {"1,234,567", 1234567},
                                                   {"54.435", 54.435},
                                                   {"0,125", 0.125},
                                                   {"-5,5", -5.5},
                                                   {"+7", 7},
                                                   {"21 738", 21738},
                                                   {"21'738", 21738},
                                                   {"21\u00A0738", 21738},
                                                   {"21\u202F738,5", 21738.5},
                                                   {"48.137154", 48.137154}}) {
    INFO(text);
    const auto read = toyota::parse_number(text, NumberText::any);
    REQUIRE(read);
    CHECK(*read == Approx(value));
  }
  for (const auto* text : {"",         " ",       "-",
                           "--",       "N/A",     "unavailable",
                           "nan",      "inf",     "0x10",
                           "77%",      "77 km",   "1,2,3",
                           "1.2.3",    "12.",     ".5",
                           "1,23,456", "154,200", "1.234.5",
                           "1,234,5",  "1 23",    "99999999999999999999999999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(toyota::parse_number(text, NumberText::any));
  }
}

TEST_CASE("B6 thousands are grouped where no decimals are to be expected") {
  CHECK(toyota::parse_number("21,738", NumberText::whole) == 21738);
  CHECK(toyota::parse_number("121,738", NumberText::whole) == 121738);
  CHECK(toyota::parse_number("30420", NumberText::whole) == 30420);
  CHECK(toyota::parse_number("30420.5", NumberText::whole) == 30420.5);
  CHECK_FALSE(toyota::parse_number("21.738", NumberText::whole));
  CHECK(toyota::parse_number("1.234.567", NumberText::whole) == 1234567);
}

TEST_CASE("c13b the last service in miles with a mark between the thousands") {
  Decoding d;
  REQUIRE(d.decode(Source::service_history, payload(R"({"serviceHistories":[
      {"serviceDate":"2026-03-02","mileage":"21,738","unit":"mi"}]})")));
  CHECK(d.state.last_service->value.odometer->value == Approx(34983.92));
  CHECK(d.unknown.empty());
}

TEST_CASE("c26 numbers as texts and floats are read") {
  Decoding d;
  REQUIRE(d.decode(Source::electric, payload(R"({"batteryLevel":"77.0","chargingStatus":"charging",
      "evRange":{"value":"154,2","unit":"km"},"evRangeWithAc":{"value":"140.5","unit":"km"},
      "remainingChargeTime":"149","lastUpdateTimestamp":"2026-11-20T11:06:00Z"})")));
  CHECK(d.state.battery_level_reported->value.value == 77);
  CHECK(d.state.ev_range->value.value == Approx(154.2));
  CHECK(d.state.ev_range_ac->value.value == 140.5);
  CHECK(d.state.charge_time_left->value.value == 149);
  REQUIRE(d.decode(Source::telemetry, payload(R"({"odometer":{"value":"30,420","unit":"km"},
      "fuelLevel":55.0,"timestamp":"2026-11-20T11:05:00Z"})")));
  CHECK(d.state.odometer->value.value == 30420);
  CHECK(d.state.fuel_level->value.value == 55);
  REQUIRE(d.decode(Source::trips, payload(R"({"trips":[{"id":"t","summary":{"length":"9000",
      "duration":"1500.0","startTs":"2026-11-20T07:00:00Z","endTs":"2026-11-20T07:25:00Z"}}]})")));
  CHECK(d.state.last_trip->value.distance->value == 9);
  CHECK(d.unknown.empty());
}

TEST_CASE("c27 what is no number is unknown, loses nothing else, and is reported by its place") {
  Decoding d;
  REQUIRE(d.decode(Source::electric, payload(R"({"batteryLevel":"","chargingStatus":"none",
      "evRange":{"value":"unavailable","unit":"km"},"evRangeWithAc":"N/A",
      "fuelRange":{"value":7},"lastUpdateTimestamp":"2026-11-20T11:06:00Z"})")));
  CHECK_FALSE(d.state.battery_level_reported);
  CHECK_FALSE(d.state.ev_range);
  CHECK_FALSE(d.state.ev_range_ac);
  CHECK_FALSE(d.state.fuel_range);
  CHECK(d.state.charging_status->value == vehicle::ChargingStatus::none);
  CHECK(d.unknown == std::map<std::string, std::string>{{"batteryLevel", ""},
                                                        {"evRange.value", "unavailable"},
                                                        {"evRangeWithAc", "N/A"},
                                                        {"fuelRange.unit", ""}});
  d.unknown.clear();
  REQUIRE(d.decode(Source::telemetry, payload(R"({"odometer":{"value":"--","unit":"km"},
      "fuelLevel":{"value":55,"unit":"%"},"batteryLevel":{"value":[1]},"chargingStatus":{},
      "distanceToEmpty":{"value":410,"unit":"km"},"timestamp":"2026-11-20T11:05:00Z"})")));
  CHECK_FALSE(d.state.odometer);
  CHECK(d.state.fuel_level->value.value == 55);
  CHECK(d.unknown == std::map<std::string, std::string>{{"odometer.value", "--"},
                                                        {"batteryLevel.value", "[...]"},
                                                        {"chargingStatus", "{...}"}});
}

TEST_CASE("B6 a number that nothing can have is reported, too, a known word for unknown is not") {
  Decoding d;
  REQUIRE(d.decode(Source::electric, payload(R"({"batteryLevel":101,"remainingChargeTime":65535,
      "evRange":{"value":-4,"unit":"km"},"phevUsableBatteryLevel":null})")));
  CHECK(d.unknown ==
        std::map<std::string, std::string>{{"batteryLevel", "101"}, {"evRange", "{...}"}});
}

TEST_CASE("c52 a long time is real while the car charges") {
  Decoding d;
  REQUIRE(d.decode(Source::electric, payload(R"({"batteryLevel":43,"chargingStatus":"charging",
      "remainingChargeTime":1490,"lastUpdateTimestamp":"2026-11-20T11:06:00Z"})")));
  CHECK(d.state.charge_time_left->value.value == 1490);
  REQUIRE(d.decode(Source::electric, payload(R"({"chargingStatus":"charging",
      "remainingChargeTime":4000,"lastUpdateTimestamp":"2026-11-20T11:07:00Z"})")));
  CHECK(d.state.charge_time_left->value.value == 4000);
  REQUIRE(d.decode(Source::electric, payload(R"({"chargingStatus":"plugged",
      "remainingChargeTime":1490,"lastUpdateTimestamp":"2026-11-20T11:08:00Z"})")));
  CHECK_FALSE(d.state.charge_time_left);
  CHECK(d.unknown.empty());
}

TEST_CASE("c66 bytes that are no UTF-8 cost the character, not the car") {
  const std::string body =
      "{\"payload\":[{\"vin\":\"JTMTEST0000000009\",\"nickName\":\"J\xF6rg\xE2\x82\",\"modelName\":"
      "\"\\ud83d Corolla\tTS\"}],\"status\":{\"messages\":[]}}";
  Decoding d;
  const platform::OpenSslCrypto crypto;
  const auto cars = toyota::decode_vehicle_list(body, vehicle::Brand::toyota, crypto, d.context());
  REQUIRE(cars);
  REQUIRE(cars->size() == 1);
  CHECK(cars->front().identity.nickname == "J\uFFFDrg\uFFFD\uFFFD");
  CHECK(cars->front().identity.model == "\uFFFD Corolla TS");
  REQUIRE(d.decode(Source::notifications,
                   "{\"payload\":[{\"notifications\":[{\"messageId\":\"m\",\"notificationDate\":"
                   "\"2026-11-20T11:00:00Z\",\"message\":\"T\xFCr offen\"}]}]}"));
  CHECK(d.state.notifications->front().message == "T\uFFFDr offen");
}

TEST_CASE("c66 what is JSON already is not touched by the repair") {
  for (const auto* text : {R"({"a":"\ud83d\ude00 \"quoted\" \\u00e4 ä 😀","b":[1,2.5,null]})",
                           R"(["\\","\\\"","\u0041"])", ""}) {
    CHECK(json_io::repaired_json(text) == text);
  }
  CHECK(json_io::repaired_json("\"\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80\"") ==
        "\"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\"");
  CHECK(json_io::repaired_json(R"("\udc00x\ud800\u0041")") == "\"\uFFFDx\uFFFD\\u0041\"");
}
