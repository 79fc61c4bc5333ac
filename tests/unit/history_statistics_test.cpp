#include "support/catch.hpp"
#include "support/history_samples.hpp"

/// Figures against numbers that were computed by hand.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using history::ChargeRecord;
using history::Period;
using history::StatisticsInput;
using test::at;

namespace {

const Period kDays{.from = at("2026-11-20T00:00:00Z"), .to = at("2026-12-01T00:00:00Z")};
const auto kLongAgo = at("2026-06-01T00:00:00Z");
const history::Tariff kBothPrices{
    .electricity_price = 0.3, .fuel_price = 1.8, .electricity_co2 = 400};

/// As a store says it of a car that has no other entries.
StatisticsInput as_stored(StatisticsInput input) {
  auto& known = input.known;
  known = {};
  for (const auto& [trip, route] : input.trips) {
    known.trips = std::min(known.trips.value_or(trip.start), trip.start);
    known.tank |= trip.ev_distance || trip.fuel.value_or(vehicle::Litres{}).value > 0;
  }
  for (const auto& sample : input.samples) {
    if (!known.samples) known.samples = sample.at;
    if (!known.levels && sample.battery_level) known.levels = sample.at;
    known.tank |= sample.fuel_level.value_or(0) > 0;
  }
  return input;
}

vehicle::Statistics made_of(const StatisticsInput& input, const history::Tariff& tariff,
                            std::optional<double> capacity, Period period = kDays) {
  return history::statistics(input, tariff, capacity, period);
}

ChargeRecord charge(base::Time start, base::Time end, double from, double to) {
  return {.start = start, .end = end, .level_start = from, .level_end = to};
}

/// 200 km: 80 -> 60 %, charged to 90 %, then 90 -> 70 %.
StatisticsInput two_days() {
  StatisticsInput input;
  input.samples = {
      test::sample(at("08:00"), 80, 10000), test::sample(at("09:00"), 60, 10100),
      test::sample(at("18:00"), 60, 10100), test::sample(at("20:00"), 75, 10100),
      test::sample(at("22:00"), 90, 10100), test::sample(at("2026-11-21T09:00:00Z"), 70, 10200)};
  input.charges = {charge(at("18:00"), at("22:00"), 60, 90)};
  return as_stored(input);
}

/// Two trips: 30 km, 20 of them electric, 0.6 L; 40 km, all electric.
StatisticsInput hybrid_day() {
  StatisticsInput input;
  input.trips = {{.trip = test::hybrid_trip("a", at("08:00"), at("08:40"), 30, 20, 0.6)},
                 {.trip = test::hybrid_trip("b", at("17:00"), at("17:50"), 40, 40, 0)}};
  return as_stored(input);
}

/// A plug-in hybrid that is known for months: two trips and a session between them.
StatisticsInput known_hybrid() {
  auto input = hybrid_day();
  input.charges = {charge(at("10:00"), at("12:00"), 20, 70)};
  input.before = test::sample(at("2026-11-19T20:00:00Z"), 50, 500);
  input.samples = {test::sample(at("08:40"), 20, 530), test::sample(at("12:00"), 70, 530),
                   test::sample(at("17:50"), 20, 570)};
  input.known = {.trips = kLongAgo, .samples = kLongAgo, .levels = kLongAgo, .tank = true};
  return input;
}

}  // namespace

TEST_CASE("Electric consumption is what left the battery, over the way that it took") {
  const auto made = history::statistics(two_days(), {}, 64.0, kDays);
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
  const auto made =
      history::statistics(two_days(), {.electricity_price = 0.3}, std::nullopt, kDays);
  CHECK_FALSE(made.electric_consumption);
  CHECK_FALSE(made.energy);
  CHECK_FALSE(made.cost);
  CHECK_FALSE(made.range_ratio);
  CHECK(made.range_at_full->value == Approx(375));
}

TEST_CASE("Energy, cost and CO2 of a session follow from its levels") {
  const history::Tariff tariff{.electricity_price = 0.30, .electricity_co2 = 363};
  const auto made = history::statistics(two_days(), tariff, 64.0, kDays);
  CHECK(made.energy->value == Approx(19.2));
  CHECK(made.cost->value == Approx(5.76));
  CHECK(made.co2->value == Approx(6.9696));
  CHECK(made.cost->basis ==
        "1 charging session, 19.2 kWh from their levels, each ± 1 % of the level (0.6 kWh)");
  CHECK(made.energy->basis == made.cost->basis);
}

