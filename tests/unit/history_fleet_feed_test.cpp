#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "support/catch.hpp"
#include "support/memory_history.hpp"
#include "support/simulated_home.hpp"
#include "toyota2mqtt/history/backfill.hpp"
#include "toyota2mqtt/history/fleet_feed.hpp"
#include "toyota2mqtt/history/recorder.hpp"

/// A home with a history: the simulated cloud, the whole bridge, and what is kept of its days,
/// compared with what the simulated cars really did.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using nlohmann::json;
using std::chrono::days;

namespace {

struct Wishes {
  bool two_cars = false;  ///< two electric cars of two accounts, instead of all six
  bool backfill = false;
  bool routes = false;
};

struct History {
  explicit History(Wishes wishes = {}) {
    home.options.fleet.accounts = {test::SimulatedHome::account("driver")};
    if (wishes.two_cars) {
      home.options.fleet.accounts = {test::SimulatedHome::lexus(), test::SimulatedHome::subaru()};
    }
    home.options.fleet.policy.trip_tracks = wishes.routes;
    for (auto& car : home.cloud.world().cars) {
      home.options.fleet.vehicles.push_back({.vin = base::Vin::parse(car->spec().vin).value(),
                                             .name = {},
                                             .abrp_token = {},
                                             .usable_capacity = car->spec().usable_kwh});
    }
    recorder = std::make_unique<history::Recorder>(
        history::Recorder::Services{.executor = home.loop.io.get_executor(),
                                    .clock = home.loop.clock,
                                    .log = home.loop.log,
                                    .store = store,
                                    .zone = home.zone},
        history::Recorder::Options{
            .prices = {.electricity_price = 0.30, .fuel_price = 1.80, .currency = "EUR"},
            .routes = wishes.routes});
    home.options.home_assistant.discovery = true;
    home.make_bridge();
    past = std::make_unique<history::PastTrips>(home.bridge->accounts);
    backfill = std::make_unique<history::Backfill>(
        history::Backfill::Services{.executor = home.loop.io.get_executor(),
                                    .clock = home.loop.clock,
                                    .log = home.loop.log,
                                    .store = store,
                                    .source = *past,
                                    .zone = home.zone},
        wishes.routes);
    feed =
        std::make_unique<history::FleetFeed>(*recorder, wishes.backfill ? backfill.get() : nullptr);
    home.listeners.add(*feed, fleet::Listeners::Hears::history);
    recorder->on_statistics(
        [this](const base::CarId& car, const vehicle::CarStatistics& statistics) {
          home.bridge->accounts.show_statistics(car, statistics);
        });
    backfill->on_progress(
        [this](const base::CarId& car, const history::BackfillProgress& progress) {
          home.bridge->accounts.show_backfill(car, history::said(progress, home.zone));
        });
    if (wishes.backfill) backfill->start();
  }
  ~History() {
    home.stop();
    backfill->cancel();
    recorder->cancel();
    home.loop.run(backfill->join());
    home.loop.run(recorder->join());
  }
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  test::MemoryHistory::Car& of(const simulator::Car& car) {
    return store.cars[base::CarId{home.id(car.spec().vin)}];
  }
  simulator::Car& car(const std::string& vin) {
    for (auto& it : home.cloud.world().cars) {
      if (it->spec().vin == vin) return *it;
    }
    FAIL("no such car");
    return *home.cloud.world().cars.front();
  }
  json document(const simulator::Car& car, const std::string& what) {
    return json::parse(
        home.mqtt.retained.at("toyota2mqtt/" + home.id(car.spec().vin) + "/" + what));
  }

