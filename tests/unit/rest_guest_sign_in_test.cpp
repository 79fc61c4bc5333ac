#include "support/simulated_gateway.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;
using test::SimulatedGateway;
using test::SimulatedHome;

namespace {

const char* const kLexusVin = SimulatedHome::kLexusVin;
const char* const kSubaruVin = SimulatedHome::kSubaruVin;
constexpr const char* kPassword = "secret-password";

/// The owner has the Lexus; the owner of the Subaru is a guest.
struct Gateway : SimulatedGateway {
  Gateway() { options.fleet.accounts = {lexus()}; }

  /// Everything that is kept between runs, as one text.
  [[nodiscard]] std::string kept() const {
    std::string text;
    for (const auto& [where, value] : store.entries) {
      text += where.first + " " + where.second + " " + value + "\n";
    }
    for (const auto& [key, one] : tokens.entries) text += key + "\n";
    return text;
  }
  [[nodiscard]] bool broker_knows(const std::string& text) const {
    for (const auto& message : mqtt.published) {
      if (message.topic.find(text) != std::string::npos) return true;
      if (message.payload.find(text) != std::string::npos) return true;
    }
    return false;
  }
  /// From now on nothing renews the guest's tokens.
  void kill_tokens(const std::string& key) {
    auto& kept_tokens = tokens.entries.at(key);
    kept_tokens.refresh = base::Secret("dead");
    kept_tokens.expires_at = loop.clock.now() - 1s;
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a guest's car is read and shown, and nothing of it reaches the broker or ABRP") {
  Gateway gateway;
  gateway.options.fleet.policy.abrp.api_key = base::Secret("sim-key");
  gateway.options.fleet.policy.abrp.token = base::Secret(gateway.abrp_token(kLexusVin));
  gateway.open();
  const auto guest = gateway.settled(SimulatedHome::subaru());
  CHECK(guest.masked == "s…@e….com");
  CHECK(guest.account_key.size() == 21);
  CHECK(guest.account_key.front() == 'g');
  const auto car = gateway.car(gateway.scope(guest), kSubaruVin);
  CHECK(car.available);
  CHECK(car.fresh);
  CHECK(car.account_key == guest.account_key);
  CHECK(car.car->state.odometer);

  gateway.loop.advance(24h);
  CHECK(gateway.requests_about(kSubaruVin) > 20);
  CHECK(gateway.broker_knows(gateway.id(kLexusVin)));  // the search can find something
  CHECK_FALSE(gateway.broker_knows(gateway.id(kSubaruVin)));
  CHECK_FALSE(gateway.broker_knows(kSubaruVin));
  CHECK_FALSE(gateway.broker_knows(guest.account_key));
  CHECK_FALSE(gateway.broker_knows("Solterra"));
  CHECK(gateway.cloud.world().journal.abrp_by_car[kSubaruVin] == 0);
}

TEST_CASE("a guest's password is posted once and kept nowhere, a restart needs none") {
  Gateway gateway;
  gateway.open();
  const auto before = gateway.password_posts();
  const auto guest = gateway.settled(SimulatedHome::subaru());
  CHECK(gateway.password_posts() == before + 1);
  REQUIRE(gateway.tokens.entries.contains(guest.account_key));
  for (const auto* secret : {kPassword, "subaru@example.com", kSubaruVin}) {
    CHECK_FALSE(contains(gateway.kept(), secret));
    CHECK_FALSE(contains(gateway.loop.log.text(), secret));
  }
  // Nor under the hash that anybody could make of the name.
  const auto plain = toyota::account_key(SimulatedHome::subaru(), gateway.crypto);
  CHECK_FALSE(contains(gateway.kept(), plain));
  REQUIRE(gateway.bridge->accounts.find_guest(guest.account_key) != nullptr);
  CHECK(gateway.bridge->accounts.find_guest(guest.account_key)
            ->options()
            .credentials.password.empty());

  gateway.restart();
  CHECK(gateway.ids(gateway.scope(guest)).empty());  // nobody has come back yet
  const auto asked = gateway.requests_about(kSubaruVin);
  gateway.loop.advance(1h);
  CHECK(gateway.requests_about(kSubaruVin) == asked);
  REQUIRE(gateway.loop.run(gateway.guests->resume(guest.account_key)));
  gateway.loop.advance(30s);
  CHECK(gateway.ids(gateway.scope(guest)) == std::vector{gateway.id(kSubaruVin)});
  CHECK(gateway.password_posts() == before + 1);
}

TEST_CASE("a rejected password of a guest is posted once, also after a restart") {
  Gateway gateway;
  gateway.open();
  const auto before = gateway.password_posts();
  const auto wrong = SimulatedHome::account("subaru", vehicle::Brand::subaru, "canary-wrong");
  const auto refused = gateway.sign_in(wrong);
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::credentials_rejected);
  CHECK(gateway.password_posts() == before + 1);
  const auto requests = gateway.line.requests;
  CHECK(gateway.sign_in(wrong).error().message == refused.error().message);
  gateway.restart();
  CHECK(gateway.sign_in(wrong).error().message == refused.error().message);
  // The name in another spelling is the same account.
  auto shouted = wrong;
  shouted.username = "SUBARU@Example.com";
  CHECK(gateway.sign_in(shouted).error().code == ErrorCode::credentials_rejected);
  CHECK(gateway.password_posts() <= before + 2);
  CHECK(gateway.guests->list().empty());
  CHECK(gateway.tokens.entries.size() == 1);  // the owner's
  CHECK_FALSE(contains(gateway.kept() + gateway.loop.log.text(), "canary-wrong"));
  CHECK(gateway.line.requests > requests);  // the owner's car is read all the while
  CHECK(gateway.sign_in(SimulatedHome::subaru()));
}

TEST_CASE("three passwords a day go out for a guest's name, however often it is typed") {
  Gateway gateway;
  gateway.open();
  const auto before = gateway.password_posts();
  for (const auto* password : {"wrong 1", "wrong 2", "wrong 3"}) {
    const auto typed = SimulatedHome::account("subaru", vehicle::Brand::subaru, password);
    CHECK(gateway.sign_in(typed).error().code == ErrorCode::credentials_rejected);
  }
  const auto limited = gateway.sign_in(SimulatedHome::subaru());
  REQUIRE(!limited);
  CHECK(limited.error().code == ErrorCode::rate_limited);
  CHECK(limited.error().retry_after);
  CHECK(gateway.password_posts() == before + 3);
}

TEST_CASE("a guest whose tokens have died is asked to sign in again, and no password is posted") {
  Gateway gateway;
  gateway.open();
  const auto guest = gateway.settled(SimulatedHome::subaru());
  const auto posts = gateway.password_posts();
  gateway.kill_tokens(guest.account_key);
  gateway.loop.advance(25h);
  const auto* session = gateway.bridge->accounts.find_guest(guest.account_key);
  REQUIRE(session != nullptr);
  CHECK(session->signed_out());
  REQUIRE(session->trouble());
  CHECK(session->trouble()->code == ErrorCode::action_required);
  CHECK(session->trouble()->remedy == "Sign in again.");
  CHECK_FALSE(gateway.car(gateway.scope(guest), kSubaruVin).fresh);
  const auto resumed = gateway.loop.run(gateway.guests->resume(guest.account_key));
  REQUIRE(!resumed);
  CHECK(resumed.error().code == ErrorCode::action_required);
  CHECK(gateway.password_posts() == posts);
  CHECK(gateway.cloud.world().journal.refreshes_refused <= 1);

  CHECK(gateway.settled(SimulatedHome::subaru()).account_key == guest.account_key);
  CHECK(gateway.password_posts() == posts + 1);
  CHECK(gateway.car(gateway.scope(guest), kSubaruVin).fresh);
}

TEST_CASE("guests never see each other, the owner's cars, or anything without an account") {
  Gateway gateway;
  gateway.options.fleet.accounts.clear();
  gateway.open();
  const auto one = gateway.settled(SimulatedHome::subaru());
  const auto other = gateway.settled(SimulatedHome::lexus());
  CHECK(one.account_key != other.account_key);
  CHECK(gateway.ids(gateway.scope(one)) == std::vector{gateway.id(kSubaruVin)});
  CHECK(gateway.ids(gateway.scope(other)) == std::vector{gateway.id(kLexusVin)});
  for (const auto& name : {gateway.id(kLexusVin), std::string(kLexusVin)}) {
    CHECK_FALSE(gateway.fleet->find(gateway.scope(one), name));
    CHECK(gateway.fleet->find(gateway.scope(other), name));
    CHECK_FALSE(gateway.fleet->find(gateway.actions(), name));
    CHECK_FALSE(gateway.fleet->find({}, name));
  }
  CHECK(gateway.ids(gateway.actions()).empty());
  CHECK(gateway.ids({}).empty());
  for (const auto& [account, car] : gateway.heard.changes) {
    CHECK(car == (account == one.account_key ? gateway.id(kSubaruVin) : gateway.id(kLexusVin)));
  }
  // Administrators read the log.
  for (const auto* vin : {kSubaruVin, kLexusVin}) {
    CHECK_FALSE(contains(gateway.loop.log.text(), gateway.id(vin)));
  }
}

TEST_CASE("who signs in with an account of the owner's sees its cars, read only once") {
  Gateway gateway;
  gateway.options.fleet.accounts = {SimulatedHome::lexus(), SimulatedHome::subaru()};
  gateway.open();
  const auto posts = gateway.password_posts();
  auto holder = SimulatedHome::subaru();
  holder.username = " Subaru@EXAMPLE.com ";
  const auto guest = gateway.settled(holder);
  CHECK(gateway.password_posts() == posts + 1);
  CHECK(guest.account_key == toyota::account_key(SimulatedHome::subaru(), gateway.crypto));
  CHECK(gateway.ids(gateway.scope(guest)) == std::vector{gateway.id(kSubaruVin)});
  CHECK_FALSE(gateway.fleet->find(gateway.scope(guest), kLexusVin));
  CHECK(gateway.bridge->accounts.guests().empty());
  CHECK(gateway.guests->list().empty());
  CHECK(gateway.loop.run(gateway.guests->resume(guest.account_key)));

  // Leaving ends nothing of the owner's.
  gateway.loop.run(gateway.guests->leave(guest.account_key));
  CHECK(gateway.tokens.entries.contains(guest.account_key));
  CHECK(gateway.ids(gateway.actions()).size() == 2);

  const auto wrong = SimulatedHome::account("subaru", vehicle::Brand::subaru, "canary-wrong");
  CHECK(gateway.sign_in(wrong).error().code == ErrorCode::credentials_rejected);
  CHECK(gateway.sign_in(wrong).error().code == ErrorCode::credentials_rejected);
  CHECK(gateway.password_posts() == posts + 2);
  gateway.loop.advance(1h);
  CHECK(gateway.car(gateway.actions(), kSubaruVin).fresh);
}

TEST_CASE("an administrator sees how many cars a guest has, and none of them") {
  Gateway gateway;
  gateway.open();
  const auto guest = gateway.settled(SimulatedHome::subaru());
  CHECK(gateway.ids(gateway.actions()) == std::vector{gateway.id(kLexusVin)});
  const auto list = gateway.guests->list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].account_key == guest.account_key);
  CHECK(list[0].masked == "s…@e….com");
  CHECK(list[0].reading);
  CHECK(list[0].status == "ok");
  CHECK(list[0].cars == 1);
}