TEST_CASE("The promised range is compared with the one of the same days' consumption") {
  const auto made = history::statistics(two_days(), {}, 64.0, kDays);
  CHECK(made.range_at_full->value == Approx(375));
  CHECK(made.range_ratio->value == Approx(75));  // 64 kWh at 12.8 kWh/100 km make 500 km
}

TEST_CASE("A charge that no session tells of is left out with its way") {
  auto input = two_days();
  input.charges.clear();  // 60 -> 75 -> 90 % came from nowhere
  const auto made = history::statistics(input, kBothPrices, 64.0, kDays);
  CHECK(made.electric_consumption->value == Approx(12.8));
  CHECK_FALSE(made.energy);
  CHECK(made.energy.error().reason ==
        "the battery was charged between 2026-11-20T20:00:00Z and 2026-11-20T22:00:00Z and no "
        "report told of it");
  CHECK_FALSE(made.cost);
  CHECK_FALSE(made.co2);
}

TEST_CASE("A descent that fills the battery a little counts against the use") {
  StatisticsInput input;
  input.samples = {test::sample(at("08:00"), 80, 10000), test::sample(at("09:00"), 60, 10090),
                   test::sample(at("09:30"), 62, 10100)};
  input = as_stored(input);
  const auto made = history::statistics(input, {}, 50.0, kDays);
  CHECK(made.electric_consumption->value == Approx(9.0));  // 18 % of 50 kWh over 100 km
}

TEST_CASE("Too short a way has no consumption") {
  StatisticsInput input;
  input.samples = {test::sample(at("08:00"), 80, 10000), test::sample(at("09:00"), 60, 10049)};
  const auto made = made_of(as_stored(input), {}, 50.0);
  CHECK_FALSE(made.electric_consumption);
  CHECK(made.electric_consumption.error().reason ==
        "the level fell by 20 % over 49 km driven electrically; it takes 10 % and 50 km");
  input.samples.back() = test::sample(at("09:00"), 71, 10100);
  CHECK_FALSE(made_of(as_stored(input), {}, 50.0).electric_consumption);
}

TEST_CASE("A hybrid's fuel and electric share come from its trips") {
  const auto made = history::statistics(hybrid_day(), {.fuel_price = 1.8}, std::nullopt, kDays);
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
  input = as_stored(input);
  input.known.trips = kLongAgo;
  const auto made = made_of(input, {}, 12.0);
  CHECK(made.electric_consumption->value == Approx(90.0 / 100 * 12 / 60 * 100));
  CHECK(made.electric_consumption->basis.contains("as its trips say"));
}

TEST_CASE("A hybrid's trip that does not say how far it went electrically spoils the figure") {
  auto input = hybrid_day();
  input.samples = {test::sample(at("07:50"), 100, 500), test::sample(at("18:00"), 10, 570)};
  input.trips.back().trip.ev_distance.reset();
  CHECK_FALSE(made_of(as_stored(input), {}, 12.0).electric_consumption);
}

TEST_CASE("A cost of which a part has no price is unknown") {
  const auto input = known_hybrid();
  const auto no_fuel = made_of(input, {.electricity_price = 0.3}, 12.0).cost;
  CHECK(no_fuel.error().reason == "the price of fuel is not configured (history.fuel_price)");
  const auto no_energy = made_of(input, {.fuel_price = 1.8}, 12.0).cost;
  CHECK(no_energy.error().reason ==
        "the price of electricity is not configured (history.electricity_price)");
  CHECK(made_of(input, {}, 12.0).cost.error().reason ==
        "no price is configured (history.electricity_price, history.fuel_price)");
  const auto both = made_of(input, {.electricity_price = 0.3, .fuel_price = 1.8}, 12.0);
  CHECK(both.cost->value == Approx(6 * 0.3 + 1.08));
  CHECK(both.cost->basis ==
        "1 charging session, 6.0 kWh from their levels, each ± 1 % of the level (0.1 kWh); "
        "2 trips, 0.6 L");
  CHECK(both.co2.error().reason ==
        "the CO2 of the electricity is not configured (history.electricity_co2)");
}

