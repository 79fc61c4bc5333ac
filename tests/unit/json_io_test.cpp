#include "json/json_io.hpp"

#include <chrono>

#include "support/catch.hpp"

using namespace toyota2mqtt;
using json_io::Json;

namespace {

std::string nested(int levels) {
  const auto count = static_cast<std::size_t>(levels);
  return std::string(count, '[') + std::string(count, ']');
}

}  // namespace

TEST_CASE("a text is parsed when it is JSON and not nested too deep") {
  CHECK((json_io::parse("[1]") == Json::array({1})));
  CHECK_FALSE(json_io::parse("").has_value());
  CHECK_FALSE(json_io::parse("[1").has_value());
  CHECK(json_io::parse(nested(json_io::kDeepestNesting)).has_value());
  CHECK_FALSE(json_io::parse(nested(json_io::kDeepestNesting + 1)).has_value());
  CHECK(json_io::parse(nested(3), 3).has_value());
  CHECK_FALSE(json_io::parse(nested(4), 3).has_value());
  CHECK(json_io::parse("\"" + std::string(100, '[') + "\"").has_value());  // brackets in a text
}

TEST_CASE("an object is asked for and nothing else is taken") {
  CHECK(json_io::parse_object("{}").has_value());
  for (const auto* text : {"[]", "1", "null", "\"a\"", "{", ""}) {
    CHECK_FALSE(json_io::parse_object(text).has_value());
  }
  const auto ordered = json_io::parse_ordered_object(R"({"b":1,"a":2})");
  REQUIRE(ordered);
  CHECK(json_io::to_text(*ordered) == R"({"b":1,"a":2})");
}

TEST_CASE("a broken character costs a repaired answer nothing else") {
  const std::string text = "{\"name\":\"a\xff\",\"km\":7}";
  CHECK_FALSE(json_io::parse(text).has_value());
  const auto repaired = json_io::parse_repaired(text);
  REQUIRE(repaired);
  CHECK((json_io::integer_member(*repaired, "km") == 7));
}

TEST_CASE("members are read by their type, and what is of another type is not there") {
  const auto object =
      Json::parse(R"({"text":"a","whole":7,"broken":7.5,"flag":true,"none":null,"at":1000})");
  CHECK((json_io::text_member(object, "text") == "a"));
  CHECK((json_io::integer_member(object, "whole") == 7));
  CHECK((json_io::flag_member(object, "flag") == true));
  CHECK((json_io::time_member(object, "at") == base::Time(std::chrono::seconds(1))));
  CHECK_FALSE(json_io::text_member(object, "whole").has_value());
  CHECK_FALSE(json_io::integer_member(object, "broken").has_value());
  CHECK_FALSE(json_io::integer_member(object, "text").has_value());
  CHECK_FALSE(json_io::flag_member(object, "whole").has_value());
  CHECK_FALSE(json_io::time_member(object, "broken").has_value());
  REQUIRE(json_io::member(object, "none") != nullptr);
  CHECK(json_io::member(object, "none")->is_null());
  CHECK(json_io::member(object, "missing") == nullptr);
  CHECK(json_io::member(Json(7), "text") == nullptr);
}

TEST_CASE("a stored time comes back as it was, and one that is not known is null") {
  const base::Time at(std::chrono::milliseconds(1'764'534'896'123));
  CHECK((json_io::time_of(json_io::milliseconds(at)) == at));
  CHECK(json_io::milliseconds(std::nullopt).is_null());
  CHECK(json_io::iso_or_null(std::nullopt).is_null());
  CHECK(json_io::to_text(json_io::iso_or_null(base::Time(std::chrono::seconds(0)))) ==
        "\"1970-01-01T00:00:00Z\"");
}

TEST_CASE("printing replaces what is no UTF-8") {
  CHECK(json_io::to_text(Json{{"a", "x\xff"}}) == "{\"a\":\"x\uFFFD\"}");
}
