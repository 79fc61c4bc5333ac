#include "support/simulated_home.hpp"
#include "toyota2mqtt/setup/set_up_service.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using base::ErrorCode;
using setup::Origin;
using test::SimulatedHome;

namespace {

const char* const kLexusVin = SimulatedHome::kLexusVin;
const char* const kElectric = "JTMSIMBZ4X0000001";
const char* const kHybrid = "SB1SIMCORO0000001";

/// The bridge and its actions, as the program puts them together.
struct Page : SimulatedHome {
  Page() = default;

  void open() {
    make_bridge();
    make_service();
    REQUIRE(loop.run(actions->load()));
    start();
  }
  void make_service() {
    actions = std::make_unique<setup::SetUpService>(
        setup::Services{.outside = services(),
                        .accounts = bridge->accounts,
                        .publisher = bridge->publisher,
                        .set_up = set_up,
                        .hide = [this](const base::Secret& it) { hidden.push_back(it); }},
        options.fleet);
  }
  void restart() {
    stop();
    actions.reset();
    open();
  }

  base::Result<void> add(const std::string& name, vehicle::Brand brand = vehicle::Brand::lexus,
                         const std::string& password = "secret-password", bool again = false) {
    return loop.run(actions->add_account(
        {.username = name + "@example.com", .password = base::Secret(password), .brand = brand},
        again));
  }
  base::Result<void> add_lexus() { return add("lexus"); }
  [[nodiscard]] setup::Overview overview() const { return actions->overview(); }
  [[nodiscard]] setup::CarCard card(const std::string& vin) const {
    for (const auto& car : overview().cars) {
      if (car.id.text == id(vin)) return car;
    }
    FAIL("the car is not in the overview");
    return {};
  }
  base::CarId car(const std::string& vin) const { return {id(vin)}; }
  int password_posts() { return cloud.world().journal.password_posts; }
  [[nodiscard]] bool hides(const std::string& text) const {
    return std::ranges::find(hidden, base::Secret(text)) != hidden.end();
  }
  void configure_key() { options.fleet.policy.abrp.api_key = base::Secret("sim-key"); }

  test::MemorySetUpStore set_up;
  std::vector<base::Secret> hidden;
  std::unique_ptr<setup::SetUpService> actions;
};

}  // namespace

// ---- accounts ----

TEST_CASE("the first sign-in on the page brings account, cars and entities, without a restart") {
  Page page;
  page.open();
  CHECK(page.overview().accounts.empty());
  CHECK(page.overview().cars.empty());
  CHECK(page.overview().broker.connected);
  CHECK(page.overview().version == "1.2.3");
  const auto entities_before = page.overview().entities;

  REQUIRE(page.add_lexus());
  auto overview = page.overview();
  REQUIRE(overview.accounts.size() == 1);
  CHECK(overview.accounts[0].status == "ok");
  CHECK(overview.accounts[0].origin == Origin::page);
  CHECK(overview.accounts[0].masked == "l…@e….com");
  CHECK(overview.accounts[0].brand == vehicle::Brand::lexus);
  CHECK(overview.accounts[0].since);
  REQUIRE(overview.cars.size() == 1);
  CHECK(overview.cars[0].used);
  CHECK(overview.cars[0].used_from == Origin::none);
  CHECK(overview.cars[0].vin == "…0001");
  CHECK(overview.cars[0].electric);
  CHECK(overview.cars[0].account_key == overview.accounts[0].key);
  CHECK(page.password_posts() == 1);
  CHECK(page.set_up.saved.accounts.size() == 1);

  page.loop.advance(30s);
  overview = page.overview();
  CHECK(overview.cars[0].available);
  CHECK(overview.cars[0].entities > 10);
  CHECK(overview.entities > entities_before + overview.cars[0].entities);
  CHECK(overview.cars[0].last_read);
  REQUIRE(overview.cars[0].last_reported);
  CHECK(*overview.cars[0].last_reported <= page.loop.clock.now());
  CHECK(page.topics_of(kLexusVin) >= 4);
}

