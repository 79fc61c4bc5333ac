#include "toyota/api_host.hpp"
#include "toyota/routes.hpp"
#include "unit/toyota_cloud_rig.hpp"

namespace toyota2mqtt {

// ---- headers ----

TEST_CASE("x-client-ref matches the published vectors") {
  const platform::OpenSslCrypto crypto;
  constexpr std::string_view kGuid = "00000000-0000-4000-8000-000000000001";
  CHECK(toyota::client_ref(crypto, "2.14.0", kGuid) ==
        "2dc6da54f033000d20c80daded18599114f9cf7a27e1c975805b3dd50d2991e8");
  CHECK(toyota::client_ref(crypto, "2.23.0", kGuid) ==
        "eb32eb520f0c6510a1cc113e76c253fd13cf8fa16d9eec7365819ab72d8db9cd");
}

TEST_CASE("every call carries the headers that the gateway wants") {
  CloudRig rig;
  REQUIRE(rig.read(Source::telemetry).kind == Kind::ok);
  CHECK(rig.header("authorization") == "Bearer access-0");
  CHECK(rig.header("x-api-key") == "tTZipv6liF74PwMfk9Ed68AQ0bISswwf3iHQdqcF");
  CHECK(rig.header("x-guid") == rig.login.guid);
  CHECK(rig.header("guid") == rig.login.guid);
  CHECK(rig.header("x-client-ref") ==
        "eb32eb520f0c6510a1cc113e76c253fd13cf8fa16d9eec7365819ab72d8db9cd");
  CHECK(rig.header("x-appversion") == "2.23.0");
  CHECK(rig.header("x-channel") == "ONEAPP");
  for (const auto* name : {"x-brand", "x-appbrand", "brand"}) CHECK(rig.header(name) == "T");
  CHECK(rig.header("x-region") == "EU");
  CHECK(rig.header("x-user-region") == "EU");
  CHECK(rig.header("user-agent") == "okhttp/4.10.0");
  CHECK(rig.header("vin") == "JTMTEST0000000001");
  CHECK(rig.http.requests.back().timeout == 60s);
}

TEST_CASE("every call has a correlation id of its own, a UUID of version 4") {
  CloudRig rig;
  REQUIRE(rig.read(Source::telemetry).kind == Kind::ok);
  const auto first = rig.header("x-correlationid");
  REQUIRE(rig.read(Source::telemetry).kind == Kind::ok);
  CHECK(first.size() == 36);
  CHECK(first[14] == '4');
  CHECK(std::string("89ab").find(first[19]) != std::string::npos);
  CHECK(first != rig.header("x-correlationid"));
}

// ---- routes ----

TEST_CASE("past trips come in pages, and a track is asked for only when it is wanted") {
  CloudRig rig;
  rig.paths["/v1/trips"] = http_answer(
      200, R"({"payload":{"trips":[{"id":"one","summary":{"startTs":"2026-03-01T07:00:00Z",)"
           R"("endTs":"2026-03-01T07:20:00Z"}}],"_metadata":{"pagination":{"nextOffset":60}}}})");
  using std::chrono::year;
  const auto page = rig.loop.run(rig.cloud->trips(
      rig.car, {.from = year(2026) / 3 / 1, .to = year(2026) / 3 / 31, .offset = 10}));
  REQUIRE(page);
  CHECK(page->trips.front().trip.id == "one");
  CHECK(page->next == 60U);
  CHECK(rig.http.requests.back().url.ends_with(
      "/v1/trips?from=2026-03-01&to=2026-03-31&route=false&summary=false&limit=50&offset=10"));
  CHECK(toyota::past_trips_query(
            {.from = year(2026) / 3 / 1, .to = year(2026) / 3 / 2, .with_track = true})
            .contains("route=true&summary=false&limit=10"));
  rig.cloud->ask_for_tracks(true);
  REQUIRE(rig.read(Source::trips).kind == Kind::ok);
  CHECK(rig.http.requests.back().url.contains("route=true"));
  rig.cloud->ask_for_tracks(false);
  REQUIRE(rig.read(Source::trips).kind == Kind::ok);
  CHECK(rig.http.requests.back().url.contains("route=false"));
}

TEST_CASE("a car that the cloud says has no trips is not asked for past ones") {
  CloudRig rig;
  rig.paths["/v1/trips"] = http_answer(404, complaint("ONE-GLOBAL-RC-10004"));
  (void)rig.read(Source::trips);
  const auto before = rig.http.requests.size();
  using std::chrono::year;
  const auto page = rig.loop.run(
      rig.cloud->trips(rig.car, {.from = year(2026) / 3 / 1, .to = year(2026) / 3 / 31}));
  REQUIRE_FALSE(page);
  CHECK(page.error().code == ErrorCode::not_supported);
  CHECK(rig.http.requests.size() == before);
}

TEST_CASE("a query is sent but never logged") {
  CloudRig rig;
  REQUIRE(rig.read(Source::trips).kind == Kind::ok);
  CHECK(rig.http.requests.back().log_path == "/v1/trips");
  CHECK(rig.http.requests.back().url.find("limit=5") != std::string::npos);
}

// ---- repeats ----

TEST_CASE("passing trouble is asked about four times, with 2, 4 and 8 s between") {
  CloudRig rig;
  const base::Result<base::HttpResponse> trouble = GENERATE(
      as<base::Result<base::HttpResponse>>{}, http_answer(429), http_answer(500), http_answer(504),
      base::fail(ErrorCode::unreachable, "no"), base::fail(ErrorCode::timeout, "no"));
  rig.paths.insert_or_assign("/v3/telemetry", trouble);
  const auto before = rig.loop.clock.steady();
  CHECK(rig.read(Source::telemetry).kind == Kind::failed);
  CHECK(rig.asked("/v3/telemetry") == 4);
  CHECK(rig.cloud->requests() == 4);
  const auto waited = rig.loop.clock.steady() - before;
  CHECK(waited >= 10500ms);
  CHECK(waited <= 17500ms);
  CHECK(waited != 14000ms);  // the jitter
}

TEST_CASE("trouble that passes in between ends well") {
  CloudRig rig;
  rig.script = {http_answer(429), http_answer(503)};
  CHECK(rig.read(Source::telemetry).kind == Kind::ok);
  CHECK(rig.asked("/v3/telemetry") == 3);
}

TEST_CASE("what will not change is asked once") {
  CloudRig rig;
  const auto status = GENERATE(400, 403, 404, 302);
  rig.paths.insert_or_assign("/v3/telemetry", http_answer(status));
  CHECK(rig.read(Source::telemetry).kind != Kind::ok);
  CHECK(rig.asked("/v3/telemetry") == 1);
}

TEST_CASE("a pause that the cloud names is kept when short and left to the schedule when long") {
  CloudRig rig;
  auto busy = http_answer(429);
  busy.headers = {{"Retry-After", GENERATE("20", "600")}};
  rig.script = {busy};
  const bool is_short = busy.headers[0].value == "20";
  const auto before = rig.loop.clock.steady();
  const auto result = rig.read(Source::telemetry);
  if (is_short) {
    CHECK(result.kind == Kind::ok);
    CHECK(rig.loop.clock.steady() - before >= 20s);
  } else {
    REQUIRE(result.kind == Kind::failed);
    CHECK(result.error->retry_after == 600s);
    CHECK(rig.loop.clock.steady() == before);
  }
}

TEST_CASE("a read that is cancelled while it waits ends at once") {
  CloudRig rig;
  rig.paths.insert_or_assign("/v3/telemetry", http_answer(503));
  base::TaskGroup group(rig.loop.io.get_executor(), rig.loop.log);
  std::optional<RouteResult> result;
  group.spawn("read", base::detail::store_result(
                          rig.cloud->read(rig.car, Source::telemetry, rig.zone), result));
  rig.loop.settle();
  group.cancel();
  rig.loop.settle();
  REQUIRE(result);
  CHECK(result->error->code == ErrorCode::cancelled);
  CHECK(rig.asked("/v3/telemetry") == 1);
}

// ---- tokens ----

TEST_CASE("a data 401 is answered by one refresh and one repeat") {
  CloudRig rig;
  rig.script = {http_answer(401)};
  CHECK(rig.read(Source::telemetry).kind == Kind::ok);
  CHECK(rig.login.refreshes == 1);
  CHECK(rig.header("authorization") == "Bearer access-1");
  CHECK(rig.asked("/v3/telemetry") == 2);
}

TEST_CASE("a 401 for the new token, too, ends the read") {
  CloudRig rig;
  rig.paths.insert_or_assign("/v3/telemetry", http_answer(401));
  const auto result = rig.read(Source::telemetry);
  CHECK(result.error->code == ErrorCode::token_expired);
  CHECK(rig.asked("/v3/telemetry") == 2);
  CHECK(rig.login.password_posts == 0);
}

TEST_CASE("a 403 never refreshes and never signs in") {
  CloudRig rig;
  const auto body = GENERATE(std::string(kMapping), std::string(kUnauthorized),
                             std::string(kFenced), std::string("<html>"));
  rig.paths.insert_or_assign("/v3/telemetry", http_answer(403, body));
  CHECK(rig.read(Source::telemetry).kind != Kind::ok);
  CHECK(rig.login.refreshes == 0);
  CHECK(rig.login.starts == 0);
}

TEST_CASE("a rejected account is reported by each read, without a request") {
  CloudRig rig;
  rig.tokens.entries.clear();
  rig.login.password = "another";
  CHECK(rig.read(Source::telemetry).error->code == ErrorCode::credentials_rejected);
  const auto asked = rig.http.requests.size();
  CHECK(rig.read(Source::status).error->code == ErrorCode::credentials_rejected);
  CHECK(rig.http.requests.size() == asked);
  CHECK(rig.cloud->requests() == 0);
}

TEST_CASE("a failing sign-in is not repeated like a failing read") {
  CloudRig rig;
  rig.tokens.entries.clear();
  rig.login.instead_of_session = http_answer(503);
  CHECK(rig.read(Source::telemetry).error->code == ErrorCode::unreachable);
  CHECK(rig.login.password_posts == 1);
}

// ---- generations and memory ----

TEST_CASE("the current route is asked first, the retired one not at all when it answers") {
  CloudRig rig;
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.asked(kCurrent) == 1);
  CHECK(rig.asked(kOld) == 0);
  CHECK(rig.car.evidence.answered.contains(Source::status));
}

