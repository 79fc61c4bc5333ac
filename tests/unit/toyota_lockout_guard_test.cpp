#include "unit/toyota_account_rig.hpp"

// What keeps an account from being locked.
namespace toyota2mqtt {

TEST_CASE("a rejected password is tried once, and never again by 20 further starts") {
  AccountRig rig;
  rig.login.password = "another";
  for (int start = 0; start <= 20; ++start) {
    rig.renew_account();
    const auto error = rig.tokens_now().error();
    CHECK(error.code == ErrorCode::credentials_rejected);
    CHECK(error.remedy.find("MyToyota") != std::string::npos);
    CHECK_FALSE(rig.tokens_now());
    CHECK(rig.rejection_of(*rig.account)->message == error.message);
    rig.loop.advance(26h);
  }
  CHECK(rig.login.password_posts == 1);
  CHECK(rig.login.starts == 1);
}

TEST_CASE("an unknown user and what the owner must do are standing, too") {
  AccountRig rig;
  const auto text = GENERATE(std::string("User Not Found"), std::string("Accept the terms"));
  rig.login.instead_of_password_question =
      http_answer(200, nlohmann::json{{"authId", "a"},
                                      {"callbacks",
                                       {{{"type", "TextOutputCallback"},
                                         {"output", {{{"name", "message"}, {"value", text}}}}}}}}
                           .dump());
  const auto code = rig.tokens_now().error().code;
  rig.renew_account();
  CHECK(rig.tokens_now().error().code == code);
  CHECK(rig.login.starts == 1);
}

TEST_CASE("another password is a new chance, the old one stays rejected") {
  AccountRig rig;
  rig.login.password = "another";
  REQUIRE_FALSE(rig.tokens_now());
  auto credentials = rig.credentials();
  credentials.password = base::Secret("another");
  toyota::Account changed(rig.services(), rig.endpoints, credentials);
  CHECK_FALSE(rig.rejection_of(changed));
  CHECK(rig.loop.run(changed.tokens()));
  CHECK(rig.rejection_of(*rig.account));
}

TEST_CASE("a second wrong password does not bring back the first") {
  AccountRig rig;
  rig.login.password = "the right one";
  REQUIRE_FALSE(rig.tokens_now());
  auto typed = rig.credentials();
  typed.password = base::Secret("another wrong one");
  toyota::Account other(rig.services(), rig.endpoints, typed);
  REQUIRE_FALSE(rig.loop.run(other.sign_in()));
  CHECK(rig.login.password_posts == 2);

  SECTION("the first is still not posted") {
    rig.renew_account();
    CHECK(rig.tokens_now().error().code == ErrorCode::credentials_rejected);
    CHECK(rig.loop.run(other.sign_in()).error().code == ErrorCode::credentials_rejected);
    CHECK(rig.login.password_posts == 2);
  }
  SECTION("a retry lifts the rejection of its own password only") {
    REQUIRE(rig.loop.run(other.allow_retry()));
    CHECK_FALSE(rig.rejection_of(other));
    CHECK(rig.rejection_of(*rig.account));
  }
}

TEST_CASE("of the rejections of one account the newest eight are kept") {
  AccountRig rig;
  rig.login.password = "the right one";
  for (int i = 0; i < 12; ++i) {
    auto typed = rig.credentials();
    typed.password = base::Secret("wrong " + std::to_string(i));
    toyota::Account account(rig.services(), rig.endpoints, typed);
    REQUIRE_FALSE(rig.loop.run(account.sign_in()));
    rig.loop.advance(9h);
  }
  CHECK(rig.remembered("rejection")["earlier"].size() == 7);
}

TEST_CASE("a password that was typed is tried although the stored tokens are good") {
  AccountRig rig;
  rig.store_tokens(1h);
  SECTION("the right one replaces them") {
    REQUIRE(rig.loop.run(rig.account->sign_in()));
    CHECK(rig.login.password_posts == 1);
    CHECK(rig.tokens.entries[rig.account->key()].access.reveal() == "access-1");
  }
  SECTION("the wrong one is refused and leaves them alone") {
    rig.login.password = "another";
    const auto refused = rig.loop.run(rig.account->sign_in());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::credentials_rejected);
    CHECK(rig.tokens.entries[rig.account->key()].access.reveal() == "access-0");
    CHECK_FALSE(rig.loop.run(rig.account->sign_in()));
    CHECK(rig.login.password_posts == 1);
  }
}

TEST_CASE("the owner's retry allows one more sign-in") {
  AccountRig rig;
  rig.login.password = "another";
  REQUIRE_FALSE(rig.tokens_now());
  REQUIRE(rig.loop.run(rig.account->allow_retry()));
  CHECK_FALSE(rig.rejection_of(*rig.account));
  REQUIRE_FALSE(rig.tokens_now());
  REQUIRE_FALSE(rig.tokens_now());
  CHECK(rig.login.password_posts == 2);
}

