#include <set>

#include "rest/http/router.hpp"
#include "support/plain_car.hpp"
#include "support/rest_rig.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using nlohmann::json;
using test::header_of;
using test::json_of;
using test::problem_of;
using test::RestRig;

namespace {

constexpr const char* kVin = "JTMCANARY00000001";

/// Two administrators, a home with two accounts (one of the configuration), and one car.
struct Admin : RestRig {
  Admin() {
    actions.state = test::sample_overview(loop.clock.now());
    actions.names = {{"driver@example.com", "1111111111"}, {"lexus@example.org", "2222222222"}};
    auto with = test::plain_car(kVin);
    with.name = with.identity.nickname = "canary nickname";
    with.identity.image_url = "https://example.com/canary.png";
    with.state.position = vehicle::Measured<vehicle::Position>{
        .value = {.latitude = 52.123456, .longitude = 13.654321}, .at = {}};
    with.diagnostics.mode = "parked";
    car = fleet.add(std::move(with), "1111111111", true);
    fleet.at(car).sources = {{.source = vehicle::Source::telemetry,
                              .asked_at = loop.clock.now() - 1min,
                              .reported_at = loop.clock.now() - 10min,
                              .reads = 7},
                             {.source = vehicle::Source::trips,
                              .failures = 3,
                              .breaker = "not_there",
                              .asked_again_at = loop.clock.now() + 24h}};
    host.log_level = [this] { return level; };
    host.set_log_level = [this](base::LogLevel to) { level = to; };
    host.configuration = [] { return std::string(R"({"mqtt":{"password":"***"}})"); };
    host.recent_log = [] { return std::vector<std::string>{"a line of the log"}; };
    host.parts = [this] {
      return std::vector<rest::PartState>{
          {.name = "broker", .state = "down", .reason = "away", .since = loop.clock.now()}};
    };
    host.storage = []() -> base::Task<base::Result<std::vector<rest::StoredFile>>> {
      std::vector<rest::StoredFile> files = {{.name = "toyota2mqtt.db", .bytes = 4096}};
      co_return files;
    };
    host.unknown_values = [] { return std::map<std::string, std::uint64_t>{{"status lock", 3}}; };
    host.platform = "Linux x86_64";
    restart();
    token = administrator();
  }

  json list(const std::string& target) { return json_of(get(target, token)); }
  json audit() { return list("/admin/audit").at("entries"); }

  base::CarId car;
  base::LogLevel level = base::LogLevel::info;
  std::string token;
};

json account_body() {
  return {{"username", "new@example.com"}, {"password", "canary-password"}, {"brand", "lexus"}};
}

}  // namespace

TEST_CASE("every route for administrators is closed to guests and to strangers") {
  Admin rig;
  const auto guest = rig.guest("guest");
  int routes = 0;
  for (const auto& route : rest::admin_routes()) {
    CHECK(route.access == rest::Access::administrator);
    auto path = std::string(route.path);
    for (auto brace = path.find('{'); brace != std::string::npos; brace = path.find('{')) {
      path.replace(brace, path.find('}') - brace + 1, "1111111111");
    }
    INFO(route.method << " " << path);
    CHECK(rig.send(std::string(route.method), path).status == 401);
    CHECK(rig.send(std::string(route.method), path, guest).status == 403);
    ++routes;
  }
  CHECK(routes == 20);
  CHECK(rig.actions.removed.empty());
  CHECK(rig.actions.tried_again.empty());
  CHECK(rig.fleet.cleared.empty());
}

// ---- accounts ----

TEST_CASE("accounts are listed with masked names and their cars, guests with how many they have") {
  Admin rig;
  rig.guests.views = {{.account_key = "key-guest", .masked = "g…@…", .reading = true, .cars = 2}};
  (void)rig.guest("guest");
  const auto body = rig.list("/admin/accounts");
  REQUIRE(body.at("accounts").size() == 2);
  const auto& first = body.at("accounts").at(0);
  CHECK(first.at("id") == "1111111111");
  CHECK(first.at("name") == "d…@e….com");
  CHECK(first.at("origin") == "page");
  CHECK(first.at("status") == "ok");
  CHECK_FALSE(first.at("vehicles").empty());
  CHECK(body.at("accounts").at(1).at("remedy").is_string());
  CHECK(body.at("guests") ==
        json::array({{{"id", "key-guest"}, {"name", "g…@…"}, {"vehicles", 2}, {"sessions", 1}}}));
}