TEST_CASE("a refused current route falls back once, and the car is remembered across starts") {
  CloudRig rig;
  const auto refusal =
      GENERATE(as<base::Result<base::HttpResponse>>{}, http_answer(403, std::string(kFenced)),
               http_answer(403, std::string(kUnauthorized)), http_answer(404), http_answer(410));
  rig.paths.insert_or_assign(kCurrent, refusal);
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.asked(kOld) == 1);
  rig.restart();
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.asked(kCurrent) == 1);
  CHECK(rig.asked(kOld) == 2);
}

TEST_CASE("the memory of a retired route is looked at again after a day") {
  CloudRig rig;
  rig.paths.insert_or_assign(kCurrent, http_answer(403, std::string(kFenced)));
  CHECK(rig.read(Source::status).kind == Kind::ok);
  rig.loop.advance(23h);
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.asked(kCurrent) == 1);
  rig.loop.advance(1h);
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.asked(kCurrent) == 2);
  rig.loop.advance(24h);
  rig.paths.erase(kCurrent);
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.asked(kCurrent) == 4);
  CHECK(rig.asked(kOld) == 3);
}

TEST_CASE("a retired route that ends within the day sends the car back to the current one") {
  CloudRig rig;
  rig.paths.insert_or_assign(kCurrent, http_answer(404));
  CHECK(rig.read(Source::status).kind == Kind::ok);
  rig.paths.erase(kCurrent);
  rig.paths.insert_or_assign(kOld, http_answer(403, std::string(kFenced)));
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.asked(kOld) == 2);
}

