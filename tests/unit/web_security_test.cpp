#include <array>
#include <random>
#include <string>

#include "support/page_rig.hpp"

namespace toyota2mqtt::web {
namespace {

using test::element;
using test::Fields;
using test::header_of;
using test::PageRig;

constexpr std::array kForms{"/setup/account",     "/setup/cars",     "/setup/abrp",     "/password",
                            "/account/try-again", "/account/remove", "/car/offer-again"};
constexpr std::array kPages{"/",         "/setup",     "/setup/cars", "/setup/abrp",
                            "/password", "/style.css", "/nowhere"};

Fields full_form() {
  return {{"username", "driver@example.com"},
          {"password", "secret"},
          {"use", "aaaaaaaaaa"},
          {"car", "aaaaaaaaaa"},
          {"token", "t"},
          {"api_key", "k"},
          {"action", "save"},
          {"account", "1111111111"}};
}

struct SampleRig : PageRig {
  explicit SampleRig(Place place = Place::machine) : PageRig(place) {
    actions.state = test::sample_overview(loop.clock.now());
  }
  /// How often anything was changed.
  [[nodiscard]] std::size_t changes() const {
    return actions.sign_ins.size() + actions.used.size() + actions.checks.size() +
           actions.saves.size() + actions.removed.size() + actions.tried_again.size() +
           actions.offered_again.size();
  }
  /// The form with the right token and one more header.
  Response post_with(const std::string& target, const base::HttpHeader& header) {
    auto fields = full_form();
    fields.emplace_back("csrf", csrf());
    auto request = form_request(target, fields);
    request.headers.push_back(header);
    return ask(request);
  }
};

void check_headers(const Response& reply) {
  CHECK(header_of(reply, "Content-Security-Policy") ==
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'self'");
  CHECK(header_of(reply, "X-Content-Type-Options") == "nosniff");
  CHECK(header_of(reply, "Referrer-Policy") == "no-referrer");
  CHECK(header_of(reply, "Cache-Control") == "no-store");
  CHECK_FALSE(header_of(reply, "Content-Type").empty());
}

}  // namespace

TEST_CASE("every answer carries the headers that fence it in") {
  SampleRig rig;
  for (const auto* page : kPages) check_headers(rig.get(page));
  for (const auto* form : kForms) {
    check_headers(rig.get(form));
    check_headers(rig.post(form, full_form()));
    check_headers(rig.ask(rig.form_request(form, {})));
  }
  check_headers(PageRig().get("/"));
  check_headers(PageRig(Place::app).get("/"));
}

TEST_CASE("pages load nothing from elsewhere and run no script") {
  SampleRig rig;
  for (const auto* target : kPages) {
    const auto page = rig.get(target).body;
    CHECK_FALSE(page.contains("<script"));
    CHECK_FALSE(page.contains("src="));
    CHECK_FALSE(page.contains("style="));
    CHECK_FALSE(page.contains("url("));
    CHECK_FALSE(page.contains("@import"));
  }
}

TEST_CASE("a form without the page's token changes nothing") {
  SampleRig rig;
  for (const auto* form : kForms) {
    INFO(form);
    CHECK(rig.ask(rig.form_request(form, full_form())).status == 403);
    auto wrong = full_form();
    wrong.emplace_back("csrf", std::string(43, 'A'));
    CHECK(rig.ask(rig.form_request(form, wrong)).status == 403);
    wrong.back().second = rig.csrf().substr(1);
    CHECK(rig.ask(rig.form_request(form, wrong)).status == 403);
  }
  CHECK(rig.changes() == 0);
}

TEST_CASE("the token is long, and another one in every process") {
  PageRig rig;
  CHECK(rig.csrf().size() == 43);
  CHECK(rig.csrf() == rig.csrf());
  Page second(rig.actions, rig.loop.clock, rig.loop.random, Place::machine, {});
  const auto reply =
      rig.loop.run(second.handle({.method = "GET",
                                  .path = "/setup",
                                  .headers = {{.name = "Host", .value = "localhost"}},
                                  .peer = "127.0.0.1"}));
  CHECK(reply.status == 200);
  CHECK_FALSE(reply.body.contains(rig.csrf()));
}

TEST_CASE("a form of another site changes nothing, even with the right token") {
  SampleRig rig;
  for (const auto* form : kForms) {
    INFO(form);
    CHECK(rig.post_with(form, {.name = "Origin", .value = "https://evil.example"}).status == 403);
    CHECK(rig.post_with(form, {.name = "Origin", .value = "null"}).status == 403);
    CHECK(rig.post_with(form, {.name = "Sec-Fetch-Site", .value = "cross-site"}).status == 403);
    CHECK(rig.post_with(form, {.name = "Sec-Fetch-Site", .value = "same-site"}).status == 403);
  }
  CHECK(rig.changes() == 0);
  CHECK(rig.post_with("/setup/cars", {.name = "Origin", .value = "http://127.0.0.1:8099"}).status ==
        303);
  CHECK(rig.post_with("/setup/cars", {.name = "Sec-Fetch-Site", .value = "same-origin"}).status ==
        303);
}

TEST_CASE("reading changes nothing, with whatever query") {
  SampleRig rig;
  const auto query = "?" + test::form_text(full_form()) + "&csrf=" + rig.csrf();
  for (const auto* page : kPages) rig.get(page + query);
  for (const auto* form : kForms) rig.get(form + query);
  CHECK(rig.changes() == 0);
}

TEST_CASE("a wrong method is answered with the right ones, an unknown address with 404") {
  SampleRig rig;
  const auto ask = [&](const std::string& method, const std::string& path) {
    auto request = rig.form_request(path, {});
    request.method = method;
    return rig.ask(request);
  };
  for (const std::string path : {"/", "/setup", "/style.css"}) {
    for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", ""}) {
      const auto reply = ask(method, path);
      CHECK(reply.status == 405);
      CHECK(header_of(reply, "Allow") == "GET, HEAD");
    }
    CHECK(ask("HEAD", path).status == 200);
  }
  for (const std::string path : {"/setup/account", "/account/try-again", "/account/remove"}) {
    CHECK(ask("GET", path).status == 405);
    CHECK(header_of(ask("PUT", path), "Allow") == "POST");
  }
  CHECK(ask("PATCH", "/setup/cars").status == 405);
  for (const std::string path : {"", "//", "/setup/", "/Setup", "/setup/account/", "/account",
                                 "/../etc/passwd", "/style.css/", "/favicon.ico"}) {
    CHECK(ask("GET", path).status == 404);
    CHECK(ask("POST", path).status == 404);
  }
}

TEST_CASE("nobody but the gateway, or but this machine, is served") {
  SampleRig inside(Place::app);
  Request request{.method = "GET",
                  .path = "/",
                  .headers = {{.name = "Host", .value = "homeassistant.local:8123"}},
                  .peer = "172.30.32.2"};
  CHECK(inside.ask(request).status == 200);
  for (const auto* peer : {"127.0.0.1", "172.30.32.1", "192.168.1.2"}) {
    request.peer = peer;
    const auto reply = inside.ask(request);
    CHECK(reply.status == 403);
    CHECK_FALSE(reply.body.contains("Blitz"));
    CHECK_FALSE(reply.body.contains("csrf"));
  }
  SampleRig outside;
  request.peer = "127.0.0.1";
  request.headers[0].value = "evil.example";
  CHECK(outside.ask(request).status == 403);
  request.headers[0].value = "localhost:8099";
  CHECK(outside.ask(request).status == 200);
  request.path = "/style.css";
  request.peer = "10.0.0.1";
  CHECK(outside.ask(request).status == 403);
}

TEST_CASE("links work below any path, and an error page uses a plain ingress path only") {
  SampleRig rig(Place::app);
  const auto get = [&](const std::string& path, const std::string& ingress) {
    return rig.ask({.method = "GET",
                    .path = path,
                    .headers = {{.name = "X-Ingress-Path", .value = ingress}},
                    .peer = "172.30.32.2"});
  };
  CHECK(get("/", "/api/hassio_ingress/abc").body.contains("href=\"./style.css\""));
  CHECK(get("/setup/cars", "/api/hassio_ingress/abc").body.contains("href=\"../style.css\""));
  CHECK(get("/a/b/c", "/api/hassio_ingress/abc")
            .body.contains("href=\"/api/hassio_ingress/abc/style.css\""));
  CHECK(get("/a/b/c", "//evil.example").body.contains("href=\"/style.css\""));
  CHECK_FALSE(get("/a/b/c", "/\"><script>").body.contains("script"));
}

TEST_CASE("the language that was asked for stays in links, forms and redirects") {
  SampleRig rig;
  const auto page = rig.get("/?lang=de").body;
  CHECK(page.contains("<html lang=\"de\">"));
  CHECK(page.contains("href=\"./setup/cars?lang=de\""));
  CHECK(page.contains("setup/abrp?car=aaaaaaaaaa&amp;lang=de"));
  CHECK(page.contains("action=\"./account/remove?lang=de\""));
  CHECK(header_of(rig.post("/setup/cars?lang=de", {}), "Location") == "../?lang=de");
  CHECK(header_of(rig.sign_in("x"), "Location") == "cars");
  const auto by_browser = rig.get("/", {{.name = "Accept-Language", .value = "de"}}).body;
  CHECK(by_browser.contains("<html lang=\"de\">"));
  CHECK_FALSE(by_browser.contains("cars?lang=de"));
  CHECK(by_browser.contains("href=\"./?lang=en\""));  // the way to the other one
  CHECK(rig.get("/?lang=%22%3E%3Cscript%3E").body.contains("<html lang=\"en\">"));
}

TEST_CASE("bodies that are too large, of another type or broken are refused") {
  SampleRig rig;
  auto request = rig.form_request("/setup/cars", {{"csrf", rig.csrf()}});
  request.body += "&x=" + std::string(std::size_t{16} << 10, 'x');
  CHECK(rig.ask(request).status == 413);
  request = rig.form_request("/setup/cars", {{"csrf", rig.csrf()}});
  request.headers[1].value = "text/plain";
  CHECK(rig.ask(request).status == 415);
  request.headers.pop_back();
  CHECK(rig.ask(request).status == 415);
  request = rig.form_request("/setup/cars", {{"csrf", rig.csrf()}});
  request.body += "&a=%zz";
  CHECK(rig.ask(request).status == 400);
  CHECK(rig.changes() == 0);
}

TEST_CASE("names from the cloud stay texts") {
  SampleRig rig;
  const std::string hostile = "<img src=x onerror=alert(1)>\"'&<!--";
  auto& state = rig.actions.state;
  for (auto& car : state.cars) {
    car.name = car.model = car.vin = car.abrp_vehicle = car.abrp_remedy = hostile;
    car.abrp_status = hostile;
  }
  for (auto& account : state.accounts) {
    account.masked = account.status = account.message = account.remedy = hostile;
  }
  state.broker.where = state.broker.message = state.broker.remedy = state.version = hostile;
  rig.actions.abrp_vehicle = hostile;
  for (const auto* target : {"/", "/setup/cars", "/setup/abrp?car=aaaaaaaaaa", "/?lang=de"}) {
    const auto page = rig.get(target).body;
    CHECK_FALSE(page.contains("<img"));
    CHECK_FALSE(page.contains("<!--"));
    CHECK(page.contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;&lt;!--"));
  }
  const auto checked =
      rig.post("/setup/abrp", {{"car", "aaaaaaaaaa"}, {"token", hostile}, {"action", "check"}});
  CHECK_FALSE(checked.body.contains("<img"));
  rig.actions.mischief = test::Mischief::wrong_password;
  const auto failed = rig.post("/setup/account", {{"username", hostile}, {"password", hostile}});
  CHECK_FALSE(failed.body.contains("<img"));
  CHECK(failed.body.contains("value=\"&lt;img"));
}

TEST_CASE("random requests are answered, show no secret and change nothing", "[property]") {
  SampleRig rig;
  const auto csrf = rig.csrf();
  std::mt19937 chance(20261125);  // NOLINT(cert-msc51-cpp): the same in every run
  const auto pick = [&](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(chance);
  };
  const auto noise = [&](std::size_t longest) {
    std::string text(pick(longest + 1), ' ');
    for (char& c : text) c = static_cast<char>(pick(256));
    return text;
  };
  const std::array names{"Host",         "Origin",          "Sec-Fetch-Site", "X-Ingress-Path",
                         "Content-Type", "Accept-Language", "Cookie",         "X-Forwarded-Host"};
  const std::array fields{"username", "password", "brand",   "csrf",   "use",     "shown",
                          "car",      "token",    "api_key", "action", "account", "again"};
  const std::array methods{"GET", "POST", "HEAD", "PUT", "BREW"};
  for (int i = 0; i < 4000; ++i) {
    if (i % 1000 == 0) rig.loop.advance(std::chrono::minutes(1));  // nobody may ask more
    Request request{
        .method = methods[pick(methods.size())],
        .path = pick(3) > 0 ? std::string(kForms[pick(kForms.size())]) : "/" + noise(20),
        .query = base::parse_form(noise(40)),
        .headers = {{.name = "Host", .value = "localhost"},
                    {.name = "Content-Type", .value = "application/x-www-form-urlencoded"}},
        .peer = "127.0.0.1"};
    for (std::size_t n = pick(4); n > 0; --n) {
      request.headers.push_back({.name = names[pick(names.size())], .value = noise(30)});
    }
    for (std::size_t n = pick(8); n > 0; --n) {
      request.body += std::string(fields[pick(fields.size())]) + "=" + noise(20) + "&";
    }
    request.body += "password=canary-secret&token=canary-secret&api_key=canary-secret";
    const auto reply = rig.ask(request);
    REQUIRE(reply.status >= 200);
    REQUIRE(reply.status < 500);
    REQUIRE_FALSE(reply.body.contains("canary-secret"));
    REQUIRE_FALSE(reply.body.contains("<script"));
    REQUIRE_FALSE(header_of(reply, "Content-Security-Policy").empty());
    for (const auto& header : reply.headers) {
      REQUIRE(header.value.find_first_of("\r\n") == std::string::npos);
    }
  }
  CHECK(rig.changes() == 0);
  CHECK(rig.csrf() == csrf);
}

TEST_CASE("a page that another site wants as an image or a frame is refused and not put together") {
  PageRig rig;
  rig.sign_in();
  const auto asked = rig.actions.overviews;
  for (const auto* path : {"/", "/setup", "/setup/cars", "/style.css"}) {
    INFO(path);
    const auto answer = rig.get(path, {{.name = "Sec-Fetch-Site", .value = "cross-site"},
                                       {.name = "Sec-Fetch-Dest", .value = "image"}});
    CHECK(answer.status == 403);
  }
  CHECK(rig.actions.overviews == asked);
  const auto link = rig.get("/", {{.name = "Sec-Fetch-Site", .value = "cross-site"},
                                  {.name = "Sec-Fetch-Dest", .value = "document"}});
  CHECK(link.status == 200);
}

TEST_CASE("one address gets so many pages in a minute, inside the app one user") {
  constexpr int kAllowed = 1200;
  const auto place = GENERATE(web::Place::machine, web::Place::app);
  PageRig rig(place);
  const auto ask = [&](const std::string& user) {
    web::Request request{.method = "GET",
                         .path = "/style.css",
                         .headers = {{.name = "Host", .value = "localhost"},
                                     {.name = "X-Remote-User-Id", .value = user}},
                         .peer = place == web::Place::app ? "172.30.32.2" : "127.0.0.1"};
    return rig.ask(std::move(request));
  };
  for (int i = 0; i < kAllowed; ++i) REQUIRE(ask("anna").status == 200);
  const auto refused = ask("anna");
  CHECK(refused.status == 429);
  CHECK(header_of(refused, "Retry-After") == "60");
  CHECK(ask("ben").status == (place == web::Place::app ? 200 : 429));
  rig.loop.advance(std::chrono::minutes(1));
  CHECK(ask("anna").status == 200);
}

TEST_CASE("between two pages everything else has its turn") {
  PageRig rig;
  rig.sign_in();
  std::string order;
  const auto page = [](PageRig& of, std::string& into) -> base::Task<void> {
    const web::Request request{.method = "GET",
                               .path = "/",
                               .headers = {{.name = "Host", .value = "localhost"}},
                               .peer = "127.0.0.1"};
    const auto answer = co_await of.page.handle(request);
    into += answer.status == 200 ? 'p' : '?';
  };
  const auto other = [](std::string& into) -> base::Task<void> {
    into += 'o';
    co_return;
  };
  for (int i = 0; i < 10; ++i) rig.loop.tasks.spawn("page", page(rig, order));
  rig.loop.tasks.spawn("other", other(order));
  rig.loop.settle();
  CHECK(order.size() == 11);
  CHECK(order.find('o') <= 1);
}

}  // namespace toyota2mqtt::web