TEST_CASE("a guest who leaves is read no more, and nothing is left of the sign-in") {
  Gateway gateway;
  gateway.open();
  const auto guest = gateway.settled(SimulatedHome::subaru());
  gateway.loop.run(gateway.guests->leave(guest.account_key));
  CHECK(gateway.ids(gateway.scope(guest)).empty());
  CHECK_FALSE(gateway.tokens.entries.contains(guest.account_key));
  CHECK_FALSE(gateway.store.entries.contains({"guests", guest.account_key}));
  CHECK(gateway.guests->list().empty());
  CHECK(gateway.heard.sets.back() == guest.account_key);
  const auto asked = gateway.requests_about(kSubaruVin);
  gateway.loop.advance(6h);
  CHECK(gateway.requests_about(kSubaruVin) == asked);
  CHECK(gateway.loop.run(gateway.guests->resume(guest.account_key)).error().code ==
        ErrorCode::action_required);
  CHECK(gateway.tokens.entries.size() == 1);  // the owner's stay
}

TEST_CASE("guests of an earlier run whose sessions have ended leave when the others are back") {
  Gateway gateway;
  gateway.options.fleet.accounts.clear();
  gateway.open();
  const auto stays = gateway.settled(SimulatedHome::subaru());
  const auto ended = gateway.settled(SimulatedHome::lexus());
  gateway.restart();
  REQUIRE(gateway.loop.run(gateway.guests->resume(stays.account_key)));
  gateway.loop.run(gateway.accounts->forget_others());
  CHECK(gateway.tokens.entries.contains(stays.account_key));
  CHECK_FALSE(gateway.tokens.entries.contains(ended.account_key));
  CHECK_FALSE(gateway.accounts->known().contains(ended.account_key));
}

