#include "unit/simulator_client.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::Json;

namespace {

simulator::Reply without(test::SimClient& client, const std::string& name) {
  auto headers = client.headers(test::kBz4x);
  std::erase_if(headers, [&](const auto& header) { return header.name == name; });
  return client.call("GET", "/v3/telemetry", headers);
}

std::string code_of(const simulator::Reply& reply) {
  return Json::parse(reply.body)["status"]["messages"][0]["responseCode"].get<std::string>();
}

std::string detail_of(const simulator::Reply& reply) {
  return Json::parse(reply.body)["status"]["messages"][0]["detailedDescription"];
}

}  // namespace

TEST_CASE("a request without one of the mandatory headers is refused") {
  test::SimClient client;
  client.sign_in();
  for (const auto* name : {"x-client-ref", "x-appversion", "x-channel", "x-api-key", "x-guid"}) {
    INFO(name);
    const auto reply = without(client, name);
    CHECK(reply.status == 403);
    CHECK(code_of(reply) == "APIGW-403");
  }
  CHECK(without(client, "authorization").status == 401);
  CHECK(without(client, "x-user-region").status == 200);
}

TEST_CASE("x-client-ref must be the HMAC of the guid under the version that is sent") {
  test::SimClient client;
  client.sign_in();
  auto headers = client.headers(test::kBz4x);
  for (auto& header : headers) {
    if (header.name == "x-appversion") header.value = "2.14.0";
  }
  CHECK(client.call("GET", "/v3/telemetry", headers).status == 403);
  for (auto& header : headers) {
    if (header.name == "x-client-ref") {
      header.value = base::hex(client.crypto.hmac_sha256("2.14.0", client.guid));
    }
  }
  CHECK(client.call("GET", "/v3/telemetry", headers).status == 200);
}

TEST_CASE("a car of another account answers 'invalid guid and vin mapping'") {
  test::SimClient client;
  client.sign_in("lexus@example.com");
  CHECK(client.get("/v3/telemetry", test::kLexus).status == 200);
  const auto reply = client.get("/v3/telemetry", test::kBz4x);
  CHECK(reply.status == 403);
  CHECK(detail_of(reply) == "invalid guid and vin mapping");
  CHECK(client.payload("/v2/vehicle/guid").size() == 1);
}

TEST_CASE("the six kinds are listed, and every read route of each answers as documented") {
  test::SimClient client;
  client.sign_in();
  const auto list = client.payload("/v2/vehicle/guid");
  REQUIRE(list.size() == 6);
  for (const auto& vehicle : list) {
    const auto vin = vehicle["vin"].get<std::string>();
    INFO(vin);
    const bool battery = vehicle["fuelType"] == "E" || vehicle["fuelType"] == "I";
    CHECK(client.payload("/v3/telemetry", vin).contains("batteryLevel") == battery);
    CHECK(client.payload("/v1/location", vin)["vin"] == vin);
    CHECK(client.get("/v1/vehicle/electric/status", vin).status == (battery ? 200 : 404));
    CHECK(client.payload("/v1/vehicle/status", vin)["doors"].size() == 6);
    CHECK(client.payload("/v1/vehiclehealth/status", vin)["warning"].is_array());
    CHECK(client.get("/v1/servicehistory/vehicle/summary", vin).status == 200);
    CHECK(client.payload("/v2/notification/history", vin)[0]["vin"] == vin);
    const auto trips =
        client.payload("/v1/trips?from=2026-11-01&to=2026-11-18&limit=5&summary=True", vin);
    CHECK(trips["trips"].size() == 5);
    CHECK(trips["_metadata"]["pagination"]["nextOffset"] == 5);
    CHECK_FALSE(trips["trips"][0].contains("route"));
    CHECK(trips["summary"][0]["histograms"].size() > 5);
  }
  CHECK(client.get("/v1/vehicle/climate-settings", test::kCorolla).status == 500);
  CHECK(client.get("/v1/vehicle/climate-settings", test::kBz4x).status == 200);
  CHECK(client.payload("/v3/telemetry", test::kRav4)["odometer"]["unit"] == "mi");
  CHECK(client.payload("/v3/telemetry", test::kCorolla)["odometer"]["unit"] == "Km");
}

