#include <algorithm>
#include <vector>

#include "support/catch.hpp"
#include "support/toyota_rig.hpp"
#include "toyota/lockout_guard.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/toyota/account.hpp"

// A cloud whose sign-in is ill, and what version 0.1.0 left in the store.
namespace toyota2mqtt {

using base::ErrorCode;
using namespace std::chrono_literals;
using test::http_answer;

namespace {

using Answer = base::Result<base::HttpResponse>;

/// An account of which some answers are lost or replaced.
struct IllCloud : test::ToyotaRig {
  IllCloud() { start_again(); }
  /// As a new start of the process.
  void start_again() {
    account = std::make_unique<toyota::Account>(services_with(client), endpoints, credentials());
  }
  base::Result<toyota::Tokens> tokens_now() { return loop.run(account->tokens()); }
  /// Asks as the bridge does: again after the pause that was named, until `end` or a sign-in.
  bool ask_until(base::SteadyTime end) {
    while (true) {
      const auto answer = tokens_now();
      if (answer) return true;
      REQUIRE(answer.error().retry_after);
      const auto pause = *answer.error().retry_after;
      REQUIRE(pause > 0s);
      if (loop.clock.steady() + pause > end) return false;
      loop.advance(pause);
    }
  }
  [[nodiscard]] base::SteadyTime in(std::chrono::seconds time) {
    return loop.clock.steady() + time;
  }

