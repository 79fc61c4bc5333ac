#include "support/catch.hpp"
#include "support/plain_car.hpp"
#include "support/toyota_rig.hpp"
#include "toyota/cloud_metrics.hpp"
#include "toyota2mqtt/toyota/cloud.hpp"
#include "toyota2mqtt/toyota/cloud_metrics.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;
using test::http_answer;
using toyota::CloudMetrics;
using toyota::RouteResult;

namespace {

using Words = std::map<std::pair<CloudMetrics::Word, CloudMetrics::Word>, CloudMetrics::Count>;

struct Metered : test::ToyotaRig {
  Metered() {
    store_tokens(1h);
    api = [this](const base::HttpRequest&) {
      return next < script.size() ? script[next++] : http_answer(200, "{}");
    };
    start();
  }
  void start() {
    auto with = services();
    with.metrics = &metrics;
    account = std::make_unique<toyota::Account>(with, endpoints, credentials());
    cloud = std::make_unique<toyota::Cloud>(with, *account);
  }
  void list() { (void)loop.run(cloud->list_vehicles()); }

  std::vector<base::Result<base::HttpResponse>> script;
  std::size_t next = 0;
  CloudMetrics metrics;
  std::unique_ptr<toyota::Account> account;
  std::unique_ptr<toyota::Cloud> cloud;
};

}  // namespace

TEST_CASE("requests are counted by route and answer, and repeats apart") {
  Metered rig;
  rig.script = {http_answer(500), http_answer(429), base::fail(ErrorCode::timeout, "late"),
                http_answer(200, "{}")};
  rig.list();
  CHECK(rig.metrics.requests == Words{{{"vehicle_list", "2xx"}, 1},
                                      {{"vehicle_list", "429"}, 1},
                                      {{"vehicle_list", "5xx"}, 1},
                                      {{"vehicle_list", "timeout"}, 1}});
  CHECK(rig.metrics.repeats ==
        std::map<CloudMetrics::Word, CloudMetrics::Count>{{"vehicle_list", 3}});
  CHECK(rig.metrics.answers == 3);
  CHECK(rig.metrics.within.front() == 3);
}

TEST_CASE("a connection that was not made is an answer of its own, and takes no time") {
  Metered rig;
  rig.script.assign(4, base::fail(ErrorCode::unreachable, "no"));
  rig.list();
  CHECK(rig.metrics.requests == Words{{{"vehicle_list", "none"}, 4}});
  CHECK(rig.metrics.answers == 0);
}

TEST_CASE("a route has one name in both generations, and no place for what is asked about") {
  CHECK(toyota::route_word("GET", "/v1/vehicle/status") == "status");
  CHECK(toyota::route_word("GET", "/v1/global/remote/status") == "status");
  CHECK(toyota::route_word("POST", "/v1/remote/status") == "wake");
  CHECK(toyota::route_word("POST", "/v1/global/remote/command") == "command");
  CHECK(toyota::route_word("GET", "/v1/trips/4711") == "other");
  CHECK(toyota::route_word("POST", "") == "other");
  CHECK(toyota::route_word("GET", "") == "other");
}

TEST_CASE("sign-ins and renewals are counted by what became of them") {
  Metered rig;
  rig.store_tokens(-1h);
  rig.login.valid_refresh = "refresh-0";
  REQUIRE(rig.loop.run(rig.account->tokens()));
  CHECK(rig.metrics.refreshes == std::map<CloudMetrics::Word, CloudMetrics::Count>{{"ok", 1}});
  CHECK(rig.metrics.sign_ins.empty());

  rig.store_tokens(-1h);
  rig.login.valid_refresh = "another";
  rig.start();
  REQUIRE(rig.loop.run(rig.account->tokens()));
  CHECK(rig.metrics.refreshes.at("token_expired") == 1);
  CHECK(rig.metrics.sign_ins == std::map<CloudMetrics::Word, CloudMetrics::Count>{{"ok", 1}});

  rig.store_tokens(-1h);
  rig.login.password = "another";
  rig.login.valid_refresh = "another";
  rig.start();
  REQUIRE_FALSE(rig.loop.run(rig.account->tokens()));
  CHECK(rig.metrics.sign_ins.at("credentials_rejected") == 1);
  // The refusal on record is answered without a request: nothing more is counted.
  REQUIRE_FALSE(rig.loop.run(rig.account->tokens()));
  CHECK(rig.metrics.sign_ins.at("credentials_rejected") == 1);
}

TEST_CASE("reads are counted by what became of them, those that were stopped not at all") {
  CloudMetrics metrics;
  const auto failed = [](ErrorCode code) {
    return RouteResult{.kind = RouteResult::Kind::failed,
                       .error = base::Error{.code = code, .message = "no"}};
  };
  toyota::record_read(&metrics, vehicle::Source::trips, {});
  toyota::record_read(&metrics, vehicle::Source::trips, failed(ErrorCode::timeout));
  toyota::record_read(&metrics, vehicle::Source::trips, failed(ErrorCode::cancelled));
  toyota::record_read(&metrics, vehicle::Source::status,
                      {.kind = RouteResult::Kind::not_supported, .error = {}});
  toyota::record_read(nullptr, vehicle::Source::trips, {});
  CHECK(metrics.reads ==
        Words{{{"status", "not_supported"}, 1}, {{"trips", "failed"}, 1}, {{"trips", "ok"}, 1}});
}
