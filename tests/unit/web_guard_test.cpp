#include <string>
#include <vector>

#include "support/catch.hpp"
#include "web/form.hpp"
#include "web/guard.hpp"

namespace toyota2mqtt::web {
namespace {

Request request(std::string peer, std::vector<base::HttpHeader> headers) {
  return {.method = "GET", .path = "/", .headers = std::move(headers), .peer = std::move(peer)};
}

bool seen(const std::string& peer, const std::string& host, Place place) {
  return may_see(request(peer, {{.name = "Host", .value = host}}), place);
}

std::string ingress(const std::string& path, Place place = Place::app) {
  return ingress_path(request("172.30.32.2", {{.name = "X-Ingress-Path", .value = path}}), place);
}

bool own(std::vector<base::HttpHeader> headers, Place place = Place::machine) {
  headers.push_back({.name = "Host", .value = "localhost:8099"});
  return from_own_page(request("127.0.0.1", std::move(headers)), place);
}

}  // namespace

TEST_CASE("inside the app the ingress gateway is served and nobody else") {
  CHECK(seen("172.30.32.2", "anything", Place::app));
  CHECK(seen("::ffff:172.30.32.2", "anything", Place::app));
  for (const auto* peer : {"127.0.0.1", "::1", "172.30.32.1", "172.30.32.20", "172.30.33.2",
                           "192.168.1.5", "", "172.30.32.2 ", "::ffff:127.0.0.1"}) {
    INFO(peer);
    CHECK_FALSE(seen(peer, "localhost", Place::app));
  }
}

TEST_CASE("on the machine loopback is served, under a name of this machine") {
  for (const auto* host : {"localhost", "localhost:8099", "LOCALHOST:1", "127.0.0.1",
                           "127.0.0.1:8099", "127.1.2.3:80", "[::1]", "[::1]:8099"}) {
    INFO(host);
    CHECK(seen("127.0.0.1", host, Place::machine));
    CHECK(seen("::1", host, Place::machine));
    CHECK(seen("::ffff:127.0.0.1", host, Place::machine));
    CHECK_FALSE(seen("192.168.1.5", host, Place::machine));
    CHECK_FALSE(seen("172.30.32.2", host, Place::machine));
  }
}

TEST_CASE("a foreign name that was pointed to loopback is refused") {
  for (const auto* host :
       {"", "evil.example", "evil.example:8099", "127.0.0.1.evil.example", "127.evil.example:80",
        "localhost.evil.example", "localhost:evil", "localhost:", "evil.example:localhost",
        "localhost:123456", "[::1].evil.example", "[::1", "::1", "127.0.0.", "127.0.0.1.", "127..1",
        "localhost@evil.example", " localhost"}) {
    INFO(host);
    CHECK_FALSE(seen("127.0.0.1", host, Place::machine));
  }
  CHECK_FALSE(may_see(request("127.0.0.1", {}), Place::machine));
}

TEST_CASE("a form of another site is refused by what the browser says of it") {
  CHECK(own({}));  // no browser: the token decides
  CHECK(own({{.name = "Origin", .value = "http://localhost:8099"}}));
  CHECK(own({{.name = "origin", .value = "http://LocalHost:8099"}}));
  CHECK(own({{.name = "Sec-Fetch-Site", .value = "same-origin"}}));
  for (const auto* site : {"cross-site", "same-site", "none", "", "SAME-ORIGIN"}) {
    INFO(site);
    CHECK_FALSE(own({{.name = "Sec-Fetch-Site", .value = site}}));
  }
  for (const auto* origin : {"null", "", "http://localhost", "http://localhost:80990",
                             "http://evil.example", "http://localhost:8099.evil.example",
                             "http://localhost:8099/", "localhost:8099", "file://"}) {
    INFO(origin);
    CHECK_FALSE(own({{.name = "Origin", .value = origin}}));
  }
  CHECK_FALSE(own({{.name = "Sec-Fetch-Site", .value = "same-origin"},
                   {.name = "Origin", .value = "http://evil.example"}}));
}

TEST_CASE("behind Home Assistant a proxy may have changed the host's name") {
  const base::HttpHeader origin{.name = "Origin", .value = "https://home.example.org"};
  const base::HttpHeader forwarded{.name = "X-Forwarded-Host", .value = "home.example.org"};
  const base::HttpHeader site{.name = "Sec-Fetch-Site", .value = "same-origin"};
  CHECK_FALSE(own({origin}, Place::app));
  CHECK(own({origin, forwarded}, Place::app));
  CHECK(own({origin, site}, Place::app));
  CHECK_FALSE(
      own({origin, {.name = "Sec-Fetch-Site", .value = "cross-site"}, forwarded}, Place::app));
  // On the machine nobody stands in between, and anybody could write that header.
  CHECK_FALSE(own({origin, forwarded}, Place::machine));
}

TEST_CASE("an ingress path is used when it is a plain path, and from the gateway only") {
  CHECK(ingress("/api/hassio_ingress/AbC_-09") == "/api/hassio_ingress/AbC_-09");
  CHECK(ingress("/api/hassio_ingress/AbC", Place::machine).empty());
  for (const std::string path : {"", "/", "//evil.example", "/a//b", "api", "/a b", "/a\"b", "/a<b",
                                 "/a.b", "/ä", "/a?b", "/a\r\nb"}) {
    INFO(path);
    CHECK(ingress(path).empty());
  }
  CHECK(ingress("/" + std::string(199, 'a')).size() == 200);
  CHECK(ingress("/" + std::string(200, 'a')).empty());
}

TEST_CASE("two secrets are the same when every byte is") {
  CHECK(same_secret("abc", "abc"));
  CHECK(same_secret("", ""));
  CHECK_FALSE(same_secret("abc", "abd"));
  CHECK_FALSE(same_secret("abc", "ab"));
  CHECK_FALSE(same_secret("", "a"));
}

TEST_CASE("a form keeps repeated fields and decodes them") {
  const auto form = Form::parse("use=a&use=b&name=J%C3%BCrgen+%26+co&empty=&flag&&x=1=2").value();
  CHECK(form.values("use") == std::set<std::string>{"a", "b"});
  CHECK(form.value("use") == "a");
  CHECK(form.value("name") == "Jürgen & co");
  CHECK(form.value("empty").empty());
  CHECK(form.value("flag").empty());
  CHECK(form.value("x") == "1=2");
  CHECK(form.value("missing").empty());
  CHECK(form.values("missing").empty());
}

TEST_CASE("a form with broken escapes or too many fields is none") {
  CHECK_FALSE(Form::parse("a=%zz").has_value());
  CHECK_FALSE(Form::parse("%=1").has_value());
  CHECK(Form::parse("").has_value());
  std::string many;
  for (int i = 0; i < 200; ++i) many += "a=1&";
  CHECK(Form::parse(many).has_value());
  CHECK_FALSE(Form::parse(many + "a=1").has_value());
}

TEST_CASE("another site may lead to the page, and may not use it for its errands") {
  const auto errand = [](const std::string& site, const std::string& dest) {
    return is_foreign_errand(request("127.0.0.1", {{.name = "Sec-Fetch-Site", .value = site},
                                                   {.name = "Sec-Fetch-Dest", .value = dest}}));
  };
  for (const auto* dest : {"image", "iframe", "frame", "script", "style", "empty", "object", ""}) {
    INFO(dest);
    CHECK(errand("cross-site", dest));
    CHECK(errand("same-site", dest));
    CHECK_FALSE(errand("same-origin", dest));
    CHECK_FALSE(errand("none", dest));
  }
  CHECK_FALSE(errand("cross-site", "document"));
  CHECK_FALSE(errand("same-site", "document"));
  // Programs that are no browser say nothing.
  CHECK_FALSE(is_foreign_errand(request("127.0.0.1", {})));
}

}  // namespace toyota2mqtt::web