TEST_CASE("what was saved is there after a restart, without another sign-in") {
  Page page;
  page.open();
  REQUIRE(page.add_lexus());
  page.hidden.clear();
  page.restart();
  CHECK(page.overview().accounts.size() == 1);
  CHECK(page.overview().accounts[0].status == "ok");
  CHECK(page.overview().cars.size() == 1);
  CHECK(page.password_posts() == 1);
  CHECK(page.hides("secret-password"));
  CHECK(page.hides("lexus@example.com"));
}

TEST_CASE("a wrong password is sent once, kept back until asked again, and saved never") {
  Page page;
  page.open();
  const auto wrong = [&page](bool again) {
    return page.add("lexus", vehicle::Brand::lexus, "canary-wrong", again);
  };
  auto refused = wrong(false);
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::credentials_rejected);
  CHECK(refused.error().remedy.find("app") != std::string::npos);
  CHECK(page.password_posts() == 1);
  const auto requests = page.line.requests;
  CHECK(wrong(false).error().message == refused.error().message);
  CHECK(page.line.requests == requests);
  CHECK(wrong(true).error().code == ErrorCode::credentials_rejected);
  CHECK(page.password_posts() == 2);

  CHECK(page.overview().accounts.empty());
  CHECK(page.set_up.saves == 0);
  CHECK(page.hides("canary-wrong"));
  CHECK((refused.error().message + refused.error().remedy).find("canary") == std::string::npos);

  CHECK(wrong(true).error().code == ErrorCode::credentials_rejected);
  const auto limited = wrong(true);
  CHECK(limited.error().code == ErrorCode::rate_limited);
  CHECK(limited.error().remedy.find("app and in again") != std::string::npos);
  CHECK(page.password_posts() == 3);
}

TEST_CASE("each failure of the sign-in names the step in the maker's app that cures it") {
  struct Case {
    const char* name;
    ErrorCode code;
    const char* step;
  };
  const auto one = GENERATE(
      Case{"nobody", ErrorCode::credentials_rejected, "under Account in the MyToyota app"},
      Case{"otp", ErrorCode::action_required, "Sign in once with the current MyToyota app"},
      Case{"mfa", ErrorCode::action_required, "Sign in once with the current MyToyota app"},
      Case{"locked", ErrorCode::action_required, "\"Forgot password\" in the MyToyota app"},
      Case{"terms", ErrorCode::action_required, "Sign in with the MyToyota app"},
      Case{"social", ErrorCode::action_required, "Set a password in the MyToyota app"},
      Case{"timeout", ErrorCode::timeout, "choose \"Try again\""});
  Page page;
  page.open();
  const auto refused = page.add(one.name, vehicle::Brand::toyota);
  INFO(one.name);
  REQUIRE(!refused);
  CHECK(refused.error().code == one.code);
  INFO(refused.error().remedy);
  CHECK(refused.error().remedy.find(one.step) != std::string::npos);
  CHECK(page.set_up.saves == 0);
  CHECK(page.overview().accounts.empty());
}

TEST_CASE("while the cloud cannot be reached nothing is saved, and the remedy says what helps") {
  Page page;
  page.open();
  page.line.cut = true;
  const auto refused = page.add_lexus();
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::unreachable);
  CHECK(refused.error().remedy.find("internet") != std::string::npos);
  CHECK(page.set_up.saves == 0);
  page.line.cut = false;
  CHECK(page.add_lexus());
}

TEST_CASE("nothing typed, or nonsense, is refused without a request") {
  Page page;
  page.open();
  for (const auto& [name, password] :
       std::vector<std::pair<std::string, std::string>>{{"", "p"},
                                                        {"  ", "p"},
                                                        {"a@example.com", ""},
                                                        {"a\n@example.com", "p"},
                                                        {std::string(300, 'a'), "p"},
                                                        {"a@example.com", std::string(1025, 'p')},
                                                        {"a@example.com", "two\nlines"}}) {
    const auto refused = page.loop.run(
        page.actions->add_account({.username = name, .password = base::Secret(password)}, false));
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::config_invalid);
    CHECK(!refused.error().remedy.empty());
  }
  CHECK(page.line.requests == 0);
}

