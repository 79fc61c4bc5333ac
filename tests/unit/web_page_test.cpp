#include <string>

#include "support/golden.hpp"
#include "support/page_rig.hpp"

namespace toyota2mqtt::web {
namespace {

using namespace std::chrono_literals;
using test::element;
using test::header_of;
using test::Mischief;
using test::PageRig;

struct SampleRig : PageRig {
  explicit SampleRig(Place place = Place::machine) : PageRig(place) {
    actions.state = test::sample_overview(loop.clock.now());
  }
};

const std::vector<base::HttpHeader> kGerman{
    {.name = "Accept-Language", .value = "de-DE,de;q=0.9,en;q=0.8"}};

/// The part of the page in the element that carries the attribute.
std::string section(const std::string& page, const std::string& attribute) {
  const auto mark = page.find(attribute);
  if (mark == std::string::npos) return {};
  return page.substr(mark, page.find("</section>", mark) - mark);
}

}  // namespace

TEST_CASE("without an account the page leads to the set-up") {
  PageRig rig;
  const auto reply = rig.get("/");
  CHECK(reply.status == 303);
  CHECK(header_of(reply, "Location") == "setup");
  CHECK(header_of(rig.get("/?lang=de"), "Location") == "setup?lang=de");
  const auto form = rig.get("/setup");
  CHECK(form.status == 200);
  CHECK(form.body.contains("<h1>Set up your car</h1>"));
  CHECK(form.body.contains("<html lang=\"en\">"));
  CHECK(form.body.contains("<main>"));
  CHECK(form.body.contains(">Sign in</button>"));
  CHECK_FALSE(form.body.contains("id=\"problem\""));
}

TEST_CASE("the set-up asks for three fields") {
  PageRig rig;
  const auto form = rig.get("/setup").body;
  for (const auto* field : {"name=\"username\"", "name=\"password\"", "name=\"brand\""}) {
    CHECK(form.contains(field));
  }
  std::size_t labels = 0;
  for (auto at = form.find("<label"); at != std::string::npos; at = form.find("<label", at + 1)) {
    ++labels;
  }
  CHECK(labels == 3);
  CHECK(form.contains("<option value=\"toyota\" selected>"));
  CHECK(form.contains("<option value=\"lexus\">"));
  CHECK(form.contains("<option value=\"subaru\">"));
}

TEST_CASE("a sign-in that works leads to the cars, and from there to the status page") {
  PageRig rig;
  const auto signed_in = rig.post(
      "/setup/account",
      {{"username", " driver@example.com "}, {"password", " secret "}, {"brand", "lexus"}});
  CHECK(signed_in.status == 303);
  CHECK(header_of(signed_in, "Location") == "cars");
  REQUIRE(rig.actions.sign_ins.size() == 1);
  CHECK(rig.actions.sign_ins[0].username == "driver@example.com");
  CHECK(rig.actions.sign_ins[0].password.reveal() == " secret ");
  CHECK(rig.actions.sign_ins[0].brand == vehicle::Brand::lexus);
  CHECK(rig.actions.agains == std::vector{false});

  const auto cars = rig.get("/setup/cars").body;
  CHECK(cars.contains("name=\"use\" value=\"aaaaaaaaaa\" checked>"));
  CHECK(cars.contains("name=\"use\" value=\"bbbbbbbbbb\" checked>"));
  const auto chosen = rig.post("/setup/cars", {{"use", "aaaaaaaaaa"}});
  CHECK(chosen.status == 303);
  CHECK(header_of(chosen, "Location") == "../");
  REQUIRE(rig.actions.used.size() == 1);
  CHECK(rig.actions.used[0] == std::set<base::CarId>{{"aaaaaaaaaa"}});
  CHECK(rig.get("/").status == 200);
}

TEST_CASE("each way in which a sign-in fails is reported with what cures it, in both languages") {
  for (const auto mischief :
       {Mischief::wrong_password, Mischief::unknown_user, Mischief::one_time_code, Mischief::locked,
        Mischief::terms, Mischief::social, Mischief::too_many_tries, Mischief::unreachable,
        Mischief::storage_full}) {
    PageRig rig;
    rig.actions.mischief = mischief;
    const auto error = test::error_of(mischief);
    INFO(error.message);
    const auto english = rig.sign_in("canary-password");
    CHECK(english.status == 422);
    CHECK_FALSE(element(english.body, "problem").empty());
    CHECK_FALSE(element(english.body, "remedy").empty());
    CHECK(english.body.contains("role=\"alert\""));
    CHECK(english.body.contains("<button name=\"again\" value=\"1\">Try again</button>"));
    CHECK(english.body.contains("value=\"driver@example.com\""));
    CHECK_FALSE(english.body.contains("canary-password"));

    const auto german = rig.post("/setup/account?lang=de", {{"username", "driver@example.com"},
                                                            {"password", "canary-password"},
                                                            {"brand", "subaru"},
                                                            {"again", "1"}});
    CHECK(german.status == 422);
    CHECK(german.body.contains("<html lang=\"de\">"));
    CHECK_FALSE(element(german.body, "problem").empty());
    CHECK(element(german.body, "problem") != element(english.body, "problem"));
    CHECK(german.body.contains(">Erneut versuchen</button>"));
    CHECK(german.body.contains("<option value=\"subaru\" selected>"));
    CHECK_FALSE(german.body.contains("canary-password"));
    CHECK(rig.actions.agains == std::vector{false, true});
    CHECK(rig.get("/").status == 303);  // nothing was saved
  }
}

TEST_CASE("the words of a failure name the step in the app") {
  PageRig rig;
  rig.actions.mischief = Mischief::one_time_code;
  const auto page = rig.sign_in().body;
  CHECK(element(page, "problem") == "The cloud asks for a one-time code sent by mail.");
  CHECK(element(page, "remedy").contains("MyToyota"));
  rig.actions.mischief = Mischief::wrong_password;
  CHECK(element(rig.sign_in().body, "remedy").contains("on this page"));
}

TEST_CASE("a form with nothing typed asks nobody") {
  PageRig rig;
  const test::Fields incomplete[] = {
      {},
      {{"username", ""}, {"password", "x"}},
      {{"username", "   "}, {"password", "x"}},
      {{"username", "driver@example.com"}, {"password", ""}},
      {{"username", "driver@example.com"}, {"password", "x"}, {"brand", "ford"}},
      {{"username", "driver\n@example.com"}, {"password", "x"}},
      {{"username", "driver@example.com"}, {"password", "x\r\ny"}},
      {{"username", std::string(255, 'a')}, {"password", "x"}},
      {{"username", "driver@example.com"}, {"password", std::string(1025, 'a')}}};
  for (const auto& fields : incomplete) {
    const auto reply = rig.post("/setup/account", fields);
    CHECK(reply.status == 422);
    CHECK_FALSE(element(reply.body, "problem").empty());
  }
  CHECK(rig.actions.sign_ins.empty());
}

TEST_CASE("who presses the button twice signs in once") {
  PageRig rig;
  rig.actions.mischief = Mischief::slow;
  const test::Fields fields{
      {"username", "driver@example.com"}, {"password", "secret"}, {"csrf", rig.csrf()}};
  std::optional<Response> first;
  std::optional<Response> second;
  rig.loop.tasks.spawn("first",
                       base::detail::store_result(
                           rig.page.handle(rig.form_request("/setup/account", fields)), first));
  rig.loop.tasks.spawn("second",
                       base::detail::store_result(
                           rig.page.handle(rig.form_request("/setup/account", fields)), second));
  rig.loop.settle();
  CHECK_FALSE(first.has_value());
  CHECK_FALSE(second.has_value());

  auto other = fields;
  other[1].second = "another";
  const auto busy = rig.ask(rig.form_request("/setup/account", other));
  CHECK(busy.status == 422);
  CHECK(element(busy.body, "problem") == "Another sign-in is under way.");

  rig.actions.release();
  rig.loop.settle();
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->status == 303);
  CHECK(second->status == 303);
  CHECK(rig.actions.sign_ins.size() == 1);

