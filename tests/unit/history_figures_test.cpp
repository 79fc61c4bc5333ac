#include "support/catch.hpp"
#include "support/history_samples.hpp"

/// Figures against numbers that were computed by hand.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using history::ChargeRecord;
using history::FigureInput;
using history::Period;
using test::at;

namespace {

const Period kDays{.from = at("2026-11-20T00:00:00Z"), .to = at("2026-12-01T00:00:00Z")};

ChargeRecord charge(base::Time start, base::Time end, double from, double to) {
  return {.start = start, .end = end, .level_start = from, .level_end = to};
}

/// 200 km: 80 -> 60 %, charged to 90 %, then 90 -> 70 %.
FigureInput two_days() {
  FigureInput input;
  input.samples = {
      test::sample(at("08:00"), 80, 10000), test::sample(at("09:00"), 60, 10100),
      test::sample(at("18:00"), 60, 10100), test::sample(at("20:00"), 75, 10100),
      test::sample(at("22:00"), 90, 10100), test::sample(at("2026-11-21T09:00:00Z"), 70, 10200)};
  input.charges = {charge(at("18:00"), at("22:00"), 60, 90)};
  return input;
}

/// Two trips: 30 km, 20 of them electric, 0.6 L; 40 km, all electric.
FigureInput hybrid_day() {
  FigureInput input;
  input.trips = {{.trip = test::hybrid_trip("a", at("08:00"), at("08:40"), 30, 20, 0.6)},
                 {.trip = test::hybrid_trip("b", at("17:00"), at("17:50"), 40, 40, 0)}};
  return input;
}

}  // namespace

TEST_CASE("Electric consumption is what left the battery, over the way that it took") {
  const auto made = history::figures(two_days(), {}, 64.0, kDays);
  REQUIRE(made.electric_consumption);
  CHECK(made.electric_consumption->value == Approx(12.8));  // 40 % of 64 kWh over 200 km
  CHECK(
      made.electric_consumption->basis ==
      "the level fell by 40 % of 64 kWh usable over 200 km driven electrically (by the odometer), "
      "use while parked included");
  CHECK(made.electric_consumption->since == at("08:00"));
  CHECK(made.electric_consumption->until == at("2026-11-21T09:00:00Z"));
}

TEST_CASE("Without a capacity nothing electric is estimated, but the range at full") {
  const auto made = history::figures(two_days(), {.electricity_price = 0.3}, std::nullopt, kDays);
  CHECK_FALSE(made.electric_consumption);
  CHECK_FALSE(made.energy);
  CHECK_FALSE(made.cost);
  CHECK_FALSE(made.range_ratio);
  CHECK(made.range_at_full->value == Approx(375));
}

TEST_CASE("Energy, cost and CO2 of a session follow from its levels") {
  const history::Tariff tariff{.electricity_price = 0.30, .electricity_co2 = 363};
  const auto made = history::figures(two_days(), tariff, 64.0, kDays);
  CHECK(made.energy->value == Approx(19.2));
  CHECK(made.cost->value == Approx(5.76));
  CHECK(made.co2->value == Approx(6.9696));
  CHECK(made.cost->basis == "1 charging session, 19.2 kWh from their levels");
}

TEST_CASE("The promised range is compared with the one of the same days' consumption") {
  const auto made = history::figures(two_days(), {}, 64.0, kDays);
  CHECK(made.range_at_full->value == Approx(375));
  CHECK(made.range_ratio->value == Approx(75));  // 64 kWh at 12.8 kWh/100 km make 500 km
}

TEST_CASE("A charge that no session tells of is left out with its way") {
  auto input = two_days();
  input.charges.clear();  // 60 -> 75 -> 90 % came from nowhere
  const auto made = history::figures(input, {}, 64.0, kDays);
  CHECK(made.electric_consumption->value == Approx(12.8));
  CHECK_FALSE(made.energy);
}

TEST_CASE("A descent that fills the battery a little counts against the use") {
  FigureInput input;
  input.samples = {test::sample(at("08:00"), 80, 10000), test::sample(at("09:00"), 60, 10090),
                   test::sample(at("09:30"), 62, 10100)};
  const auto made = history::figures(input, {}, 50.0, kDays);
  CHECK(made.electric_consumption->value == Approx(9.0));  // 18 % of 50 kWh over 100 km
}

TEST_CASE("Too short a way has no consumption") {
  FigureInput input;
  input.samples = {test::sample(at("08:00"), 80, 10000), test::sample(at("09:00"), 60, 10049)};
  CHECK_FALSE(history::figures(input, {}, 50.0, kDays).electric_consumption);
  input.samples.back() = test::sample(at("09:00"), 71, 10100);
  CHECK_FALSE(history::figures(input, {}, 50.0, kDays).electric_consumption);
}

TEST_CASE("A hybrid's fuel and electric share come from its trips") {
  const auto made = history::figures(hybrid_day(), {.fuel_price = 1.8}, std::nullopt, kDays);
  CHECK(made.distance->value == Approx(70));
  CHECK(made.distance->basis == "2 trips, 70 km");
  CHECK(made.ev_share->value == Approx(100.0 * 60 / 70));
  CHECK(made.fuel->value == Approx(0.6));
  CHECK(made.fuel_consumption->value == Approx(100 * 0.6 / 70));
  CHECK(made.cost->value == Approx(1.08));
  CHECK(made.co2->value == Approx(0.6 * 2.310));
}

