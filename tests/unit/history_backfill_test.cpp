#include "support/catch.hpp"
#include "support/history_samples.hpp"
#include "support/loop.hpp"
#include "support/memory_history.hpp"
#include "toyota2mqtt/history/backfill.hpp"

/// The past year, fetched page by page from a cloud that has one trip a day.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using test::at;

namespace {

constexpr int kTripsPerDay = 4;
constexpr std::size_t kPage = 50;

struct Asked {
  base::Time when{};
  std::string car;
  year_month_day from{};
  year_month_day to{};
  std::size_t offset = 0;
  bool with_route = false;
};

/// Four trips on each day, newest first, in pages of 50.
class YearOfTrips final : public history::TripSource {
 public:
  explicit YearOfTrips(base::Clock& clock) : clock_(clock) {}

  base::Task<base::Result<history::TripPage>> past_trips(base::CarId car, year_month_day from,
                                                         year_month_day to, std::size_t offset,
                                                         bool with_route) override {
    asked.push_back({clock_.now(), car.text, from, to, offset, with_route});
    if (trouble) co_return base::fail(*trouble);
    history::TripPage page;
    std::size_t index = 0;
    for (auto day = sys_days(to); day >= sys_days(from); day -= days(1)) {
      for (int trip = kTripsPerDay; trip > 0; --trip, ++index) {
        if (index < offset || index >= offset + kPage) continue;
        const base::Time start = day + trip * 4h;
        page.trips.push_back(
            {.trip = test::trip(base::format_iso8601(start), start, start + 1h, 20)});
      }
    }
    if (endless)
      page.next = offset;
    else if (offset + kPage < index)
      page.next = offset + kPage;
    co_return page;
  }

  std::vector<Asked> asked;
  std::optional<base::Error> trouble;
  bool endless = false;

 private:
  base::Clock& clock_;
};

struct Rig {
  Rig() { make(); }
  ~Rig() { stop(); }
  Rig(const Rig&) = delete;
  Rig& operator=(const Rig&) = delete;

  void make(bool with_route = false) {
    backfill = std::make_unique<history::Backfill>(
        history::Backfill::Services{.executor = loop.io.get_executor(),
                                    .clock = loop.clock,
                                    .log = loop.log,
                                    .store = store,
                                    .source = source,
                                    .zone = zone},
        with_route);
    backfill->start();
    backfill->add(car, "…0001");
  }
  void stop() {
    if (!backfill) return;
    backfill->cancel();
    loop.run(backfill->join());
    backfill.reset();
  }
  [[nodiscard]] std::size_t trips() { return store.cars[car].trips.size(); }

  test::TestLoop loop;
  test::MemoryHistory store;
  YearOfTrips source{loop.clock};
  base::Zone zone = base::Zone::utc();
  base::CarId car{"0123456789"};
  std::unique_ptr<history::Backfill> backfill;
};

}  // namespace

TEST_CASE("The past year is asked for month by month, newest first, up to its oldest day") {
  const auto zone = base::Zone::utc();
  const auto now = at("12:00");
  history::BackfillProgress progress{.state = "waiting"};
  std::vector<history::PastDays> asked;
  while (const auto part = history::next_past_days(progress, now, zone)) {
    asked.push_back(*part);
    progress.reached = zone.midnight(part->from);
    REQUIRE(asked.size() < 20);
  }
  REQUIRE(asked.size() == 13);
  using std::chrono::year;
  CHECK(asked.front() ==
        history::PastDays{.from = year(2026) / 10 / 22, .to = year(2026) / 11 / 20});
  for (std::size_t i = 1; i < asked.size(); ++i) {
    CHECK(sys_days(asked[i].to) ==
          sys_days(asked[i - 1].from) - days(1));  // no day twice, none left out
  }
  CHECK(asked.back().from == year_month_day(sys_days(year(2026) / 11 / 20) - days(365)));
}

TEST_CASE("Each trip of the year is fetched once, one request in two minutes at most") {
  Rig rig;
  rig.loop.advance(9min);
  CHECK(rig.source.asked.empty());  // a start comes first
  rig.loop.advance(6h);
  CHECK(rig.backfill->progress(rig.car).state == "done");
  CHECK(rig.trips() == 366U * kTripsPerDay);
  CHECK(rig.backfill->progress(rig.car).trips == 366U * kTripsPerDay);
  CHECK(rig.source.asked.size() < 45);
  for (std::size_t i = 1; i < rig.source.asked.size(); ++i) {
    CHECK(rig.source.asked[i].when - rig.source.asked[i - 1].when >= 2min);
  }
  const auto requests = rig.source.asked.size();
  rig.loop.advance(48h);
  CHECK(rig.source.asked.size() == requests);
  CHECK(rig.store.cars[rig.car].backfill.state == "done");
}

