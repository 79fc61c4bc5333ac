#include "support/decoding.hpp"
#include "support/paths.hpp"

#include "toyota2mqtt/platform/crypto.hpp"

using namespace toyota2mqtt;
using test::at;
using test::Decoding;
using test::fixture;
using test::payload;
using vehicle::Source;

TEST_CASE("a closed and locked car is so at its own time") {
  Decoding d;
  REQUIRE(d.decode(Source::status, fixture("bz4x_status")));
  CHECK(d.state.door_rear_left.open->value == false);
  CHECK(d.state.door_trunk.locked->value == true);
  CHECK(d.state.hood_open->value == false);
  CHECK(d.state.window_rear_right_open->value == false);
  CHECK(d.state.lights_hazard->value == false);
  CHECK(d.state.rear_seat_reminder->value == false);
  CHECK(d.state.unclear_openings->value == 0);
  CHECK(d.state.unclear_locks->value == 0);
}

TEST_CASE("a door has a time of its own, unknown text and missing nodes are unknown, never open") {
  Decoding d;
  REQUIRE(d.decode(Source::status, payload(R"({"lastUpdateTimestamp":"2026-11-20T10:00:00Z",
    "doors":{"driver":{"openStatus":{"status":"ajar"},"lockStatus":{"status":"locked",
    "lastUpdateTimestamp":"2026-11-19T10:00:00Z"}},"hood":null},
    "windows":{"driver":{"status":"close","lastUpdateTimestamp":"never"}}})")));
  CHECK_FALSE(d.state.door_driver.open);
  CHECK(d.state.door_driver.locked->at == at("2026-11-19T10:00:00Z"));
  CHECK_FALSE(d.state.hood_open);
  CHECK_FALSE(d.state.window_driver_open->at);
  CHECK(d.unknown.at("doors.driver.openStatus.status") == "ajar");
}

TEST_CASE("the retired status has two values per door and names rear doors by side") {
  Decoding d;
  REQUIRE(d.decode(Source::status, fixture("corolla_status_retired")));
  CHECK(d.state.door_driver.open->value == false);
  CHECK(d.state.door_driver.locked->value == false);
  CHECK(d.state.door_rear_left.open->value == true);
  CHECK_FALSE(d.state.door_rear_right.open);
  CHECK(d.state.door_trunk.locked->value == true);
  CHECK(d.state.unclear_openings->value == 0);
  CHECK(d.state.fuel_level->value.value == 92);
  CHECK(d.state.fuel_range->value.value == 588);
  CHECK(d.state.position->at == at("2026-11-20T09:57:00Z"));
  CHECK(d.state.position->source == Source::status);
}

TEST_CASE("the driver's rear door is the right one in a right-hand-drive car") {
  Decoding d;
  REQUIRE(d.decode(Source::status, payload(R"({"leftHandDrive":false,"vehicleStatus":[{"sections":[
    {"section":"carstatus_item_driver_rear_door","values":[{"value":"carstatus_opened"}]}]}]})")));
  CHECK(d.state.door_rear_right.open->value == true);
  CHECK_FALSE(d.state.door_rear_left.open);
}

TEST_CASE("a place carries the time of its acquisition") {
  Decoding d;
  REQUIRE(d.decode(Source::location, fixture("rz450e_location")));
  CHECK(d.state.position->value == vehicle::Position{48.5, 9.25});
  CHECK(d.state.position->at == at("2026-11-20T09:58:00Z"));
}

TEST_CASE("climate: minutes on the new route, seconds in the retired shape, fahrenheit converted") {
  Decoding current, retired, off;
  REQUIRE(current.decode(Source::climate_status, fixture("bz4x_climate_status")));
  CHECK(current.state.climate_end->value == at("2026-11-20T10:15:00Z"));
  CHECK(current.state.inside_temperature->value.value == 18.5);
  REQUIRE(retired.decode(Source::climate_status, fixture("corolla_climate_status_retired")));
  CHECK(retired.state.climate_status->value == "running");
  CHECK(retired.state.climate_end->value == at("2026-11-20T10:15:00Z"));
  CHECK(retired.state.inside_temperature->value.value == Approx(18));
  REQUIRE(off.decode(Source::climate_status, payload(R"({"status":"stopped"})")));
  CHECK(off.state.climate_status->value == "stopped");
  CHECK_FALSE(off.state.climate_end);
}