  test::SimulatedHome home;
  test::MemoryHistory store;
  std::unique_ptr<history::Recorder> recorder;
  std::unique_ptr<history::PastTrips> past;
  std::unique_ptr<history::Backfill> backfill;
  std::unique_ptr<history::FleetFeed> feed;
};

// Two days decide as much as a week, which costs a processor 45 s in a release build: T2M_LONG=1
// makes it a week.
std::chrono::hours days_of_history() { return std::getenv("T2M_LONG") != nullptr ? 7 * 24h : 48h; }

/// What a car used between two times, added up from its simulated life; nothing of the history's
/// own code is asked.
struct ByHand {
  struct Session {
    base::Time begin;
    double from = 0, to = 0;  ///< %
  };
  ByHand(const simulator::Car& car, base::Time since, base::Time until) : spec(car.spec()) {
    for (int day = simulator::Car::day_of(since); day <= simulator::Car::day_of(until); ++day) {
      const auto& plan = car.day_number(day);
      for (const auto& leg : plan.legs) {
        if (leg.begin < since || leg.end > until) continue;
        ++trips;
        metres += leg.metres;
        litres += leg.fuel_ml / 1000;
      }
      for (const auto& charge : plan.fast) add(car, charge, since, until);
      if (plan.charge) add(car, *plan.charge, since, until);
    }
  }
  void add(const simulator::Car& car, const simulator::Charge& charge, base::Time since,
           base::Time until) {
    if (charge.begin < since || charge.begin >= until || charge.end <= charge.begin) return;
    sessions.push_back({.begin = charge.begin,
                        .from = car.at(charge.begin).level,
                        .to = car.at(std::min(charge.end, until)).level});
  }
  [[nodiscard]] double kwh() const {
    double sum = 0;
    for (const auto& session : sessions) sum += (session.to - session.from) / 100 * spec.usable_kwh;
    return sum;
  }
  /// Levels come in whole percent.
  [[nodiscard]] double kwh_margin() const {
    return static_cast<double>(sessions.size()) * spec.usable_kwh / 100 + 0.01;
  }
  /// As a person would write it down.
  [[nodiscard]] std::string said() const {
    auto text = fmt::format("{}: {} trips, {:.1f} km, {:.2f} L", spec.nick_name, trips,
                            metres / 1000, litres);
    for (const auto& session : sessions) {
      text += fmt::format("; {} {:.1f} % to {:.1f} % of {:g} kWh = {:.2f} kWh",
                          base::format_iso8601(session.begin), session.from, session.to,
                          spec.usable_kwh, (session.to - session.from) / 100 * spec.usable_kwh);
    }
    return text;
  }

  const simulator::CarSpec& spec;
  int trips = 0;
  double metres = 0;
  double litres = 0;
  std::vector<Session> sessions = {};
};

/// The figure's document, and what a hand makes of the span that it covers.
ByHand hand_of(const simulator::Car& car, const json& reported, const std::string& statistic) {
  const auto time = [&](const char* key) {
    return base::parse_iso8601(reported.at(statistic + "_attributes").at(key).get<std::string>())
        .value();
  };
  return {car, time("since"), time("until")};
}

/// Every sample shows what the car really was at that time, and no two are closer than a minute.
void check_samples(const simulator::Car& car, const test::MemoryHistory::Car& kept) {
  const bool hybrid = car.spec().drive == simulator::Drive::phev;
  base::Time last{};
  for (const auto& [at, sample] : kept.samples) {
    INFO(car.spec().vin << " at " << base::format_iso8601(at));
    CHECK(at - last >= 1min);
    last = at;
    if (!sample.battery_level || hybrid) continue;
    const auto truth = car.at(at);
    CHECK(std::abs(*sample.battery_level - truth.level) <= 1);
  }
}

}  // namespace

TEST_CASE("A day of six cars leaves what they did in the history, and nothing else") {
  History history;
  const auto begin = history.home.loop.clock.now();
  history.home.start();
  history.home.loop.advance(24h);
  const auto end = history.home.loop.clock.now();
  std::size_t sessions = 0;
  for (auto& car : history.home.cloud.world().cars) {
    INFO(car->spec().vin);
    const auto& kept = history.of(*car);
    check_samples(*car, kept);
    std::set<std::string> driven;
    for (const auto* leg : car->trips(begin, end - 2h, end - 2h)) {
      if (leg->end < begin || leg->end > end - 2h) continue;
      driven.insert(leg->id);
      CHECK(kept.trips.contains(leg->id));
    }
    for (const auto& [start, session] : kept.charges) {
      INFO("session of " << base::format_iso8601(start) << ": " << session.basis);
      CHECK(car->at(start).charging);
      if (!session.end || !session.level_start || !session.level_end) continue;
      ++sessions;
      const double gained = *session.level_end - *session.level_start;
      CHECK(gained >= 0);
      CHECK(session.energy.value() == Approx(gained / 100 * car->spec().usable_kwh));
      CHECK(session.cost.value() == Approx(*session.energy * 0.30));
      if (car->spec().drive == simulator::Drive::bev) {
        CHECK(std::abs(car->at(start).level - *session.level_start) <= 1);
      }
    }
    if (car->spec().usable_kwh <= 0) CHECK(kept.charges.empty());
    CHECK(std::ranges::any_of(kept.events, [](const history::EventRecord& event) {
            return event.kind == history::EventRecord::Kind::wake;
          }) == (history.home.cloud.world().journal.wakes_by_car[car->spec().vin] > 0));
  }
  CHECK(sessions >= 1);
  CHECK_FALSE(history.home.loop.log.text().contains("the history cannot"));
}

