#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/loop.hpp"
#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/base/time.hpp"
#include "toyota2mqtt/base/vin.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;

TEST_CASE("a time stamp is read with its fraction and offset, and shown in whole seconds") {
  const auto shown = [](const char* text) {
    return base::format_iso8601(base::parse_iso8601(text).value());
  };
  CHECK(shown("2023-11-27T17:53:59Z") == "2023-11-27T17:53:59Z");
  CHECK(shown("2023-11-27T17:53:59.999Z") == "2023-11-27T17:53:59Z");
  CHECK(shown("2023-11-27T18:53:59+01:00") == "2023-11-27T17:53:59Z");
  CHECK(shown("2023-11-27T18:53:59+0100") == "2023-11-27T17:53:59Z");
  CHECK(base::parse_iso8601("2023-11-27T17:53:59.203Z")->time_since_epoch() % 1s == 203ms);
}

TEST_CASE("p05 fractions of any length, no seconds, and every form of an offset are read") {
  const auto milliseconds_of = [](const char* text) {
    const auto time = base::parse_iso8601(text);
    REQUIRE(time);
    return (*time - base::parse_iso8601("2023-11-27T17:53:00Z").value()).count();
  };
  for (const auto& [text, expected] : std::vector<std::pair<const char*, int>>{
           {"2023-11-27T17:53Z", 0},
           {"2023-11-27T17:53:59.1Z", 59100},
           {"2023-11-27T17:53:59.123456Z", 59123},
           {"2023-11-27T17:53:59.1239999Z", 59123},
           {"2023-11-27T17:53:59.123456789Z", 59123},
           {"2023-11-27T17:53:59.0000000000000000000000000000001Z", 59000},
           {"2023-11-27T17:53:59,5Z", 59500},
           {"2023-11-27t17:53:59z", 59000},
           {"2023-11-27 17:53:59Z", 59000},
           {"2023-11-27T18:53+01:00", 0},
           {"2023-11-27T18:53+01", 0},
           {"2023-11-27T12:23:59.5-0530", 59500},
           {"2023-11-27T18:53:59.123456+01:00[Europe/Berlin]", 59123}}) {
    INFO(text);
    CHECK(milliseconds_of(text) == expected);
  }
}

TEST_CASE("a time stamp without an offset, or with anything odd, is unknown") {
  for (const auto* text : {"",
                           "Z",
                           "2023-11-27",
                           "2023-11-27T17:53:59",
                           "2023-11-27T17:53:59Zz",
                           "2023-02-30T00:00:00Z",
                           "2023-11-27T25:00:00Z",
                           "1999-12-31T23:59:59Z",
                           "2101-01-01T00:00:00Z",
                           "99999-01-01T00:00:00Z",
                           "now",
                           "2023-11-27T17:53:60Z",
                           "2023-11-27T17:53:59.Z",
                           "2023-11-27T17Z",
                           "2023-11-27T17:53:59+01:",
                           "2023-11-27T17:53:59+1",
                           "2023-11-27T17:5:59Z",
                           "2023-11-27T17:53:59+19:00",
                           "2023-11-27T17:53:59[Europe/Berlin]",
                           "+2023-11-27T17:53:59Z",
                           "2023-11-27T17:53:59Z[Europe/Berlin",
                           "2023-11-27T17:53:59.1 Z"}) {
    INFO(text);
    CHECK_FALSE(base::parse_iso8601(text));
  }
}

TEST_CASE("only days of the calendar are dates") {
  CHECK(base::format_date(base::parse_date("2024-02-29").value()) == "2024-02-29");
  for (const auto* text : {"2023-02-29", "2023-2-9", "2023-02-09T", "29.02.2024", ""}) {
    INFO(text);
    CHECK_FALSE(base::parse_date(text));
  }
}

TEST_CASE("a day begins at the owner's midnight, also when clocks change or midnight is skipped") {
  using namespace std::chrono;
  const auto berlin = base::Zone::named("Europe/Berlin").value();
  CHECK(base::format_iso8601(berlin.midnight(2026y / March / 29)) == "2026-03-28T23:00:00Z");
  CHECK(base::format_iso8601(berlin.midnight(2026y / March / 30)) == "2026-03-29T22:00:00Z");
  CHECK(berlin.local_date(base::parse_iso8601("2026-11-20T23:30:00Z").value()) ==
        2026y / November / 21);
  // 02:30 comes twice that night: the first one.
  CHECK(base::format_iso8601(berlin.at(2026y / October / 25, 150min)) == "2026-10-25T00:30:00Z");
  const auto sao_paulo = base::Zone::named("America/Sao_Paulo").value();
  CHECK(base::format_iso8601(sao_paulo.midnight(2018y / November / 4)) == "2018-11-04T03:00:00Z");
  CHECK_FALSE(base::Zone::named("Europe/Nowhere"));
}

TEST_CASE("base64 is read in both alphabets, padded or not, and refuses what is none") {
  CHECK(base::base64_decode("_-8") == base::base64_decode("/+8="));
  CHECK(base::base64_decode("aGk=") == "hi");
  CHECK(base::base64_decode("") == "");
  CHECK_FALSE(base::base64_decode("a b"));
  const std::array<std::uint8_t, 3> bytes{0xFB, 0xFF, 0x01};
  CHECK(base::base64url(bytes) == "-_8B");
  CHECK(base::hex(bytes) == "fbff01");
}

TEST_CASE("percent encoding goes both ways, and a broken escape is refused") {
  const std::string odd("a b&c=%+\xC3\xA4~\0", 12);
  CHECK(base::percent_encode(odd) == "a%20b%26c%3D%25%2B%C3%A4~%00");
  CHECK(base::percent_decode(base::percent_encode(odd)) == odd);
  CHECK(base::percent_decode("+") == "+");
  for (const auto* text : {"%", "%4", "%4g", "a%"}) CHECK_FALSE(base::percent_decode(text));
}

TEST_CASE("a VIN is safe in a header, shown by its end only, and the same in either case") {
  const auto vin = base::Vin::parse("jtmtest0000000001");
  REQUIRE(vin);
  CHECK(*vin == base::Vin::parse("JTMTEST0000000001"));
  CHECK(vin->masked() == "…0001");
  CHECK(base::Vin::parse("abc")->masked() == "…");
  for (const auto* text : {"", "ab", "a\nbc", "a bcd", "a:bcd", "\xC3\xA4\xC3\xA4\xC3\xA4",
                           "012345678901234567890123456789012"}) {
    INFO(text);
    CHECK_FALSE(base::Vin::parse(text));
  }
}

TEST_CASE("a random number lies in its range and is not always the same") {
  test::FixedRandom random;
  const auto first = random.uniform(2, 3);
  bool different = false;
  for (int i = 0; i < 1000; ++i) {
    const auto number = random.uniform(2, 3);
    CHECK((number >= 2 && number < 3));
    different = different || number != first;
  }
  CHECK(different);
}