TEST_CASE("A plug-in hybrid's electric way is the one that its trips tell") {
  auto input = hybrid_day();
  input.samples = {test::sample(at("07:50"), 100, 500), test::sample(at("08:45"), 70, 530),
                   test::sample(at("16:00"), 70, 530), test::sample(at("18:00"), 10, 570)};
  for (auto& sample : input.samples) sample.fuel_level = 50;
  const auto made = history::figures(input, {}, 12.0, kDays);
  CHECK(made.electric_consumption->value == Approx(90.0 / 100 * 12 / 60 * 100));
  CHECK(made.electric_consumption->basis.contains("as its trips say"));
}

TEST_CASE("A hybrid's trip that does not say how far it went electrically spoils the figure") {
  auto input = hybrid_day();
  input.samples = {test::sample(at("07:50"), 100, 500), test::sample(at("18:00"), 10, 570)};
  input.trips.back().trip.ev_distance.reset();
  CHECK_FALSE(history::figures(input, {}, 12.0, kDays).electric_consumption);
}

TEST_CASE("A cost of which a part has no price is unknown") {
  auto input = hybrid_day();
  input.charges = {charge(at("18:00"), at("20:00"), 10, 60)};
  CHECK_FALSE(history::figures(input, {.electricity_price = 0.3}, 12.0, kDays).cost);
  CHECK_FALSE(history::figures(input, {.fuel_price = 1.8}, 12.0, kDays).cost);
  const auto both =
      history::figures(input, {.electricity_price = 0.3, .fuel_price = 1.8}, 12.0, kDays);
  CHECK(both.cost->value == Approx(6 * 0.3 + 1.08));
  CHECK_FALSE(both.co2);  // the CO2 of the electricity is not known
}

TEST_CASE("A session without levels is named as missing") {
  auto input = two_days();
  input.charges.push_back(charge(at("23:00"), at("23:30"), 0, 0));
  input.charges.back().level_start.reset();
  const auto made = history::figures(input, {}, 64.0, kDays);
  CHECK(made.energy->value == Approx(19.2));
  CHECK(made.energy->basis == "1 of 2 charging sessions, 19.2 kWh from their levels");
}

TEST_CASE("Nothing is known of nothing") {
  CHECK(history::figures({}, {.electricity_price = 1, .fuel_price = 1}, 64.0, kDays) ==
        vehicle::Figures{});
}

TEST_CASE("Without trips the odometer tells the distance") {
  const auto made = history::figures(two_days(), {}, std::nullopt, kDays);
  CHECK(made.distance->value == Approx(200));
  CHECK(made.distance->basis == "the odometer");
}

TEST_CASE("A window of the day is two times with a length") {
  using std::chrono::minutes;
  CHECK(history::parse_day_window("22:00-06:00") ==
        history::DayWindow{.from = minutes(1320), .to = minutes(360)});
  for (const auto* wrong : {"", "22:00", "22-06", "24:00-06:00", "22:60-06:00", "22:00-22:00",
                            "22:00-06:00 ", "-2:00-06:00", "22:00–06:00"}) {
    INFO(wrong);
    CHECK_FALSE(history::parse_day_window(wrong));
  }
}

TEST_CASE("A night reaches over midnight and over the change of the clocks") {
  const auto berlin = base::Zone::named("Europe/Berlin").value();
  const auto night = history::parse_day_window("22:00-06:00").value();
  const auto share = [&](const char* from, const char* to) {
    return history::share_in(night, {.from = at(from), .to = at(to)}, berlin);
  };
  // 22:00 to 08:00 local: ten hours, nine in spring, eleven in autumn.
  CHECK(share("2026-11-20T21:00:00Z", "2026-11-21T07:00:00Z") == Approx(8.0 / 10));
  CHECK(share("2026-03-28T21:00:00Z", "2026-03-29T06:00:00Z") == Approx(7.0 / 9));
  CHECK(share("2026-10-24T20:00:00Z", "2026-10-25T07:00:00Z") == Approx(9.0 / 11));
  CHECK(share("2026-11-21T01:00:00Z", "2026-11-21T02:00:00Z") == Approx(1));  // it began yesterday
  CHECK(share("2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z") == Approx(0));
  CHECK(share("2026-11-21T01:00:00Z", "2026-11-21T01:00:00Z") == Approx(1));  // without a length
}

TEST_CASE("Energy costs by the hours in which it flowed") {
  const auto zone = base::Zone::named("Europe/Berlin").value();
  const history::Tariff tariff{.electricity_price = 0.30,
                               .night_price = 0.20,
                               .night = history::parse_day_window("22:00-06:00"),
                               .zone = zone};
  // 20:00 to 24:00 local: half of it at night.
  const Period evening{.from = at("19:00"), .to = at("23:00")};
  CHECK(history::price_of(10, evening, tariff).value() == Approx(2.5));
  CHECK_FALSE(history::price_of(10, evening, {}));
  auto day_only = tariff;
  day_only.night.reset();
  CHECK(history::price_of(10, evening, day_only).value() == Approx(3));
}