TEST_CASE("B8: no figure of six cars contradicts what a hand makes of the same days") {
  constexpr double kWhPrice = 0.30;
  constexpr double kLitrePrice = 1.80;
  History history;
  const auto begin = history.home.loop.clock.now();
  history.home.start();
  history.home.loop.advance(days_of_history());
  std::string table;
  for (auto& car : history.home.cloud.world().cars) {
    const auto& spec = car->spec();
    const auto reported = history.document(*car, "diagnostics");
    INFO(spec.nick_name << " " << reported.dump());
    REQUIRE(reported.at("cost_month").is_number());
    const auto hand = hand_of(*car, reported, "cost_month");
    const double cost = hand.kwh() * kWhPrice + hand.litres * kLitrePrice;
    table += fmt::format("{} -> {:.2f} EUR; published {} ({})\n", hand.said(), cost,
                         reported["cost_month"].dump(),
                         reported["cost_month_attributes"]["basis"].get<std::string>());
    CHECK(reported["cost_month"].get<double>() ==
          Approx(cost).margin(hand.kwh_margin() * kWhPrice + 0.01));
    CHECK(reported["cost_month_attributes"]["reason"].is_null());
    if (spec.usable_kwh > 0) {
      // Before the first report nobody saw it charge.
      const auto since = reported["cost_month_attributes"]["since"].get<std::string>();
      CHECK(base::parse_iso8601(since).value() >=
            car->last_report(simulator::kEnergy, begin).value());
      const auto energy = hand_of(*car, reported, "energy_month");
      CHECK(reported.at("energy_month").get<double>() ==
            Approx(energy.kwh()).margin(energy.kwh_margin()));
      CHECK(reported["energy_month_attributes"]["basis"].get<std::string>().contains(
          "± 1 % of the level"));
      CHECK(reported.at("co2_month").is_null());  // of a kWh, nobody said it
      CHECK_FALSE(reported["co2_month_attributes"]["reason"].get<std::string>().empty());
    } else {
      CHECK(reported.at("co2_month").get<double>() ==
            Approx(hand_of(*car, reported, "co2_month").litres * 2.31).margin(0.01));
    }
  }
  WARN(table);
}

TEST_CASE("Figures of three days are near the truth, and are published without the state") {
  History history({.two_cars = true});
  history.home.start();
  history.home.loop.advance(3 * 24h);
  for (const auto* vin : {test::SimulatedHome::kLexusVin, test::SimulatedHome::kSubaruVin}) {
    INFO(vin);
    auto& car = history.car(vin);
    const auto reported = history.document(car, "diagnostics");
    INFO(reported["electric_consumption_attributes"].dump());
    CHECK_FALSE(history.document(car, "state").contains("electric_consumption"));
    const double truth = car.spec().kwh_per_km * 100;
    REQUIRE(reported["electric_consumption"].is_number());
    CHECK(reported["electric_consumption"].get<double>() > truth * 0.7);
    CHECK(reported["electric_consumption"].get<double>() < truth * 1.6);
    CHECK(reported["electric_consumption_attributes"]["basis"].is_string());
    CHECK(reported["range_at_full"].is_number());
  }
}

TEST_CASE("The past year is fetched once, within the requests of a day, and wakes nobody") {
  History history({.two_cars = true, .backfill = true});
  history.home.start();
  history.home.loop.advance(6h);
  auto& world = history.home.cloud.world();
  const auto now = history.home.loop.clock.now();
  for (const auto* vin : {test::SimulatedHome::kLexusVin, test::SimulatedHome::kSubaruVin}) {
    auto* car = &history.car(vin);
    INFO(vin);
    const auto progress = history.backfill->progress({history.home.id(car->spec().vin)});
    CHECK(progress.state == "done");
    const auto& kept = history.of(*car);
    // What was driven between a year before the start and the last hours.
    for (const auto* leg : car->trips(now - days(363), now - 3h, now - 3h)) {
      CHECK(kept.trips.contains(leg->id));
    }
    CHECK(kept.trips.size() > 300);
    for (const auto& [id, trip] : kept.trips) CHECK(trip.route.empty());
    CHECK(history.document(*car, "diagnostics")["next_read_attributes"]["past_trips"]
              .get<std::string>()
              .ends_with("complete"));
  }
  CHECK(world.journal.wakes_while_driving == 0);
  for (const auto* vin : {test::SimulatedHome::kLexusVin, test::SimulatedHome::kSubaruVin}) {
    CHECK(history.home.requests_about(vin) < 600);
  }
}

TEST_CASE("With history.routes the regular readings bring the routes along") {
  History with({.two_cars = true, .routes = true});
  with.home.start();
  with.home.loop.advance(30min);
  auto& car = with.car(test::SimulatedHome::kLexusVin);
  REQUIRE_FALSE(with.of(car).trips.empty());
  for (const auto& [id, trip] : with.of(car).trips) CHECK(trip.route.size() == 61);
}

TEST_CASE("A car that leaves while its past is asked for is an answer, not a wait") {
  History history;
  history.home.start();
  auto nobody = history.home.loop.run(history.past->past_trips(
      {"ffffffffff"}, std::chrono::year(2026) / 1 / 1, std::chrono::year(2026) / 1 / 31, 0, false));
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == base::ErrorCode::not_supported);
}