TEST_CASE("climate settings give the target temperature in both shapes") {
  Decoding current, retired;
  REQUIRE(current.decode(Source::climate_settings, fixture("bz4x_climate_settings")));
  CHECK(current.state.target_temperature->value.value == 22);
  REQUIRE(retired.decode(Source::climate_settings, fixture("corolla_climate_settings_retired")));
  CHECK(retired.state.target_temperature->value.value == 21.5);
}

TEST_CASE("health counts warnings, any oil icon is an oil warning") {
  Decoding d;
  REQUIRE(d.decode(Source::health, fixture("corolla_health")));
  REQUIRE(d.state.warnings->value.size() == 2);
  CHECK(d.state.warnings->value.front() == vehicle::Warning{.code = "P0A80",
                                                            .text = "Check the hybrid system",
                                                            .severity = "2",
                                                            .at = at("2026-11-20T07:55:00Z")});
  CHECK(d.state.engine_oil_warning->value == true);
  CHECK(d.state.warnings->at == at("2026-11-20T08:00:00.203Z"));
}

TEST_CASE("the newest service counts, its mileage may be text, null or in miles") {
  Decoding d;
  REQUIRE(d.decode(Source::service_history, fixture("corolla_service_history")));
  CHECK(base::format_date(d.state.last_service->value.date) == "2026-03-02");
  CHECK(d.state.last_service->value.odometer->value == Approx(9000 * 1.609344));
}

TEST_CASE("notifications are newest first, once each, and at most 200") {
  Decoding d;
  REQUIRE(d.decode(Source::notifications, fixture("corolla_notifications")));
  REQUIRE(d.state.notifications->size() == 2);
  CHECK(d.state.notifications->front().id == "a2");
  CHECK_FALSE(d.state.notifications->front().read);
  CHECK(d.state.notifications->back().read);
  std::string many;
  for (int i = 0; i < 300; ++i) {
    many += (i == 0 ? "" : ",") + (R"({"messageId":"n)" + std::to_string(i % 250)) +
            R"(","notificationDate":"2026-11-19T09:00:00Z"})";
  }
  REQUIRE(d.decode(Source::notifications, payload(R"([{"notifications":[)" + many + "]}]")));
  CHECK(d.state.notifications->size() == 200);
}

TEST_CASE("the last trip, fuel of 0 is real on a plug-in hybrid and a missing one unknown") {
  Decoding d;
  REQUIRE(d.decode(Source::trips, fixture("rav4phev_trips")));
  const auto& trip = d.state.last_trip->value;
  CHECK(trip.distance->value == Approx(15.215));
  CHECK(trip.duration->value == 14);
  CHECK(trip.fuel->value == 0);
  CHECK(trip.ev_distance->value == Approx(15.215));
  CHECK(trip.score->value == 81);
  CHECK(d.state.last_trip->at == at("2026-11-20T08:14:00Z"));
}

TEST_CASE("period figures are sums of days, the week begins on Monday") {
  Decoding d;
  d.zone = base::Zone::named("Europe/Berlin").value();
  REQUIRE(d.decode(Source::trips, fixture("rav4phev_trips")));
  CHECK(d.state.day->value.distance->value == Approx(15.215));
  CHECK(d.state.day->value.fuel->value == 0);
  CHECK(d.state.day->value.since == at("2026-11-19T23:00:00Z"));
  CHECK(d.state.week->value.distance->value == Approx(30.215));
  CHECK(d.state.week->value.since == at("2026-11-15T23:00:00Z"));
  CHECK(d.state.month->value.distance->value == Approx(51.215));
  CHECK(d.state.month->value.fuel->value == Approx(0.8));
  CHECK(d.state.year->value.distance->value == Approx(151.215));
}

TEST_CASE("figures are unknown without a summary, and for a period the answer does not cover") {
  Decoding d;
  REQUIRE(d.decode(Source::trips, payload(R"({"trips":[]})")));
  CHECK_FALSE(d.state.day);
  REQUIRE(d.decode(Source::trips, payload(R"({"from":"2026-11-01","summary":[]})")));
  CHECK(d.state.month->value.distance->value == 0);
  CHECK_FALSE(d.state.month->value.fuel);
  CHECK_FALSE(d.state.year);
}