TEST_CASE("an added account is answered with its place, and its password is written nowhere") {
  Admin rig;
  const auto answer = rig.send("POST", "/admin/accounts", rig.token, account_body());
  CHECK(answer.status == 201);
  CHECK(header_of(answer, "Location") == "/api/v1/admin/accounts/1234567890");
  CHECK(json_of(answer).at("brand") == "lexus");
  REQUIRE(rig.actions.sign_ins.size() == 1);
  CHECK(rig.actions.sign_ins[0].username == "new@example.com");
  CHECK(rig.actions.sign_ins[0].password.reveal() == "canary-password");
  CHECK(rig.actions.agains[0] == false);
  const auto entry = rig.audit().at(0);
  CHECK(entry.at("who") == "anna");
  CHECK(entry.at("client") == "127.0.0.1");
  CHECK(entry.at("what") == "POST /admin/accounts");
  CHECK(entry.at("target") == "1234567890");
  CHECK(entry.at("outcome") == "201");
  const auto written = rig.audit().dump() + rig.loop.log.text() + answer.body;
  CHECK(written.find("canary") == std::string::npos);
  CHECK(written.find("new@example.com") == std::string::npos);
}

TEST_CASE("what the cloud refuses says nothing about who asks: 422 with the remedy") {
  Admin rig;
  rig.actions.mischief = test::Mischief::wrong_password;
  const auto answer = rig.send("POST", "/admin/accounts", rig.token, account_body());
  CHECK(answer.status == 422);
  CHECK(problem_of(answer) == "credentials_rejected");
  CHECK_FALSE(json_of(answer).at("remedy").get<std::string>().empty());
  rig.actions.mischief = test::Mischief::unreachable;
  CHECK(rig.send("POST", "/admin/accounts", rig.token, account_body()).status == 502);
  rig.actions.mischief = test::Mischief::storage_full;
  CHECK(rig.send("POST", "/admin/accounts", rig.token, account_body()).status == 503);
  rig.actions.mischief = test::Mischief::too_many_tries;
  CHECK(rig.send("POST", "/admin/accounts", rig.token, account_body()).status == 429);
}

TEST_CASE("a sign-in that was rejected goes out again only when that is asked for") {
  Admin rig;
  auto body = account_body();
  body["again"] = true;
  CHECK(rig.send("POST", "/admin/accounts", rig.token, body).status == 201);
  CHECK(rig.actions.agains == std::vector{true});
}

TEST_CASE("a body that is none of an account is refused before anything is done") {
  Admin rig;
  for (const auto& body :
       {json{{"username", "a@example.com"}}, json{{"password", "p"}},
        json{{"username", "a@example.com"}, {"password", "p"}, {"brand", "tank"}},
        json{{"username", "a@example.com"}, {"password", "p"}, {"again", "yes"}},
        json{{"username", "a@example.com"}, {"password", "p"}, {"role", "king"}},
        json{{"username", 1}, {"password", "p"}}}) {
    INFO(body.dump());
    CHECK(rig.send("POST", "/admin/accounts", rig.token, body).status == 400);
  }
  CHECK(rig.send("POST", "/admin/accounts", rig.token).status >= 400);
  CHECK(rig.actions.sign_ins.empty());
}

TEST_CASE("an account of the configuration is changed there, and not here") {
  Admin rig;
  const json body{{"username", "lexus@example.org"}, {"password", "p"}};
  CHECK(rig.send("PUT", "/admin/accounts/2222222222", rig.token, body).status == 409);
  CHECK(rig.send("DELETE", "/admin/accounts/2222222222", rig.token).status == 409);
  auto added = body;
  added["brand"] = "lexus";
  CHECK(rig.send("POST", "/admin/accounts", rig.token, added).status == 409);
  CHECK(rig.actions.sign_ins.empty());
  CHECK(rig.actions.removed.empty());
  // But it may be tried again.
  CHECK(rig.send("POST", "/admin/accounts/2222222222/retry", rig.token).status == 200);
  CHECK(rig.actions.tried_again == std::vector<std::string>{"2222222222"});
}

