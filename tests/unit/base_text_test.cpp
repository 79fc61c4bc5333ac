#include "toyota2mqtt/base/text.hpp"

#include "support/catch.hpp"
#include "toyota2mqtt/base/http_message.hpp"

using namespace toyota2mqtt;

TEST_CASE("case is folded for the letters of ASCII only") {
  CHECK(base::lower_case("ÄZaz09-") == "Äzaz09-");
  CHECK(base::to_upper('z') == 'Z');
  CHECK(base::to_upper('{') == '{');
  CHECK(base::equal_ignoring_case("Content-Type", "content-tYPE"));
  CHECK_FALSE(base::equal_ignoring_case("É", "é"));
  CHECK_FALSE(base::equal_ignoring_case("abc", "ab"));
  CHECK(base::starts_ignoring_case("BEARER x", "bearer "));
  CHECK_FALSE(base::starts_ignoring_case("bear", "bearer "));
  CHECK(base::contains_ignoring_case("an OTP error", "otp"));
  CHECK(base::contains_ignoring_case("", ""));
  CHECK_FALSE(base::contains_ignoring_case("ot", "otp"));
}

TEST_CASE("blanks, tabs and line ends go from both ends of a text") {
  CHECK(base::trimmed(" \t\r\n a b \n") == "a b");
  CHECK(base::trimmed(" \t ").empty());
  CHECK(base::trimmed("\v").size() == 1);
}

TEST_CASE("a text is cut at the border of a character") {
  CHECK(base::cut("abc", 3) == "abc");
  CHECK(base::cut("abc", 2) == "ab");
  CHECK(base::cut("a€b", 3) == "a");
  CHECK(base::cut("a€b", 4) == "a€");
  CHECK(base::cut("€", 2).empty());
}

TEST_CASE("control characters break a plain line, other bytes do not") {
  CHECK(base::is_plain_line(""));
  CHECK(base::is_plain_line("Straße 7 ~"));
  for (const auto* text : {"a\nb", "a\tb", "\x7f", "\x1f"}) CHECK_FALSE(base::is_plain_line(text));
  CHECK_FALSE(base::is_plain_line(std::string_view("a\0b", 3)));
  CHECK(base::has_only("", "ab"));
  CHECK(base::has_only("abba", "ab"));
  CHECK_FALSE(base::has_only("abc", "ab"));
}

TEST_CASE("a header is found by its name in any case, the first of several") {
  const std::vector<base::HttpHeader> headers = {
      {.name = "X-One", .value = "1"}, {.name = "x-one", .value = "2"}, {.name = "X", .value = ""}};
  CHECK((base::find_header(headers, "x-ONE") == "1"));
  CHECK((base::find_header(headers, "x") == ""));
  CHECK_FALSE(base::find_header(headers, "x-two").has_value());
}

TEST_CASE("form fields are decoded in their order, and a broken escape marks its field") {
  const auto fields = base::form_fields("a+b=c%26d&&e&=f&g=1=2&h=%zz+i&%=1");
  REQUIRE(fields.size() == 6);
  CHECK(fields[0].name == "a b");
  CHECK(fields[0].value == "c&d");
  CHECK(fields[1].name == "e");
  CHECK(fields[1].value.empty());
  CHECK(fields[2].name.empty());
  CHECK(fields[2].value == "f");
  CHECK(fields[3].value == "1=2");
  CHECK(fields[3].whole);
  CHECK(fields[4].value == "%zz i");
  CHECK_FALSE(fields[4].whole);
  CHECK_FALSE(fields[5].whole);
  CHECK(base::form_fields("").empty());
}

TEST_CASE("of fields with one name the last one is in the query") {
  const auto query = base::parse_form("a=1&b=2&a=3");
  CHECK(query.at("a") == "3");
  CHECK(query.size() == 2);
}
