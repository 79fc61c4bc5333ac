#include <algorithm>

#include "support/catch.hpp"
#include "support/plain_car.hpp"
#include "support/toyota_rig.hpp"
#include "toyota/api_host.hpp"

/// Asking the car itself (docs/toyota-protocol.md, "Wakes").
namespace toyota2mqtt {

using namespace std::chrono_literals;
using test::http_answer;
using toyota::WakeRoute;
using Kind = toyota::WakeAnswer::Kind;

namespace {

std::string returned(const std::string& code) {
  return nlohmann::json{{"payload", {{"appRequestNo", "1"}, {"returnCode", code}}}}.dump();
}

Kind judged(int status, const std::string& body = "{}") {
  if (status > 299) return toyota::classify_wake(base::fail(toyota::classify(status, body))).kind;
  return toyota::classify_wake(http_answer(status, body)).kind;
}

struct WakeRig : test::ToyotaRig {
  WakeRig() {
    store_tokens(1h);
    api = [this](const base::HttpRequest& request) -> base::Result<base::HttpResponse> {
      asked.push_back(request);
      if (next < answers.size()) return answers[next++];
      return http_answer(200, returned("000000"));
    };
    account = std::make_unique<toyota::Account>(services(), endpoints, credentials());
    cloud = std::make_unique<toyota::Cloud>(services(), *account);
  }
  toyota::WakeAnswer wake(WakeRoute route) { return loop.run(cloud->wake(car, route)); }

  std::vector<base::Result<base::HttpResponse>> answers;
  std::size_t next = 0;
  std::vector<base::HttpRequest> asked;
  vehicle::Car car = test::plain_car("JTMTEST0000000001");
  std::unique_ptr<toyota::Account> account;
  std::unique_ptr<toyota::Cloud> cloud;
};

}  // namespace

TEST_CASE("a wake is one POST without a body, with the car's VIN in the header") {
  WakeRig rig;
  CHECK(rig.wake(WakeRoute::status).kind == Kind::accepted);
  REQUIRE(rig.asked.size() == 1);
  const auto& request = rig.asked.front();
  CHECK(request.method == "POST");
  CHECK(request.url.ends_with("/v1/remote/status"));
  CHECK(request.body.empty());
  CHECK(std::ranges::any_of(request.headers, [](const auto& header) {
    return header.name == "vin" && header.value == "JTMTEST0000000001";
  }));
}

TEST_CASE("each wake has its route") {
  WakeRig rig;
  rig.wake(WakeRoute::electric);
  CHECK(rig.asked.back().log_path == "/v1/global/remote/electric/realtime-status");
  rig.wake(WakeRoute::climate);
  CHECK(rig.asked.back().log_path == "/v1/remote/refresh-climate-status");
}

TEST_CASE("a wake is never repeated by itself, whatever the trouble") {
  for (const int status : {429, 500, 504}) {
    WakeRig rig;
    rig.answers = {http_answer(status, "{}")};
    CHECK(rig.wake(WakeRoute::status).kind == Kind::failed);
    CHECK(rig.asked.size() == 1);
  }
  WakeRig rig;
  rig.answers = {base::fail(base::ErrorCode::timeout, "no answer")};
  CHECK(rig.wake(WakeRoute::status).kind == Kind::failed);
  CHECK(rig.asked.size() == 1);
}

TEST_CASE("a wake that an ended token kept out is sent once more with a new one") {
  WakeRig rig;
  rig.login.valid_refresh = "refresh-0";
  rig.answers = {http_answer(401, "{}")};
  CHECK(rig.wake(WakeRoute::status).kind == Kind::accepted);
  CHECK(rig.asked.size() == 2);
  CHECK(rig.asked.back().method == "POST");
}

TEST_CASE("what the cloud makes of a wake: accepted, rejected for this car, or in trouble") {
  CHECK(judged(200, returned("000000")) == Kind::accepted);
  CHECK(judged(202, "") == Kind::accepted);
  CHECK(judged(200, "{}") == Kind::accepted);
  CHECK(judged(200, returned("010001")) == Kind::rejected);
  for (const int status : {403, 404, 405, 422}) CHECK(judged(status) == Kind::rejected);
  for (const int status : {400, 408, 429, 500, 503}) CHECK(judged(status) == Kind::failed);
  CHECK(judged(200, "not JSON at all") == Kind::accepted);
}

TEST_CASE("a car that left the account was not rejected") {
  CHECK(judged(403, R"({"status":{"messages":[{"responseCode":"APIGW-403","description":"x",)"
                    R"("detailedDescription":"invalid guid and vin mapping"}]}})") == Kind::failed);
}

}  // namespace toyota2mqtt