TEST_CASE("an account gets another password under its own name only") {
  Admin rig;
  const json body{{"username", "driver@example.com"}, {"password", "canary-new"}};
  const auto changed = rig.send("PUT", "/admin/accounts/1111111111", rig.token, body);
  CHECK(changed.status == 200);
  CHECK(json_of(changed).at("id") == "1111111111");
  REQUIRE(rig.actions.sign_ins.size() == 1);
  CHECK(rig.actions.sign_ins[0].brand == vehicle::Brand::toyota);
  auto other = body;
  other["username"] = "lexus@example.org";
  CHECK(rig.send("PUT", "/admin/accounts/1111111111", rig.token, other).status == 422);
  CHECK(rig.send("PUT", "/admin/accounts/9999999999", rig.token, body).status == 404);
  CHECK(rig.actions.sign_ins.size() == 1);
}

TEST_CASE("a removed account is gone, and one that is not there cannot be removed or tried") {
  Admin rig;
  CHECK(rig.send("DELETE", "/admin/accounts/1111111111", rig.token).status == 204);
  CHECK(rig.actions.removed == std::vector<std::string>{"1111111111"});
  CHECK(rig.list("/admin/accounts").at("accounts").size() == 1);
  CHECK(rig.send("DELETE", "/admin/accounts/1111111111", rig.token).status == 404);
  CHECK(rig.send("POST", "/admin/accounts/1111111111/retry", rig.token).status == 404);
}

// ---- who may ask ----

TEST_CASE("sessions are listed the latest first, and one that is ended holds no more") {
  Admin rig;
  rig.loop.advance(1min);
  const auto ben = rig.administrator("ben");
  auto sessions = rig.list("/admin/sessions").at("sessions");
  REQUIRE(sessions.size() == 2);
  std::string id;
  for (const auto& session : sessions) {
    CHECK(session.at("kind") == "administrator");
    CHECK(session.at("current") == (session.at("name") == "anna"));
    if (session.at("name") == "ben") id = session.at("id");
  }
  CHECK(sessions.at(0).at("last_used") >= sessions.at(1).at("last_used"));
  CHECK(rig.get("/admin/sessions", ben).status == 200);
  CHECK(rig.send("DELETE", "/admin/sessions/" + id, rig.token).status == 204);
  CHECK(rig.get("/admin/sessions", ben).status == 401);
  CHECK(rig.send("DELETE", "/admin/sessions/" + id, rig.token).status == 404);
  CHECK(rig.audit().at(1).at("target") == id);
}

TEST_CASE("who guessed stands in the limits until an administrator forgets it") {
  Admin rig;
  for (int i = 0; i < 7; ++i) (void)rig.login("anna", "wrong");
  auto limits = rig.list("/admin/limits").at("limits");
  REQUIRE(limits.size() == 2);
  std::set<std::string> kinds;
  for (const auto& limit : limits) {
    kinds.insert(limit.at("kind").get<std::string>());
    CHECK(limit.at("failures") >= 5);
    CHECK(limit.dump().find("anna") == std::string::npos);
  }
  CHECK(kinds == std::set<std::string>{"address", "name"});
  CHECK(rig.login("anna", "anna's password").status == 429);
  const std::string id = limits.at(0).at("id");
  CHECK(rig.send("DELETE", "/admin/limits/" + id, rig.token).status == 204);
  CHECK(rig.send("DELETE", "/admin/limits/" + id, rig.token).status == 404);
  CHECK(rig.list("/admin/limits").at("limits").size() == 1);
  CHECK(rig.send("DELETE", "/admin/limits", rig.token).status == 204);
  CHECK(rig.list("/admin/limits").at("limits").empty());
  CHECK(rig.login("anna", "anna's password").status == 200);
}