TEST_CASE("the daily histograms of a month add up to its summary") {
  test::SimClient client;
  client.sign_in();
  const auto trips =
      client.payload("/v1/trips?from=2026-11-01&to=2026-11-18&summary=true&limit=1", test::kRav4);
  const auto& month = trips["summary"][0];
  double sum = 0;
  for (const auto& day : month["histograms"]) sum += day["summary"]["length"].get<double>();
  CHECK(sum == Approx(month["summary"]["length"].get<double>()).epsilon(0.001));
}

TEST_CASE("E6: of the retired routes only the electric status answers, and not for every car") {
  test::SimClient client;
  client.sign_in();
  for (const auto* path : {"/v1/global/remote/status", "/v1/global/remote/climate-status",
                           "/v1/global/remote/climate-settings"}) {
    INFO(path);
    const auto reply = client.get(path, test::kBz4x);
    CHECK(reply.status == 403);
    CHECK(code_of(reply) == "APIGW-403");
    CHECK(detail_of(reply).find("Signature") != std::string::npos);
  }
  CHECK(client.post("/v1/global/remote/refresh-status", test::kBz4x).status == 403);
  const std::string electric = "/v1/global/remote/electric/status";
  CHECK(client.payload(electric, test::kBz4x)["batteryLevel"] ==
        client.payload("/v1/vehicle/electric/status", test::kBz4x)["batteryLevel"]);
  CHECK(client.payload(electric, test::kRav4).contains("evRange"));
  CHECK(client.get(electric, test::kLexus).status == 403);
  CHECK(client.get(electric, "JTMNOBODY00000001").status == 403);
}

TEST_CASE("retired routes answer to all or to none when set so") {
  test::SimClient off({.retired = simulator::RetiredRoutes::none});
  off.sign_in();
  CHECK(off.get("/v1/global/remote/electric/status", test::kBz4x).status == 403);
  test::SimClient on({.retired = simulator::RetiredRoutes::all});
  on.sign_in();
  CHECK(on.payload("/v1/global/remote/status", test::kCorolla)["vehicleStatus"].size() == 3);
  CHECK(on.payload("/v1/global/remote/electric/status", test::kRav4).contains("evRange"));
  CHECK(on.get("/v1/global/remote/climate-settings", test::kBz4x).status == 200);
}

TEST_CASE("a car that needs x-user-region says so") {
  test::SimClient client;
  client.sign_in();
  auto headers = client.headers(test::kAygo);
  std::erase_if(headers, [](const auto& header) { return header.name == "x-user-region"; });
  const auto reply = client.call("GET", "/v3/telemetry", headers);
  CHECK(reply.status == 400);
  CHECK(code_of(reply) == "CTP-GENERIC-40017");
}

TEST_CASE("a wake is accepted at once and shows after 10 to 57 seconds") {
  test::SimClient client;
  client.sign_in();
  const auto stamp = [&] {
    return client.payload("/v1/vehicle/status", test::kBz4x)["lastUpdateTimestamp"];
  };
  const auto before = stamp();
  CHECK(Json::parse(client.post("/v1/remote/status", test::kBz4x).body)["payload"]["returnCode"] ==
        "000000");
  client.advance(9s);
  CHECK(stamp() == before);
  client.advance(49s);
  CHECK(stamp() != before);
  CHECK(client.cloud.world().journal.wakes == 1);
}

TEST_CASE("realtime-status wakes electric cars, and is forbidden for the Solterra") {
  test::SimClient client;
  client.sign_in();
  const std::string path = "/v1/global/remote/electric/realtime-status";
  CHECK(client.post(path, test::kBz4x).status == 200);
  CHECK(client.post(path, test::kSolterra).status == 403);
  CHECK(client.post(path, test::kCorolla).status == 404);
}

TEST_CASE("an unlock is accepted, applied later, announced, and seen after a wake") {
  test::SimClient client;
  client.sign_in();
  const auto lock = [&] {
    return client.payload("/v1/vehicle/status",
                          test::kBz4x)["doors"]["passenger"]["lockStatus"]["status"];
  };
  REQUIRE(lock() == "locked");
  CHECK(
      client.post("/v1/global/remote/command", test::kBz4x, {{"command", "door-unlock"}}).status ==
      200);
  client.advance(60s);
  CHECK(lock() == "locked");
  const auto notice =
      client.payload("/v2/notification/history", test::kBz4x)[0]["notifications"][0];
  CHECK(notice["category"] == "RemoteCommand");
  CHECK(notice["status"] == "completed");
  client.post("/v1/remote/status", test::kBz4x);
  client.advance(60s);
  CHECK(lock() == "unlocked");
}