TEST_CASE("an account of the configuration is shown as such and cannot be changed on the page") {
  Page page;
  page.options.fleet.accounts = {SimulatedHome::lexus()};
  page.open();
  REQUIRE(page.overview().accounts.size() == 1);
  const auto card = page.overview().accounts[0];
  CHECK(card.origin == Origin::configuration);
  CHECK(page.add("LEXUS").error().code == ErrorCode::config_invalid);
  CHECK(page.loop.run(page.actions->remove_account(card.key)).error().code ==
        ErrorCode::config_invalid);
  CHECK(page.overview().accounts.size() == 1);
  CHECK(page.password_posts() == 1);
}

TEST_CASE("the same account again replaces its password, in whatever case it is typed") {
  Page page;
  page.set_up.saved.accounts = {
      SimulatedHome::account("lexus", vehicle::Brand::lexus, "canary-old-password")};
  page.open();
  CHECK(page.overview().accounts[0].status == "credentials_rejected");
  CHECK(page.overview().accounts[0].remedy.find("app") != std::string::npos);
  REQUIRE(page.add("LEXUS"));
  CHECK(page.overview().accounts.size() == 1);
  CHECK(page.overview().accounts[0].status == "ok");
  CHECK(page.set_up.saved.accounts == std::vector{SimulatedHome::lexus()});
  CHECK(page.password_posts() == 2);
  page.loop.advance(1h);
  CHECK(page.password_posts() == 2);
}

TEST_CASE("a wrong password typed for an account that runs leaves it running") {
  Page page;
  page.open();
  REQUIRE(page.add_lexus());
  REQUIRE(!page.add("lexus", vehicle::Brand::lexus, "canary-wrong"));
  page.loop.advance(3h);
  CHECK(page.overview().accounts[0].status == "ok");
  CHECK(page.password_posts() == 2);
}

TEST_CASE("Try again asks once more, and tells what came of it") {
  Page page;
  page.set_up.saved.accounts = {
      SimulatedHome::account("lexus", vehicle::Brand::lexus, "canary-old-password")};
  page.open();
  const auto key = page.overview().accounts[0].key;
  const auto refused = page.loop.run(page.actions->try_again(key));
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::credentials_rejected);
  CHECK(page.password_posts() == 2);
  for (auto& user : page.cloud.world().users) {
    if (user.name == "lexus@example.com") user.password = "canary-old-password";
  }
  CHECK(page.loop.run(page.actions->try_again(key)));
  CHECK(page.overview().accounts[0].status == "ok");
  CHECK(!page.loop.run(page.actions->try_again("0123456789")));
}

TEST_CASE("an account that is removed leaves nothing: password, tokens, topics, choices") {
  Page page;
  page.open();
  REQUIRE(page.add_lexus());
  REQUIRE(page.add("subaru", vehicle::Brand::subaru));
  page.loop.advance(30s);
  REQUIRE(page.loop.run(page.actions->use_cars({page.car(kLexusVin)})));
  const auto key = toyota::account_key(SimulatedHome::lexus(), page.crypto);
  REQUIRE(page.tokens.entries.contains(key));
  REQUIRE(page.loop.run(page.actions->remove_account(key)));
  page.loop.advance(2h);
  CHECK(!page.tokens.entries.contains(key));
  CHECK(page.topics_of(kLexusVin) == 0);
  CHECK(page.overview().accounts.size() == 1);
  CHECK(page.set_up.saved.accounts == std::vector{SimulatedHome::subaru()});
  CHECK(!page.set_up.saved.cars.contains(base::Vin::parse(kLexusVin).value()));
  CHECK(page.set_up.saved.cars.contains(base::Vin::parse(SimulatedHome::kSubaruVin).value()));
  CHECK(!page.loop.run(page.actions->remove_account(key)));
}

