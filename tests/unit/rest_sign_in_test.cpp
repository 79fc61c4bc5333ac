#include <algorithm>

#include "support/rest_rig.hpp"

// Signing in to the REST interface: who may, who is held back, and what wrong entries show.
namespace toyota2mqtt::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// An answer and how long it took.
struct Timed {
  rest::Response answer;
  milliseconds took;
};

Timed timed_login(RestRig& rig, const std::string& name, const std::string& password) {
  const auto before = rig.loop.clock.steady();
  auto answer = rig.login(name, password);
  return {.answer = std::move(answer), .took = rig.loop.clock.steady() - before};
}

rest::Response login_from(RestRig& rig, const std::string& peer, const std::string& name,
                          const std::string& password) {
  auto asked = RestRig::request("POST", "/auth/login");
  asked.headers.push_back({.name = "Content-Type", .value = "application/json"});
  asked.body = nlohmann::json{{"username", name}, {"password", password}}.dump();
  asked.peer = peer;
  asked.encrypted = true;
  return rig.ask(std::move(asked));
}

/// What differs between two answers in any case.
std::string without_id(const rest::Response& answer) {
  std::string text = std::to_string(answer.status) + answer.body;
  for (const auto& header : answer.headers) {
    if (header.name != "X-Request-Id") text += header.name + header.value;
  }
  return text;
}

long retry_after(const rest::Response& answer) {
  REQUIRE(answer.status == 429);
  CHECK(problem_of(answer) == "too-many-requests");
  CHECK(json_of(answer).at("retry_after") == std::stol(header_of(answer, "Retry-After")));
  return std::stol(header_of(answer, "Retry-After"));
}

}  // namespace

TEST_CASE("an unknown name and a wrong password get the same answer at the same time") {
  RestRig rig;
  const auto wrong = timed_login(rig, "anna", "wrong");
  const auto unknown = timed_login(rig, "nobody", "wrong");
  CHECK(wrong.answer.status == 401);
  CHECK(problem_of(wrong.answer) == "unauthorized");
  CHECK(without_id(wrong.answer) == without_id(unknown.answer));
  CHECK(wrong.took == milliseconds(1500));
  CHECK(unknown.took == wrong.took);
  // The slow hash is made for both.
  CHECK(rig.hasher.asked == std::vector<std::string>{"fake:anna's password", ""});
}

TEST_CASE("a known and an unknown e-mail address get the same answer at the same time") {
  auto options = rest_options();
  options.users.push_back({.name = "eve@example.com", .password_hash = "fake:right"});
  RestRig rig(options);
  rig.guests.passwords["carla@example.com"] = "right";
  const auto administrator = timed_login(rig, "eve@example.com", "wrong");
  const auto guest = timed_login(rig, "carla@example.com", "wrong");
  const auto unknown = timed_login(rig, "nobody@example.com", "wrong");
  CHECK(without_id(administrator.answer) == without_id(guest.answer));
  CHECK(without_id(administrator.answer) == without_id(unknown.answer));
  CHECK(administrator.took == seconds(6));
  CHECK(guest.took == seconds(6));
  CHECK(unknown.took == seconds(6));
  CHECK(rig.guests.asked == std::vector<std::string>{"carla@example.com", "nobody@example.com"});
}

TEST_CASE("the right password is answered at once") {
  RestRig rig;
  const auto right = timed_login(rig, "anna", "anna's password");
  CHECK(right.answer.status == 200);
  CHECK(right.took == milliseconds(0));
}

TEST_CASE("without toyota_login no e-mail address is tried at Toyota") {
  auto options = rest_options();
  options.toyota_login = false;
  RestRig rig(options);
  rig.guests.passwords["carla@example.com"] = "right";
  const auto guest = timed_login(rig, "carla@example.com", "right");
  CHECK(guest.answer.status == 401);
  CHECK(guest.took == milliseconds(1500));
  CHECK(rig.guests.asked.empty());
}