  rig.actions.mischief = Mischief::none;
  CHECK(rig.ask(rig.form_request("/setup/account", other)).status == 303);
  CHECK(rig.actions.sign_ins.size() == 2);
}

TEST_CASE("a sign-in that ends with an exception holds up nobody") {
  PageRig rig;
  rig.actions.mischief = Mischief::throws;
  std::optional<Response> reply;
  rig.loop.tasks.spawn(
      "broken",
      base::detail::store_result(
          rig.page.handle(rig.form_request(
              "/setup/account",
              {{"username", "driver@example.com"}, {"password", "secret"}, {"csrf", rig.csrf()}})),
          reply));
  rig.loop.settle();
  CHECK_FALSE(reply.has_value());
  CHECK(rig.loop.log.text().contains("on purpose"));
  rig.actions.mischief = Mischief::none;
  CHECK(rig.sign_in().status == 303);
}

TEST_CASE("cars that the configuration decides about are shown, and cannot be changed") {
  SampleRig rig;
  const auto page = rig.get("/setup/cars").body;
  CHECK(page.contains("value=\"dddddddddd\" disabled aria-describedby=\"car-4-why\""));
  CHECK(page.contains("id=\"car-4-why\">The configuration decides about this car."));
  rig.post(
      "/setup/cars",
      {{"use", "aaaaaaaaaa"}, {"use", "cccccccccc"}, {"use", "dddddddddd"}, {"use", "0000000000"}});
  CHECK(rig.actions.used.back() == std::set<base::CarId>{{"aaaaaaaaaa"}, {"cccccccccc"}});
}