TEST_CASE("on a full disk a sign-in is not half saved") {
  Page page;
  page.open();
  page.set_up.disk_full = true;
  const auto refused = page.add_lexus();
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::storage_failed);
  CHECK(!refused.error().remedy.empty());
  CHECK(page.tokens.entries.empty());
  CHECK(page.overview().accounts.empty());
}

TEST_CASE("a set-up that could not be read at the start is not written over") {
  Page page;
  page.set_up.saved.accounts = {SimulatedHome::subaru()};
  page.set_up.unreadable = true;
  page.make_bridge();
  page.make_service();
  CHECK(!page.loop.run(page.actions->load()));
  page.start();
  CHECK(page.add_lexus().error().code == ErrorCode::storage_failed);
  CHECK(page.set_up.saves == 0);
  page.set_up.unreadable = false;
  REQUIRE(page.add_lexus());
  CHECK(page.set_up.saved.accounts.size() == 2);
  CHECK(page.overview().accounts.size() == 2);
}

TEST_CASE("changes that come together are all kept") {
  Page page;
  page.open();
  base::TaskGroup tasks(page.loop.io.get_executor(), page.loop.log);
  const auto add = [&](const toyota::Credentials& account) {
    tasks.spawn("add",
                [](setup::OwnerActions& actions, setup::NewAccount typed) -> base::Task<void> {
                  CHECK(co_await actions.add_account(std::move(typed), false));
                }(*page.actions, {.username = account.username,
                                  .password = account.password,
                                  .brand = account.brand}));
  };
  add(SimulatedHome::lexus());
  add(SimulatedHome::subaru());
  page.loop.advance(1min);
  CHECK(tasks.running() == 0);
  CHECK(page.overview().accounts.size() == 2);
  CHECK(page.set_up.saved.accounts.size() == 2);
}

// ---- cars ----

TEST_CASE("cars that are not chosen leave the broker and stay in the overview") {
  Page page;
  page.open();
  REQUIRE(page.add("toyota", vehicle::Brand::toyota));
  page.loop.advance(30s);
  REQUIRE(page.overview().cars.size() == 4);
  REQUIRE(page.loop.run(page.actions->use_cars({page.car(kElectric)})));
  page.loop.advance(1s);
  CHECK(page.overview().cars.size() == 4);
  CHECK(page.card(kElectric).used);
  CHECK(page.card(kElectric).used_from == Origin::page);
  CHECK(!page.card(kHybrid).used);
  CHECK(page.card(kHybrid).entities == 0);
  CHECK(!page.card(kHybrid).electric);
  CHECK(page.topics_of(kHybrid) == 0);
  CHECK(page.topics_of(kElectric) >= 4);

  page.restart();
  CHECK(!page.card(kHybrid).used);
  CHECK(page.topics_of(kHybrid) == 0);
  REQUIRE(page.loop.run(page.actions->use_cars({page.car(kElectric), page.car(kHybrid)})));
  page.loop.advance(30s);
  CHECK(page.card(kHybrid).used);
  CHECK(page.topics_of(kHybrid) >= 4);
}

TEST_CASE("what the configuration says about a car's use is not changed by the page") {
  Page page;
  page.options.fleet.vehicles = {{.vin = base::Vin::parse(kHybrid).value(),
                                  .name = {},
                                  .abrp_token = {},
                                  .ignore = true,
                                  .says_ignore = true}};
  page.open();
  REQUIRE(page.add("toyota", vehicle::Brand::toyota));
  REQUIRE(page.loop.run(page.actions->use_cars({page.car(kHybrid), page.car(kElectric)})));
  CHECK(!page.card(kHybrid).used);
  CHECK(page.card(kHybrid).used_from == Origin::configuration);
  CHECK(page.card(kElectric).used);
}

// ---- ABRP ----

