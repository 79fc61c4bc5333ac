#include <nlohmann/json.hpp>

#include "support/history_rig.hpp"
#include "toyota2mqtt/history/stored_archive.hpp"

// The archive over the real store: figures, estimates, exports, erasing.
using namespace toyota2mqtt;
using history::Format;
using test::charge;
using test::event;
using test::kCar;
using test::kOtherCar;
using test::sample;
using test::trip;

namespace {

history::Period day() { return {.from = test::minute(0), .to = test::minute(1440)}; }
history::Window all() { return {.period = test::always(), .limit = 1000}; }

struct Rig : test::HistoryRig {
  history::StoredArchive archive{history, {}};

  std::string export_of(const std::string& what, Format format) {
    return ask(archive.export_all(kCar, what, day(), format));
  }
  base::Error refused(const std::string& what, history::Period period) {
    const auto answer = loop.run(archive.export_all(kCar, what, period, Format::json));
    REQUIRE_FALSE(answer);
    return answer.error();
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (auto end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n", begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  CHECK(begin == text.size());
  return lines;
}

}  // namespace

TEST_CASE("a session is read with what it is estimated to have taken and cost") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_charge(kCar, charge(10)));
  const history::StoredArchive::Services services{
      .estimate = [](const base::CarId& car, history::ChargeRecord& record) {
        CHECK(car == kCar);
        record.energy = (record.level_end.value() - record.level_start.value()) / 100 * 10;
        record.cost = record.energy.value() * 0.3;
        record.basis = "65 % of 10 kWh";
      }};
  history::StoredArchive archive(rig.history, services);
  const auto found = rig.ask(archive.charges(kCar, all())).entries;
  REQUIRE(found.size() == 1);
  CHECK(found[0].energy == Approx(6.5));
  CHECK(found[0].cost == Approx(1.95));
  CHECK(found[0].basis == "65 % of 10 kWh");
  const auto csv = rig.ask(archive.export_all(kCar, "charges", day(), Format::csv));
  CHECK(lines_of(csv)[1] ==
        "1,2026-01-01T00:10:00Z,2026-01-01T02:40:00Z,20,85,6.5,1.95,65 % of 10 kWh");
}

TEST_CASE("figures are made of exactly what the period holds") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(1), trip(2), trip(1440)}));
  rig.ask(rig.history.put_charge(kCar, charge(1)));
  rig.tell(rig.history.add_samples(kCar, {sample(1), sample(2)}));
  history::StoredArchive archive(
      rig.history,
      {.statistics = [](const base::CarId& /*car*/, const history::StatisticsInput& input,
                        history::Period period) {
        CHECK(input.trips.size() == 2);
        CHECK(input.charges.size() == 1);
        CHECK(input.samples.size() == 2);
        vehicle::Statistics made;
        made.distance = vehicle::Statistic{.value = 42, .since = period.from, .until = period.to};
        return made;
      }});
  CHECK(rig.ask(archive.statistics(kCar, day())).distance.value().value == 42);
}

TEST_CASE("trips are exported as CSV with a header, points in numbers and UTC times") {
  Rig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(100, 2), trip(200), trip(2000)}));
  const auto lines = lines_of(rig.export_of("trips", Format::csv));
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] ==
        "id,start,end,distance_km,duration_min,ev_distance_km,fuel_l,average_speed_kmh,score,"
        "route");
  CHECK(lines[1] ==
        "000000c8-58ee-4e8c-b9ba-3a11ae0fe8a7,2026-01-01T03:20:00Z,2026-01-01T03:37:00Z,12.345,17,"
        "9.5,0.213,43,60,");
  CHECK(lines[2] ==
        "00000064-58ee-4e8c-b9ba-3a11ae0fe8a7,2026-01-01T01:40:00Z,2026-01-01T01:57:00Z,32.345,17,"
        "29.5,0.213,43,80,\"LINESTRING (8.654321 50.123456,8.653621 50.124156)\"");
}

TEST_CASE("trips are exported as JSON with the same names, and a route as GeoJSON") {
  Rig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(100, 2), trip(200)}));
  const auto document = nlohmann::json::parse(rig.export_of("trips", Format::json));
  CHECK(document["car"] == kCar.text);
  CHECK(document["list"] == "trips");
  CHECK(document["from"] == "2026-01-01T00:00:00Z");
  CHECK(document["to"] == "2026-01-02T00:00:00Z");
  REQUIRE(document["entries"].size() == 2);
  CHECK(document["entries"][0]["route"].is_null());
  const auto& old = document["entries"][1];
  CHECK(old["id"] == trip(100).trip.id);
  CHECK(old["end"] == "2026-01-01T01:57:00Z");
  CHECK(old["distance_km"] == 32.345);
  CHECK(old["route"]["type"] == "LineString");
  CHECK(old["route"]["coordinates"][1] == nlohmann::json::array({8.653621, 50.124156}));
}