TEST_CASE("B8: a cost begins when both fuel and charging are known, and says so") {
  // The trips of the past were fetched; charging is known since the program watches.
  auto input = known_hybrid();
  input.trips.insert(input.trips.begin(),
                     {.trip = test::hybrid_trip("old", at("2026-09-01T08:00:00Z"),
                                                at("2026-09-01T10:00:00Z"), 150, 20, 9)});
  input.known.samples = input.known.levels = at("08:40");
  input.before.reset();
  const Period months{.from = kLongAgo, .to = at("2026-12-01T00:00:00Z")};
  const auto made = made_of(input, kBothPrices, 12.0, months);
  CHECK(made.fuel->value == Approx(9.6));
  CHECK(made.fuel->since == kLongAgo);
  CHECK(made.energy->since == at("08:40"));
  // From 08:40 on: one session of 50 % of 12 kWh, and a trip on the battery.
  CHECK(made.cost->value == Approx(6 * 0.3));
  CHECK(made.cost->since == at("08:40"));
  CHECK(made.co2->value == Approx(6 * 0.4));
  CHECK(made.co2->since == at("08:40"));
  CHECK(made.trips_since == kLongAgo);
  CHECK(made.charges_since == at("08:40"));
}

TEST_CASE("B8: a known empty day is 0, and one before anything is known is not") {
  auto input = known_hybrid();
  input.trips.clear();
  input.charges.clear();
  input.samples.clear();
  const auto day = made_of(input, kBothPrices, 12.0);
  for (const auto& sum : {day.distance, day.fuel, day.energy, day.cost, day.co2}) {
    REQUIRE(sum);
    CHECK(sum->value == 0);
    CHECK(sum->since == kDays.from);
    CHECK(sum->until == kDays.to);
  }
  CHECK(day.cost->basis == "no charging session; no trips");
  CHECK(day.electric_consumption.error().reason ==
        "the level fell by 0 % over 0 km driven electrically; it takes 10 % and 50 km");

  input.before.reset();
  input.known = {.trips = kDays.to, .samples = kDays.to, .levels = kDays.to, .tank = true};
  const auto before = made_of(input, kBothPrices, 12.0);
  for (const auto& sum : {before.distance, before.fuel, before.energy, before.cost, before.co2}) {
    REQUIRE_FALSE(sum);
    CHECK(sum.error().reason == "nothing is known before 2026-12-01T00:00:00Z");
  }
}

TEST_CASE("B8: a trip that does not tell its fuel ends what is known of the fuel before it") {
  auto input = known_hybrid();
  input.trips.front().trip.fuel.reset();
  const auto made = made_of(input, kBothPrices, 12.0);
  CHECK(made.fuel->value == 0);  // the second trip
  CHECK(made.fuel->since == at("08:40"));
  CHECK(made.cost->since == at("08:40"));
  input.trips.back().trip.fuel.reset();
  const auto none = made_of(input, kBothPrices, 12.0);
  CHECK(none.fuel.error().reason == "the trip of 2026-11-20T17:00:00Z does not tell its fuel");
  CHECK(none.cost.error() == none.fuel.error());
  CHECK(none.distance->value == Approx(70));  // it does tell how far it went
}

TEST_CASE("B8: trips that the odometer shows and nobody lists end what is known of trips") {
  auto input = known_hybrid();
  // The program was off: 300 km later, only the newest trip is listed.
  input.samples = {test::sample(at("08:40"), 20, 530), test::sample(at("17:50"), 20, 870)};
  const auto made = made_of(input, kBothPrices, 12.0);
  CHECK(made.fuel.error().reason ==
        "trips between 2026-11-20T08:40:00Z and 2026-11-20T17:50:00Z are missing: the odometer "
        "moved by 340 km, the trips say 70");
  CHECK(made.cost.error() == made.fuel.error());
  CHECK_FALSE(made.energy);  // charging was not watched either
  CHECK(made.distance->value == Approx(370));
  CHECK(made.distance->basis == "the odometer");
}

TEST_CASE("B8: a drive that is not listed yet is no hole") {
  auto input = known_hybrid();
  input.samples.push_back(test::sample(at("2026-11-30T23:50:00Z"), 5, 600));
  CHECK(made_of(input, kBothPrices, 12.0).fuel->value == Approx(0.6));
}