TEST_CASE("the gateway takes so many guests and no more, and posts no password of one too many") {
  Gateway gateway;
  for (std::size_t i = 0; i < fleet::GuestAccounts::kMost; ++i) {
    gateway.store.entries[{"guests", "g" + std::to_string(i)}] =
        R"({"masked":"x…@y….com","brand":"toyota"})";
  }
  gateway.open();
  const auto posts = gateway.password_posts();
  const auto refused = gateway.sign_in(SimulatedHome::subaru());
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::forbidden);
  CHECK(gateway.password_posts() == posts);
}

TEST_CASE(
    "after many failed sign-ins of strangers no more names are tried, known guests may come") {
  Gateway gateway;
  gateway.options.fleet.accounts.clear();
  gateway.open();
  const auto guest = gateway.settled(SimulatedHome::subaru());
  for (std::size_t i = 0; i < fleet::GuestAccounts::kMostStrangers; ++i) {
    const auto stranger = SimulatedHome::account("nobody" + std::to_string(i));
    REQUIRE(gateway.sign_in(stranger).error().code == ErrorCode::credentials_rejected);
  }
  const auto starts = gateway.cloud.world().journal.sign_ins;
  const auto limited = gateway.sign_in(SimulatedHome::lexus());
  REQUIRE(!limited);
  CHECK(limited.error().code == ErrorCode::rate_limited);
  CHECK(limited.error().retry_after);
  CHECK(gateway.cloud.world().journal.sign_ins == starts);
  CHECK(gateway.sign_in(SimulatedHome::subaru()));
  gateway.loop.advance(25h);
  CHECK(gateway.sign_in(SimulatedHome::lexus()));
}