TEST_CASE("a car that came after the form was made stays as it is") {
  SampleRig rig;
  rig.post("/setup/cars",
           {{"shown", "aaaaaaaaaa"}, {"shown", "bbbbbbbbbb"}, {"use", "bbbbbbbbbb"}});
  CHECK(rig.actions.used.back() == std::set<base::CarId>{{"bbbbbbbbbb"}, {"cccccccccc"}});
  rig.post("/setup/cars", {});
  CHECK(rig.actions.used.back().empty());
}

TEST_CASE("cars that cannot be saved are reported") {
  SampleRig rig;
  rig.actions.mischief = Mischief::storage_full;
  const auto reply = rig.post("/setup/cars", {{"use", "aaaaaaaaaa"}});
  CHECK(reply.status == 422);
  CHECK(element(reply.body, "problem") == "The database refused.");
}

TEST_CASE("an account without cars says what to do") {
  PageRig rig;
  rig.sign_in();
  rig.actions.state.cars.clear();
  CHECK(rig.get("/setup/cars").body.contains("There is no car in your account."));
}

TEST_CASE("without cars the status page says why there are none") {
  PageRig rig;
  rig.sign_in();
  rig.actions.state.cars.clear();
  auto& account = rig.actions.state.accounts[0];
  CHECK(rig.get("/").body.contains("There is no car in your account."));
  account.status = "credentials_rejected";
  CHECK(rig.get("/").body.contains("Your cars appear here once the sign-in works."));
  account.status = "set_up";
  CHECK(rig.get("/").body.contains("are being looked up"));
}

TEST_CASE("each car tells what it last reported, and what helps when that is long ago") {
  SampleRig rig;
  const auto page = rig.get("/").body;
  const auto blitz = section(page, "data-car=\"aaaaaaaaaa\"");
  CHECK(blitz.contains(">5 minutes ago</time>."));
  CHECK(blitz.contains("31 entities"));
  CHECK(blitz.contains("available"));
  CHECK(blitz.contains("My bZ4X"));
  CHECK_FALSE(blitz.contains("Refresh"));
  const auto corolla = section(page, "data-car=\"bbbbbbbbbb\"");
  CHECK(corolla.contains("Your car last reported <time"));
  CHECK(corolla.contains(">3 days ago</time>: drive it, or press “Refresh from car”"));
  CHECK_FALSE(corolla.contains("ABRP"));
  const auto rav4 = section(page, "data-car=\"cccccccccc\"");
  CHECK(rav4.contains("Your car has not reported anything yet"));
  CHECK(rav4.contains("the token is rejected"));
  CHECK(rav4.contains("abrp.token"));  // it stands in the configuration
  CHECK_FALSE(rav4.contains("setup/abrp"));
  CHECK(section(page, "data-car=\"dddddddddd\"").contains("not used"));
}

TEST_CASE("accounts, broker and entities tell their state, since when, and what to do") {
  SampleRig rig;
  const auto page = rig.get("/").body;
  const auto own = section(page, "data-account=\"1111111111\"");
  CHECK(own.contains("signed in"));
  CHECK(own.contains("for 2 days"));
  CHECK(own.contains("account/remove"));
  CHECK_FALSE(own.contains("account/try-again"));
  const auto configured = section(page, "data-account=\"2222222222\"");
  CHECK(configured.contains("The password was rejected."));
  CHECK(configured.contains("in the configuration (inside Home Assistant: in the options"));
  CHECK_FALSE(configured.contains("page"));
  CHECK(configured.contains("account/try-again"));
  CHECK_FALSE(configured.contains("account/remove"));
  const auto broker = section(page, "id=\"broker\"");
  CHECK(broker.contains("core-mosquitto:1883"));
  CHECK(broker.contains("for 1 day"));
  const auto entities = section(page, "id=\"entities\"");
  CHECK(entities.contains("62 entities published; do you not see them?"));
  CHECK(entities.contains(
      "href=\"https://my.home-assistant.io/redirect/config_flow_start?domain=mqtt\""));
  CHECK(page.contains("Version 0.2.0"));
  CHECK(page.contains("Something needs you."));
}

