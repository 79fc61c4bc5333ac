#include "support/catch.hpp"
#include "support/history_samples.hpp"

/// Charging sessions as they are seen from outside: the reports of a car go in, what is written
/// comes out.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using history::ChargeRecord;
using test::at;
using test::seen;

namespace {

struct Car {
  /// The report arrives five minutes after the car made it, unless a time is given.
  std::vector<ChargeRecord> report(const history::Seen& it, std::optional<base::Time> now = {}) {
    const auto when = it.charging ? it.charging->at + 5min : base::Time{};
    auto writes =
        test::only<ChargeRecord>(history::advance(memory, it, tariff, now.value_or(when)));
    for (const auto& write : writes) stored[write.start] = write;
    return writes;
  }
  ChargeRecord only_session() {
    REQUIRE(stored.size() == 1);
    return stored.begin()->second;
  }
  void restart() {
    std::optional<ChargeRecord> open;
    std::optional<ChargeRecord> newest;
    for (const auto& [start, charge] : stored) {
      newest = charge;
      if (!charge.end) open = charge;
    }
    memory = history::remembered(open, newest, memory.sample);
  }

  history::CarMemory memory;
  history::Tariff tariff{.electricity_price = 0.30};
  std::map<base::Time, ChargeRecord> stored;
};

}  // namespace

TEST_CASE(
    "A session begins with the first report that says charging and ends with the first that does "
    "not") {
  Car car;
  CHECK(car.report(seen(at("18:00"), false, 40)).empty());
  REQUIRE(car.report(seen(at("18:30"), true, 40)).size() == 1);
  CHECK_FALSE(car.only_session().end);
  CHECK(car.report(seen(at("19:30"), true, 55)).size() == 1);
  CHECK(car.report(seen(at("20:30"), false, 70)).size() == 1);

  const auto session = car.only_session();
  CHECK(session.start == at("18:30"));
  CHECK(session.end == at("20:30"));
  CHECK(session.level_start == 40.0);
  CHECK(session.level_end == 70.0);
  CHECK(session.energy.value() == Approx(15.0));  // 30 % of 50 kWh
  CHECK(session.cost.value() == Approx(4.5));
  CHECK(session.basis ==
        "level from 40 % to 70 % of 50 kWh usable, ± 1 % of the level, without losses");
  CHECK_FALSE(car.memory.session);
}

TEST_CASE("The same report again writes nothing") {
  Car car;
  const auto first = seen(at("18:30"), true, 40);
  CHECK(history::advance(car.memory, first, car.tariff, at("18:31")).size() == 2);
  CHECK(history::advance(car.memory, first, car.tariff, at("18:36")).empty());
  CHECK(car.report(seen(at("18:40"), true, 40)).empty());  // a new time alone says nothing new
}

TEST_CASE("A report that is older than the newest one changes nothing") {
  Car car;
  car.report(seen(at("18:30"), true, 40));
  CHECK(car.report(seen(at("18:20"), false, 39)).empty());
  CHECK(car.memory.session);
}

TEST_CASE("A report from the future is not believed") {
  Car car;
  CHECK(car.report(seen(at("20:00"), true, 40), at("18:00")).empty());
  CHECK_FALSE(car.memory.session);
  CHECK(car.report(seen(at("18:03"), true, 40), at("18:00")).size() ==
        1);  // clocks differ a little
}

TEST_CASE("A report without a level opens a session whose level comes later") {
  Car car;
  auto first = seen(at("18:30"), true, 40);
  first.battery_level.reset();
  car.report(first);
  CHECK_FALSE(car.only_session().level_start);
  CHECK(car.only_session().basis == "the level was not reported");
  car.report(seen(at("19:00"), true, 50));
  CHECK(car.only_session().level_start == 50.0);
}

TEST_CASE("A level of another time is not the session's level") {
  Car car;
  auto first = seen(at("18:30"), true, 40);
  first.battery_level->at = at("12:00");
  car.report(first);
  CHECK_FALSE(car.only_session().level_start);
}

TEST_CASE("A long silence in a session is said in its basis") {
  Car car;
  car.report(seen(at("08:00"), true, 20));
  car.report(seen(at("11:10"), true, 60));
  CHECK(car.only_session().basis.ends_with("; no report for 3 h 10 min while it charged"));
  car.report(seen(at("14:40"), false, 80));
  CHECK(car.only_session().basis.ends_with("; no report for 3 h 30 min before its end"));
  CHECK(car.only_session().end == at("14:40"));
}