TEST_CASE("at most 3 passwords are posted in 24 hours, however many callers ask") {
  AccountRig rig;
  rig.login.password = "another";
  for (int press = 0; press < 6; ++press) {
    rig.renew_account();
    REQUIRE(rig.loop.run(rig.account->allow_retry()));
    REQUIRE_FALSE(rig.tokens_now());
    rig.loop.advance(1h);
  }
  CHECK(rig.login.password_posts == 3);
  const auto error = rig.tokens_now().error();
  CHECK(error.code == ErrorCode::rate_limited);
  REQUIRE(error.retry_after);
  CHECK(*error.retry_after == 18h);
  rig.loop.advance(18h);
  REQUIRE_FALSE(rig.tokens_now());
  CHECK(rig.login.password_posts == 4);
}

TEST_CASE("a password counts before it is posted") {
  AccountRig rig;
  nlohmann::json posts_then;
  // A process that is killed between question and answer must find this post written down.
  test::FakeHttp spy([&](const base::HttpRequest& request) {
    if (request.body.find("canary-password-1") != std::string::npos) {
      posts_then = rig.remembered("posts");
    }
    return rig.login.answer(request);
  });
  toyota::Account account(rig.services_with(spy), rig.endpoints, rig.credentials());
  REQUIRE(rig.loop.run(account.tokens()));
  CHECK(posts_then["times"].size() == 1);
}

TEST_CASE("no password is posted that cannot be counted") {
  AccountRig rig;
  rig.store.disk_full = true;
  CHECK(rig.tokens_now().error().code == ErrorCode::storage_failed);
  CHECK(rig.login.password_posts == 0);
}

TEST_CASE("a rejection that cannot be written down holds for this process at least") {
  AccountRig rig;
  rig.login.password = "another";
  test::FakeHttp server([&](const base::HttpRequest& request) {
    auto answer = rig.login.answer(request);
    if (rig.login.password_posts == 1) rig.store.disk_full = true;
    return answer;
  });
  toyota::Account account(rig.services_with(server), rig.endpoints, rig.credentials());
  for (int attempt = 0; attempt < 5; ++attempt) {
    CHECK(rig.loop.run(account.tokens()).error().code == ErrorCode::credentials_rejected);
  }
  CHECK(rig.login.password_posts == 1);
}

TEST_CASE("a rejection is recorded although its caller is cancelled") {
  AccountRig rig;
  rig.login.password = "another";
  rig.http.stall(true);
  base::TaskGroup group(rig.loop.io.get_executor(), rig.loop.log);
  std::optional<base::Result<toyota::Tokens>> got;
  group.spawn("caller", base::detail::store_result(rig.account->tokens(), got));
  for (int step = 0; step < 3; ++step) {
    rig.loop.settle();
    rig.http.release();
  }
  rig.loop.settle();
  CHECK(rig.requests() == 4);  // the password is on its way
  group.cancel();
  rig.loop.settle();
  CHECK(group.running() == 1);
  rig.http.release();
  rig.loop.settle();
  CHECK(group.running() == 0);
  CHECK(rig.rejection_of(*rig.account));
}

TEST_CASE("post times of the future count as now and pass within a day") {
  AccountRig rig;
  const auto far = base::parse_iso8601("2090-01-01T00:00:00Z").value();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(far.time_since_epoch());
  rig.store.entries[{"account", "posts:" + rig.account->key()}] =
      nlohmann::json{{"times", {seconds.count(), seconds.count(), seconds.count()}}}.dump();
  CHECK(rig.tokens_now().error().code == ErrorCode::rate_limited);
  rig.loop.advance(24h);
  CHECK(rig.tokens_now());
}

TEST_CASE("an unreadable record does not stop the account") {
  AccountRig rig;
  const auto* garbage = GENERATE("", "{", "[]", "7", R"({"times":7})", R"({"times":["x",null]})");
  rig.store.entries[{"account", "posts:" + rig.account->key()}] = garbage;
  rig.store.entries[{"account", "rejection:" + rig.account->key()}] = garbage;
  CHECK(rig.tokens_now());
}

TEST_CASE("neither name nor password can be found in what is stored or logged") {
  AccountRig rig;
  rig.login.password = "another";
  REQUIRE_FALSE(rig.tokens_now());
  std::string all = rig.loop.log.text();
  for (const auto& [key, value] : rig.store.entries) all += key.second + value;
  CHECK(all.find("canary") == std::string::npos);
  CHECK(all.find("driver") == std::string::npos);
  CHECK(all.find("example") == std::string::npos);
  CHECK(rig.loop.log.text().find("d…@e….com") != std::string::npos);
}

TEST_CASE("the fingerprint of one installation tells another nothing") {
  AccountRig one;
  AccountRig other;
  one.login.password = other.login.password = "another";
  std::array<std::uint8_t, 8> skipped{};
  other.loop.random.fill(skipped);
  REQUIRE_FALSE(one.tokens_now());
  REQUIRE_FALSE(other.tokens_now());
  CHECK(one.remembered("rejection")["fingerprint"].is_string());
  CHECK(one.remembered("rejection")["fingerprint"] != other.remembered("rejection")["fingerprint"]);
}

}  // namespace toyota2mqtt