TEST_CASE("a user of the configuration is never tried at Toyota") {
  auto options = rest_options();
  options.users.push_back({.name = "eve@example.com", .password_hash = "fake:right"});
  RestRig rig(options);
  rig.guests.passwords["eve@example.com"] = "toyota";
  CHECK(rig.login("eve@example.com", "toyota").status == 401);
  CHECK(rig.login("eve@example.com", "right").status == 200);
  CHECK(rig.guests.asked.empty());
}

TEST_CASE("a guest says which brand the account is of") {
  RestRig rig;
  rig.guests.passwords["carla@example.com"] = "right";
  const auto answer =
      rig.send("POST", "/auth/login", {},
               {{"username", "carla@example.com"}, {"password", "right"}, {"brand", "lexus"}});
  CHECK(answer.status == 200);
  CHECK(rig.guests.brands == std::vector{vehicle::Brand::lexus});
  CHECK(rig.send("POST", "/auth/login", {},
                 {{"username", "carla@example.com"}, {"password", "right"}, {"brand", "ford"}})
            .status == 400);
}

TEST_CASE("what else goes wrong at Toyota is reported, and is no wrong password") {
  RestRig rig;
  rig.guests.error = {.code = base::ErrorCode::action_required,
                      .message = "Toyota wants new terms to be accepted",
                      .remedy = "Accept them in the app"};
  const auto answer = rig.login("carla@example.com", "right");
  CHECK(answer.status == 403);
  CHECK(json_of(answer).at("remedy") == "Accept them in the app");
  rig.guests.error = {.code = base::ErrorCode::unreachable, .message = "no network"};
  for (int i = 0; i < 20; ++i) CHECK(rig.login("carla@example.com", "right").status == 502);
  rig.guests.error.reset();
  rig.guests.passwords["carla@example.com"] = "right";
  CHECK(rig.login("carla@example.com", "right").status == 200);
}

TEST_CASE("after five wrong passwords of one name each further one costs twice the pause") {
  RestRig rig;
  std::vector<long> pauses;
  for (int i = 0; i < 17; ++i) {
    // From ever another address, so that only the name can be what holds back.
    const auto peer = "192.0.2." + std::to_string(i);
    auto answer = login_from(rig, peer, "anna", "wrong");
    if (answer.status == 429) {
      pauses.push_back(retry_after(answer));
      rig.loop.advance(seconds(pauses.back()));
      answer = login_from(rig, peer, "anna", "wrong");
    }
    CHECK(answer.status == 401);
  }
  CHECK(pauses == std::vector<long>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900});
  CHECK(login_from(rig, "192.0.2.99", "ANNA", "anna's password").status == 429);
  CHECK(login_from(rig, "192.0.2.99", "ben", "ben's password").status == 200);
}

TEST_CASE("a held back attempt is answered at once, is not tried, and costs nothing more") {
  RestRig rig;
  for (int i = 0; i < 5; ++i) rig.login("anna", "wrong");
  const auto tried = rig.hasher.asked.size();
  for (int i = 0; i < 50; ++i) {
    const auto held = timed_login(rig, "anna", "anna's password");
    CHECK(retry_after(held.answer) == 1);
    CHECK(held.took == milliseconds(0));
  }
  CHECK(rig.hasher.asked.size() == tried);
  rig.loop.advance(seconds(1));
  CHECK(rig.login("anna", "anna's password").status == 200);
}

TEST_CASE("one address is held back, whatever names it tries") {
  RestRig rig;
  for (int i = 0; i < 5; ++i) {
    CHECK(login_from(rig, "192.0.2.1", "name" + std::to_string(i), "wrong").status == 401);
  }
  CHECK(login_from(rig, "192.0.2.1", "anna", "anna's password").status == 429);
  CHECK(login_from(rig, "::ffff:192.0.2.1", "anna", "anna's password").status == 429);
  CHECK(login_from(rig, "192.0.2.2", "anna", "anna's password").status == 200);
}