TEST_CASE("B8: an electric car that went farther than its level allows was charged unseen") {
  auto input = two_days();
  input.samples.push_back(test::sample(at("2026-11-25T09:00:00Z"), 65, 10900));  // 700 km on 5 %
  const auto made = made_of(input, kBothPrices, 64.0);
  CHECK(made.energy.error().reason.starts_with(
      "the battery was charged between 2026-11-21T09:00:00Z and 2026-11-25T09:00:00Z"));
  input.charges.push_back(charge(at("2026-11-26T09:00:00Z"), at("2026-11-26T10:00:00Z"), 65, 75));
  const auto since = made_of(input, kBothPrices, 64.0);
  CHECK(since.energy->value == Approx(6.4));
  CHECK(since.energy->since == at("2026-11-25T09:00:00Z"));
}

TEST_CASE("B8: a session that began before the period is seen, and not of the period") {
  StatisticsInput input;
  input.before = test::sample(at("2026-11-19T22:00:00Z"), 30, 500);
  input.samples = {test::sample(at("02:00"), 70, 500)};
  input.charges = {charge(at("2026-11-19T22:00:00Z"), at("02:00"), 30, 70)};
  input.known = {.trips = {}, .samples = kLongAgo, .levels = kLongAgo};
  const auto made = made_of(input, kBothPrices, 50.0);
  CHECK(made.energy->value == 0);
  CHECK(made.energy->since == kDays.from);
  CHECK(made.cost->value == 0);
}

TEST_CASE("B8: a level that falls while the odometer is not known has no way, and does not count") {
  StatisticsInput input;
  input.samples = {test::sample(at("08:00"), 90, 10000), test::sample(at("09:00"), 70, 0),
                   test::sample(at("10:00"), 60, 10150), test::sample(at("11:00"), 45, 10250)};
  input.samples[1].odometer.reset();
  const auto made = made_of(as_stored(input), {}, 50.0);
  CHECK(made.electric_consumption->value == Approx(7.5));  // 15 % of 50 kWh over 100 km
}

TEST_CASE("B8: fuel of 0 is a known figure of a car that can burn some") {
  auto input = known_hybrid();
  input.trips.front().trip.fuel = vehicle::Litres{0};
  input.trips.front().trip.ev_distance = vehicle::Kilometres{30};
  const auto made = made_of(input, kBothPrices, 12.0);
  CHECK(made.fuel->value == 0);
  CHECK(made.fuel_consumption->value == 0);
  CHECK(made.cost->value == Approx(1.8));
}

TEST_CASE("B8: a session without levels ends what is known of the energy before it") {
  auto input = two_days();
  input.charges.push_back(charge(at("23:00"), at("23:30"), 0, 0));
  input.charges.back().level_start.reset();
  const auto made = made_of(input, kBothPrices, 64.0);
  CHECK(made.energy.error().reason == "the charging session of 2026-11-20T23:00:00Z has no levels");
  CHECK(made.cost.error() == made.energy.error());
  input.charges.push_back(charge(at("2026-11-21T10:00:00Z"), at("2026-11-21T11:00:00Z"), 70, 80));
  const auto after = made_of(input, kBothPrices, 64.0);
  CHECK(after.energy->value == Approx(6.4));
  CHECK(after.energy->since == at("23:30"));
}

TEST_CASE("B8: nothing is known of nothing, nor of the future, and each figure says why") {
  const Period ahead{.from = kDays.to, .to = kDays.to};
  for (const auto& made :
       {made_of({}, kBothPrices, 64.0), made_of(known_hybrid(), kBothPrices, 64.0, ahead)}) {
    for (const auto& statistic :
         {made.electric_consumption, made.fuel_consumption, made.ev_share, made.distance,
          made.energy, made.fuel, made.cost, made.co2, made.range_ratio, made.range_at_full}) {
      REQUIRE_FALSE(statistic);
      CHECK_FALSE(statistic.error().reason.empty());
    }
  }
}

TEST_CASE("Without trips the odometer tells the distance") {
  const auto made = history::statistics(two_days(), {}, std::nullopt, kDays);
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