TEST_CASE("passing trouble of the current route is no reason to fall back") {
  CloudRig rig;
  rig.paths.insert_or_assign(kCurrent, http_answer(GENERATE(429, 500, 400)));
  CHECK(rig.read(Source::status).kind == Kind::failed);
  CHECK(rig.asked(kOld) == 0);
}

TEST_CASE("what both generations refuse is not asked for again until a day has passed") {
  CloudRig rig;
  rig.paths.insert_or_assign(kCurrent, http_answer(404));
  rig.paths.insert_or_assign(kOld, http_answer(403, std::string(kFenced)));
  CHECK(rig.read(Source::status).kind == Kind::not_supported);
  CHECK(rig.car.evidence.refused.contains(Source::status));
  rig.restart();
  CHECK(rig.read(Source::status).kind == Kind::not_supported);
  CHECK(rig.asked(kCurrent) == 1);
  rig.loop.advance(24h);
  rig.paths.clear();
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK_FALSE(rig.car.evidence.refused.contains(Source::status));
}

TEST_CASE(
    "a route that worked and goes away takes no entity with it, and is left alone for a day") {
  CloudRig rig;
  CHECK(rig.read(Source::status).kind == Kind::ok);
  const auto locked = rig.car.state.door_driver.locked;
  rig.paths.insert_or_assign(kCurrent, http_answer(404));
  rig.paths.insert_or_assign(kOld, http_answer(404));
  CHECK(rig.read(Source::status).kind == Kind::not_supported);
  const auto asked = rig.asked(kCurrent);
  CHECK(rig.read(Source::status).kind == Kind::not_supported);
  CHECK(rig.asked(kCurrent) == asked);
  CHECK(rig.car.evidence.refused.empty());
  CHECK(rig.car.state.door_driver.locked == locked);
  CHECK(rig.loop.log.text().find("is not answered any more") != std::string::npos);
}

TEST_CASE("nothing is concluded about a car while one generation is only in trouble") {
  CloudRig rig;
  rig.paths.insert_or_assign(kCurrent, http_answer(404));
  rig.paths.insert_or_assign(kOld, http_answer(503));
  const auto result = rig.read(Source::status);
  CHECK(result.kind == Kind::failed);
  CHECK(result.error->code == ErrorCode::unreachable);
  CHECK(rig.car.evidence.refused.empty());
}