TEST_CASE("after a change of keys the newest signs, and tokens of the one before still hold") {
  Admin rig;
  const auto answer = rig.send("POST", "/admin/keys/rotate", rig.token);
  REQUIRE(answer.status == 200);
  const auto keys = json_of(answer).at("keys");
  REQUIRE(keys.size() == 2);
  CHECK(keys.at(0).at("signs") == true);
  CHECK(keys.at(1).at("signs") == false);
  CHECK(keys.at(0).at("id") != keys.at(1).at("id"));
  CHECK(keys.at(0).size() == 3);  // and no secret
  CHECK(rig.get("/admin/sessions", rig.token).status == 200);
  CHECK(json_of(rig.send("POST", "/admin/keys/rotate", rig.token)).at("keys").size() == 2);
  CHECK(rig.get("/admin/sessions", rig.token).status == 401);
  rig.keys.disk_full = true;
  CHECK(rig.send("POST", "/admin/keys/rotate", rig.administrator()).status == 503);
}

// ---- cars ----

TEST_CASE("caches tell how old each source is, and are cleared without a wake") {
  Admin rig;
  const auto caches = rig.list("/admin/caches").at("caches");
  REQUIRE(caches.size() == 2);
  CHECK(caches.at(0).at("vehicle") == rig.car.text);
  CHECK(caches.at(0).at("source") == "telemetry");
  CHECK(caches.at(0).at("age_s") == 600);
  CHECK(caches.at(0).at("hits") == 0);
  CHECK(caches.at(1).at("age_s").is_null());

  // What the car lacks is not asked for.
  const auto cleared = rig.send("DELETE", "/admin/caches", rig.token);
  CHECK(json_of(cleared).at("cleared") == 1);
  REQUIRE(rig.fleet.cleared.size() == 1);
  CHECK(rig.fleet.cleared[0].first == rig.car);
  CHECK(rig.fleet.cleared[0].second == std::vector{vehicle::Source::telemetry});
  CHECK(rig.fleet.refreshed.empty());

  const auto one =
      rig.send("DELETE", "/admin/caches?source=telemetry&vehicle=" + std::string(kVin), rig.token);
  CHECK(json_of(one).at("cleared") == 1);
  CHECK(rig.audit().at(0).at("target") == rig.car.text);
  const auto none = rig.send("DELETE", "/admin/caches?source=trips", rig.token);
  CHECK(json_of(none).at("cleared") == 0);
  CHECK(rig.fleet.cleared.size() == 2);
  CHECK(rig.send("DELETE", "/admin/caches?source=tank", rig.token).status == 400);
  CHECK(rig.send("DELETE", "/admin/caches?vehicle=0000000000", rig.token).status == 404);
}

TEST_CASE("breakers and the past year are reported for every car of the owner's") {
  Admin rig;
  rig.archive.cars[rig.car].backfill = {
      .state = "running", .trips = 12, .reached = rig.loop.clock.now() - 240h};
  const auto breakers = rig.list("/admin/breakers").at("breakers");
  REQUIRE(breakers.size() == 2);
  CHECK(breakers.at(0).at("state") == "closed");
  CHECK(breakers.at(0).at("asked_again_at").is_null());
  CHECK(breakers.at(1).at("state") == "not_there");
  CHECK(breakers.at(1).at("failures") == 3);
  CHECK(breakers.at(1).at("asked_again_at").is_string());
  const auto backfill = rig.list("/admin/backfill").at("backfill");
  REQUIRE(backfill.size() == 1);
  CHECK(backfill.at(0).at("state") == "running");
  CHECK(backfill.at(0).at("trips") == 12);
}

TEST_CASE("an administrator's lists hold no car of a guest") {
  Admin rig;
  const auto guests = rig.fleet.add(test::plain_car("JTMGUEST000000001"), "key-guest", false);
  rig.fleet.at(guests).sources = {{.source = vehicle::Source::telemetry}};
  for (const auto* target :
       {"/admin/caches", "/admin/breakers", "/admin/backfill", "/admin/diagnostics"}) {
    CHECK(rig.get(target, rig.token).body.find(guests.text) == std::string::npos);
  }
  const auto target = "/admin/caches?vehicle=" + guests.text;
  CHECK(rig.send("DELETE", target, rig.token).status == 404);
}

// ---- the machine ----

