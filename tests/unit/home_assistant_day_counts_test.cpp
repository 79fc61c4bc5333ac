#include "support/catch.hpp"
#include "toyota2mqtt/home_assistant/day_counts.hpp"

using namespace toyota2mqtt;
using home_assistant::Counts;
using home_assistant::DayCounts;

namespace {

constexpr base::Time kFirstCountedDay{std::chrono::hours(24 * 20000)};
constexpr base::Time kNextCountedDay = kFirstCountedDay + std::chrono::hours(24);

}  // namespace

TEST_CASE("B6 what is counted begins anew at midnight, not with the program") {
  DayCounts counts;
  counts.advance(kFirstCountedDay, {.requests = 12, .unknown = 3});
  CHECK(counts.today() == Counts{.requests = 12, .unknown = 3});
  counts.advance(kFirstCountedDay, {.requests = 20, .unknown = 3});
  CHECK(counts.today() == Counts{.requests = 20, .unknown = 3});
  counts.advance(kNextCountedDay, {.requests = 22, .unknown = 4});
  CHECK(counts.today() == Counts{});
  counts.advance(kNextCountedDay, {.requests = 25, .unknown = 5});
  CHECK(counts.today() == Counts{.requests = 3, .unknown = 1});
}

TEST_CASE("B6 a restart goes on counting the same day, and forgets another one") {
  DayCounts before;
  before.advance(kFirstCountedDay, {.requests = 12, .unknown = 3});
  DayCounts after;
  after.restore(before.serialize());
  after.advance(kFirstCountedDay, {.requests = 2, .unknown = 1});
  CHECK(after.today() == Counts{.requests = 14, .unknown = 4});
  DayCounts again;
  again.restore(after.serialize());
  again.advance(kFirstCountedDay, {});
  CHECK(again.today() == Counts{.requests = 14, .unknown = 4});
  again.advance(kNextCountedDay, {.requests = 1, .unknown = 0});
  CHECK(again.today() == Counts{});
  DayCounts late;
  late.restore(after.serialize());
  late.advance(kNextCountedDay, {.requests = 1, .unknown = 0});
  CHECK(late.today() == Counts{.requests = 1, .unknown = 0});
}

TEST_CASE("B6 a stored count that is none counts for nothing") {
  for (const auto* text :
       {"", "x", "[]", "{}", R"({"day":"today","requests":5})", R"({"day":1.5})"}) {
    DayCounts counts;
    counts.restore(text);
    counts.advance(kFirstCountedDay, {.requests = 1, .unknown = 0});
    CHECK(counts.today() == Counts{.requests = 1, .unknown = 0});
  }
}
