#include <filesystem>

#include "support/paths.hpp"
#include "unit/simulator_client.hpp"

using namespace toyota2mqtt;
using test::Json;

namespace {

const std::string kRecording = R"({"format": "toyota2mqtt-recording-1", "app": "2.23.0",
  "exchanges": [
    {"method": "GET", "path": "/v2/vehicle/guid", "query": "", "status": 200, "headers": {},
     "body": {"payload": [{"vin": "JTMTEST0000000001"}], "status": {"messages": []}}},
    {"method": "GET", "path": "/v3/telemetry", "query": "", "status": 200,
     "headers": {"vin": "JTMTEST0000000001"}, "body": {"payload": {"batteryLevel": 41}}},
    {"method": "GET", "path": "/v3/telemetry", "query": "", "status": 200,
     "headers": {"vin": "JTMTEST0000000001"}, "body": {"payload": {"batteryLevel": 42}}},
    {"method": "GET", "path": "/v1/location", "query": "", "status": 403,
     "headers": {"vin": "JTMTEST0000000001"}, "body": {"status": {"messages": []}}}]})";

}  // namespace

TEST_CASE("a recording answers in its order for its car, and anybody may sign in") {
  test::SimClient client;
  REQUIRE_FALSE(client.cloud.replay_recording(kRecording));
  client.sign_in("somebody@example.org");
  CHECK(client.payload("/v2/vehicle/guid")[0]["vin"] == "JTMTEST0000000001");
  CHECK(client.payload("/v3/telemetry", "JTMTEST0000000001")["batteryLevel"] == 41);
  CHECK(client.payload("/v3/telemetry", "JTMTEST0000000001")["batteryLevel"] == 42);
  CHECK(client.payload("/v3/telemetry", "JTMTEST0000000001")["batteryLevel"] == 42);
  CHECK(client.get("/v1/location", "JTMTEST0000000001").status == 403);
  CHECK(client.get("/v3/telemetry", "JTMTEST0000000002").status == 404);
  CHECK(client.get("/v1/vehicle/status", "JTMTEST0000000001").status == 404);
}

TEST_CASE("a replay is as strict about headers as the virtual cloud") {
  test::SimClient client;
  REQUIRE_FALSE(client.cloud.replay_recording(kRecording));
  client.sign_in();
  auto headers = client.headers();
  std::erase_if(headers, [](const auto& header) { return header.name == "x-client-ref"; });
  CHECK(client.call("GET", "/v2/vehicle/guid", headers).status == 403);
}

TEST_CASE("what is no recording is refused with a sentence") {
  test::SimClient client;
  CHECK(client.cloud.replay_recording("{}"));
  CHECK(client.cloud.replay_recording("not JSON"));
  CHECK(client.cloud.replay_recording(R"({"format":"toyota2mqtt-recording-1","exchanges":[]})"));
  CHECK(client.cloud.replay_directory("/nonexistent"));
}

TEST_CASE("the recorded folder signs in as recorded and gives the recorded answers") {
  const std::string folder = test::source_path("/../shared/fixtures/toyota");
  const std::string other = test::source_path("/../../shared/fixtures/toyota");
  const auto found = std::filesystem::exists(folder) ? folder : other;
  if (!std::filesystem::exists(found)) {
    WARN("skipped: the recorded answers are not on this machine");
    return;
  }
  test::SimClient client;
  REQUIRE_FALSE(client.cloud.replay_directory(found));
  const auto unknown = client.converse("nobody@example.com", "secret-password");
  CHECK(unknown.body.find("User Not Found") != std::string::npos);
  CHECK(client.converse("driver@example.com", "wrong").status == 401);
  const auto session = client.converse("driver@example.com", "secret-password");
  REQUIRE(session.status == 200);
  const auto code = client.authorize(Json::parse(session.body)["tokenId"], "plain", "plain");
  client.take_tokens(client.redeem(code, "plain"));
  const auto vin = client.payload("/v2/vehicle/guid")[0]["vin"].get<std::string>();
  CHECK(client.payload("/v3/telemetry", vin)["odometer"]["value"] == 30420);
  CHECK(client.get("/v1/vehicle/electric/status", vin).status == 403);
  CHECK(client.payload("/v1/global/remote/electric/status", vin)["batteryLevel"] == 79);
  CHECK(client.payload("/v1/trips?from=2023-09-01&to=2023-11-21", vin)["trips"].size() == 5);
}