TEST_CASE("ABRP is checked without saving, then saved, and its points arrive") {
  Page page;
  page.open();
  REQUIRE(page.add_lexus());
  page.loop.advance(30s);
  CHECK(page.card(kLexusVin).abrp_status == "off");
  CHECK(page.overview().abrp_key_from == Origin::none);
  const setup::AbrpEntry entry{.car = page.car(kLexusVin),
                               .api_key = base::Secret(" sim-key\n"),
                               .token = base::Secret(page.abrp_token(kLexusVin) + " ")};
  const auto name = page.loop.run(page.actions->check_abrp(entry));
  REQUIRE(name);
  CHECK(!name->empty());
  CHECK(page.set_up.saved.abrp_api_key.empty());
  CHECK(page.cloud.world().journal.abrp_points == 0);

  REQUIRE(page.loop.run(page.actions->save_abrp(entry)));
  page.loop.advance(2min);
  const auto card = page.card(kLexusVin);
  CHECK(card.abrp_status == "ok");
  CHECK(card.abrp_vehicle == *name);
  CHECK(card.abrp_last_accepted);
  CHECK(card.abrp_from == Origin::page);
  CHECK(page.overview().abrp_key_from == Origin::page);
  CHECK(page.cloud.world().journal.abrp_points > 0);
  CHECK(page.hides("sim-key"));
  CHECK(page.hides(page.abrp_token(kLexusVin)));

  const setup::AbrpEntry empty{.car = page.car(kLexusVin), .api_key = {}, .token = {}};
  SECTION("the key that is known need not be typed again") {
    const auto again = page.loop.run(page.actions->check_abrp(empty));
    REQUIRE(again);
    CHECK(*again == *name);
  }
  SECTION("an empty token ends it") {
    REQUIRE(page.loop.run(page.actions->save_abrp(empty)));
    page.loop.advance(1min);
    CHECK(page.card(kLexusVin).abrp_status == "off");
    CHECK(page.card(kLexusVin).abrp_from == Origin::none);
  }
}

TEST_CASE("a wrong token or key is distinguished, in words that help") {
  Page page;
  page.configure_key();
  page.open();
  REQUIRE(page.add_lexus());
  const auto check = [&page](const std::string& key, const std::string& token) {
    return page.loop.run(page.actions->check_abrp(
        {.car = page.car(kLexusVin), .api_key = base::Secret(key), .token = base::Secret(token)}));
  };
  const auto token = check("", "canary-wrong-token");
  REQUIRE(!token);
  CHECK(token.error().code == ErrorCode::credentials_rejected);
  CHECK(token.error().message.find("token") != std::string::npos);
  const auto key = check("canary-wrong-key", page.abrp_token(kLexusVin));
  REQUIRE(!key);
  CHECK(key.error().message.find("key") != std::string::npos);
  for (const auto& bad : {check("", ""), check("", "two words"), check("key\x01", "token")}) {
    REQUIRE(!bad);
    CHECK(bad.error().code == ErrorCode::config_invalid);
    CHECK(!bad.error().remedy.empty());
  }
  CHECK(page.set_up.saved.abrp_api_key.empty());
}

TEST_CASE("A3: a token that another car has is refused, with that car's name") {
  Page page;
  page.configure_key();
  page.options.fleet.vehicles = {{.vin = base::Vin::parse(kLexusVin).value(),
                                  .name = "Silver",
                                  .abrp_token = base::Secret("token-of-the-file")}};
  page.open();
  REQUIRE(page.add("driver", vehicle::Brand::toyota));
  const auto entry = [&page](const std::string& vin, const std::string& token) {
    return setup::AbrpEntry{.car = page.car(vin), .api_key = {}, .token = base::Secret(token)};
  };
  for (const auto* token : {"token-of-the-file", " token-of-the-file "}) {
    const auto saved = page.loop.run(page.actions->save_abrp(entry(kElectric, token)));
    REQUIRE(!saved);
    CHECK(saved.error().code == ErrorCode::config_invalid);
    CHECK(saved.error().message == "Silver has this ABRP token already");
    const auto checked = page.loop.run(page.actions->check_abrp(entry(kElectric, token)));
    REQUIRE(!checked);
    CHECK(checked.error().message == saved.error().message);
  }
  CHECK(page.card(kElectric).abrp_from == Origin::none);
  // One that was entered on the page, too; and it may be entered again for its own car.
  REQUIRE(page.loop.run(page.actions->save_abrp(entry(kElectric, "another"))));
  REQUIRE(page.loop.run(page.actions->save_abrp(entry(kElectric, "another"))));
  CHECK(page.card(kElectric).abrp_from == Origin::page);
}