TEST_CASE("After a restart it goes on where it was, and what is done stays done") {
  Rig rig;
  rig.loop.advance(40min);
  const auto reached = rig.backfill->progress(rig.car).reached;
  REQUIRE(reached);
  rig.stop();
  const auto before = rig.source.asked.size();
  rig.make();
  rig.loop.advance(11min);
  REQUIRE(rig.source.asked.size() > before);
  CHECK(sys_days(rig.source.asked[before].to) + days(1) == std::chrono::floor<days>(*reached));
  rig.loop.advance(6h);
  CHECK(rig.trips() == 366U * kTripsPerDay);
  CHECK(rig.backfill->progress(rig.car).trips == 366U * kTripsPerDay);
  rig.stop();
  const auto all = rig.source.asked.size();
  rig.make();
  rig.loop.advance(6h);
  CHECK(rig.source.asked.size() == all);
}

TEST_CASE("Trouble makes it pause, longer when the cloud says so, and then it goes on") {
  Rig rig;
  rig.source.trouble =
      base::Error{.code = base::ErrorCode::action_required, .message = "signed out"};
  rig.loop.advance(6h);
  CHECK(rig.source.asked.size() >= 8);
  CHECK(rig.source.asked.size() <= 12);
  CHECK(rig.backfill->progress(rig.car).state == "waiting");
  rig.source.trouble->retry_after = 2h;
  rig.loop.advance(1h);
  const auto before = rig.source.asked.size();
  rig.loop.advance(100min);
  CHECK(rig.source.asked.size() - before <= 1);
  rig.source.trouble.reset();
  rig.loop.advance(12h);
  CHECK(rig.backfill->progress(rig.car).state == "done");
  CHECK(rig.trips() == 366U * kTripsPerDay);
}

TEST_CASE("A car without trips is asked again once a day") {
  Rig rig;
  rig.source.trouble = base::Error{.code = base::ErrorCode::not_supported, .message = "no trips"};
  rig.loop.advance(72h);
  CHECK(rig.source.asked.size() == 3);
}

TEST_CASE("A list that does not go forward ends") {
  Rig rig;
  rig.source.endless = true;
  rig.loop.advance(6h);
  CHECK(rig.source.asked.size() == 13);
  CHECK(rig.backfill->progress(rig.car).state == "done");
}

TEST_CASE("A full disk loses no page") {
  Rig rig;
  rig.loop.advance(11min);
  rig.store.disk_full = true;
  rig.loop.advance(2h);
  rig.store.disk_full = false;
  rig.loop.advance(12h);
  CHECK(rig.backfill->progress(rig.car).state == "done");
  CHECK(rig.trips() == 366U * kTripsPerDay);
}

TEST_CASE("Two cars take turns without asking faster") {
  Rig rig;
  rig.backfill->add({"9876543210"}, "…0002");
  rig.loop.advance(12h);
  CHECK(rig.backfill->progress({"9876543210"}).state == "done");
  CHECK(rig.backfill->progress(rig.car).state == "done");
  for (std::size_t i = 1; i < rig.source.asked.size(); ++i) {
    CHECK(rig.source.asked[i].when - rig.source.asked[i - 1].when >= 2min);
  }
}

TEST_CASE("Each month is reported in the log and to the display") {
  Rig rig;
  std::vector<std::string> reported;
  rig.backfill->on_progress([&](const base::CarId&, const history::BackfillProgress& progress) {
    reported.push_back(history::said(progress, rig.zone));
  });
  rig.loop.advance(6h);
  CHECK(rig.loop.log.text().contains("…0001: past trips: 120 trips, back to 2026-10-22"));
  REQUIRE_FALSE(reported.empty());
  CHECK(reported.back() == "1464 trips, back to 2025-11-20, complete");
}

TEST_CASE("Routes are asked for only when they are wanted") {
  Rig rig;
  rig.loop.advance(15min);
  CHECK_FALSE(rig.source.asked.front().with_route);
  rig.stop();
  rig.source.asked.clear();
  rig.make(true);
  rig.loop.advance(15min);
  CHECK(rig.source.asked.front().with_route);
}
