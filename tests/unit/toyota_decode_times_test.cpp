#include "support/decoding.hpp"

using namespace toyota2mqtt;
using test::at;
using test::Decoding;
using test::payload;
using vehicle::Source;

namespace {

std::string level_at(int level, const char* time) {
  return payload(R"({"batteryLevel":)" + std::to_string(level) +
                 R"(,"chargingStatus":"none","lastUpdateTimestamp":)" + time + "}");
}

std::string place_at(const char* latitude, const char* longitude, const char* time) {
  return payload(std::string(R"({"lastTimestamp":")") + time +
                 R"(","vehicleLocation":{"latitude":)" + latitude + R"(,"longitude":)" + longitude +
                 R"(,"locationAcquisitionDatetime":")" + time + R"("}})");
}

/// One answer of each source that has a time, with `time` in its place.
struct TimedAnswer {
  Source source;
  const char* before;
  const char* behind;
};
const auto kTimedAnswers = std::to_array<TimedAnswer>({
    {Source::telemetry, R"({"batteryLevel":40,"timestamp":)", "}"},
    {Source::electric, R"({"batteryLevel":40,"lastUpdateTimestamp":)", "}"},
    {Source::status,
     R"({"doors":{"driver":{"openStatus":{"status":"close"}}},"lastUpdateTimestamp":)", "}"},
    {Source::location, R"({"vehicleLocation":{"latitude":48,"longitude":11},"lastTimestamp":)",
     "}"},
    {Source::health, R"({"warning":[],"wnglastUpdTime":)", "}"},
    {Source::climate_status, R"({"status":"running","updatedAt":)", "}"},
    {Source::climate_settings, R"({"temperature":{"value":21,"unit":"C"},"updatedAt":)", "}"},
});

}  // namespace

TEST_CASE("p05 every form of a time is read, so an older answer never wins") {
  Decoding d;
  d.now = at("2026-11-30T12:00:00Z");
  for (const auto& [level, time] :
       std::vector<std::pair<int, const char*>>{{50, "\"2026-11-30T10:00:00Z\""},
                                                {60, "\"2026-11-30T10:10:00.123456Z\""},
                                                {70, "\"2026-11-30T10:20:00.1234567Z\""},
                                                {75, "\"2026-11-30T10:30Z\""},
                                                {76, "\"2026-11-30T11:40:00.987654321+01:00\""},
                                                {77, "\"2026-11-30T11:50+01:00[Europe/Berlin]\""},
                                                {78, "1796036400000"}}) {
    REQUIRE(d.decode(Source::electric, level_at(level, time)));
    INFO(time);
    CHECK(d.state.battery_level_reported->value.value == level);
    CHECK(d.state.battery_level_reported->at == d.state.reported(Source::electric));
  }
  CHECK(d.state.reported(Source::electric) == at("2026-11-30T11:00:00Z"));
  REQUIRE(d.decode(Source::electric, level_at(10, "\"2026-11-29T10:00:00.123Z\"")));
  CHECK(d.state.battery_level_reported->value.value == 78);
  CHECK(d.unknown.empty());
}

TEST_CASE("p09 a value without a time stands under no other value's time") {
  const auto* time = GENERATE("null", "\"\"", "\"yesterday\"", "\"2026-11-30T11:00:00\"", "true",
                              "{}", "\"2026-11-30T12:02:01Z\"");
  Decoding d;
  d.now = at("2026-11-30T12:00:00Z");
  REQUIRE(d.decode(Source::electric, level_at(61, "\"2026-11-30T11:00:00Z\"")));
  REQUIRE(d.decode(Source::electric, level_at(30, time)));
  CHECK(d.state.battery_level_reported->value.value == 30);
  CHECK_FALSE(d.state.battery_level_reported->at);
  CHECK_FALSE(d.state.reported(Source::electric));
  CHECK(d.unknown.contains("lastUpdateTimestamp") == (std::string(time) != "null"));
  // What is older than the last known time is older still.
  REQUIRE(d.decode(Source::electric, level_at(99, "\"2026-11-30T10:59:59Z\"")));
  CHECK(d.state.battery_level_reported->value.value == 30);
  REQUIRE(d.decode(Source::electric, level_at(29, "\"2026-11-30T11:00:01Z\"")));
  CHECK(d.state.battery_level_reported->value.value == 29);
  CHECK(d.state.reported(Source::electric) == at("2026-11-30T11:00:01Z"));
}