TEST_CASE(
    "every trip of a list is kept, newest first, and without tracks unless they were asked for") {
  Decoding d;
  REQUIRE(d.decode(Source::trips, payload(R"({"trips":[
      {"id":"old","summary":{"startTs":"2026-11-18T07:00:00Z","endTs":"2026-11-18T07:20:00Z","length":9000},
       "route":[{"lat":52.1,"lon":13.2},{"lat":0,"lon":0},{"lat":95,"lon":13},{"lat":52.2},"x",{"lat":52.3,"lon":13.4}]},
      {"id":"bad","summary":{"startTs":"2026-11-18T07:00:00Z"}},
      {"id":"new","summary":{"startTs":"2026-11-19T07:00:00Z","endTs":"2026-11-19T07:20:00Z"}}]})")));
  REQUIRE(d.state.listed_trips);
  REQUIRE(d.state.listed_trips->size() == 2);
  CHECK(d.state.listed_trips->front().trip.id == "new");
  CHECK(d.state.listed_trips->front().track.empty());
  const auto& old = d.state.listed_trips->back();
  CHECK(old.trip.distance->value == 9);
  CHECK(old.track == std::vector<vehicle::Position>{{52.1, 13.2}, {52.3, 13.4}});
  REQUIRE(d.decode(Source::trips, payload(R"({"trips":[]})")));
  CHECK(d.state.listed_trips->size() == 2);  // an empty answer says nothing about earlier trips
}

TEST_CASE("a page of past trips names the next one, and never the same again") {
  Decoding d;
  const auto page = [&](const char* pagination, std::size_t offset) {
    return toyota::decode_trip_page(
        payload(std::string(R"({"trips":[],"_metadata":{"pagination":)") + pagination + "}}"),
        offset, d.context());
  };
  CHECK(page(R"({"nextOffset":100})", 50)->next == 100U);
  CHECK_FALSE(page(R"({"nextOffset":null})", 50)->next);
  CHECK_FALSE(page(R"({"nextOffset":50})", 50)->next);
  CHECK_FALSE(page(R"({"nextOffset":-5})", 0)->next);
  CHECK_FALSE(page("[]", 0)->next);
  CHECK_FALSE(toyota::decode_trip_page("[1]", 0, d.context()));
  CHECK_FALSE(toyota::decode_trip_page("{", 0, d.context()));
}

TEST_CASE("what is personal in the cloud's own texts is replaced where it is read") {
  Decoding d;
  REQUIRE(d.decode(Source::notifications, payload(R"([{"vin":"JTMSIMBZ4X0000001","notifications":[
      {"messageId":"1","notificationDate":"2026-11-19T09:00:00Z",
       "message":"JTMSIMBZ4X0000001 is unlocked at 50.11090, 8.68210. Ask driver@example.com.",
       "category":"ChargingAlert JTMSIMBZ4X0000001",
       "type":"see https://example.com/#eyJhbGciOiJIUzI1NiJ9.e30.x"}]}])")));
  const auto& note = d.state.notifications->front();
  CHECK(note.message == "[redacted] is unlocked at [redacted]. Ask [redacted].");
  CHECK(note.category == "ChargingAlert [redacted]");
  CHECK(note.type == "see https://example.com/#[redacted]");
}

TEST_CASE("a nickname and a picture that hold the VIN or a place are used without them") {
  Decoding d;
  const platform::OpenSslCrypto crypto;
  const auto listed = [&](const std::string& nickname, const std::string& image) {
    const auto cars = toyota::decode_vehicle_list(
        payload(R"([{"vin":"JTMSIMBZ4X0000001","modelDescription":"bZ4X","nickName":")" + nickname +
                R"(","image":")" + image + R"("}])"),
        vehicle::Brand::toyota, crypto, d.context());
    REQUIRE(cars);
    return cars->at(0).identity;
  };
  CHECK(listed("Mum (JTMSIMBZ4X0000001)", "").nickname == "Mum");
  CHECK(listed("JTMSIMBZ4X0000001", "").nickname.empty());
  CHECK(listed("Mum", "https://example.com/car.png").image_url == "https://example.com/car.png");
  CHECK(listed("Mum", "https://example.com/car.png?vin=JTMSIMBZ4X0000001").image_url.empty());
}

TEST_CASE("the vehicle list names every kind of car, with flags of both spellings") {
  Decoding d;
  const platform::OpenSslCrypto crypto;
  const auto cars = toyota::decode_vehicle_list(fixture("rz450e_vehicle_list"),
                                                vehicle::Brand::toyota, crypto, d.context());
  REQUIRE(cars);
  REQUIRE(cars->size() == 1);
  const auto& car = cars->front();
  CHECK(car.identity.brand == vehicle::Brand::lexus);
  CHECK(car.identity.model == "RZ 450e MY26");
  CHECK(car.identity.nickname == "Car 5");
  CHECK(car.identity.fuel_type == "E");
  CHECK(car.identity.remote_display == "7");
  CHECK(car.identity.flags.at("headLightCapable"));
  CHECK(car.identity.flags.at("lastParked"));
  CHECK_FALSE(car.identity.flags.at("climateStartEngine"));
  CHECK(base::format_date(car.state.subscription_end->value) == "2029-05-01");
}