TEST_CASE("the addresses of one IPv6 network count as one") {
  RestRig rig;
  for (int i = 0; i < 5; ++i) {
    const auto peer = "2001:db8:1:2::" + std::to_string(i + 1);
    CHECK(login_from(rig, peer, "name" + std::to_string(i), "wrong").status == 401);
  }
  CHECK(login_from(rig, "2001:db8:1:2:ffff::1", "ben", "ben's password").status == 429);
  CHECK(login_from(rig, "2001:db8:1:3::1", "ben", "ben's password").status == 200);
}

TEST_CASE("a success forgives the name, but not the address") {
  RestRig rig;
  for (int i = 0; i < 4; ++i) login_from(rig, "192.0.2.1", "anna", "wrong");
  CHECK(login_from(rig, "192.0.2.1", "anna", "anna's password").status == 200);
  CHECK(login_from(rig, "192.0.2.1", "anna", "wrong").status == 401);
  CHECK(login_from(rig, "192.0.2.1", "ben", "ben's password").status == 429);
  CHECK(login_from(rig, "192.0.2.2", "anna", "wrong").status == 401);
}

TEST_CASE("many attempts at the same time are no way around the limit") {
  RestRig rig;
  std::vector<int> statuses;
  for (int i = 0; i < 20; ++i) {
    auto asked = RestRig::request("POST", "/auth/login");
    asked.headers.push_back({.name = "Content-Type", .value = "application/json"});
    asked.body = R"({"username": "anna", "password": "wrong"})";
    rig.loop.tasks.spawn(
        "login",
        [](rest::Api& api, rest::Request request, std::vector<int>& list) -> base::Task<void> {
          auto answer = co_await api.handle(std::move(request));
          list.push_back(answer.status);
        }(*rig.api, std::move(asked), statuses));
  }
  rig.loop.advance(minutes(1));
  REQUIRE(statuses.size() == 20);
  CHECK(std::ranges::count(statuses, 401) == 5);
  CHECK(std::ranges::count(statuses, 429) == 15);
  CHECK(rig.hasher.asked.size() == 5);
}

TEST_CASE("what is no entry is refused before anybody's attempts are counted") {
  RestRig rig;
  const auto status = [&](const nlohmann::json& body) {
    return rig.send("POST", "/auth/login", {}, body).status;
  };
  for (int i = 0; i < 10; ++i) {
    CHECK(status(nlohmann::json::object()) == 400);
    CHECK(status({{"username", "anna"}}) == 400);
    CHECK(status({{"username", "anna"}, {"password", ""}}) == 400);
    CHECK(status({{"username", ""}, {"password", "x"}}) == 400);
    CHECK(status({{"username", "anna"}, {"password", 7}}) == 400);
    CHECK(status({{"username", "an\nna"}, {"password", "x"}}) == 400);
    CHECK(status({{"username", std::string(255, 'a')}, {"password", "x"}}) == 400);
    CHECK(status({{"username", "anna"}, {"password", std::string(1025, 'a')}}) == 400);
    CHECK(status({{"username", "anna"}, {"password", "x"}, {"admin", true}}) == 400);
    CHECK(status({{"refresh_token", "x"}}) == 400);
  }
  CHECK(rig.login("anna", "anna's password").status == 200);
}

TEST_CASE("a sign-in stands in the audit log without the name that was tried") {
  RestRig rig;
  rig.login("anna", "canary-password");
  rig.login("canary-name", "canary-password");
  rig.administrator("ben");
  rig.guest("carla");
  const auto log = rig.loop.log.text();
  CHECK(log.contains("audit: POST /auth/login"));
  CHECK(log.contains("by nobody from 127.0.0.1: 401"));
  CHECK(log.contains("by ben from 127.0.0.1: 200"));
  CHECK(log.contains("by c…@… from 127.0.0.1: 200"));
  CHECK_FALSE(log.contains("canary"));
  CHECK_FALSE(log.contains("carla@"));
  CHECK_FALSE(log.contains("eyJ"));
}