TEST_CASE("B3 a time more than two minutes ahead is believed of no source, and is reported") {
  for (const auto& answer : kTimedAnswers) {
    Decoding d;
    INFO(vehicle::to_string(answer.source));
    const auto with = [&answer](const char* time) {
      return payload(std::string(answer.before) + "\"" + time + "\"" + answer.behind);
    };
    REQUIRE(d.decode(answer.source, with("2026-11-20T12:01:59Z")));
    CHECK(d.state.reported(answer.source) == at("2026-11-20T12:01:59Z"));
    CHECK(d.unknown.empty());
    Decoding ahead;
    REQUIRE(ahead.decode(answer.source, with("2026-11-20T12:02:01Z")));
    CHECK_FALSE(ahead.state.reported(answer.source));
    CHECK(ahead.unknown.size() == 1);
  }
}

TEST_CASE("B3 an answer older than the one before changes nothing, of any source") {
  for (const auto& answer : kTimedAnswers) {
    Decoding d;
    INFO(vehicle::to_string(answer.source));
    const auto with = [&answer](const char* time) {
      return payload(std::string(answer.before) + "\"" + time + "\"" + answer.behind);
    };
    REQUIRE(d.decode(answer.source, with("2026-11-20T11:00:00Z")));
    const auto before = d.state;
    REQUIRE(d.decode(answer.source, with("2026-11-20T10:59:59Z")));
    CHECK(d.state == before);
  }
}

TEST_CASE("B3 trips and messages from the future are kept out until their time comes") {
  Decoding d;
  const auto trips = payload(R"({"trips":[{"id":"t","summary":{"length":9000,
      "startTs":"2026-11-20T12:00:00Z","endTs":"2026-11-20T12:30:00Z"}}]})");
  const auto messages = payload(
      R"([{"notifications":[{"messageId":"m","notificationDate":"2026-11-20T12:30:00Z"}]}])");
  REQUIRE(d.decode(Source::trips, trips));
  REQUIRE(d.decode(Source::notifications, messages));
  CHECK_FALSE(d.state.last_trip);
  CHECK(d.state.notifications->empty());
  d.now = at("2026-11-20T12:30:00Z");
  REQUIRE(d.decode(Source::trips, trips));
  REQUIRE(d.decode(Source::notifications, messages));
  CHECK(d.state.last_trip->value.id == "t");
  CHECK(d.state.notifications->size() == 1);
}

TEST_CASE("p04 a place that is refused moves neither the place nor its time") {
  Decoding d;
  d.now = at("2026-11-30T12:00:00Z");
  REQUIRE(d.decode(Source::location, place_at("48.1", "11.5", "2026-11-30T10:00:00Z")));
  const auto before = d.state;
  REQUIRE(d.decode(Source::location, place_at("999.0", "999.0", "2026-11-30T11:00:00Z")));
  REQUIRE(d.decode(Source::location, place_at("0", "0", "2026-11-30T11:10:00Z")));
  REQUIRE(d.decode(Source::location, place_at("null", "null", "2026-11-30T11:20:00Z")));
  REQUIRE(d.decode(Source::location, payload(R"({"vehicleLocation":null,
      "lastTimestamp":"2026-11-30T11:30:00Z"})")));
  CHECK(d.state == before);
  REQUIRE(d.decode(Source::location, place_at("48.2", "11.6", "2026-11-30T11:40:00Z")));
  CHECK(d.state.position->value == vehicle::Position{48.2, 11.6});
  CHECK(d.state.reported(Source::location) == at("2026-11-30T11:40:00Z"));
}

TEST_CASE("c01 999/999 is no place, from the first answer") {
  Decoding d;
  REQUIRE(d.decode(Source::location, place_at("999.0", "999.0", "2026-11-20T11:00:00Z")));
  CHECK_FALSE(d.state.position);
  CHECK_FALSE(d.state.reported(Source::location));
  REQUIRE(d.decode(Source::status, payload(R"({"occurrenceDate":"2026-11-20T11:00:00Z",
      "vehicleStatus":[],"latitude":999,"longitude":999,
      "locationAcquisitionDatetime":"2026-11-20T11:00:00Z"})")));
  CHECK_FALSE(d.state.position);
}

TEST_CASE("c01b a place may come as texts, and one that cannot be read is in no log") {
  Decoding d;
  REQUIRE(d.decode(Source::location, place_at("\"999.0\"", "\"999.0\"", "2026-11-20T11:00:00Z")));
  CHECK_FALSE(d.state.position);
  REQUIRE(
      d.decode(Source::location, place_at("\"48.1371\"", "\"11,5761\"", "2026-11-20T11:00:00Z")));
  CHECK(d.state.position->value == vehicle::Position{48.1371, 11.5761});
  REQUIRE(d.decode(Source::location, place_at("\"48.13N\"", "\"11.57E\"", "2026-11-20T11:01:00Z")));
  CHECK(d.unknown.at("vehicleLocation.latitude") == "(no number)");
  CHECK(d.state.position->at == at("2026-11-20T11:00:00Z"));
}