TEST_CASE("a refusal of one car is no refusal of another") {
  CloudRig rig;
  rig.paths.insert_or_assign("/v3/telemetry", http_answer(404));
  CHECK(rig.read(Source::telemetry).kind == Kind::not_supported);
  rig.paths.clear();
  const auto vin = base::Vin::parse("JTMTEST0000000002").value();
  rig.car.identity.vin = vin;
  rig.car.identity.id = base::car_id(vin, rig.crypto);
  CHECK(rig.read(Source::telemetry).kind == Kind::ok);
}

TEST_CASE("climate settings that answer 500 are given up for a day, other routes are not") {
  CloudRig rig;
  const std::string path = "/v1/vehicle/climate-settings";
  rig.paths.insert_or_assign(path, http_answer(500));
  CHECK(rig.read(Source::climate_settings).kind == Kind::not_supported);
  CHECK(rig.read(Source::climate_settings).kind == Kind::not_supported);
  CHECK(rig.asked(path) == 4);
  rig.paths.insert_or_assign("/v3/telemetry", http_answer(500));
  CHECK(rig.read(Source::telemetry).kind == Kind::failed);
  CHECK(rig.car.evidence.refused == std::set{Source::climate_settings});
}

TEST_CASE("a car that left the account is distinguished from a refused call") {
  CloudRig rig;
  rig.paths.insert_or_assign(kCurrent, http_answer(403, std::string(kMapping)));
  const auto result = rig.read(Source::status);
  CHECK(result.kind == Kind::failed);
  CHECK(toyota::disposition(*result.error) == Disposition::drop_vehicle);
  CHECK(rig.asked(kOld) == 0);
}

TEST_CASE("a memory that cannot be read or written only costs requests") {
  CloudRig rig;
  SECTION("unreadable") {
    rig.store.entries[{"routes", rig.car.identity.id.text}] =
        GENERATE("", "{", "[]", R"({"status":7})", R"({"status":{"use":7,"since":null}})",
                 R"({"status":{"use":"none","since":"2090-01-01T00:00:00Z"}})");
  }
  SECTION("unwritable") { rig.store.disk_full = true; }
  CHECK(rig.read(Source::status).kind == Kind::ok);
  rig.paths.insert_or_assign(kCurrent, http_answer(404));
  CHECK(rig.read(Source::status).kind == Kind::ok);
}

// ---- answers ----

TEST_CASE("an answer that is no JSON fails that route only") {
  CloudRig rig;
  rig.paths.insert_or_assign("/v3/telemetry", http_answer(200, "<html>"));
  const auto result = rig.read(Source::telemetry);
  CHECK(result.kind == Kind::failed);
  CHECK(result.error->code == ErrorCode::unexpected_response);
  CHECK(rig.car.evidence.answered.empty());
  CHECK(rig.read(Source::status).kind == Kind::ok);
}

TEST_CASE("202 and an empty body are answers") {
  CloudRig rig;
  rig.paths.insert_or_assign("/v3/telemetry", http_answer(202, ""));
  CHECK(rig.read(Source::telemetry).kind == Kind::ok);
}

TEST_CASE("the vehicle list is read without naming a car") {
  CloudRig rig;
  rig.paths.insert_or_assign("/v2/vehicle/guid",
                             http_answer(200, R"({"payload":[{"vin":"JTMTEST0000000001"}]})"));
  const auto cars = rig.loop.run(rig.cloud->list_vehicles());
  REQUIRE(cars);
  REQUIRE(cars->size() == 1);
  CHECK(cars->front().identity.vin.reveal() == "JTMTEST0000000001");
  CHECK(rig.header("vin") == "(none)");
}

TEST_CASE("an observer sees every exchange with the API host and no sign-in") {
  CloudRig rig;
  rig.tokens.entries.clear();
  std::vector<std::pair<std::string, int>> seen;
  rig.cloud->observe([&](const base::HttpRequest& request, const base::HttpResponse& response) {
    seen.emplace_back(request.log_path, response.status);
  });
  rig.paths.insert_or_assign(kCurrent, http_answer(404));
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(seen == std::vector<std::pair<std::string, int>>{{kCurrent, 404}, {kOld, 200}});
}

TEST_CASE("no full VIN is logged") {
  CloudRig rig;
  rig.paths.insert_or_assign(kCurrent, http_answer(404));
  CHECK(rig.read(Source::status).kind == Kind::ok);
  CHECK(rig.loop.log.text().find("0001") != std::string::npos);
  CHECK(rig.loop.log.text().find("JTMTEST") == std::string::npos);
}

}  // namespace toyota2mqtt
