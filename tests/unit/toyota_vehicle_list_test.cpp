#include "support/decoding.hpp"
#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"

using namespace toyota2mqtt;

namespace {

base::Result<std::vector<toyota::ListedVehicle>> decode_list(const std::string& body,
                                                             test::Decoding& with) {
  const platform::OpenSslCrypto crypto;
  return toyota::decode_vehicle_list(body, vehicle::Brand::toyota, crypto, with.context());
}

}  // namespace

TEST_CASE("an entry whose VIN is no VIN is no car, and is counted") {
  const auto vin = GENERATE(
      "null", R"("")", R"("null")", R"("N/A")", R"("UNKNOWN")", R"("0")", R"("00000000000000000")",
      R"("JTMTEST000000001")", R"("JTMTEST00000000001")", R"("JTM-TEST-00000001")",
      R"("*****************")", R"("NOTYETREGISTERED-")", R"("ABCDEFGHJKLMNPRST")", "17", "{}");
  INFO(vin);
  test::Decoding d;
  const auto cars = decode_list(
      std::string(R"({"payload":[{"nickName":"Ghost","vin":)") + vin +
          R"(},{"vin":"jtmtest0000000001"},{"nickName":"no vin at all"},{"vin":"JT***************"}]})",
      d);
  REQUIRE(cars);
  REQUIRE(cars->size() == 2);
  CHECK(cars->front().identity.vin.reveal() == "JTMTEST0000000001");
  CHECK_FALSE(d.unknown.empty());
  for (const auto& [path, text] : d.unknown) CHECK(text == "no VIN");
}

TEST_CASE("an empty list with an error is no account without cars, wherever the error stands") {
  const auto body = GENERATE(
      R"({"payload":[],"status":{"messages":[{"responseCode":"ONE-GLOBAL-RS-50000"}]}})",
      R"({"payload":[{"vin":null}],"status":{"messages":[{"responseCode":"ONE-GLOBAL-RS-40009"}]}})",
      R"({"payload":[],"messages":[{"responseCode":"OWS-050"}]})",
      R"({"payload":[],"status":"FAILURE","code":500,"message":"x","errors":[]})",
      R"({"payload":null})", R"({})", R"({"payload":{}})", "[]");
  INFO(body);
  test::Decoding d;
  const auto cars = decode_list(body, d);
  REQUIRE_FALSE(cars);
  CHECK(cars.error().code == base::ErrorCode::unexpected_response);
}

TEST_CASE("an empty list that says success is one, and a car beside an error is a car") {
  test::Decoding d;
  for (const auto* code : {"ONE-VL-10000", "ONE-GLOBAL-RS-10000", "CTP-GENERIC-20001"}) {
    const auto empty = decode_list(
        std::string(R"({"payload":[],"status":{"messages":[{"responseCode":")") + code + "\"}]}}",
        d);
    REQUIRE(empty);
    CHECK(empty->empty());
  }
  const auto cars = decode_list(R"({"payload":[{"vin":"JTMTEST0000000001"}],
      "status":{"messages":[{"responseCode":"ONE-NEW-77777"}]}})",
                                d);
  REQUIRE(cars);
  CHECK(cars->size() == 1);
}

TEST_CASE("a car is made again from the entry that an earlier run kept") {
  test::Decoding d;
  const auto body = test::fixture("bz4x_vehicle_list");
  const auto cars = decode_list(body, d);
  REQUIRE(cars);
  REQUIRE_FALSE(cars->empty());
  const platform::OpenSslCrypto crypto;
  for (const auto& car : *cars) {
    const auto again = toyota::recall_vehicle(car.entry, vehicle::Brand::toyota, crypto, d.now);
    REQUIRE(again);
    CHECK(again->identity.vin == car.identity.vin);
    CHECK(again->identity.flags == car.identity.flags);
    CHECK(again->identity.nickname == car.identity.nickname);
    CHECK(again->state == car.state);
    CHECK(again->entry == car.entry);
  }
  CHECK_FALSE(toyota::recall_vehicle("", vehicle::Brand::toyota, crypto, d.now));
  CHECK_FALSE(toyota::recall_vehicle("],[", vehicle::Brand::toyota, crypto, d.now));
}
