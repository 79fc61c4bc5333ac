#include "unit/toyota_account_rig.hpp"

namespace toyota2mqtt {

namespace {

using ThreeAnswers = std::array<std::optional<base::Result<toyota::Tokens>>, 3>;

/// Lets the stalled request end; every caller must have got the new tokens.
void release_and_check(AccountRig& rig, const ThreeAnswers& answers) {
  rig.http.stall(false);
  rig.http.release();
  rig.loop.settle();
  for (const auto& one : answers) {
    REQUIRE(one);
    CHECK((*one)->access.reveal() == "access-1");
  }
}

}  // namespace

TEST_CASE("an account is shown by its first letters only") {
  CHECK(toyota::masked_account("driver@example.com") == "d…@e….com");
  CHECK(toyota::masked_account("driver@mail.example.co.uk") == "d…@m….uk");
  CHECK(toyota::masked_account("driver@localhost") == "d…@l…");
  CHECK(toyota::masked_account("driver") == "d…");
  CHECK(toyota::masked_account("") == "…");
  CHECK(toyota::masked_account("\xC3\xBC@\xC3\xBC.de") == "…@….de");
}

TEST_CASE("a masked name is not masked any further") {
  for (const auto* name : {"driver@example.com", "driver@localhost", "driver", ""}) {
    const auto masked = toyota::masked_account(name);
    CHECK(toyota::masked_account(masked) == masked);
  }
}

TEST_CASE("an account without a password lives on its tokens, and never posts anything") {
  AccountRig rig;
  rig.store_tokens(1h);
  rig.tokens.entries["g-key"] = rig.tokens.entries.at(rig.key());
  auto credentials = rig.credentials();
  credentials.password = {};
  toyota::Account account(rig.services(), rig.endpoints, credentials, "g-key");
  CHECK(account.key() == "g-key");
  REQUIRE(rig.loop.run(account.tokens()));
  rig.loop.advance(2h);
  REQUIRE(rig.loop.run(account.tokens()));
  CHECK(rig.login.refreshes == 1);
  CHECK(rig.tokens.entries.at("g-key").refresh.reveal() == "refresh-1");

  rig.login.valid_refresh = "another";
  rig.loop.advance(2h);
  const auto ended = rig.loop.run(account.tokens());
  REQUIRE(!ended);
  CHECK(ended.error().code == ErrorCode::action_required);
  CHECK(ended.error().remedy == "Sign in again.");
  CHECK(toyota::disposition(ended.error()) == toyota::Disposition::stop_account);
  const auto requests = rig.requests();
  CHECK(rig.loop.run(account.tokens()).error().code == ErrorCode::action_required);
  CHECK(rig.loop.run(account.sign_in()).error().code == ErrorCode::action_required);
  CHECK(rig.requests() == requests);
  CHECK(rig.login.starts == 0);
  CHECK(rig.login.password_posts == 0);
}

TEST_CASE("an account's key tells brand and name apart and shows neither") {
  AccountRig rig;
  CHECK(rig.account->key().size() == 10);
  auto lexus = rig.credentials();
  lexus.brand = vehicle::Brand::lexus;
  CHECK(toyota::Account(rig.services(), rig.endpoints, lexus).key() != rig.account->key());
}

TEST_CASE("an account's key is the same in whatever case the name is typed") {
  AccountRig rig;
  auto typed = rig.credentials();
  typed.username = "Driver@Example.COM";
  CHECK(toyota::account_key(typed, rig.crypto) == rig.account->key());
  CHECK(toyota::same_account(typed, rig.credentials()));
  typed.brand = vehicle::Brand::lexus;
  CHECK_FALSE(toyota::same_account(typed, rig.credentials()));
}

// ---- token life ----

TEST_CASE("stored tokens that are fresh cost no request") {
  AccountRig rig;
  rig.store_tokens(91s);
  CHECK(rig.tokens_now()->access.reveal() == "access-0");
  CHECK(rig.tokens_now()->access.reveal() == "access-0");
  CHECK(rig.requests() == 0);
}

TEST_CASE("tokens are refreshed 90 s before their end") {
  AccountRig rig;
  rig.store_tokens(90s);
  CHECK(rig.tokens_now()->access.reveal() == "access-1");
  CHECK(rig.login.refreshes == 1);
  CHECK(rig.account->sign_ins() == 0);
}

TEST_CASE("a restart with expired tokens refreshes and does not sign in") {
  AccountRig rig;
  rig.store_tokens(-100h);
  CHECK(rig.tokens_now());
  CHECK(rig.login.refreshes == 1);
  CHECK(rig.login.password_posts == 0);
}

TEST_CASE("a running account refreshes once per token life and never signs in") {
  AccountRig rig;
  rig.store_tokens(1h);
  for (int minute = 0; minute < 24 * 60; minute += 5) {
    REQUIRE(rig.tokens_now());
    rig.loop.advance(5min);
  }
  CHECK(rig.login.refreshes >= 23);
  CHECK(rig.login.refreshes <= 25);
  CHECK(rig.login.password_posts == 0);
}

TEST_CASE("the rotated refresh token is stored before anything is returned") {
  AccountRig rig;
  rig.store_tokens(0s);
  REQUIRE(rig.tokens_now());
  CHECK(rig.stored_refresh() == "refresh-1");
  CHECK(rig.tokens.saves == 1);
}

TEST_CASE("the debug log says how long a rotated token took to be stored") {
  AccountRig rig;
  rig.store_tokens(0s);
  REQUIRE(rig.tokens_now());
  REQUIRE_FALSE(rig.loop.log.lines.empty());
  const auto& line = rig.loop.log.lines.back();
  CHECK(line.level == base::LogLevel::debug);
  CHECK(line.message == "stored rotated tokens 0 ms after the answer");
}

TEST_CASE("a refresh sends no verifier and no password") {
  AccountRig rig;
  rig.store_tokens(0s);
  REQUIRE(rig.tokens_now());
  const auto& body = rig.http.requests.at(0).body;
  CHECK(body ==
        "grant_type=refresh_token&refresh_token=refresh-0&client_id=oneapp"
        "&redirect_uri=com.toyota.oneapp%3A%2Foauth2Callback");
}

TEST_CASE("a refresh that answers without refresh token and id_token keeps the old ones") {
  AccountRig rig;
  rig.store_tokens(0s);
  rig.login.instead_of_refresh =
      http_answer(200, R"({"access_token":"access-9","expires_in":3599})");
  const auto tokens = rig.tokens_now();
  REQUIRE(tokens);
  CHECK(tokens->refresh.reveal() == "refresh-0");
  CHECK(tokens->guid == rig.login.guid);
}

TEST_CASE("a refused refresh token leads to one sign-in") {
  AccountRig rig;
  rig.store_tokens(0s);
  rig.login.instead_of_refresh =
      http_answer(GENERATE(400, 401), R"({"error":"invalid_grant","error_description":"x"})");
  CHECK(rig.tokens_now()->access.reveal() == "access-1");
  CHECK(rig.login.refreshes == 1);
  CHECK(rig.login.password_posts == 1);
}

TEST_CASE("a refresh that fails in passing is not answered by a sign-in") {
  AccountRig rig;
  rig.store_tokens(0s);
  const auto code = GENERATE(ErrorCode::unreachable, ErrorCode::timeout);
  rig.login.instead_of_refresh = base::fail(code, "no");
  CHECK(rig.tokens_now().error().code == code);
  rig.login.instead_of_refresh = http_answer(GENERATE(500, 503, 429, 403, 404), "<html>");
  CHECK_FALSE(rig.tokens_now());
  rig.login.instead_of_refresh = http_answer(400, "<html>");
  CHECK_FALSE(rig.tokens_now());
  CHECK(rig.login.password_posts == 0);
  rig.login.instead_of_refresh.reset();
  CHECK(rig.tokens_now());
}

TEST_CASE("while a refresh fails in passing, a token that still lives is used") {
  AccountRig rig;
  rig.store_tokens(60s);
  rig.login.instead_of_refresh = base::fail(ErrorCode::unreachable, "no");
  CHECK(rig.tokens_now()->access.reveal() == "access-0");
  CHECK(rig.tokens_now()->access.reveal() == "access-0");
  CHECK(rig.login.refreshes == 1);  // and not one per call
  rig.loop.advance(16s);
  rig.login.instead_of_refresh.reset();
  CHECK(rig.tokens_now()->access.reveal() == "access-1");
}

TEST_CASE("callers that come together share one refresh") {
  AccountRig rig;
  rig.store_tokens(0s);
  rig.http.stall(true);
  ThreeAnswers got;
  for (auto& one : got) {
    rig.loop.tasks.spawn("caller", base::detail::store_result(rig.account->tokens(), one));
  }
  rig.loop.settle();
  CHECK(rig.requests() == 1);
  release_and_check(rig, got);
  CHECK(rig.login.refreshes == 1);
}

TEST_CASE("a refresh under way is stored although its caller is cancelled") {
  AccountRig rig;
  rig.store_tokens(0s);
  rig.http.stall(true);
  base::TaskGroup group(rig.loop.io.get_executor(), rig.loop.log);
  std::optional<base::Result<toyota::Tokens>> got;
  group.spawn("caller", base::detail::store_result(rig.account->tokens(), got));
  rig.loop.settle();
  group.cancel();
  rig.loop.settle();
  CHECK(group.running() == 1);
  rig.http.stall(false);
  rig.http.release();
  rig.loop.settle();
  CHECK(group.running() == 0);
  CHECK(rig.stored_refresh() == "refresh-1");
}

TEST_CASE("a cancelled sign-in frees those who waited for it") {
  AccountRig rig;
  rig.http.stall(true);
  base::TaskGroup first(rig.loop.io.get_executor(), rig.loop.log);
  std::optional<base::Result<toyota::Tokens>> stopped;
  std::optional<base::Result<toyota::Tokens>> waiting;
  first.spawn("first", base::detail::store_result(rig.account->tokens(), stopped));
  rig.loop.settle();
  rig.loop.tasks.spawn("second", base::detail::store_result(rig.account->tokens(), waiting));
  rig.loop.settle();
  rig.http.stall(false);
  first.cancel();
  rig.loop.settle();
  REQUIRE(stopped);
  CHECK(stopped->error().code == ErrorCode::cancelled);
  REQUIRE(waiting);
  CHECK((*waiting)->access.reveal() == "access-1");
}

TEST_CASE("a waiter that is cancelled leaves alone") {
  AccountRig rig;
  rig.store_tokens(0s);
  rig.http.stall(true);
  std::optional<base::Result<toyota::Tokens>> leader;
  std::optional<base::Result<toyota::Tokens>> waiter;
  rig.loop.tasks.spawn("leader", base::detail::store_result(rig.account->tokens(), leader));
  rig.loop.settle();
  base::TaskGroup group(rig.loop.io.get_executor(), rig.loop.log);
  group.spawn("waiter", base::detail::store_result(rig.account->tokens(), waiter));
  rig.loop.settle();
  group.cancel();
  rig.loop.settle();
  REQUIRE(waiter);
  CHECK(waiter->error().code == ErrorCode::cancelled);
  rig.http.stall(false);
  rig.http.release();
  rig.loop.settle();
  REQUIRE(leader);
  CHECK(leader->has_value());
}

TEST_CASE("tokens that another process refreshed are taken over") {
  AccountRig rig;
  rig.store_tokens(100s);
  REQUIRE(rig.tokens_now());
  rig.loop.advance(60s);
  rig.tokens.entries[rig.key()].access = base::Secret("access-of-another");
  rig.tokens.entries[rig.key()].expires_at = rig.loop.clock.now() + 1h;
  CHECK(rig.tokens_now()->access.reveal() == "access-of-another");
  CHECK(rig.requests() == 0);
}

TEST_CASE("tokens that cannot be stored are used, and stored when the disk takes them again") {
  AccountRig rig;
  SECTION("of a refresh") { rig.store_tokens(0s); }
  SECTION("of a sign-in") {}
  rig.tokens.disk_full = true;
  CHECK(rig.tokens_now()->access.reveal() == "access-1");
  CHECK(rig.tokens_now()->access.reveal() == "access-1");
  const auto asked = rig.requests();
  rig.loop.advance(61s);
  CHECK(rig.tokens_now()->access.reveal() == "access-1");
  CHECK(rig.stored_refresh() != "refresh-1");
  rig.tokens.disk_full = false;
  rig.loop.advance(61s);
  CHECK(rig.tokens_now()->access.reveal() == "access-1");
  CHECK(rig.stored_refresh() == "refresh-1");
  CHECK(rig.requests() == asked);
  CHECK(rig.login.password_posts <= 1);
  const auto text = rig.loop.log.text();
  CHECK(text.contains("held in memory only"));
  CHECK(text.contains("is stored now"));
}

TEST_CASE("tokens that are held in memory are renewed from there while the disk stays full") {
  AccountRig rig;
  rig.store_tokens(0s);
  rig.tokens.disk_full = true;
  for (int hour = 1; hour <= 3; ++hour) {
    CHECK(rig.tokens_now()->access.reveal() == "access-" + std::to_string(hour));
    rig.loop.advance(1h);
  }
  CHECK(rig.login.refreshes == 3);
  CHECK(rig.login.password_posts == 0);
  rig.tokens.disk_full = false;
  CHECK(rig.tokens_now()->access.reveal() == "access-4");
  CHECK(rig.stored_refresh() == "refresh-4");
}

TEST_CASE("a password that a user typed is not accepted when its tokens cannot be stored") {
  AccountRig rig;
  rig.tokens.disk_full = true;
  CHECK(rig.loop.run(rig.account->sign_in()).error().code == ErrorCode::storage_failed);
}

// ---- a data call answered 401 ----

TEST_CASE("a refused access token is refreshed once, however fresh it looked") {
  AccountRig rig;
  rig.store_tokens(1h);
  const auto old = rig.tokens_now();
  CHECK(rig.replace(*old)->access.reveal() == "access-1");
  CHECK(rig.replace(*old)->access.reveal() == "access-1");  // another caller was faster: no request
  CHECK(rig.login.refreshes == 1);
  CHECK(rig.login.password_posts == 0);
}

TEST_CASE("a refused access token with a refused refresh token leads to a sign-in") {
  AccountRig rig;
  rig.store_tokens(1h);
  const auto old = rig.tokens_now();
  rig.login.valid_refresh = "another";
  CHECK(rig.replace(*old));
  CHECK(rig.login.password_posts == 1);
}

TEST_CASE("tokens that are refused again and again end in one sign-in a day, not in a loop") {
  AccountRig rig;
  rig.store_tokens(1h);
  auto current = rig.tokens_now();
  current = rig.replace(*current);
  REQUIRE(current);
  CHECK(rig.replace(*current).error().code == ErrorCode::forbidden);  // within the minute
  CHECK(rig.login.password_posts == 0);
  for (int minute = 0; minute < 60; ++minute) {
    rig.loop.advance(61s);
    if (auto next = rig.replace(*current)) current = next;
  }
  CHECK(rig.login.password_posts == 1);
}

TEST_CASE("callers whose token was refused share one refresh") {
  AccountRig rig;
  rig.store_tokens(1h);
  const auto old = rig.tokens_now();
  rig.http.stall(true);
  ThreeAnswers got;
  for (auto& one : got) {
    rig.loop.tasks.spawn("caller", base::detail::store_result(rig.account->replace(*old), one));
  }
  rig.loop.settle();
  release_and_check(rig, got);
  CHECK(rig.login.refreshes == 1);
}

TEST_CASE("a refused token is not used while its refresh fails") {
  AccountRig rig;
  rig.store_tokens(1h);
  const auto old = rig.tokens_now();
  rig.login.instead_of_refresh = base::fail(ErrorCode::unreachable, "no");
  CHECK(rig.replace(*old).error().code == ErrorCode::unreachable);
  rig.login.instead_of_refresh.reset();
  CHECK(rig.replace(*old));
}

// ---- what was rejected ----

}  // namespace toyota2mqtt