TEST_CASE("Charge complete ends a session like any other word") {
  Car car;
  car.report(seen(at("18:30"), true, 90));
  auto reported = test::unknown_car({"1"});
  reported.state.charging_status = {.value = vehicle::ChargingStatus::charge_complete,
                                    .at = at("19:30"),
                                    .source = vehicle::Source::electric};
  CHECK_FALSE(history::seen_of(reported).charging->charging);
  reported.state.charging_status->value = vehicle::ChargingStatus::charging;
  CHECK(history::seen_of(reported).charging->charging);
}

TEST_CASE("A car that was driven without a report of its unplugging ends the session unseen") {
  Car car;
  car.report(seen(at("18:30"), true, 40));
  car.report(seen(at("19:00"), true, 50));
  car.report(seen(at("21:00"), false, 62, 10020));
  const auto session = car.only_session();
  CHECK(session.end == at("19:00"));
  CHECK(session.level_end == 50.0);
  CHECK(session.basis.ends_with("; its end was not seen"));
}

TEST_CASE("A fallen level alone shows that the car was driven") {
  Car car;
  car.report(seen(at("18:30"), true, 40));
  car.report(seen(at("19:00"), true, 50));
  car.report(seen(at("23:00"), true, 30));
  REQUIRE(car.stored.size() == 2);
  CHECK(car.stored.at(at("18:30")).end == at("19:00"));
  CHECK(car.stored.at(at("23:00")).level_start == 30.0);
  CHECK(car.memory.session->record.start == at("23:00"));
}

TEST_CASE("An odometer that moved ends the session before the charging report says so") {
  Car car;
  car.report(seen(at("18:30"), true, 40));
  history::Seen drive;
  drive.odometer = {.value = 10012, .at = at("20:00")};
  drive.charging = {.charging = true, .at = at("18:30")};
  CHECK(car.report(drive, at("20:05")).size() == 1);
  CHECK(car.only_session().basis.ends_with("; its end was not seen"));
  CHECK(car.report(drive, at("20:10")).empty());  // the old report opens nothing anew
}

TEST_CASE("A day of silence ends a session unseen") {
  Car car;
  car.report(seen(at("18:30"), true, 40));
  const auto still = seen(at("18:30"), true, 40);
  CHECK(car.report(still, at("18:30") + 24h).empty());
  CHECK(car.report(still, at("18:30") + 25h).size() == 1);
  CHECK(car.only_session().end == at("18:30"));
  CHECK(car.report(still, at("18:30") + 26h).empty());
}

TEST_CASE("A session survives a restart") {
  Car car;
  car.report(seen(at("18:30"), true, 40));
  car.report(seen(at("19:00"), true, 50));
  car.restart();
  CHECK(car.report(seen(at("19:00"), true, 50)).empty());
  car.report(seen(at("20:00"), false, 65));
  const auto session = car.only_session();
  CHECK(session.start == at("18:30"));
  CHECK(session.end == at("20:00"));
  CHECK(session.level_start == 40.0);
}

TEST_CASE("After a restart an old report does not open a session that was closed") {
  Car car;
  car.report(seen(at("18:30"), true, 40));
  car.report(seen(at("19:00"), false, 50));
  car.restart();
  CHECK(car.report(seen(at("18:45"), true, 45), at("19:10")).empty());
  CHECK(car.report(seen(at("19:30"), true, 50)).size() == 1);
}

TEST_CASE("What is said of a session before a restart stays") {
  Car car;
  car.report(seen(at("08:00"), true, 20));
  car.report(seen(at("11:10"), true, 60));
  car.restart();
  car.report(seen(at("11:40"), true, 65));
  CHECK(car.only_session().basis ==
        "level from 20 % to 65 % of 50 kWh usable, ± 1 % of the level, without losses; no report "
        "for 3 h 10 min while "
        "it charged");
}

TEST_CASE("Without a capacity a session has levels and no energy") {
  Car car;
  auto first = seen(at("18:30"), true, 40);
  first.usable_capacity = 0;
  car.report(first);
  CHECK_FALSE(car.only_session().energy);
  CHECK_FALSE(car.only_session().cost);
  CHECK(car.only_session().basis.contains("usable capacity is not known"));
}

TEST_CASE("A plug-in hybrid that drives on fuel with an empty battery has no session") {
  Car car;
  for (int hour = 10; hour < 14; ++hour) {
    auto report = seen(at(std::to_string(hour) + ":00"), false, 2, 10000 + hour * 60);
    report.fuel_level = {.value = 90.0 - hour, .at = report.odometer->at};
    CHECK(car.report(report).empty());
  }
}
