#include "support/decoding.hpp"

using namespace toyota2mqtt;
using test::at;
using test::Decoding;
using test::payload;
using vehicle::Source;

namespace {

/// Kilometres of day, week, month and year; -1 = unknown.
struct Sums {
  double day;
  double week;
  double month;
  double year;
  friend bool operator==(const Sums&, const Sums&) = default;
};

double kilometres_of(const vehicle::Field<vehicle::PeriodTotals>& field) {
  return field && field->value.distance ? field->value.distance->value : -1;
}

/// Of an answer on Friday, the 20th of November 2026, noon.
Sums sums_of(const std::string& json) {
  Decoding d;
  REQUIRE(d.decode(Source::trips, payload(json)));
  return {.day = kilometres_of(d.state.day),
          .week = kilometres_of(d.state.week),
          .month = kilometres_of(d.state.month),
          .year = kilometres_of(d.state.year)};
}

std::string november(const std::string& total, const std::string& histograms) {
  return R"({"year":2026,"month":11,"summary":)" + total + R"(,"histograms":)" + histograms + "}";
}

std::string day_of_november(int day, const std::string& length) {
  return R"({"year":2026,"month":11,"day":)" + std::to_string(day) + R"(,"summary":{"length":)" +
         length + "}}";
}

const std::string kTripOfToday =
    R"("trips":[{"id":"t","summary":{"length":9000,"startTs":"2026-11-20T07:00:00Z",
       "endTs":"2026-11-20T07:30:00Z"}}])";

}  // namespace

TEST_CASE("p06 the month's own total stands where its days are null, the days are unknown") {
  for (const auto* histograms : {"null", "\"none\"", "[null]", "[{}]", "{}"}) {
    INFO(histograms);
    const auto sums = sums_of(R"({"summary":[)" + november(R"({"length":100000})", histograms) +
                              "]," + kTripOfToday + "}");
    CHECK(sums == Sums{.day = -1, .week = -1, .month = 100, .year = 100});
  }
  const auto without = sums_of(
      R"({"summary":[{"year":2026,"month":11,"summary":{"length":100000}}],)" + kTripOfToday + "}");
  CHECK(without == Sums{.day = -1, .week = -1, .month = 100, .year = 100});
}

TEST_CASE("B4 a sum of which a part is null is unknown, not the rest of it") {
  const auto days = "[" + day_of_november(17, "null") + "," + day_of_november(20, "9000") + "]";
  CHECK(sums_of(R"({"summary":[)" + november("{}", days) + "]}") ==
        Sums{.day = 9, .week = -1, .month = -1, .year = -1});
  CHECK(sums_of(R"({"summary":[)" + november(R"({"length":30000})", days) + "]}") ==
        Sums{.day = 9, .week = -1, .month = 30, .year = 30});
  CHECK(sums_of(R"({"summary":[{"year":2026,"month":3,"summary":{"length":null}},)" +
                november(R"({"length":9000})", "[" + day_of_november(20, "9000") + "]") + "]}") ==
        Sums{.day = 9, .week = 9, .month = 9, .year = -1});
  CHECK(sums_of(R"({"summary":[null,)" +
                november(R"({"length":9000})", "[" + day_of_november(20, "9000") + "]") + "]}") ==
        Sums{.day = 9, .week = 9, .month = 9, .year = -1});
}

TEST_CASE("B4 days that are missing in a month of which the total is known are unknown") {
  const auto days = "[" + day_of_november(17, "20000") + "]";
  CHECK(sums_of(R"({"summary":[)" + november(R"({"length":100000})", days) + "]}") ==
        Sums{.day = -1, .week = -1, .month = 100, .year = 100});
  CHECK(sums_of(R"({"summary":[)" + november(R"({"length":20100})", days) + "]}") ==
        Sums{.day = 0, .week = 20, .month = 20.1, .year = 20.1});
}

TEST_CASE("B4 a period that is known to be without a trip is 0") {
  CHECK(sums_of(R"({"from":"2026-01-01","to":"2026-11-20","summary":[]})") ==
        Sums{.day = 0, .week = 0, .month = 0, .year = 0});
  CHECK(sums_of(R"({"summary":[)" + november(R"({"length":0})", "null") + "]}") ==
        Sums{.day = 0, .week = 0, .month = 0, .year = 0});
}

TEST_CASE("B4 a listed trip that no day speaks of makes its periods unknown, not 0") {
  CHECK(sums_of(R"({"summary":[],)" + kTripOfToday + "}") ==
        Sums{.day = -1, .week = -1, .month = -1, .year = -1});
  CHECK(sums_of(R"({"summary":[)" +
                november(R"({"length":20000})", "[" + day_of_november(17, "20000") + "]") + "]," +
                kTripOfToday + "}") == Sums{.day = -1, .week = -1, .month = 20, .year = 20});
}

TEST_CASE("B4 without a summary, or of a span that does not reach so far, nothing is summed") {
  const Sums nothing{.day = -1, .week = -1, .month = -1, .year = -1};
  for (const auto* summary : {"null", "{}", "\"none\"", "5"}) {
    CHECK(sums_of(std::string(R"({"summary":)") + summary + "}") == nothing);
  }
  CHECK(sums_of(R"({"to":"2026-11-19","summary":[]})") == nothing);
  CHECK(sums_of(R"({"from":"2026-11-16","summary":[]})") ==
        Sums{.day = 0, .week = 0, .month = -1, .year = -1});
}

TEST_CASE("B4 fuel has parts of its own") {
  Decoding d;
  REQUIRE(d.decode(Source::trips, payload(R"({"summary":[{"year":2026,"month":11,
      "summary":{"length":9000},"histograms":[
        {"year":2026,"month":11,"day":18,"summary":{"length":4000,"fuelConsumption":500}},
        {"year":2026,"month":11,"day":20,"summary":{"length":5000}}]}]})")));
  CHECK(d.state.month->value.distance->value == 9);
  CHECK_FALSE(d.state.month->value.fuel);
  REQUIRE(d.decode(Source::trips, payload(R"({"summary":[{"year":2026,"month":11,
      "summary":{"length":null,"fuelConsumption":5000},"histograms":null}]})")));
  CHECK_FALSE(d.state.month->value.distance);
  CHECK(d.state.month->value.fuel->value == 5);
}

TEST_CASE(
    "B4 the sums are those of the newest answer, also when a trip was taken out of the list") {
  Decoding d;
  REQUIRE(d.decode(Source::trips,
                   payload(R"({"summary":[)" +
                           november(R"({"length":9000})", "[" + day_of_november(20, "9000") + "]") +
                           "]," + kTripOfToday + "}")));
  CHECK(d.state.day->value.distance->value == 9);
  CHECK(d.state.day->at == at("2026-11-20T07:30:00Z"));
  d.now = at("2026-11-21T12:00:00Z");
  REQUIRE(d.decode(Source::trips,
                   payload(R"({"summary":[)" +
                           november(R"({"length":4000})", "[" + day_of_november(18, "4000") + "]") +
                           R"(],"trips":[{"id":"s","summary":{"length":4000,
      "startTs":"2026-11-18T07:00:00Z","endTs":"2026-11-18T07:30:00Z"}}]})")));
  CHECK(d.state.day->value.distance->value == 0);
  CHECK(d.state.month->value.distance->value == 4);
  CHECK(d.state.last_trip->value.id == "t");
}
