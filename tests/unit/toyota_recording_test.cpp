#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/loop.hpp"
#include "toyota2mqtt/toyota/recording.hpp"

using namespace toyota2mqtt;
using Json = nlohmann::json;

namespace {

base::HttpRequest request(std::string path) {
  return {.method = "GET",
          .url = "https://api.example.com" + std::move(path),
          .log_path = "/v3/telemetry",
          .headers = {{"Authorization", "Bearer canarytoken"},
                      {"VIN", "JTMCANARY00000007"},
                      {"x-appversion", "2.23.0"}}};
}

std::string record(const base::HttpRequest& asked, const std::string& body) {
  test::FixedRandom random;
  toyota::Recorder recorder(random);
  recorder.add(asked, {.status = 200, .headers = {}, .body = body});
  return recorder.finish();
}

}  // namespace

TEST_CASE("no identity survives, wherever it stands") {
  const std::string body = R"({"payload":{"vin":"JTMCANARY00000007",
    "guid":"c0ffee00-1111-4222-8333-944445555666","registrationNumber":"KA-NA 1234",
    "imei":"356938035643809","dcm":{"euiccid":"89049032000000000000000000000001"},
    "katashikiCode":"KATA-9X8Y7","contractId":"C-778899","nickName":"Zitronenfalter",
    "customer":{"firstName":"Hildegard","lastName":"Vonbingen","emails":[{"emailAddress":
    "hilde.g@example.org"}],"phoneNumbers":[{"phoneNumber":4915112345678}]},
    "JTMCANARY00000007":{"x":["Zitronenfalter of Hildegard",{"y":"jtmcanary00000007"}]},
    "deep":[[{"a":"mail hilde.g@example.org","b":"{\"vin\":\"JTMCANARY00000007\"}"}]],
    "free":"call +49 151 12345678","number":4915112345678,"notes":"Klingel bei Vonbingen",
    "link":"https://x.example.com/p/c0ffee00-1111-4222-8333-944445555666?u=KA-NA%201234",
    "payload":[{"notifications":[{"messageId":"m-12345","category":"Alert",
    "message":"Zitronenfalter steht offen"}]}],
    "where":{"latitude":52.169516,"startLon":"13.404954"},"text":"KA-NA 1234"}})";
  const auto text = record(
      request("/v1/x/JTMCANARY00000007?vin=JTMCANARY00000007&m=hilde.g%40example.org"), body);
  const auto json = Json::parse(text);
  REQUIRE(json.at("exchanges").size() == 1);
  for (const auto* canary :
       {"CANARY", "canary", "c0ffee00", "KA-NA", "356938035643809", "89049032", "9X8Y7", "778899",
        "Zitronenfalter", "Hildegard", "Vonbingen", "hilde.g", "12345678", "Klingel", "m-12345",
        "steht offen", "52.169516", "13.404954", "canarytoken"}) {
    INFO(canary);
    CHECK(text.find(canary) == std::string::npos);
  }
  const auto& exchange = json.at("exchanges").at(0);
  const auto vin = exchange.at("headers").at("vin").get<std::string>();
  CHECK(exchange.at("body").at("payload").at("vin") == vin);
  CHECK(exchange.at("path") == "/v1/x/" + vin);
  CHECK(json.at("app") == "2.23.0");
  CHECK(json.at("format") == "toyota2mqtt-recording-1");
}

TEST_CASE("values that identify nobody are kept") {
  const Json body = Json::parse(R"({"payload":{"odometer":{"value":30420,"unit":"km"},
    "chargingStatus":"none","timestamp":"2026-11-20T10:00:00Z","electricalPlatformCode":"19",
    "modelName":"RAV4 Plug-in","nickName":"RAV4","features":{"parkingNotes":1,"contract":0}},
    "status":"SUCCESS","message":"Ok"})");
  auto expected = body;
  expected["payload"]["nickName"] = "Name 1";
  auto recorded = Json::parse(record(request("/v3/telemetry?from=2026-01-01"), body.dump()));
  auto& exchange = recorded.at("exchanges").at(0);
  expected["payload"]["nickName"] = exchange.at("body").at("payload").at("nickName");
  CHECK(expected["payload"]["nickName"] != "RAV4");
  CHECK(exchange.at("body") == expected);
  CHECK(exchange.at("query") == "from=2026-01-01");
}

TEST_CASE("all places move by one offset and stay on the globe") {
  const auto recorded = Json::parse(record(request("/v1/location"), R"({"payload":{
    "a":{"latitude":50.5,"longitude":8.25},"b":{"endLat":51.5,"endLon":9.25},
    "pole":{"lat":89.999,"lon":179.999},"none":{"lat":0,"lon":0}}})"));
  const auto& p = recorded.at("exchanges").at(0).at("body").at("payload");
  const double shift = p.at("a").at("latitude").get<double>() - 50.5;
  CHECK(std::abs(shift) >= 1);
  CHECK(p.at("b").at("endLat").get<double>() - 51.5 == Approx(shift));
  CHECK(std::abs(p.at("pole").at("lat").get<double>()) <= 90);
  CHECK(std::abs(p.at("pole").at("lon").get<double>()) <= 180);
  CHECK(p.at("none").at("lat") == 0);
}

TEST_CASE("a body that is not JSON is left out and named") {
  const auto recorded = Json::parse(record(request("/v3/telemetry"), "<html>"));
  CHECK(recorded.at("exchanges").empty());
  CHECK(recorded.at("left_out").at(0).at("request") == "GET /v3/telemetry");
}

TEST_CASE("a place that moved next to where another one was is no leak") {
  const auto located = [](double first, double second) {
    const Json body{{"payload", {{"latitude", first}, {"endLat", second}, {"trip", 161.2345}}}};
    return Json::parse(record(request("/v1/trips"), body.dump()));
  };
  const auto payload_of = [](const Json& recorded) {
    return recorded.at("exchanges").at(0).at("body").at("payload");
  };
  const double shift = payload_of(located(50.5, 50.5)).at("latitude").get<double>() - 50.5;
  // The second is moved to 61.234512, which begins with what the cloud wrote of the first.
  const auto recorded = located(61.2345, 61.234512 - shift);
  CHECK(recorded.at("left_out").empty());
  REQUIRE(recorded.at("exchanges").size() == 1);
  const auto payload = payload_of(recorded);
  CHECK(payload.at("endLat") == Approx(61.234512).margin(1e-6));
  CHECK(payload.at("trip") == 161.2345);
}

TEST_CASE("a place under a name that tells nothing of it is still found") {
  const auto recorded = Json::parse(record(request("/v1/location"), R"({"payload":{
    "latitude":61.2345,"x":61.2345,"nearby":"at 61.234519","else":"-161.2345"}})"));
  const auto text = recorded.dump();
  CHECK(text.find("at 61.2345") == std::string::npos);
  CHECK(text.find(":61.2345") == std::string::npos);
}