TEST_CASE("when everything works the page says so") {
  SampleRig rig;
  rig.actions.state.accounts.pop_back();
  rig.actions.state.cars.erase(rig.actions.state.cars.begin() + 2);
  rig.actions.state.cars[1].last_reported = rig.actions.state.now - 1h;
  CHECK(rig.get("/").body.contains("Everything works."));
  CHECK(rig.get("/", kGerman).body.contains("Alles läuft."));
}

TEST_CASE("A4: what is old is green nowhere") {
  SampleRig rig;
  auto& state = rig.actions.state;
  state.accounts.pop_back();
  state.cars.resize(1);
  const auto car = [&] { return section(rig.get("/").body, "data-car=\"aaaaaaaaaa\""); };
  CHECK(car().contains("badge good\">available"));
  CHECK(rig.get("/").body.contains("notice good"));
  for (const auto age : {24h, 48h, 910 * 24h}) {
    state.cars[0].last_reported = state.now - age;
    state.cars[0].abrp_last_accepted = state.now - age;
    CHECK_FALSE(car().contains("good"));
    CHECK(car().contains("badge old\">no news"));
    CHECK_FALSE(rig.get("/").body.contains("notice good"));
    CHECK(rig.get("/").body.contains("some of what you see here is old"));
  }
  state.cars[0].last_reported.reset();
  CHECK_FALSE(car().contains("badge good\">available"));
  CHECK(car().contains("no report yet"));
  state.cars[0].last_reported = state.now - 1min;
  state.cars[0].current = false;  // its account cannot be read now
  CHECK_FALSE(car().contains("badge good\">available"));
  CHECK(car().contains("not read at present"));
}

TEST_CASE("A2: the page names every mistake of a configuration that is not in use") {
  SampleRig rig;
  auto& state = rig.actions.state;
  state.mistakes = {"settings.yaml:3:5: polling.parked: found <1s>",
                    "settings.yaml:4:1: no_such_key"};
  state.mistaken_since = state.now - 2h;
  const auto page = rig.get("/").body;
  const auto reported = section(page, "id=\"configuration\"");
  CHECK(reported.contains("settings.yaml:3:5: polling.parked: found &lt;1s&gt;"));
  CHECK(reported.contains("no_such_key"));
  CHECK(reported.contains("The one before is in use."));
  CHECK(reported.contains("for 2 hours"));
  CHECK(page.contains("Something needs you."));
  CHECK(rig.get("/", kGerman).body.contains("Die vorige ist in Gebrauch."));
}

TEST_CASE("E1: a trouble that passes names its next try, and a button only where there is one") {
  SampleRig rig;
  auto& account = rig.actions.state.accounts[0];
  account.status = "unreachable";
  account.message = "Toyota's cloud has trouble (status 503)";
  account.remedy = "Nothing has to be done: Toyota's cloud is asked again by itself.";
  account.next_try = rig.actions.state.now + 12min;
  const auto card = section(rig.get("/").body, "data-account=\"1111111111\"");
  CHECK(card.contains("Toyota&#39;s cloud has trouble (status 503)."));
  CHECK(card.contains("in 12 minutes</time>"));
  CHECK(card.contains("account/try-again"));
  CHECK_FALSE(card.contains("internet"));
  CHECK(section(rig.get("/", kGerman).body, "data-account=\"1111111111\"")
            .contains("in 12 Minuten</time>"));
  // The page that says what failed has the button that its remedy names.
  rig.actions.mischief = Mischief::locked;
  const auto failed = rig.post("/account/try-again", {{"account", "2222222222"}});
  CHECK(failed.status == 422);
  CHECK(element(failed.body, "remedy").contains("Try again"));
  CHECK(failed.body.contains("account/try-again"));
}

TEST_CASE("without a broker, or without discovery, the page says what is missing") {
  SampleRig rig;
  rig.actions.state.broker = {};
  CHECK(rig.get("/").body.contains("No broker is known."));
  CHECK(rig.get("/").body.contains("62 entities wait for the broker."));
  rig.actions.state.broker = {.where = "10.0.0.1:1883",
                              .message = "no connection to the MQTT broker 10.0.0.1:1883",
                              .remedy =
                                  "Start the broker, or correct mqtt.host, mqtt.port and "
                                  "mqtt.tls."};
  const auto page = rig.get("/", kGerman).body;
  CHECK(page.contains("Keine Verbindung zum MQTT-Broker 10.0.0.1:1883."));
  CHECK(page.contains("Starte den Broker"));
  rig.actions.state.discovery = false;
  CHECK(rig.get("/").body.contains("mqtt.discovery"));
  rig.actions.state.discovery = true;
  rig.actions.state.entities = 0;
  CHECK(rig.get("/").body.contains("No entity is published yet."));
}