TEST_CASE("what was refused to strangers is forgotten after a month, the owner's is not") {
  Gateway gateway;
  gateway.open();
  const auto wrong = SimulatedHome::account("subaru", vehicle::Brand::subaru, "canary-wrong");
  CHECK(gateway.sign_in(wrong).error().code == ErrorCode::credentials_rejected);
  gateway.store.entries[{"account", "rejection:0123456789"}] = R"({"at":"2020-01-01T00:00:00Z"})";
  const auto refusals = [&gateway] {
    return std::ranges::count_if(gateway.store.entries, [](const auto& entry) {
      return entry.first.second.starts_with("rejection:");
    });
  };
  CHECK(refusals() == 2);
  gateway.restart();
  CHECK(refusals() == 2);
  gateway.loop.clock.set_now(gateway.loop.clock.now() + 31 * 24h);
  gateway.restart();
  CHECK(refusals() == 1);
  CHECK(gateway.store.entries.contains({"account", "rejection:0123456789"}));
}

TEST_CASE("entries of the store that are no guests are passed over") {
  Gateway gateway;
  gateway.store.entries[{"guests", "g1"}] = "nonsense";
  gateway.store.entries[{"guests", "g2"}] = R"({"masked":7,"brand":"toyota"})";
  gateway.store.entries[{"guests", "g3"}] = R"({"masked":"x…","brand":"tank"})";
  gateway.store.entries[{"guests", "0123456789"}] = R"({"masked":"x…","brand":"toyota"})";
  gateway.store.entries[{"guests", "g4"}] = R"({"masked":"x…","brand":"lexus"})";
  gateway.open();
  REQUIRE(gateway.accounts->known().size() == 1);
  CHECK(gateway.accounts->known().contains("g4"));
}