TEST_CASE("A3: the page shows why a general token sends nothing when there are several cars") {
  Page page;
  page.configure_key();
  page.options.fleet.policy.abrp.token = base::Secret("general");
  page.open();
  REQUIRE(page.add("driver", vehicle::Brand::toyota));
  const auto card = page.card(kElectric);
  CHECK(card.abrp_status == "off");
  CHECK(card.abrp_remedy.find("which of your cars") != std::string::npos);
  CHECK(page.card(kHybrid).abrp_remedy.empty());
}

TEST_CASE("checks of ABRP keep its pace, however often a user presses") {
  Page page;
  page.configure_key();
  page.open();
  REQUIRE(page.add_lexus());
  const auto begun = page.loop.clock.steady();
  const setup::AbrpEntry entry{
      .car = page.car(kLexusVin), .api_key = {}, .token = base::Secret(page.abrp_token(kLexusVin))};
  for (int i = 0; i < 3; ++i) CHECK(page.loop.run(page.actions->check_abrp(entry)));
  CHECK(page.loop.clock.steady() - begun >= 20s);
}

TEST_CASE("the ABRP key and tokens of the configuration stay") {
  Page page;
  page.configure_key();
  page.options.fleet.vehicles = {{.vin = base::Vin::parse(kLexusVin).value(),
                                  .name = {},
                                  .abrp_token = base::Secret("token-of-the-file")}};
  page.open();
  REQUIRE(page.add("driver", vehicle::Brand::toyota));
  CHECK(page.card(kLexusVin).abrp_from == Origin::configuration);
  CHECK(page.overview().abrp_key_from == Origin::configuration);
  const auto save = [&page](const std::string& vin, const std::string& key) {
    return page.loop.run(page.actions->save_abrp(
        {.car = page.car(vin), .api_key = base::Secret(key), .token = base::Secret("t")}));
  };
  CHECK(save(kLexusVin, "").error().code == ErrorCode::config_invalid);
  CHECK(save(kElectric, "another-key").error().code == ErrorCode::config_invalid);
  CHECK(save(kHybrid, "").error().code == ErrorCode::config_invalid);
  CHECK(save("JTMTEST0000000009", "").error().code == ErrorCode::config_invalid);
  REQUIRE(save(kElectric, "sim-key"));
  CHECK(page.set_up.saved.abrp_api_key.empty());
  CHECK(page.card(kElectric).abrp_from == Origin::page);
}

// ---- privacy ----

TEST_CASE("no name, password, key or token stands in an overview, an error or the log") {
  Page page;
  page.open();
  REQUIRE(page.add_lexus());
  const auto wrong = page.add("subaru", vehicle::Brand::subaru, "canary-wrong");
  std::string text = page.loop.log.text();
  text += wrong.error().message + wrong.error().remedy;
  for (const auto& account : page.overview().accounts) {
    text += account.key + account.masked + account.message + account.remedy;
  }
  for (const auto& car : page.overview().cars) {
    text += car.id.text + car.name + car.model + car.vin + car.abrp_remedy + car.abrp_vehicle;
  }
  for (const auto* secret : {"lexus@example", "subaru@example", "secret-password", "canary",
                             kLexusVin, SimulatedHome::kSubaruVin}) {
    INFO(secret);
    CHECK(text.find(secret) == std::string::npos);
  }
}
