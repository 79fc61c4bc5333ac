#include <algorithm>
#include <set>

#include "rest/auth/auth.hpp"
#include "support/rest_rig.hpp"
#include "toyota2mqtt/base/encoding.hpp"

// Tokens, sessions and keys of the REST interface.
namespace toyota2mqtt::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Tokens {
  std::string access;
  std::string refresh;
};

Tokens tokens_of(const rest::Response& answer) {
  const auto body = json_of(answer);
  REQUIRE(answer.status == 200);
  CHECK(body.at("token_type") == "Bearer");
  CHECK(body.at("expires_in") == 900);
  CHECK(body.size() == 4);
  return {.access = body.at("access_token"), .refresh = body.at("refresh_token")};
}

Tokens sign_in(RestRig& rig, const std::string& name = "anna") {
  return tokens_of(rig.login(name, name + "'s password"));
}

/// A client that is known learns that there is no such route, everybody else to sign in.
bool holds(RestRig& rig, const std::string& token) {
  const auto status = rig.get("/nowhere", token).status;
  CHECK((status == 404 || status == 401));
  return status == 404;
}

rest::Response refresh(RestRig& rig, const std::string& token) {
  return rig.send("POST", "/auth/refresh", {}, {{"refresh_token", token}});
}

std::string text_of(const std::string& bytes) {
  return base::base64url(
      std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

nlohmann::json part_of(const std::string& token, int index) {
  auto begin = token.begin();
  for (int i = 0; i < index; ++i) begin = std::find(begin, token.end(), '.') + 1;
  const auto part = std::string(begin, std::find(begin, token.end(), '.'));
  return nlohmann::json::parse(base::base64_decode(part).value());
}

/// The key that signs now, as it is stored.
rest::TokenKey stored_key(const RestRig& rig) {
  const auto key = nlohmann::json::parse(rig.keys.saved.value()).at("keys").at(0);
  return {.id = key.at("id"),
          .secret = base::Secret(base::base64_decode(key.at("secret").get<std::string>()).value())};
}

rest::Claims claims_of(RestRig& rig, const std::string& token) {
  return rest::verify_token(token, {stored_key(rig)}).value();
}

}  // namespace

TEST_CASE("an access token holds for 15 minutes, a refresh token for 7 days") {
  RestRig rig;
  const auto tokens = sign_in(rig);
  CHECK(holds(rig, tokens.access));
  rig.loop.advance(minutes(15) - seconds(1));
  CHECK(holds(rig, tokens.access));
  rig.loop.advance(seconds(1));
  CHECK_FALSE(holds(rig, tokens.access));
  rig.loop.advance(hours(24 * 7) - minutes(15) - seconds(1));
  const auto renewed = tokens_of(refresh(rig, tokens.refresh));
  CHECK(holds(rig, renewed.access));
  rig.loop.advance(hours(24 * 7));
  CHECK(refresh(rig, renewed.refresh).status == 401);
}

TEST_CASE("a token names its session and nothing personal") {
  RestRig rig;
  rig.guest("carla");
  const auto token = rig.administrator();
  CHECK(part_of(token, 0) ==
        nlohmann::json{{"alg", "HS256"}, {"kid", stored_key(rig).id}, {"typ", "JWT"}});
  const auto claims = part_of(token, 1);
  CHECK(claims.at("typ") == "access");
  CHECK(claims.size() == 5);
  CHECK_FALSE(claims.dump().contains("anna"));
  for (const auto& [key, value] : rig.store.entries) {
    CHECK_FALSE(value.contains("carla@"));
    CHECK_FALSE(value.contains("password"));
  }
}

TEST_CASE("a refresh token is no access token, and the other way round") {
  RestRig rig;
  const auto tokens = sign_in(rig);
  CHECK_FALSE(holds(rig, tokens.refresh));
  CHECK(refresh(rig, tokens.access).status == 401);
  CHECK(holds(rig, tokens.access));
}

TEST_CASE("only what our key signed with HS256 is a token") {
  RestRig rig;
  const auto good = rig.administrator();
  const auto claims = claims_of(rig, good);
  const auto key = stored_key(rig);
  const auto body = good.substr(good.find('.') + 1, good.rfind('.') - good.find('.') - 1);
  const auto with_header = [&](const nlohmann::json& header) {
    return text_of(header.dump()) + "." + body + ".";
  };
  SECTION("alg none, however it is written") {
    for (const auto* alg : {"none", "None", "NONE", "nOnE", ""}) {
      const nlohmann::json header{{"alg", alg}, {"typ", "JWT"}, {"kid", key.id}};
      CHECK_FALSE(holds(rig, with_header(header)));
      CHECK_FALSE(holds(rig, with_header(header) + good.substr(good.rfind('.') + 1)));
    }
    CHECK_FALSE(holds(rig, with_header({{"typ", "JWT"}, {"kid", key.id}})));
  }
  SECTION("another algorithm with our own key") {
    for (const auto* alg : {"HS384", "HS512", "RS256", "ES256"}) {
      const nlohmann::json header{{"alg", alg}, {"typ", "JWT"}, {"kid", key.id}};
      const auto signed_text = text_of(header.dump()) + "." + body;
      const auto digest = rig.crypto.hmac_sha256(key.secret.reveal(), signed_text);
      CHECK_FALSE(holds(rig, signed_text + "." + base::base64url(digest)));
    }
  }
  SECTION("another key under our key's name") {
    const rest::TokenKey other{.id = key.id, .secret = base::Secret(std::string(32, 'x'))};
    CHECK_FALSE(holds(rig, rest::sign_token(claims, {other})));
  }
  SECTION("an empty key, and one of zeros") {
    for (const auto& secret : {std::string("\0", 1), std::string(32, '\0')}) {
      CHECK_FALSE(
          holds(rig, rest::sign_token(claims, {{.id = key.id, .secret = base::Secret(secret)}})));
    }
  }
  SECTION("our key under a name that is not known, or a strange one") {
    for (const auto* id : {"", "0", "../../etc/passwd", "' or 1=1 --"}) {
      CHECK_FALSE(holds(rig, rest::sign_token(claims, {{.id = id, .secret = key.secret}})));
    }
    CHECK(holds(rig, rest::sign_token(claims, {key})));
  }
  SECTION("anything that was changed") {
    for (std::size_t i = 0; i < good.size(); i += 7) {
      auto changed = good;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      INFO(i);
      CHECK_FALSE(holds(rig, changed));
    }
    CHECK_FALSE(holds(rig, good.substr(0, good.size() - 4)));
    CHECK_FALSE(holds(rig, good + "." + body));
  }
  SECTION("something else, and very much of it") {
    for (const auto& text :
         {std::string("."), std::string(".."), std::string("a.b.c"), std::string("null"),
          std::string(100'000, 'A'), std::string(500, '.'), good + std::string(16'000, 'A'),
          std::string("\xff\xfe"), good + "\n", " " + good, good + std::string("\0x", 2)}) {
      CHECK_FALSE(holds(rig, text));
    }
  }
  SECTION("claims that are missing or of another kind") {
    CHECK_FALSE(holds(rig, rest::sign_token({}, {key})));
    auto forever = claims;
    forever.expires = base::Time(seconds(9'999'999'999));
    CHECK_FALSE(holds(rig, rest::sign_token(forever, {key})));
    auto nobodys = claims;
    nobodys.subject = "nobody";
    CHECK_FALSE(holds(rig, rest::sign_token(nobodys, {key})));
    auto untyped = claims;
    untyped.type = "";
    CHECK_FALSE(holds(rig, rest::sign_token(untyped, {key})));
  }
}

TEST_CASE("only the scheme Bearer is known, in any case") {
  RestRig rig;
  const auto token = rig.administrator();
  const auto status = [&](const std::string& header) {
    auto asked = RestRig::request("GET", "/nowhere");
    asked.headers.push_back({.name = "authorization", .value = header});
    return rig.ask(std::move(asked)).status;
  };
  CHECK(status("Bearer " + token) == 404);
  CHECK(status("bEARER " + token) == 404);
  CHECK(status("Basic YW5uYTphbm5h") == 401);
  CHECK(status(token) == 401);
  CHECK(status("Bearer") == 401);
  CHECK(status("") == 401);
}

TEST_CASE("a token that has expired is no hindrance to renewing it") {
  RestRig rig;
  const auto tokens = sign_in(rig);
  rig.loop.advance(minutes(20));
  CHECK(rig.send("POST", "/auth/refresh", tokens.access, {{"refresh_token", tokens.refresh}})
            .status == 200);
}

TEST_CASE("a user who signs out is out at once, and only there") {
  RestRig rig;
  const auto here = sign_in(rig);
  const auto there = sign_in(rig);
  REQUIRE(holds(rig, here.access));
  const auto answer = rig.send("POST", "/auth/logout", here.access);
  CHECK(answer.status == 204);
  CHECK(answer.body.empty());
  CHECK_FALSE(holds(rig, here.access));
  CHECK(refresh(rig, here.refresh).status == 401);
  CHECK(holds(rig, there.access));
  CHECK(rig.send("POST", "/auth/logout", here.access).status == 401);
  CHECK(rig.send("POST", "/auth/logout").status == 401);
}

TEST_CASE("a refresh token is used once, the second time ends its session, because it was stolen") {
  RestRig rig;
  const auto first = sign_in(rig);
  const auto other = sign_in(rig);
  const auto second = tokens_of(refresh(rig, first.refresh));
  CHECK(second.refresh != first.refresh);
  CHECK(holds(rig, first.access));
  CHECK(refresh(rig, first.refresh).status == 401);
  CHECK_FALSE(holds(rig, first.access));
  CHECK_FALSE(holds(rig, second.access));
  CHECK(refresh(rig, second.refresh).status == 401);
  CHECK(holds(rig, other.access));
  CHECK(rig.loop.log.text().contains("second time"));
  CHECK_FALSE(rig.loop.log.text().contains(first.refresh));
}

TEST_CASE("a renewal that could not be stored leaves the old refresh token good") {
  RestRig rig;
  const auto tokens = sign_in(rig);
  rig.store.disk_full = true;
  CHECK(refresh(rig, tokens.refresh).status == 503);
  rig.store.disk_full = false;
  CHECK(holds(rig, tokens_of(refresh(rig, tokens.refresh)).access));
}

TEST_CASE("a sign-in that could not be stored did not happen") {
  RestRig rig;
  rig.store.disk_full = true;
  CHECK(rig.login("anna", "anna's password").status == 503);
  CHECK(rig.guests.left.empty());
  rig.guests.passwords["carla@example.com"] = "toyota";
  CHECK(rig.login("carla@example.com", "toyota").status == 503);
  CHECK(rig.guests.left == std::vector<std::string>{"key-carla"});
}

TEST_CASE("sessions outlive a restart, ended ones do not come back") {
  RestRig rig;
  const auto stays = sign_in(rig);
  const auto goes = sign_in(rig);
  REQUIRE(rig.send("POST", "/auth/logout", goes.access).status == 204);
  rig.restart();
  CHECK(holds(rig, stays.access));
  CHECK_FALSE(holds(rig, goes.access));
  const auto renewed = tokens_of(refresh(rig, stays.refresh));
  rig.restart();
  CHECK(refresh(rig, stays.refresh).status == 401);
  CHECK_FALSE(holds(rig, renewed.access));
}

TEST_CASE("who is no more in the configuration, or has another password there, is out") {
  RestRig rig;
  const auto anna = sign_in(rig, "anna");
  const auto ben = sign_in(rig, "ben");
  rig.options.users.at(1).password_hash = "fake:another password";
  rig.restart();
  CHECK(holds(rig, anna.access));
  CHECK_FALSE(holds(rig, ben.access));
  rig.options.users.erase(rig.options.users.begin());
  rig.restart();
  CHECK_FALSE(holds(rig, anna.access));
}

TEST_CASE("other users of the configuration count at once, without a restart") {
  RestRig rig;
  const auto anna = sign_in(rig, "anna");
  const auto ben = sign_in(rig, "ben");
  const auto guest = rig.guest("gwen");
  auto users = rig.options.users;
  users.at(0) = {.name = "carla", .password_hash = "fake:carla's password"};
  rig.loop.run(rig.api->use_users(users));
  CHECK_FALSE(holds(rig, anna.access));
  CHECK(refresh(rig, anna.refresh).status == 401);
  CHECK(rig.login("anna", "anna's password").status == 401);
  CHECK(holds(rig, ben.access));
  CHECK(holds(rig, guest));
  CHECK(holds(rig, sign_in(rig, "carla").access));

  users.at(1).password_hash = "fake:another password";
  rig.loop.run(rig.api->use_users(users));
  CHECK_FALSE(holds(rig, ben.access));
  CHECK(rig.login("ben", "ben's password").status == 401);
  CHECK(rig.login("ben", "another password").status == 200);
  rig.loop.run(rig.api->use_users({}));
  CHECK(rig.login("carla", "carla's password").status == 401);
  CHECK(holds(rig, guest));
}

TEST_CASE("who leaves the configuration while the password is looked at is not signed in") {
  RestRig rig;
  rig.hasher.meanwhile = [&rig] { return rig.api->use_users({}); };
  CHECK(rig.login("anna", "anna's password").status == 401);
}

TEST_CASE("what stands broken in the store is no session, and is forgotten") {
  RestRig rig;
  const auto token = rig.administrator();
  const auto key = rig.store.entries.begin()->first;
  for (const auto* text :
       {"", "null", "[]", "{}", "{\"kind\":\"root\"}", "{\"kind\":\"guest\",\"refresh\":\"x\"}",
        "{\"kind\":\"administrator\",\"name\":\"anna\",\"refresh\":7}"}) {
    rig.store.entries[key] = text;
    rig.restart();
    CHECK_FALSE(holds(rig, token));
    CHECK(rig.store.entries.empty());
  }
}

TEST_CASE("one name has 20 sessions, another one ends the one that was used longest ago") {
  RestRig rig;
  std::vector<std::string> tokens;
  for (int i = 0; i < 20; ++i) {
    tokens.push_back(rig.administrator());
    rig.loop.advance(seconds(1));
  }
  CHECK(holds(rig, tokens.front()));
  tokens.push_back(rig.administrator());
  CHECK(holds(rig, tokens.at(0)));
  CHECK_FALSE(holds(rig, tokens.at(1)));
  CHECK(holds(rig, tokens.at(2)));
  CHECK(rig.store.entries.size() == 20);
}

TEST_CASE("a guest who does nothing for a day is out, and so is the account") {
  RestRig rig;
  rig.loop.tasks.spawn("keep", rig.api->keep());
  rig.guests.passwords["carla@example.com"] = "toyota";
  auto tokens = tokens_of(rig.login("carla@example.com", "toyota"));
  rig.loop.advance(hours(23));
  tokens = tokens_of(refresh(rig, tokens.refresh));
  rig.loop.advance(hours(23));
  CHECK(rig.guests.left.empty());
  tokens = tokens_of(refresh(rig, tokens.refresh));
  rig.loop.advance(hours(24) + minutes(2));
  CHECK(rig.guests.left == std::vector<std::string>{"key-carla"});
  CHECK(rig.store.entries.empty());
  CHECK(refresh(rig, tokens.refresh).status == 401);
}

TEST_CASE("an account is left when the last of its sessions ends") {
  RestRig rig;
  const auto phone = rig.guest("carla");
  const auto tablet = rig.guest("carla");
  const auto other = rig.guest("dora");
  CHECK(rig.send("POST", "/auth/logout", phone).status == 204);
  CHECK(rig.guests.left.empty());
  CHECK(rig.send("POST", "/auth/logout", tablet).status == 204);
  CHECK(rig.guests.left == std::vector<std::string>{"key-carla"});
  CHECK(holds(rig, other));
}

TEST_CASE("guests' accounts are read on after a restart, each once") {
  RestRig rig;
  const auto carla = rig.guest("carla");
  rig.guest("carla");
  rig.guest("dora");
  rig.restart();
  CHECK(rig.guests.resumed == std::vector<std::string>{"key-carla", "key-dora"});
  CHECK(holds(rig, carla));
  rig.guests.tokens_lost = true;
  rig.restart();
  CHECK_FALSE(holds(rig, carla));
  CHECK(rig.store.entries.empty());
}

TEST_CASE("without toyota_login guests of before are out after the restart") {
  RestRig rig;
  const auto carla = rig.guest("carla");
  rig.options.toyota_login = false;
  rig.restart();
  CHECK_FALSE(holds(rig, carla));
  CHECK(rig.guests.left == std::vector<std::string>{"key-carla"});
  CHECK(rig.guests.resumed.empty());
}

TEST_CASE("the use of a session is stored every five minutes at most") {
  RestRig rig;
  rig.loop.tasks.spawn("keep", rig.api->keep());
  const auto token = rig.administrator();
  const auto stored = [&] { return rig.store.entries.begin()->second; };
  const auto first = stored();
  for (int i = 0; i < 4; ++i) {
    rig.loop.advance(minutes(1));
    CHECK(holds(rig, token));
    CHECK(stored() == first);
  }
  rig.loop.advance(minutes(1));
  CHECK(holds(rig, token));
  rig.loop.advance(minutes(1));
  CHECK(stored() != first);
}

TEST_CASE("keys are random, 32 bytes long, and the same after a restart") {
  RestRig rig;
  const auto first = stored_key(rig);
  CHECK(first.secret.reveal().size() == 32);
  const auto token = rig.administrator();
  rig.restart();
  CHECK(stored_key(rig).id == first.id);
  CHECK(holds(rig, token));
  rig.keys.saved = "{\"names\":\"\",\"keys\":[]}";
  rig.restart();
  CHECK_FALSE(holds(rig, token));
  rig.keys.saved.reset();
  rig.restart();
  CHECK(stored_key(rig).secret != first.secret);
}

TEST_CASE("a key that cannot be read stops the start") {
  RestRig rig;
  rig.keys.broken = true;
  CHECK_FALSE(rig.loop.run(rig.api->load()));
}

TEST_CASE("after 30 days a new key signs, and tokens of the old one hold until they end") {
  RestRig rig;
  rig.loop.tasks.spawn("keep", rig.api->keep());
  const auto old_key = stored_key(rig);
  rig.loop.advance(hours(24 * 30) - minutes(5));
  const auto tokens = sign_in(rig);
  CHECK(stored_key(rig).id == old_key.id);
  rig.loop.advance(minutes(6));
  const auto new_key = stored_key(rig);
  CHECK(new_key.id != old_key.id);
  CHECK(holds(rig, tokens.access));
  const auto renewed = tokens_of(refresh(rig, tokens.refresh));
  CHECK(part_of(renewed.access, 0).at("kid") == new_key.id);
}

TEST_CASE("a key of the configuration signs, and its change throws nobody out") {
  auto options = rest_options();
  RestRig rig(options);
  const auto before = rig.administrator();
  rig.options.token_secret = base::Secret("a secret of at least thirty-two bytes");
  rig.restart();
  CHECK(stored_key(rig).secret == rig.options.token_secret);
  CHECK(holds(rig, before));
  const auto now = rig.administrator();
  rig.options.token_secret = base::Secret("another secret of thirty-two bytes..");
  rig.restart();
  CHECK(holds(rig, now));
  CHECK_FALSE(holds(rig, before));
  const auto later = rig.administrator();
  rig.options.token_secret = {};
  rig.restart();
  CHECK(holds(rig, later));
  CHECK_FALSE(holds(rig, now));
  CHECK(stored_key(rig).secret.reveal().size() == 32);
}

namespace {

/// Auth alone, as administrators' routes use it.
struct AuthRig {
  AuthRig() { REQUIRE(rig.loop.run(auth.load())); }

  std::expected<rest::Issued, rest::Problem> sign_in(const std::string& name) {
    return rig.loop.run(
        auth.sign_in({.username = name, .password = base::Secret(name + "'s password")},
                     "192.0.2.1", rig.loop.clock.steady()));
  }
  rest::Caller who(const std::string& token) {
    return auth.identify(RestRig::request("GET", "/", token));
  }

  RestRig rig;
  rest::Options options = rest_options();
  rest::Services services = rig.services();
  rest::Auth auth{services, options};
};

}  // namespace

TEST_CASE("administrators see every session and end any") {
  AuthRig rig;
  const auto anna = rig.sign_in("anna").value();
  const auto ben = rig.sign_in("ben").value();
  auto sessions = rig.auth.sessions();
  REQUIRE(sessions.size() == 2);
  const auto found = std::ranges::find(sessions, ben.who.session, &rest::SessionView::id);
  REQUIRE(found != sessions.end());
  CHECK(found->name == "ben");
  CHECK(found->client == "192.0.2.1");
  CHECK(found->expires - found->created == hours(24 * 7));
  CHECK(rig.rig.loop.run(rig.auth.end_session(ben.who.session)).value());
  CHECK(rig.who(ben.access).refused);
  CHECK(rig.who(anna.access).who.name == "anna");
  CHECK(rig.who(anna.access).who.scope.owner);
  CHECK_FALSE(rig.rig.loop.run(rig.auth.end_session(ben.who.session)).value());
}

TEST_CASE("keys that are changed twice hold nobody's tokens any more") {
  AuthRig rig;
  const auto anna = rig.sign_in("anna").value();
  REQUIRE(rig.who(anna.access).session);
  REQUIRE(rig.rig.loop.run(rig.auth.rotate_keys()));
  CHECK(rig.who(anna.access).session);
  REQUIRE(rig.rig.loop.run(rig.auth.rotate_keys()));
  CHECK(rig.who(anna.access).refused);
}

TEST_CASE("a new key that cannot be stored is not used") {
  AuthRig rig;
  const auto anna = rig.sign_in("anna").value();
  rig.rig.keys.disk_full = true;
  CHECK_FALSE(rig.rig.loop.run(rig.auth.rotate_keys()));
  CHECK_FALSE(rig.rig.loop.run(rig.auth.rotate_keys()));
  CHECK(rig.who(anna.access).session);
}

TEST_CASE("a key of the configuration is not changed by administrators") {
  AuthRig rig;
  rig.options.token_secret = base::Secret("a secret of at least thirty-two bytes");
  REQUIRE(rig.rig.loop.run(rig.auth.load()));
  const auto rotated = rig.rig.loop.run(rig.auth.rotate_keys());
  REQUIRE_FALSE(rotated);
  CHECK(rotated.error().code == base::ErrorCode::config_invalid);
}

TEST_CASE("a session that cannot be erased is ended all the same, and erased later") {
  class StubbornStore final : public base::Store {
   public:
    explicit StubbornStore(MemoryStore& store) : store_(store) {}
    base::Task<base::Result<std::optional<std::string>>> get(std::string space,
                                                             std::string key) override {
      return store_.get(std::move(space), std::move(key));
    }
    base::Task<base::Result<void>> put(std::string space, std::string key,
                                       std::string value) override {
      return store_.put(std::move(space), std::move(key), std::move(value));
    }
    base::Task<base::Result<void>> erase(std::string space, std::string key) override {
      if (stubborn) co_return base::fail(base::ErrorCode::storage_failed, "no");
      co_return co_await store_.erase(std::move(space), std::move(key));
    }
    base::Task<base::Result<std::vector<std::pair<std::string, std::string>>>> list(
        std::string space) override {
      return store_.list(std::move(space));
    }
    bool stubborn = true;

   private:
    MemoryStore& store_;
  };
  AuthRig rig;
  StubbornStore store(rig.rig.store);
  auto services = rig.rig.services(nullptr, &store);
  rest::Auth auth(services, rig.options);
  REQUIRE(rig.rig.loop.run(auth.load()));
  rest::SignIn entry{.username = "anna", .password = base::Secret("anna's password")};
  const auto anna =
      rig.rig.loop.run(auth.sign_in(std::move(entry), "192.0.2.1", rig.rig.loop.clock.steady()))
          .value();
  CHECK_FALSE(rig.rig.loop.run(auth.end_session(anna.who.session)));
  CHECK(auth.identify(RestRig::request("GET", "/", anna.access)).refused);
  CHECK(rig.rig.store.entries.size() == 1);
  store.stubborn = false;
  rig.rig.loop.run(auth.tidy());
  CHECK(rig.rig.store.entries.empty());
}

TEST_CASE("sign-ins, refusals and sessions are counted") {
  AuthRig rig;
  rig.rig.guests.passwords["carla@example.com"] = "carla@example.com's password";
  REQUIRE(rig.sign_in("anna"));
  REQUIRE(rig.sign_in("carla@example.com"));
  REQUIRE_FALSE(rig.sign_in("nobody"));
  CHECK(rig.who("nonsense").refused);
  std::vector<base::MetricFamily> families;
  rig.auth.collect(families);
  const auto text = rig.rig.writer.write(families);
  CHECK(text.contains("toyota2mqtt_sign_ins_total{outcome=\"done\"} 2\n"));
  CHECK(text.contains("toyota2mqtt_sign_ins_total{outcome=\"rejected\"} 1\n"));
  CHECK(text.contains("toyota2mqtt_tokens_refused_total{reason=\"invalid\"} 1\n"));
  CHECK(text.contains("toyota2mqtt_sessions{kind=\"administrator\"} 1\n"));
  CHECK(text.contains("toyota2mqtt_sessions{kind=\"guest\"} 1\n"));
}

}  // namespace toyota2mqtt::test