TEST_CASE("an answer without a list of cars is an error, an empty list is none") {
  Decoding d;
  const platform::OpenSslCrypto crypto;
  const auto count = [&](std::string_view body) -> base::Result<std::size_t> {
    const auto cars =
        toyota::decode_vehicle_list(body, vehicle::Brand::toyota, crypto, d.context());
    if (!cars) return base::fail(cars.error());
    return cars->size();
  };
  CHECK(count(R"({"payload":[],"status":{}})") == 0U);
  for (const auto* body :
       {"", "{}", R"({"status":{}})", R"({"payload":null})", R"({"payload":{}})", "[]"}) {
    INFO(body);
    const auto none = count(body);
    REQUIRE_FALSE(none);
    CHECK(none.error().code == base::ErrorCode::unexpected_response);
  }
}

TEST_CASE("a car that cannot be decoded is left out, the others stay") {
  Decoding d;
  const platform::OpenSslCrypto crypto;
  const auto body = payload(R"([{"vin":null},7,{"vin":"a\nb"},{"vin":"JTMTEST0000000009",
      "modelYear":2025,"image":"http://x","evVehicle":"True"},{"vin":"JTMTEST0000000009"}])");
  const auto cars = toyota::decode_vehicle_list(body, vehicle::Brand::subaru, crypto, d.context());
  REQUIRE(cars);
  REQUIRE(cars->size() == 1);
  CHECK(cars->front().identity.brand == vehicle::Brand::subaru);
  CHECK(cars->front().identity.model_year == "2025");
  CHECK(cars->front().identity.image_url.empty());
  CHECK(cars->front().identity.ev_vehicle);
}

TEST_CASE("recorded answers of the real cloud decode to their values") {
  const std::filesystem::path folder(test::source_path("/../shared/fixtures/toyota"));
  if (!std::filesystem::exists(folder)) {
    WARN("skipped: no recorded answers beside the project");
    return;
  }
  const auto recorded = [&](const char* name) { return test::read_text(folder / name); };
  Decoding d;
  d.now = at("2023-11-21T22:00:00Z");
  REQUIRE(d.decode(Source::trips, recorded("v1_trips.json")));
  CHECK(d.state.last_trip->value.distance->value == Approx(15.215));
  CHECK(d.state.month->value.distance->value == Approx(868.317));
  CHECK_FALSE(d.state.year);
  d.now = at("2023-12-01T00:00:00Z");
  REQUIRE(d.decode(Source::electric, recorded("v1_global_remote_electric_status.json")));
  CHECK(d.state.ev_range->value.value == Approx(57.3));
  CHECK(d.state.fuel_range->value.value == Approx(302.556672));
  Decoding corolla;
  REQUIRE(corolla.decode(Source::telemetry, recorded("v3_telemetry.json")));
  CHECK(corolla.state.fuel_range->value.value == 634);
  REQUIRE(corolla.decode(Source::status, recorded("v1_global_remote_status.json")));
  CHECK(corolla.state.odometer->value.value == 30444);
  CHECK(corolla.state.door_rear_right.locked->value == true);
  REQUIRE(corolla.decode(Source::location, recorded("v1_location_ok.json")));
  REQUIRE(corolla.decode(Source::service_history, recorded("v1_service_history.json")));
  CHECK(corolla.state.last_service->value.odometer->value == 43087);
  REQUIRE(corolla.decode(Source::service_history, recorded("v1_service_history_empty.json")));
  REQUIRE(corolla.decode(Source::health, recorded("v1_vehicle_health_ok.json")));
  CHECK(corolla.state.warnings->value.empty());
  REQUIRE(corolla.decode(Source::notifications, recorded("v2_notification.json")));
  CHECK(corolla.state.notifications->size() == 11);
  const platform::OpenSslCrypto crypto;
  const auto cars = toyota::decode_vehicle_list(recorded("v2_vehicleguid.json"),
                                                vehicle::Brand::toyota, crypto, d.context());
  REQUIRE(cars);
  REQUIRE(cars->size() == 1);
  CHECK(cars->front().identity.fuel_type == "I");
  CHECK(base::format_date(cars->front().state.subscription_end->value) == "2033-11-08");
}