TEST_CASE("a command that the car lacks answers 400, and one accepted may never be applied") {
  test::SimClient client;
  client.sign_in();
  const std::string path = "/v1/global/remote/command";
  const auto refused = client.post(path, test::kBz4x, {{"command", "find-vehicle"}});
  CHECK(refused.status == 400);
  CHECK(code_of(refused) == "CTP-REMOTE-40006");
  client.call("POST", "/_sim/faults", {}, R"({"kind":"never_applied"})");
  CHECK(client.post(path, test::kBz4x, {{"command", "door-unlock"}}).status == 200);
  client.advance(10min);
  CHECK(client.cloud.world().car(test::kBz4x)->at(client.cloud.world().clock.now()).locked);
}

TEST_CASE("climate starts, runs and stops") {
  test::SimClient client;
  client.sign_in();
  const auto status = [&] {
    return client.payload("/v1/vehicle/climate-status", test::kLexus)["status"];
  };
  CHECK(status() == "stopped");
  client.post("/v2/remote/climate-control", test::kLexus,
              {{"command", "start"}, {"temperature", {{"value", 23}, {"unit", "C"}}}});
  client.advance(30s);
  CHECK(status() == "starting");
  client.post("/v1/remote/refresh-climate-status", test::kLexus);
  client.advance(60s);
  CHECK(status() == "running");
  client.post("/v2/remote/climate-control", test::kLexus, {{"command", "stop"}});
  client.advance(30s);
  CHECK(status() == "stopped");
}

TEST_CASE("a cold status cache answers 429 and heals by itself or by a wake") {
  test::SimClient client;
  client.sign_in();
  client.call("POST", "/_sim/faults", {},
              Json({{"kind", "cold_cache"}, {"vin", test::kLexus}}).dump());
  const auto status = [&] { return client.get("/v1/vehicle/status", test::kLexus); };
  CHECK(status().status == 429);
  CHECK(code_of(status()) == "APIGW-403");
  client.post("/v1/remote/status", test::kLexus);
  client.advance(58s);
  CHECK(status().status == 200);
  client.call("POST", "/_sim/faults", {},
              Json({{"kind", "cold_cache"}, {"vin", test::kLexus}}).dump());
  CHECK(status().status == 429);
  client.advance(4min);
  CHECK(status().status == 200);
}

TEST_CASE("faults hit the routes they name, as often as they say") {
  test::SimClient client;
  client.sign_in();
  client.call("POST", "/_sim/faults", {},
              R"([{"route":"/v3/*","kind":"status","status":504,"count":2}])");
  CHECK(client.get("/v1/location", test::kBz4x).status == 200);
  CHECK(client.get("/v3/telemetry", test::kBz4x).status == 504);
  CHECK(client.get("/v3/telemetry", test::kBz4x).status == 504);
  CHECK(client.get("/v3/telemetry", test::kBz4x).status == 200);
  client.call("POST", "/_sim/faults", {}, R"({"route":"*","kind":"stall"})");
  CHECK(client.get("/v3/telemetry", test::kBz4x).mischief == simulator::Mischief::stall);
  CHECK(client.call("POST", "/_sim/faults", {}, R"({"kind":"explode"})").status == 400);
}

TEST_CASE("advancing moves the cars' time and counters can be reset") {
  test::SimClient client;
  client.sign_in();
  const auto before = client.cloud.world().clock.now();
  client.call("POST", "/_sim/advance?seconds=3600");
  CHECK(client.cloud.world().clock.now() - before == 1h);
  auto state = Json::parse(client.call("GET", "/_sim/state").body);
  CHECK(state["sign_ins"] == 1);
  client.call("POST", "/_sim/reset");
  state = Json::parse(client.call("GET", "/_sim/state").body);
  CHECK(state["sign_ins"] == 0);
  CHECK(Json::parse(client.call("GET", "/_sim/cars").body).size() == 6);
}
