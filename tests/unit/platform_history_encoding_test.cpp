#include <cmath>

#include "platform/history_encoding.hpp"
#include "support/catch.hpp"

using namespace toyota2mqtt;
using platform::decode_polyline;
using platform::encode_polyline;
using platform::HistoryCursor;
using platform::parse_cursor;

TEST_CASE("a line is written as the known format with six decimals") {
  // The example of the format's description, at ten times its precision.
  const std::vector<history::RoutePoint> line = {{.latitude = 38.5, .longitude = -120.2},
                                                 {.latitude = 40.7, .longitude = -120.95},
                                                 {.latitude = 43.252, .longitude = -126.453}};
  CHECK(encode_polyline(line) == "_izlhA~rlgdF_{geC~ywl@_kwzCn`{nI");
  const auto back = decode_polyline(encode_polyline(line));
  REQUIRE(back.size() == 3);
  CHECK(back[2].latitude == Approx(43.252));
  CHECK(back[2].longitude == Approx(-126.453));
}

TEST_CASE("a line survives all around the Earth") {
  const std::vector<history::RoutePoint> line = {{.latitude = -90, .longitude = -180},
                                                 {.latitude = 90, .longitude = 180},
                                                 {.latitude = -90, .longitude = -180},
                                                 {.latitude = 0, .longitude = 0},
                                                 {.latitude = -0.000001, .longitude = 0.000001}};
  const auto back = decode_polyline(encode_polyline(line));
  REQUIRE(back.size() == line.size());
  for (std::size_t i = 0; i < line.size(); ++i) {
    CHECK(back[i].latitude == Approx(line[i].latitude).margin(1e-9));
    CHECK(back[i].longitude == Approx(line[i].longitude).margin(1e-9));
  }
}

TEST_CASE("a long line is thinned and keeps its ends") {
  std::vector<history::RoutePoint> line;
  for (int i = 0; i <= 25'000; ++i) {
    line.push_back({.latitude = 40 + i * 1e-4, .longitude = 8});
  }
  const auto back = decode_polyline(encode_polyline(line));
  CHECK(back.size() <= 10'001);
  CHECK(back.size() > 8'000);
  CHECK(back.front().latitude == Approx(40));
  CHECK(back.back().latitude == Approx(42.5));
}

TEST_CASE("a point that is none on Earth is left out, and broken text ends the line") {
  CHECK(decode_polyline(encode_polyline({{.latitude = 91, .longitude = 0},
                                         {.latitude = 1, .longitude = 2},
                                         {.latitude = std::nan(""), .longitude = 0}}))
            .size() == 1);
  CHECK(decode_polyline("").empty());
  CHECK(decode_polyline("_").empty());
  CHECK(decode_polyline(std::string(1000, '~')).empty());
  CHECK(decode_polyline(std::string(1000, '\xff')).empty());
  CHECK(decode_polyline(std::string("\0\0\0\0", 4)).empty());
}

TEST_CASE("a cursor is read back, and nothing else is taken for one") {
  const HistoryCursor cursor{.list = 't', .at = 1'795'640'420'123, .key = "id/with/strokes"};
  CHECK(parse_cursor(to_text(cursor), 't') == cursor);
  const HistoryCursor early{.list = 's', .at = -5};
  CHECK(parse_cursor(to_text(early), 's') == early);
  CHECK_FALSE(parse_cursor(to_text(cursor), 's'));
  CHECK_FALSE(parse_cursor("", 't'));
  CHECK_FALSE(parse_cursor("dA", 't'));                               // t
  CHECK_FALSE(parse_cursor("dDEy", 't'));                             // t12
  CHECK_FALSE(parse_cursor("dDk5OTk5OTk5OTk5OTk5OTk5OTk5OS8", 't'));  // too large a number
  CHECK_FALSE(parse_cursor(platform::to_text({.list = 't', .key = std::string(201, 'x')}), 't'));
}