TEST_CASE("the log's level is read and set, and nothing else is taken for one") {
  Admin rig;
  CHECK(rig.list("/admin/log-level") == json{{"level", "info"}});
  const auto set = rig.send("PUT", "/admin/log-level", rig.token, {{"level", "debug"}});
  CHECK(json_of(set) == json{{"level", "debug"}});
  CHECK(rig.level == base::LogLevel::debug);
  CHECK(rig.send("PUT", "/admin/log-level", rig.token, {{"level", "loud"}}).status == 400);
  CHECK(rig.send("PUT", "/admin/log-level", rig.token, {{"level", 1}}).status == 400);
  CHECK(rig.level == base::LogLevel::debug);
}

TEST_CASE("the configuration in use is shown as the machine tells it") {
  Admin rig;
  const auto answer = rig.get("/admin/configuration", rig.token);
  CHECK(answer.status == 200);
  CHECK(header_of(answer, "Content-Type") == "application/json");
  CHECK(json_of(answer).at("mqtt").at("password") == "***");
}

TEST_CASE("the audit log is read in parts, newest first, while it grows") {
  Admin rig;
  for (int i = 0; i < 5; ++i) (void)rig.send("DELETE", "/admin/limits", rig.token);
  auto first = rig.list("/admin/audit?limit=2");
  REQUIRE(first.at("entries").size() == 2);
  (void)rig.send("DELETE", "/admin/caches", rig.token);
  std::vector<std::string> seen;
  for (auto part = first;;) {
    for (const auto& entry : part.at("entries")) seen.push_back(entry.at("what"));
    if (part.at("next").is_null()) break;
    part = rig.list("/admin/audit?limit=2&cursor=" + part.at("next").get<std::string>());
  }
  REQUIRE(seen.size() == 6);  // the sign-in, too
  CHECK(seen.front() == "DELETE /admin/limits");
  CHECK(seen.back() == "POST /auth/login");
  for (const auto* query : {"limit=0", "limit=1001", "limit=x", "limit=-1", "cursor=0", "cursor=x",
                            "cursor=99999999999999999999", "cursor=9999", "cursor="}) {
    INFO(query);
    CHECK(rig.get(std::string("/admin/audit?") + query, rig.token).status == 400);
  }
}

TEST_CASE("the oldest entries of the audit log go, and a cursor into them answers the end") {
  Admin rig;
  const auto early = rig.list("/admin/audit?limit=1");
  for (int i = 0; i < 1100; ++i) (void)rig.send("DELETE", "/admin/limits", rig.token);
  const auto all = rig.list("/admin/audit?limit=1000");
  CHECK(all.at("entries").size() == 1000);
  CHECK(all.at("next").is_null());
  const auto gone = rig.list("/admin/audit?cursor=1");
  CHECK(gone.at("entries").empty());
  CHECK(gone.at("next").is_null());
}

TEST_CASE("the diagnostics bundle tells how everything is, and nothing personal or secret") {
  Admin rig;
  (void)rig.guest("canary-guest");
  const auto answer = rig.get("/admin/diagnostics", rig.token);
  REQUIRE(answer.status == 200);
  CHECK(header_of(answer, "Content-Disposition").find("attachment") == 0);
  const auto body = json_of(answer);
  CHECK(body.at("version") == "1.2.3");
  CHECK(body.at("created_at").is_string());
  CHECK(body.at("platform") == "Linux x86_64");
  CHECK(body.at("parts").at(0).at("reason") == "away");
  CHECK(body.at("accounts").at(0).at("name") == "d…@e….com");
  CHECK(body.at("storage").at("toyota2mqtt.db") == 4096);
  CHECK(body.at("unknown_values").at("status lock") == 3);
  CHECK(body.at("configuration").at("mqtt").at("password") == "***");
  CHECK(body.at("log") == json{"a line of the log"});
  CHECK(body.at("sessions").at("guests") == 1);
  REQUIRE(body.at("vehicles").size() == 1);
  const auto& car = body.at("vehicles").at(0);
  CHECK(car.at("id") == rig.car.text);
  CHECK(car.at("mode") == "parked");
  CHECK(car.at("sources").at("trips").at("breaker") == "not_there");
  CHECK(car.at("unknown_entities").is_array());
  for (const auto* secret : {"canary", "CANARY", "0000001", "52.1", "13.6", "@example.com",
                             "latitude", "password\":\"c"}) {
    INFO(secret);
    CHECK(answer.body.find(secret) == std::string::npos);
  }
}