namespace {

void begin_login(RestRig& rig, const std::string& peer, const std::string& name,
                 const std::string& password, std::vector<int>& statuses) {
  auto asked = RestRig::request("POST", "/auth/login");
  asked.headers.push_back({.name = "Content-Type", .value = "application/json"});
  asked.body = nlohmann::json{{"username", name}, {"password", password}}.dump();
  asked.peer = peer;
  asked.encrypted = true;
  rig.loop.tasks.spawn(
      "login",
      [](rest::Api& api, rest::Request request, std::vector<int>& list) -> base::Task<void> {
        auto answer = co_await api.handle(std::move(request));
        list.push_back(answer.status);
      }(*rig.api, std::move(asked), statuses));
}

/// Guesses at so many names from so many addresses at once.
void crowd(RestRig& rig, int size, std::vector<int>& statuses) {
  for (int i = 0; i < size; ++i) {
    begin_login(rig, "203.0.113." + std::to_string(i + 1), "user" + std::to_string(i), "wrong",
                statuses);
  }
  rig.loop.settle();
}

}  // namespace

TEST_CASE("a crowd that guesses takes all places but that of who signed in well before") {
  RestRig rig;
  REQUIRE(login_from(rig, "192.0.2.1", "anna", "anna's password").status == 200);
  const bool after_a_restart = GENERATE(false, true);
  if (after_a_restart) rig.restart();
  rig.hasher.clock = &rig.loop.clock;
  std::vector<int> crowds;
  crowd(rig, 30, crowds);

  std::vector<int> own;
  begin_login(rig, "192.0.2.1", "anna", "anna's password", own);
  std::vector<int> stranger;
  begin_login(rig, "192.0.2.2", "ben", "ben's password", stranger);
  rig.loop.advance(minutes(1));
  CHECK(own == std::vector<int>{200});
  CHECK(stranger == std::vector<int>{429});
  CHECK(std::ranges::count(crowds, 200) == 0);
  CHECK(std::ranges::count(crowds, 429) >= 22);
}

TEST_CASE("what a crowd guessed wrong does not hold back who signed in well from elsewhere") {
  RestRig rig;
  REQUIRE(login_from(rig, "192.0.2.1", "anna", "anna's password").status == 200);
  for (int i = 1; i <= 5; ++i) {
    CHECK(login_from(rig, "203.0.113." + std::to_string(i), "anna", "wrong").status == 401);
  }
  CHECK(login_from(rig, "203.0.113.99", "anna", "anna's password").status == 429);
  CHECK(login_from(rig, "192.0.2.1", "anna", "anna's password").status == 200);
  // Of wrong passwords from there the usual number is free, and no more.
  for (int i = 0; i < 5; ++i) CHECK(login_from(rig, "192.0.2.1", "anna", "wrong").status == 401);
  CHECK(login_from(rig, "192.0.2.1", "anna", "anna's password").status == 429);
}

TEST_CASE("under a host's name that is not this machine's nobody signs in on loopback") {
  RestRig rig;
  for (const auto* host : {"evil.example", "evil.example:8099", "127.0.0.1.evil.example", ""}) {
    INFO(host);
    auto asked = RestRig::request("POST", "/auth/login");
    asked.headers.front().value = host;
    asked.headers.push_back({.name = "Content-Type", .value = "application/json"});
    asked.body = R"({"username": "anna", "password": "anna's password"})";
    const auto answer = rig.ask(std::move(asked));
    CHECK(answer.status == 403);
    CHECK(problem_of(answer) == "tls-required");
  }
  CHECK(rig.hasher.asked.empty());
}

TEST_CASE("refused sign-ins are one line of the log in a minute, with their number") {
  RestRig rig;
  for (int i = 0; i < 100; ++i) {
    auto asked = RestRig::request("POST", "/auth/login");
    asked.headers.push_back({.name = "Content-Type", .value = "application/json"});
    asked.body = "no entry";
    CHECK(rig.ask(std::move(asked)).status == 400);
  }
  const auto lines = [&] {
    return std::ranges::count(rig.loop.log.lines, "audit", &RecordingLog::Line::component);
  };
  CHECK(lines() == 1);
  rig.loop.tasks.spawn("keep", rig.api->keep());
  rig.loop.advance(minutes(2));
  CHECK(lines() == 2);
  CHECK(rig.loop.log.text().contains("99 like it were left out"));
}

}  // namespace toyota2mqtt::test