  /// Answers instead of the usual ones to requests with the password in them.
  std::optional<Answer> after_password;
  std::vector<base::SteadyTime> posted;
  test::FakeHttp client{[this](const base::HttpRequest& request) -> Answer {
    const bool password = request.body.find("canary-password") != std::string::npos;
    if (password) posted.push_back(loop.clock.steady());
    auto answer = login.answer(request);
    if (password && after_password) return *after_password;
    return answer;
  }};
  std::unique_ptr<toyota::Account> account;
};

const std::vector<std::pair<std::string, Answer>>& useless_answers() {
  static const std::vector<std::pair<std::string, Answer>> answers = {
      {"503 with a page", http_answer(503, "<html>Maintenance</html>")},
      {"500", http_answer(500, "{}")},
      {"502 without a body", http_answer(502, "")},
      {"429", http_answer(429, R"({"message":"Too Many Requests"})")},
      {"a page", http_answer(200, "<html>We are back soon</html>")},
      {"a page of the gateway", http_answer(403, "<html>Request blocked</html>")},
      {"a 401 page", http_answer(401, "<html>")},
      {"no JSON of the sign-in", http_answer(200, "{}")},
      {"no answer", base::fail(ErrorCode::timeout, "no answer within 30 s")},
      {"a connection that breaks", base::fail(ErrorCode::unreachable, "reset by peer")}};
  return answers;
}

}  // namespace

TEST_CASE("C3: an answer that tells nothing about the password is no use of its three tries") {
  for (const auto& [name, answer] : useless_answers()) {
    CAPTURE(name);
    IllCloud rig;
    rig.after_password = answer;
    CHECK_FALSE(rig.ask_until(rig.in(8min)));
    const auto error = rig.tokens_now().error();
    CHECK(error.message.find("assword") == std::string::npos);
    CHECK(error.remedy.find("assword") == std::string::npos);
    CHECK(error.remedy.find("sign out") == std::string::npos);
    CHECK(rig.posted.size() > 3);
    CHECK_FALSE(rig.rejection_of(*rig.account));

    rig.after_password.reset();
    CHECK(rig.ask_until(rig.in(150s)));
  }
}

TEST_CASE("C3: an outage of any length ends in a sign-in within minutes of its end") {
  for (const auto length : std::vector<std::chrono::seconds>{20s, 8min, 1h, 25h, 24h * 5}) {
    CAPTURE(length);
    IllCloud rig;
    rig.after_password = http_answer(503, "<html>");
    const auto begin = rig.loop.clock.steady();
    CHECK_FALSE(rig.ask_until(begin + length));
    if (const auto end = begin + length; end > rig.loop.clock.steady()) {
      rig.loop.advance(std::chrono::ceil<std::chrono::seconds>(end - rig.loop.clock.steady()));
    }
    rig.after_password.reset();
    CHECK(rig.ask_until(rig.in(5min)));
    for (std::size_t i = 1; i < rig.posted.size(); ++i) {
      CHECK(rig.posted[i] - rig.posted[i - 1] >= 20s);
    }
  }
}

TEST_CASE("C3: the same holds for a sign-in whose earlier or later steps fail") {
  IllCloud rig;
  const auto fail = GENERATE(0, 1, 2, 3);
  const auto page = http_answer(fail == 2 ? 200 : 503, "<html>Maintenance</html>");
  auto& broken = fail == 0   ? rig.login.instead_of_start
                 : fail == 1 ? rig.login.instead_of_password_question
                 : fail == 2 ? rig.login.instead_of_redirect
                             : rig.login.instead_of_tokens;
  broken = page;
  CHECK_FALSE(rig.ask_until(rig.in(26h)));
  broken.reset();
  CHECK(rig.ask_until(rig.in(5min)));
}

TEST_CASE("C3: while a sign-in waits, another caller that wants tokens costs no request") {
  IllCloud rig;
  rig.after_password = http_answer(503, "");
  const auto first = rig.tokens_now();
  const auto requests = rig.client.requests.size();
  for (int reading = 0; reading < 20; ++reading) {
    const auto error = rig.tokens_now().error();
    CHECK(error.code == first.error().code);
    CHECK(error.http_status == 503);
    CHECK(*error.retry_after <= *first.error().retry_after);
    rig.loop.advance(1s);
  }
  CHECK(rig.client.requests.size() == requests);
}

TEST_CASE("C3: restarts in an outage neither use up the tries nor hurry them") {
  IllCloud rig;
  rig.after_password = http_answer(503, "<html>");
  for (int start = 0; start < 60; ++start) {
    rig.start_again();
    const auto error = rig.tokens_now().error();
    CHECK(error.code == ErrorCode::unreachable);
    CHECK(error.retry_after);
    rig.loop.advance(10s);
  }
  CHECK(rig.posted.size() >= 4);
  CHECK(rig.posted.size() <= 12);
  rig.after_password.reset();
  rig.start_again();
  CHECK(rig.ask_until(rig.in(150s)));
}

TEST_CASE("C3: the owner who asks again need not wait, but a hammer is held back") {
  IllCloud rig;
  rig.after_password = http_answer(503, "");
  CHECK_FALSE(rig.ask_until(rig.in(20min)));
  rig.loop.advance(11s);
  const auto before = rig.posted.size();
  REQUIRE(rig.loop.run(rig.account->allow_retry()));
  CHECK_FALSE(rig.tokens_now());
  CHECK(rig.posted.size() == before + 1);
  for (int press = 0; press < 10; ++press) {
    REQUIRE(rig.loop.run(rig.account->allow_retry()));
    CHECK_FALSE(rig.tokens_now());
    rig.loop.advance(1s);
  }
  CHECK(rig.posted.size() <= before + 2);
}

TEST_CASE("C3: a password that is rejected after an outage is still never tried again") {
  IllCloud rig;
  rig.after_password = http_answer(503, "");
  CHECK_FALSE(rig.ask_until(rig.in(10min)));
  rig.login.password = "another";
  rig.after_password.reset();
  while (rig.tokens_now().error().code != ErrorCode::credentials_rejected) rig.loop.advance(30s);
  const auto posts = rig.posted.size();
  for (int day = 0; day < 5; ++day) {
    rig.start_again();
    CHECK(rig.tokens_now().error().code == ErrorCode::credentials_rejected);
    rig.loop.advance(26h);
  }
  CHECK(rig.posted.size() == posts);
}

TEST_CASE("C3: a killed process has used a try, for nobody knows what came of it") {
  IllCloud rig;
  toyota::PasswordPosts posts;
  const auto now = rig.loop.clock.now();
  posts.counted = {now - 3h, now - 2h, now - 1h};
  const auto reason = toyota::reason_to_wait(posts, now);
  REQUIRE(reason);
  CHECK(reason->code == ErrorCode::rate_limited);
  CHECK(*reason->retry_after == 21h);
  CHECK(reason->remedy.find("assword") == std::string::npos);
}

TEST_CASE("C3: passwords that were rejected three times today are advised to be looked up") {
  IllCloud rig;
  rig.login.password = "another";
  for (int press = 0; press < 3; ++press) {
    REQUIRE(rig.loop.run(rig.account->allow_retry()));
    REQUIRE_FALSE(rig.tokens_now());
    rig.loop.advance(1h);
  }
  REQUIRE(rig.loop.run(rig.account->allow_retry()));
  const auto error = rig.tokens_now().error();
  CHECK(error.code == ErrorCode::rate_limited);
  CHECK(error.remedy.find("sign out of the MyToyota app") != std::string::npos);
}

TEST_CASE("C3: a renewal that fails in passing names the next try, too") {
  IllCloud rig;
  rig.store_tokens(-1h);
  rig.login.instead_of_refresh = http_answer(503, "<html>");
  for (int attempt = 0; attempt < 30; ++attempt) {
    const auto error = rig.tokens_now().error();
    REQUIRE(error.retry_after);
    CHECK(*error.retry_after <= 5min);
    rig.loop.advance(*error.retry_after);
  }
  CHECK(rig.posted.empty());
  rig.login.instead_of_refresh.reset();
  CHECK(rig.tokens_now());
}

TEST_CASE("C3: pauses grow from half a minute to five, and what is stored comes back") {
  CHECK(toyota::pause_after_unclear(1) == 30s);
  std::chrono::seconds before{0};
  for (int failures = 0; failures < 100; ++failures) {
    const auto pause = toyota::pause_after_unclear(failures);
    CHECK(pause >= before);
    CHECK(pause <= 5min);
    before = pause;
  }
  const auto now = base::parse_iso8601("2026-11-30T12:00:00Z").value();
  const toyota::PasswordPosts posts{
      .counted = {now - 2h, now - 1h}, .unclear = 7, .unclear_at = now};
  CHECK(toyota::parse_password_posts(toyota::serialize(posts), now) == posts);
  CHECK(toyota::parse_password_posts("{", now) == toyota::PasswordPosts{});
  // Written while the clock was wrong.
  CHECK_FALSE(toyota::reason_to_wait(
      toyota::parse_password_posts(toyota::serialize(posts), now - 1h), now - 1h));
}

// ---- one account of the cloud ----

TEST_CASE("C3: brands of one realm, and an account with another key, share one count") {
  test::ToyotaRig rig;
  rig.login.password = "another";
  const auto attempt = [&rig](vehicle::Brand brand, const std::string& name,
                              const std::string& password, const std::string& key) {
    auto credentials = rig.credentials();
    credentials.brand = brand;
    credentials.username = name;
    credentials.password = base::Secret(password);
    toyota::Account account(rig.services(), rig.endpoints, credentials, key);
    return rig.loop.run(account.sign_in()).error().code;
  };
  using enum vehicle::Brand;
  CHECK(attempt(toyota, "driver@example.com", "one", "") == ErrorCode::credentials_rejected);
  CHECK(attempt(lexus, "Driver@example.com", "two", "g0001") == ErrorCode::credentials_rejected);
  CHECK(attempt(toyota, "DRIVER@example.com", "three", "g0002") == ErrorCode::credentials_rejected);
  for (const auto brand : {toyota, lexus}) {
    for (const auto* key : {"", "g0001", "g0003"}) {
      CHECK(attempt(brand, "driver@example.com", "four", key) == ErrorCode::rate_limited);
      // What was rejected under one brand is under the other.
      CHECK(attempt(brand, "driver@example.com", "one", key) == ErrorCode::credentials_rejected);
    }
  }
  CHECK(rig.login.password_posts == 3);
  CHECK(attempt(subaru, "driver@example.com", "one", "") == ErrorCode::credentials_rejected);
  CHECK(rig.login.password_posts == 4);
}

TEST_CASE("what visitors left is forgotten in time, what belongs to accounts that stay is not") {
  test::ToyotaRig rig;
  rig.login.password = "another";
  auto visitor = rig.credentials();
  visitor.username = "visitor@example.com";
  toyota::Account guest(rig.services(), rig.endpoints, visitor, "g0001");
  toyota::Account own(rig.services(), rig.endpoints, rig.credentials());
  REQUIRE_FALSE(rig.loop.run(guest.sign_in()));
  REQUIRE_FALSE(rig.loop.run(own.tokens()));
  rig.loop.advance(24h * 31);
  const auto forgotten =
      rig.loop.run(toyota::forget_old_rejections(rig.store, "g", rig.loop.clock.now() - 24h * 30));
  CHECK(forgotten == 3U);  // both accounts' posts, and what was refused of the guest
  CHECK(rig.rejection_of(own));
  CHECK_FALSE(rig.rejection_of(guest));
}

// ---- what version 0.1.0 stored ----

namespace {

/// The store after 0.1.0 ran with a name in capitals: its key, its fingerprint, its posts.
struct OldInstallation : test::ToyotaRig {
  OldInstallation() {
    login.username = "Driver@Example.com";
    const auto digest = crypto.sha256("toyota\n" + login.username);
    old_key = base::hex(digest).substr(0, 10);
    store.entries[{"account", "fingerprint_key"}] = "0011";
  }
  [[nodiscard]] toyota::Credentials as_typed() const {
    return {.username = login.username, .password = base::Secret("canary-password-1")};
  }
  std::string old_key;
};

}  // namespace

TEST_CASE("the tokens that 0.1.0 stored for a name with capitals are used and moved") {
  OldInstallation rig;
  rig.store_tokens(1h);
  const auto stored = rig.tokens.entries.begin()->second;
  rig.tokens.entries.clear();
  rig.tokens.entries[rig.old_key] = stored;
  toyota::Account account(rig.services(), rig.endpoints, rig.as_typed());
  REQUIRE(account.key() != rig.old_key);
  REQUIRE(rig.loop.run(account.tokens()));
  CHECK(rig.login.password_posts == 0);
  CHECK(rig.tokens.entries.contains(account.key()));
  CHECK_FALSE(rig.tokens.entries.contains(rig.old_key));
}

TEST_CASE("tokens of 0.1.0 that cannot be moved are tried again, and newer ones win") {
  OldInstallation rig;
  rig.store_tokens(1h);
  auto older = rig.tokens.entries.begin()->second;
  rig.tokens.entries.clear();
  toyota::Account account(rig.services(), rig.endpoints, rig.as_typed());
  rig.tokens.entries[account.key()] = older;
  older.access = base::Secret("access-of-long-ago");
  rig.tokens.entries[rig.old_key] = older;
  CHECK(rig.loop.run(account.tokens())->access.reveal() == "access-0");
  CHECK_FALSE(rig.tokens.entries.contains(rig.old_key));
}

TEST_CASE("what 0.1.0 wrote down of rejected and posted passwords holds on") {
  OldInstallation rig;
  rig.login.password = "another";
  const std::string message = "toyota\n18\nDriver@Example.comcanary-password-1";
  const auto mark = base::hex(rig.crypto.hmac_sha256("0011", message));
  rig.store.entries[{"account", "rejection:" + rig.old_key}] = nlohmann::json{
      {"fingerprint", mark},
      {"code", "credentials_rejected"},
      {"message", "The password was rejected"},
      {"remedy", "as it was said"},
      {"at", base::format_iso8601(rig.loop.clock.now() - 1h)}}.dump();
  const auto now = std::chrono::floor<std::chrono::seconds>(rig.loop.clock.now());
  const auto hour_ago = (now - 1h).time_since_epoch().count();
  rig.store.entries[{"account", "posts:" + rig.old_key}] =
      nlohmann::json{{"times", {hour_ago - 2, hour_ago - 1, hour_ago}}}.dump();

  toyota::Account account(rig.services(), rig.endpoints, rig.as_typed());
  CHECK(rig.loop.run(account.tokens()).error().remedy == "as it was said");
  auto typed = rig.as_typed();
  typed.password = base::Secret("canary-password-2");
  toyota::Account other(rig.services(), rig.endpoints, typed);
  CHECK(rig.loop.run(other.tokens()).error().code == ErrorCode::rate_limited);
  CHECK(rig.login.password_posts == 0);
  CHECK_FALSE(rig.store.entries.contains({"account", "rejection:" + rig.old_key}));
  CHECK_FALSE(rig.store.entries.contains({"account", "posts:" + rig.old_key}));

  // Its owner may lift it, and it stays lifted.
  REQUIRE(rig.loop.run(account.allow_retry()));
  CHECK_FALSE(rig.rejection_of(account));
}

}  // namespace toyota2mqtt
