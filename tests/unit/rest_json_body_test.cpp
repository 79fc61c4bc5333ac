#include "rest/http/json_body.hpp"

#include <string>

#include "support/catch.hpp"
#include "toyota2mqtt/base/text.hpp"

namespace toyota2mqtt::rest {
namespace {

std::expected<JsonBody, Problem> read(std::string body,
                                      const std::string& type = "application/json") {
  const Request request{.method = "POST",
                        .path = "/",
                        .headers = {{.name = "content-type", .value = type}},
                        .body = std::move(body),
                        .peer = {}};
  return JsonBody::read(request, {"name", "flag", "number", "deep"});
}

int status_of(std::string body, const std::string& type = "application/json") {
  const auto found = read(std::move(body), type);
  return found ? 200 : found.error().status;
}

std::string nested(std::size_t levels) {
  return R"({"deep": )" + std::string(levels, '[') + std::string(levels, ']') + "}";
}

}  // namespace

TEST_CASE("only JSON is taken, whatever else it looks like") {
  CHECK(status_of("{}") == 200);
  CHECK(status_of("{}", "Application/JSON; charset=\"UTF-8\"") == 200);
  for (const auto* type : {"", "text/plain", "application/x-www-form-urlencoded", "text/json",
                           "application/json; charset=latin1", "application/jsonp",
                           "multipart/form-data; boundary=application/json"}) {
    INFO(type);
    CHECK(status_of("{}", type) == 415);
  }
  Request untold{.method = "POST", .path = "/", .body = "{}", .peer = {}};
  CHECK(JsonBody::read(untold, {}).error().status == 415);
}

TEST_CASE("a body is one whole object of known members, each once") {
  for (const auto* body :
       {"", "[]", "null", "1", "\"name\"", "{", "{} {}", "{\"name\": \"a\",}", "{name: 1}",
        "{\"unknown\": 1}", "{\"name\": \"a\", \"name\": \"b\"}",
        "{\"deep\": {\"a\": 1, \"a\": 2}}", "{\"name\": \"\xff\"}", "{\"name\": NaN}"}) {
    INFO(body);
    CHECK(status_of(body) == 400);
  }
  CHECK(status_of(R"({"name": "a", "deep": [{"a": 1}, {"a": 2}]})") == 200);
}

TEST_CASE("a password has the limit and the message that it has everywhere") {
  const auto password_of = [](const std::string& value) {
    Request request{.method = "POST",
                    .path = "/",
                    .headers = {{.name = "content-type", .value = "application/json"}},
                    .body = R"({"password": )" + value + "}",
                    .peer = {}};
    return JsonBody::read(request, {"password"})->password();
  };
  const std::string longest(base::kLongestPassword, 'x');
  CHECK(password_of('"' + longest + '"') == longest);
  CHECK(password_of("\" \"") == " ");
  for (const auto& value : {'"' + longest + "x\"", std::string("\"\""), std::string("7"),
                            std::string("\"a\\u0007\"")}) {
    const auto refused = password_of(value);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.contains(base::kPasswordRule));
  }
}

TEST_CASE("a body is at most 16 KiB and eight levels deep") {
  CHECK(status_of(R"({"name": ")" + std::string(JsonBody::kLargest, 'a') + "\"}") == 413);
  CHECK(status_of(nested(7)) == 200);
  CHECK(status_of(nested(8)) == 400);
  CHECK(status_of(nested(8000)) == 400);
  CHECK(status_of(R"({"deep": )" + std::string(8000, '[')) == 400);
}

TEST_CASE("a problem never repeats what was sent") {
  for (const auto* body : {R"({"canary": 1})", R"({"name": "canary", "name": "canary"})", "canary",
                           R"({"name": canary})"}) {
    const auto found = read(body);
    REQUIRE_FALSE(found);
    CHECK_FALSE(found.error().detail.contains("canary"));
  }
}

TEST_CASE("members have their types and limits") {
  const auto body = read(R"({"name": "abc", "flag": true, "number": 7.5, "deep": null})").value();
  CHECK(body.text("name", 3) == "abc");
  CHECK(body.text("name", 2).error().status == 400);
  CHECK(body.text("flag", 9).error().status == 400);
  CHECK(body.text("deep", 9).error().status == 400);
  CHECK(body.optional_text("deep", 9).value() == std::nullopt);
  CHECK(body.optional_text("missing", 9).value() == std::nullopt);
  CHECK(body.optional_flag("flag").value() == true);
  CHECK(body.optional_flag("number").error().status == 400);
  const auto control = read(R"({"name": "a\u0000b"})").value();
  CHECK(control.text("name", 9).error().status == 400);
}

}  // namespace toyota2mqtt::rest
