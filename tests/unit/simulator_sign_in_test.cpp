#include "unit/simulator_client.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::Json;

namespace {

std::string failure_url(const simulator::Reply& reply) {
  return Json::parse(reply.body)["detail"]["failureUrl"].get<std::string>();
}

}  // namespace

TEST_CASE("the first reply asks for three locales and has the recorded shape") {
  test::SimClient client;
  const auto body = Json::parse(client.post_callbacks(Json::object()).body);
  CHECK(body["callbacks"] == Json::parse(R"([
    {"type":"NameCallback","output":[{"name":"prompt","value":"Market Locale"}],
     "input":[{"name":"IDToken1","value":""}],"_id":0},
    {"type":"NameCallback","output":[{"name":"prompt","value":"Internationalization"}],
     "input":[{"name":"IDToken2","value":""}],"_id":1},
    {"type":"NameCallback","output":[{"name":"prompt","value":"UI Locales"}],
     "input":[{"name":"IDToken3","value":""}],"_id":2}])"));
  const auto second = Json::parse(client.post_callbacks(body).body);
  CHECK(second["callbacks"] == Json::parse(R"([
    {"type":"NameCallback","output":[{"name":"prompt","value":"User Name"}],
     "input":[{"name":"IDToken1","value":""}],"_id":3},
    {"type":"ChoiceCallback","output":[{"name":"prompt","value":"Prompt"},
      {"name":"choices","value":["Local","Google","Facebook","Apple"]},
      {"name":"defaultChoice","value":0}],"input":[{"name":"IDToken2","value":0}],"_id":4}])"));
}

TEST_CASE("the right name and password sign in and are counted once") {
  test::SimClient client;
  client.sign_in();
  CHECK(client.cloud.world().journal.sign_ins == 1);
  CHECK(client.cloud.world().journal.password_posts == 1);
  CHECK(client.cloud.world().journal.posts_without_cookies == 0);
  CHECK(client.guid.size() == 36);
}

TEST_CASE("every failure has its own form") {
  test::SimClient client;
  const auto unknown = client.converse("nobody@example.com", "x");
  CHECK(unknown.status == 200);
  CHECK(Json::parse(unknown.body)["callbacks"][0]["output"][0]["value"] == "User Not Found");
  const auto wrong = client.converse("driver@example.com", "wrong");
  CHECK(wrong.status == 401);
  CHECK(failure_url(wrong) == "error://passworderror");
  CHECK(failure_url(client.converse("otp@example.com", "secret-password")) == "error://otperror");
  CHECK(failure_url(client.converse("locked@example.com", "secret-password")) ==
        "error://accountlocked");
  CHECK(failure_url(client.converse("social@example.com", "x")) == "error://socialloginerror");
  const auto terms = client.converse("terms@example.com", "secret-password");
  CHECK(Json::parse(terms.body)["callbacks"][0]["type"] == "TextOutputCallback");
}

TEST_CASE("a password in the question for a one-time code is a violation") {
  test::SimClient client;
  auto question = Json::parse(client.converse("mfa@example.com", "secret-password").body);
  // converse() went on with an empty code, so ask again and give the password away.
  CHECK(question["detail"]["failureUrl"] == "error://otperror");
  CHECK(client.cloud.world().journal.violations.empty());
  auto body = Json::parse(client.post_callbacks(Json::object()).body);
  body = Json::parse(client.post_callbacks(body).body);
  body["callbacks"][0]["input"][0]["value"] = "mfa@example.com";
  body = Json::parse(client.post_callbacks(body).body);
  body["callbacks"][0]["input"][0]["value"] = "secret-password";
  body = Json::parse(client.post_callbacks(body).body);
  REQUIRE(body["callbacks"][0]["output"][0]["value"] == "One Time Password");
  body["callbacks"][0]["input"][0]["value"] = "secret-password";
  client.post_callbacks(body);
  REQUIRE(client.cloud.world().journal.violations.size() == 1);
}

TEST_CASE("an authId is good for one answer, and for half an hour") {
  test::SimClient client;
  const auto body = Json::parse(client.post_callbacks(Json::object()).body);
  CHECK(client.post_callbacks(body).status == 200);
  CHECK(client.post_callbacks(body).status == 401);
  const auto late = Json::parse(client.post_callbacks(Json::object()).body);
  client.advance(1801s);
  CHECK(Json::parse(client.post_callbacks(late).body)["message"] == "Session has timed out");
}

TEST_CASE("posts without the balancer's cookies are refused when asked for") {
  test::SimClient client({.require_cookies = true});
  const auto body = Json::parse(client.post_callbacks(Json::object()).body);
  client.jar.clear();
  CHECK(client.post_callbacks(body).status == 401);
  client.jar.clear();
  client.sign_in();
}

TEST_CASE("PKCE is verified, plain and S256, and a code is good once") {
  test::SimClient client;
  const auto reply = client.converse("driver@example.com", "secret-password");
  const auto session = Json::parse(reply.body)["tokenId"].get<std::string>();
  CHECK(client.redeem(client.authorize(session, "plain", "plain"), "plain").status == 200);
  CHECK(client.redeem(client.authorize(session, "plain", "plain"), "other").status == 400);
  const auto challenge = base::base64url(client.crypto.sha256("verifier"));
  CHECK(client.redeem(client.authorize(session, challenge, "S256"), challenge).status == 400);
  const auto code = client.authorize(session, challenge, "S256");
  CHECK(client.redeem(code, "verifier").status == 200);
  CHECK(client.redeem(code, "verifier").status == 400);
  CHECK(client.authorize("no-such-session", challenge, "S256").empty());
}

TEST_CASE("a refresh rotates, and the old refresh token is refused") {
  test::SimClient client;
  client.sign_in();
  const auto old = client.refresh;
  const auto form = [](const std::string& token) {
    return "grant_type=refresh_token&client_id=oneapp&refresh_token=" + token;
  };
  client.take_tokens(client.post_token(form(old)));
  CHECK(client.refresh != old);
  const auto again = client.post_token(form(old));
  CHECK(again.status == 400);
  CHECK(Json::parse(again.body)["error"] == "invalid_grant");
  CHECK(client.post_token(form(client.refresh), "basic bm86cGU=").status == 401);
  CHECK(client.cloud.world().journal.refreshes == 1);
}

TEST_CASE("access tokens end after their time, or when asked to") {
  test::SimClient client;
  client.sign_in();
  CHECK(client.get("/v2/vehicle/guid").status == 200);
  client.advance(3600s);
  CHECK(client.get("/v2/vehicle/guid").status == 401);
  client.sign_in();
  CHECK(client.get("/v2/vehicle/guid").status == 200);
  client.call("POST", "/_sim/expire-tokens");
  CHECK(client.get("/v2/vehicle/guid").status == 401);
}