TEST_CASE("what is unknown is empty in CSV and null in JSON") {
  Rig rig;
  rig.tell(rig.history.add_samples(kCar, {{.at = test::minute(1), .battery_level = 45.5}}));
  CHECK(rig.export_of("samples", Format::csv) ==
        "at,battery_level,ev_range_km,fuel_level,fuel_range_km,odometer_km\r\n"
        "2026-01-01T00:01:00Z,45.5,,,,\r\n");
  const auto document = nlohmann::json::parse(rig.export_of("samples", Format::json));
  CHECK(document["entries"][0]["battery_level"] == 45.5);
  CHECK(document["entries"][0]["odometer_km"].is_null());
}

TEST_CASE("texts with commas, quotes, line ends and foreign letters are exported whole") {
  Rig rig;
  auto odd = event(5);
  odd.detail = "zu spät: \"a, b\"\r\nend";
  rig.tell(rig.history.add_event(kCar, odd));
  CHECK(rig.export_of("events", Format::csv) ==
        "at,kind,name,outcome,detail\r\n"
        "2026-01-01T00:05:00Z,wake,stopped,sent,\"zu spät: \"\"a, b\"\"\r\nend\"\r\n");
  const auto document = nlohmann::json::parse(rig.export_of("events", Format::json));
  CHECK(document["entries"][0]["detail"] == odd.detail);
}

TEST_CASE("a spreadsheet computes nothing of what the cloud said") {
  Rig rig;
  auto odd = event(5);
  odd.name = "=HYPERLINK(\"http://example.com\")";
  odd.outcome = "@SUM(1)";
  rig.tell(rig.history.add_event(kCar, odd));
  const auto lines = lines_of(rig.export_of("events", Format::csv));
  CHECK(lines[1].contains(",\"'=HYPERLINK(\"\"http://example.com\"\")\",\"'@SUM(1)\","));
}

TEST_CASE("broken letters do not break an export") {
  Rig rig;
  auto odd = event(5);
  odd.detail = "half a letter: \xc3";
  rig.tell(rig.history.add_event(kCar, odd));
  CHECK_NOTHROW(nlohmann::json::parse(rig.export_of("events", Format::json)));
}

TEST_CASE("an empty history is exported as an empty list") {
  Rig rig;
  for (const auto* what : {"trips", "charges", "samples", "events"}) {
    CHECK(nlohmann::json::parse(rig.export_of(what, Format::json))["entries"].empty());
    CHECK(lines_of(rig.export_of(what, Format::csv)).size() == 1);
  }
}

TEST_CASE("an export holds every entry of the period, however many parts it is read in") {
  Rig rig;
  std::vector<history::SampleRecord> samples;
  for (int i = 0; i < 1440; ++i) samples.push_back(sample(i));
  for (int i = 0; i < 1440; ++i) samples.push_back(sample(1440 + i));
  rig.tell(rig.history.add_samples(kCar, samples));
  const auto document = nlohmann::json::parse(rig.export_of("samples", Format::json));
  REQUIRE(document["entries"].size() == 1440);
  CHECK(document["entries"][0]["at"] == "2026-01-01T23:59:00Z");
  CHECK(document["entries"][1439]["at"] == "2026-01-01T00:00:00Z");
}

TEST_CASE("a period of over 400 days, a turned one and an unknown list are refused in words") {
  Rig rig;
  const history::Period longest{.from = test::minute(0),
                                .to = test::minute(0) + std::chrono::days(400)};
  CHECK(rig.loop.run(rig.archive.export_all(kCar, "trips", longest, Format::json)));
  auto longer = longest;
  longer.to += std::chrono::milliseconds(1);
  for (const auto& error : {rig.refused("trips", longer),
                            rig.refused("trips", {.from = test::minute(1), .to = test::minute(0)}),
                            rig.refused("memory", day()), rig.refused("", day())}) {
    INFO(error.message);
    CHECK(error.code == base::ErrorCode::config_invalid);
    CHECK_FALSE(error.message.empty());
  }
  const auto statistics = rig.loop.run(rig.archive.statistics(kCar, longer));
  REQUIRE_FALSE(statistics);
  CHECK(statistics.error().code == base::ErrorCode::config_invalid);
  CHECK_FALSE(rig.loop.run(rig.archive.statistics(kCar, test::always())));
}

TEST_CASE("who recorded a car is asked to forget it before its history is erased") {
  test::HistoryRig rig;
  rig.ask(rig.history.put_trips(kCar, {trip(1)}));
  rig.ask(rig.history.put_trips(kOtherCar, {trip(1)}));
  std::vector<base::CarId> reported;
  history::StoredArchive archive(
      rig.history, {.forget = [&reported](const base::CarId& car) { reported.push_back(car); }});
  CHECK(rig.ask(archive.erase(kCar)) == 1);
  CHECK(reported == std::vector{kCar});
  CHECK(rig.ask(archive.trips(kCar, all())).entries.empty());
  CHECK(rig.ask(archive.trips(kOtherCar, all())).entries.size() == 1);
}

TEST_CASE("the archive says how far the past year was fetched") {
  test::HistoryRig rig;
  const history::StoredArchive silent(rig.history, {});
  CHECK(silent.backfill(kCar).state == "off");
  const history::StoredArchive archive(rig.history, {.backfill = [](const base::CarId& /*car*/) {
                                         return history::BackfillProgress{.state = "running",
                                                                          .trips = 7};
                                       }});
  CHECK(archive.backfill(kCar).trips == 7);
}