TEST_CASE("a car that is read for the first time is no trouble, and the page reloads meanwhile") {
  PageRig rig;
  rig.sign_in();
  rig.actions.state.broker.connected = true;
  auto page = rig.get("/").body;
  CHECK(section(page, "data-car=\"aaaaaaaaaa\"").contains("being read"));
  CHECK_FALSE(page.contains("drive it"));
  CHECK_FALSE(page.contains("attention"));
  CHECK_FALSE(page.contains("Something needs you"));
  CHECK(page.contains("http-equiv=\"refresh\""));
  rig.actions.state.now += 4min;  // what takes longer is not waited for
  CHECK_FALSE(rig.get("/").body.contains("http-equiv"));
  for (auto& car : rig.actions.state.cars) car.entities = 20;
  page = rig.get("/").body;
  CHECK(page.contains("unavailable"));
  CHECK(page.contains("Something needs you"));
}

TEST_CASE("the page reloads by itself only while the cars are being looked up") {
  SampleRig rig;
  CHECK_FALSE(rig.get("/").body.contains("http-equiv"));
  rig.actions.state.cars.clear();
  rig.actions.state.accounts[0].status = "set_up";
  CHECK(rig.get("/").body.contains("http-equiv=\"refresh\""));
}

TEST_CASE("C5 what the cloud rejected is offered again for a car that exists") {
  SampleRig rig;
  CHECK_FALSE(rig.get("/").body.contains("car/offer-again"));
  auto& car = rig.actions.state.cars[0];
  car.rejected = {vehicle::find_command_row("windows_close"),
                  vehicle::find_command_row("charge_now")};
  const auto card = section(rig.get("/").body, "data-car=\"aaaaaaaaaa\"");
  CHECK(
      card.contains("the cloud rejected it for this car: Close windows, Charge now "
                    "(experimental)."));
  CHECK(card.contains("action=\"./car/offer-again\""));
  CHECK(card.contains(">Offer again</button>"));
  const auto german = section(rig.get("/", kGerman).body, "data-car=\"aaaaaaaaaa\"");
  CHECK(german.contains("abgelehnt hat: Fenster schließen, Jetzt laden (experimentell)."));
  CHECK(german.contains(">Wieder anbieten</button>"));
  const auto again = rig.post("/car/offer-again", {{"car", car.id.text}});
  CHECK(again.status == 303);
  CHECK(header_of(again, "Location") == "../");
  CHECK(rig.actions.offered_again == std::vector<base::CarId>{car.id});
  CHECK(rig.post("/car/offer-again", {{"car", "0000000000"}}).status == 422);
  CHECK(rig.actions.offered_again.size() == 1);
}

TEST_CASE("try again and remove reach the owner, for accounts that exist") {
  SampleRig rig;
  const auto again = rig.post("/account/try-again", {{"account", "2222222222"}});
  CHECK(again.status == 303);
  CHECK(header_of(again, "Location") == "../");
  CHECK(rig.actions.tried_again == std::vector<std::string>{"2222222222"});
  CHECK(rig.post("/account/remove?lang=de", {{"account", "1111111111"}}).headers.back().value ==
        "../?lang=de");
  CHECK(rig.actions.removed == std::vector<std::string>{"1111111111"});
  CHECK(rig.post("/account/remove", {{"account", "1111111111"}}).status == 422);
  CHECK(rig.post("/account/remove", {}).status == 422);
  CHECK(rig.actions.removed.size() == 1);
  rig.actions.mischief = Mischief::wrong_password;
  const auto failed = rig.post("/account/try-again", {{"account", "2222222222"}});
  CHECK(failed.status == 422);
  CHECK(element(failed.body, "problem") == "The password was rejected.");
}

TEST_CASE("all pages, as they are, in both languages", "[golden]") {
  const auto check = [](PageRig& rig, const std::string& name, const std::string& target) {
    const auto separator = target.contains('?') ? "&" : "?";
    for (const std::string language : {"en", "de"}) {
      const auto page = rig.get(target + separator + "lang=" + language);
      CHECK(test::golden_difference("web/" + name + "." + language + ".html", page.body) == "");
    }
  };
  SampleRig rig;
  check(rig, "status", "/");
  check(rig, "cars", "/setup/cars");
  check(rig, "password", "/password");
  check(rig, "abrp", "/setup/abrp?car=aaaaaaaaaa");
  check(rig, "setup", "/setup");
  check(rig, "not_found", "/nowhere");
}

}  // namespace toyota2mqtt::web