TEST_CASE("people who sign in wait for each other, but only so many") {
  Gateway gateway;
  gateway.options.fleet.accounts.clear();
  gateway.open();
  gateway.cloud.latency = 5s;
  int answered = 0;
  for (std::size_t i = 0; i < rest::GuestSignIn::kMostAtOnce; ++i) {
    gateway.loop.tasks.spawn("sign in",
                             [](rest::GuestSignIn& guests, int& count) -> base::Task<void> {
                               (void)co_await guests.sign_in(
                                   "nobody@example.com", base::Secret("p"), vehicle::Brand::toyota);
                               ++count;
                             }(*gateway.guests, answered));
  }
  gateway.loop.settle();
  const auto refused = gateway.sign_in(SimulatedHome::subaru());
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::rate_limited);
  CHECK(refused.error().retry_after == 30s);
  gateway.loop.advance(5min);
  CHECK(answered == int{rest::GuestSignIn::kMostAtOnce});
  CHECK(gateway.sign_in(SimulatedHome::subaru()));
}

TEST_CASE("a guest who types nothing, or nonsense, is refused without a request") {
  Gateway gateway;
  gateway.options.fleet.accounts.clear();
  gateway.open();
  const std::vector<std::pair<std::string, std::string>> typed = {
      {"", "p"},
      {"  ", "p"},
      {"a@example.com", ""},
      {"a\n@example.com", "p"},
      {std::string(300, 'a'), "p"},
      {"a@example.com", std::string(1025, 'p')}};
  for (const auto& [name, password] : typed) {
    const auto refused = gateway.loop.run(
        gateway.guests->sign_in(name, base::Secret(password), vehicle::Brand::toyota));
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::config_invalid);
  }
  CHECK(gateway.line.requests == 0);
}

TEST_CASE("a guest's car is woken by the guest and never by the schedule") {
  Gateway gateway;
  gateway.open();
  const auto guest = gateway.settled(SimulatedHome::subaru());
  gateway.loop.advance(72h);
  CHECK(gateway.cloud.world().journal.wakes_by_car[kSubaruVin] == 0);
  const auto answer = gateway.loop.run(gateway.fleet->refresh({gateway.id(kSubaruVin)}));
  REQUIRE(answer);
  CHECK(answer->sent);
  CHECK(gateway.cloud.world().journal.wakes_by_car[kSubaruVin] == 1);
}

TEST_CASE("a guest's commands are judged by the rules of the owner, and reported to the guest") {
  Gateway gateway;
  gateway.options.fleet.policy.commands.allow = {vehicle::Allow::lock, vehicle::Allow::unlock};
  gateway.options.fleet.policy.commands.unlock_code = base::Secret("canary-code");
  gateway.open();
  const auto guest = gateway.settled(SimulatedHome::subaru());
  const base::CarId car{gateway.id(kSubaruVin)};
  const auto unlocked =
      gateway.fleet->command(car, {.action = vehicle::Action::unlock, .entity = "doors"});
  REQUIRE(unlocked);
  gateway.loop.advance(1s);
  REQUIRE(gateway.heard.steps.size() == 1);
  CHECK(gateway.heard.steps[0].first == guest.account_key);
  CHECK(gateway.heard.steps[0].second.id == *unlocked);
  CHECK(gateway.heard.steps[0].second.result.outcome == vehicle::Outcome::refused);
  CHECK(gateway.cloud.world().journal.commands == 0);

  const auto locked =
      gateway.fleet->command(car, {.action = vehicle::Action::lock, .entity = "doors"});
  REQUIRE(locked);
  CHECK(*locked != *unlocked);
  gateway.loop.advance(5s);
  REQUIRE(gateway.heard.steps.size() >= 2);
  CHECK(gateway.heard.steps[1].second.id == *locked);
  CHECK(gateway.heard.steps[1].second.result.outcome == vehicle::Outcome::accepted);
  CHECK(gateway.cloud.world().journal.commands == 1);
  CHECK_FALSE(gateway.broker_knows(car.text));
}

TEST_CASE("other options are taken into use for guests without another sign-in") {
  Gateway gateway;
  gateway.open();
  const auto guest = gateway.settled(SimulatedHome::subaru());
  const auto posts = gateway.password_posts();
  auto options = gateway.options;
  options.fleet.policy.commands.allow = {};
  gateway.loop.run(gateway.accounts->reconfigure(fleet::guest_options(options.fleet)));
  gateway.loop.advance(30s);
  CHECK(gateway.car(gateway.scope(guest), kSubaruVin).car->commands.allowed.empty());
  CHECK(gateway.password_posts() == posts);
}
