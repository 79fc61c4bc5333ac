#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "rest/http/router.hpp"
#include "rest/routes/assets.hpp"
#include "support/catch.hpp"
#include "support/rest_rig.hpp"

using namespace toyota2mqtt;
using test::header_of;
using test::RestRig;

namespace {

std::string_view word(rest::Access access) {
  switch (access) {
    case rest::Access::open: return "open";
    case rest::Access::user: return "user";
    case rest::Access::administrator: return "administrator";
  }
  return "";
}

std::string lower(std::string text) {
  for (char& letter : text) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return text;
}

/// "get /vehicles/{car} user".
std::set<std::string> routes_of_the_program() {
  std::set<std::string> routes;
  for (const auto& route : rest::all_routes()) {
    routes.insert(lower(std::string(route.method)) + " " + std::string(route.path) + " " +
                  std::string(word(route.access)));
  }
  return routes;
}

std::set<std::string> routes_of_the_document() {
  const auto document = nlohmann::json::parse(rest::assets::openapi_document());
  std::set<std::string> routes;
  for (const auto& [path, methods] : document.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) {
      routes.insert(method + " " + path + " " + operation.at("x-access").get<std::string>());
    }
  }
  return routes;
}

std::set<std::string> without(const std::set<std::string>& all, const std::set<std::string>& some) {
  std::set<std::string> rest;
  std::ranges::set_difference(all, some, std::inserter(rest, rest.end()));
  return rest;
}

rest::Request with(rest::Request request, std::string name, std::string value) {
  request.headers.push_back({.name = std::move(name), .value = std::move(value)});
  return request;
}

}  // namespace

TEST_CASE("openapi.json describes exactly the routes that there are, and who may use them") {
  const auto described = routes_of_the_document();
  const auto there = routes_of_the_program();
  CHECK(without(described, there) == std::set<std::string>());
  CHECK(without(there, described) == std::set<std::string>());
}

TEST_CASE("the document keeps the order of its parts, and holds no line breaks") {
  const auto text = rest::assets::openapi_document();
  CHECK(text.starts_with(R"({"openapi": "3.1.0")"));
  CHECK(text.find('\n') == std::string_view::npos);
  CHECK(text.find("/auth/login") < text.find("/vehicles/{car}/trips"));
  CHECK(text.find("/vehicles/{car}/trips") < text.find("/admin/accounts"));
}

TEST_CASE("openapi.json is open to anybody, and is known to be the same by its ETag") {
  RestRig rig;
  const auto answer = rig.get("/openapi.json");
  CHECK(answer.status == 200);
  CHECK(answer.body == rest::assets::openapi_document());
  CHECK(header_of(answer, "Content-Type") == "application/json");
  const auto etag = header_of(answer, "ETag");
  CHECK(etag == rest::assets::openapi_document_etag());
  for (const auto& held :
       {etag, "W/" + etag, std::string("\"other\", ") + etag, std::string("*")}) {
    const auto again =
        rig.ask(with(RestRig::request("GET", "/openapi.json"), "If-None-Match", held));
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(header_of(again, "ETag") == etag);
  }
  const auto other =
      rig.ask(with(RestRig::request("GET", "/openapi.json"), "If-None-Match", "\"other\""));
  CHECK(other.status == 200);
}

#ifdef T2M_API_VIEWER

TEST_CASE("the page to try the interface runs no script but its own") {
  RestRig rig;
  const auto page = rig.get("/docs");
  CHECK(page.status == 200);
  CHECK(header_of(page, "Content-Type") == "text/html; charset=utf-8");
  const auto rules = header_of(page, "Content-Security-Policy");
  CHECK(rules.find("default-src 'none'") != std::string::npos);
  CHECK(rules.find("script-src 'self';") != std::string::npos);
  CHECK(rules.find("unsafe") == std::string::npos);
  CHECK(page.body.find("<style") == std::string::npos);
  CHECK(page.body.find("style=") == std::string::npos);
}

TEST_CASE("every file that the page names is there, compressed") {
  RestRig rig;
  const auto page = rig.get("/docs").body;
  std::size_t count = 0;
  for (auto at = page.find("\"docs/"); at != std::string::npos; at = page.find("\"docs/", at + 1)) {
    const auto name = page.substr(at + 1, page.find('"', at + 1) - at - 1);
    const auto file = rig.ask(
        with(RestRig::request("GET", "/" + name), "Accept-Encoding", "br;q=1.0, gzip;q=0.8"));
    INFO(name);
    CHECK(file.status == 200);
    CHECK(header_of(file, "Content-Encoding") == "gzip");
    CHECK(header_of(file, "Vary") == "Accept-Encoding");
    CHECK(file.body.starts_with("\x1f\x8b"));
    ++count;
  }
  CHECK(count == 3);
}

TEST_CASE("who does not take gzip learns so, and who asks for another file, too") {
  RestRig rig;
  for (const auto* accepted : {"", "identity", "br", "gzip;q=0", "gzip;q=0.000, br"}) {
    const auto answer =
        rig.ask(with(RestRig::request("GET", "/docs/start.js"), "Accept-Encoding", accepted));
    CHECK(answer.status == 406);
    CHECK(test::problem_of(answer) == "not-acceptable");
  }
  CHECK(rig.get("/docs/start.js").status == 406);
  CHECK(rig.get("/docs/other.js").status == 404);
  CHECK(rig.get("/docs/..").status == 404);
}

#else

TEST_CASE("a program without the page says how to build it with one") {
  RestRig rig;
  const auto answer = rig.get("/docs");
  CHECK(answer.status == 404);
  CHECK(answer.body.find("T2M_API_VIEWER") != std::string::npos);
}

#endif
