#include <cmath>

#include "unit/simulator_client.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::Json;

namespace {

const base::Time kNow = base::parse_iso8601("2026-11-18T12:00:00Z").value();

long long seconds_of(base::Time time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// Sends points of the bZ4X (or another car) and returns what the checks found.
class CheckedSender {
 public:
  explicit CheckedSender(const char* vin = test::kBz4x) : car(*client.cloud.world().car(vin)) {
    for (const auto& [name, of] : client.cloud.world().options.abrp_tokens) {
      if (of == vin) token = name;
    }
  }

  simulator::Reply send(const Json& point, const std::string& key = "sim-key") {
    return client.call(
        "POST", "/1/tlm/send",
        {{"Authorization", "APIKEY " + key}, {"Content-Type", "application/x-www-form-urlencoded"}},
        "token=" + token + "&tlm=" + base::percent_encode(point.dump()));
  }

  /// The kinds of violations of this one point, with commas.
  std::string verdict(const Json& point) {
    client.cloud.world().journal.violations.clear();
    send(point);
    std::string kinds;
    for (const auto& one : client.cloud.world().journal.violations) {
      kinds += (kinds.empty() ? "" : ",") + one.kind;
    }
    return kinds;
  }

  /// What an honest client sends for the newest report.
  Json honest() const {
    const auto when = car.last_report(simulator::kEnergy, kNow).value();
    const auto state = car.at(when);
    return {{"utc", seconds_of(when)},
            {"soc", std::lround(state.level)},
            {"odometer", std::floor(state.odometer_km)},
            {"est_battery_range", state.electric_range_km(car.spec())},
            {"is_charging", false}};
  }

  test::SimClient client;
  simulator::Car& car;
  std::string token;
};

Json with(Json point, const char* key, Json value) {
  point[key] = std::move(value);
  return point;
}

}  // namespace

TEST_CASE("an honest point of every plug-in passes the checks") {
  for (const auto* vin : {test::kBz4x, test::kRav4, test::kLexus, test::kSolterra}) {
    CheckedSender court(vin);
    INFO(vin);
    CHECK(court.verdict(court.honest()) == "");
    const auto parked = court.car.parked_place(kNow).value();
    CHECK(court.verdict({{"utc", seconds_of(parked.first)},
                         {"lat", parked.second.lat},
                         {"lon", parked.second.lon},
                         {"is_parked", true}}) == "");
    CHECK(court.client.cloud.world().journal.abrp_points == 2);
  }
}

TEST_CASE("the checks find every lie about a value") {
  CheckedSender court;
  const auto honest = court.honest();
  CHECK(court.verdict(with(honest, "soc", 12)) == "soc_wrong");
  CHECK(court.verdict(with(honest, "odometer", 1)) == "odometer_wrong");
  CHECK(court.verdict(with(honest, "est_battery_range", 999)) == "range_wrong");
  CHECK(court.verdict(with(honest, "is_charging", true)) == "is_charging_wrong");
  CHECK(court.verdict(with(honest, "power", 0)) == "cannot_know");
  CHECK(court.verdict(with(honest, "speed", 0)) == "cannot_know");
  CHECK(court.verdict(with(honest, "is_plugged_in", true)) == "unknown_parameter");
  CHECK(court.verdict(with(honest, "soc", "12")) == "wrong_type");
}

TEST_CASE("the checks find every lie about time") {
  CheckedSender court;
  const auto honest = court.honest();
  const auto utc = honest["utc"].get<long long>();
  CHECK(court.verdict(with(honest, "utc", utc * 1000)) == "utc_in_milliseconds");
  CHECK(court.verdict(with(honest, "utc", seconds_of(kNow) + 60)) == "utc_in_future");
  CHECK(court.verdict(with(honest, "utc", utc + 7)) == "utc_not_reported");
}

TEST_CASE("the checks allow the same point twice") {
  CheckedSender court;
  CHECK(court.verdict(court.honest()) == "");
  CHECK(court.verdict(court.honest()) == "");
  CHECK(court.verdict(with(court.honest(), "utc", seconds_of(kNow) - 1)) ==
        "restamped,utc_not_reported");
}

TEST_CASE("a point without utc is refused inside a 200") {
  CheckedSender court;
  auto point = court.honest();
  point.erase("utc");
  CHECK(court.verdict(point) == "utc_missing");
  const auto reply = court.send(point);
  CHECK(reply.status == 200);
  CHECK(Json::parse(reply.body)["status"] == "error");
}

TEST_CASE("a place belongs to its own time, and to a car that stands there") {
  CheckedSender court;
  const auto parked = court.car.parked_place(kNow).value();
  const auto point = Json{
      {"utc", seconds_of(parked.first)}, {"lat", parked.second.lat}, {"lon", parked.second.lon}};
  const auto lock_report = seconds_of(parked.first + 125s);
  CHECK(court.verdict(with(point, "lat", parked.second.lat + 0.01)) == "place_wrong");
  CHECK(court.verdict(with(point, "utc", lock_report)) == "place_not_of_that_time");
  auto half = point;
  half.erase("lon");
  CHECK(court.verdict(half) == "place_incomplete");
  court.client.call("POST", "/_sim/advance?seconds=43200");
  CHECK(court.verdict(point) == "place_after_moving");
}

TEST_CASE("values under the time of another source are found") {
  CheckedSender court;
  const auto parked = court.car.parked_place(kNow).value();
  auto point = court.honest();
  CHECK(court.verdict(with(point, "utc", seconds_of(parked.first + 125s))) ==
        "value_not_of_that_time");
}

TEST_CASE("driving is not parked and parked is not driving") {
  CheckedSender court;
  const auto& leg = court.car.day(kNow).legs.front();
  CHECK(court.verdict({{"utc", seconds_of(leg.begin + 5min)}, {"is_parked", true}}) ==
        "is_parked_wrong");
  CHECK(court.verdict({{"utc", seconds_of(leg.begin + 5min)}, {"is_parked", false}}) == "");
  const auto charged = court.car.day(kNow - 24h).charge->end + 10s;
  CHECK(court.verdict({{"utc", seconds_of(charged)}, {"is_parked", false}}) == "is_parked_wrong");
}

TEST_CASE("the gross level of a plug-in hybrid is not its soc") {
  CheckedSender court(test::kRav4);
  const auto when = court.car.last_report(simulator::kEnergy, kNow).value();
  const auto gross = court.car.at(when).gross_level;
  CHECK(court.verdict(with(court.honest(), "soc", gross)) == "soc_is_gross");
}

TEST_CASE("ABRP tells which of key and token is wrong, and refuses compressed bodies") {
  CheckedSender court;
  const auto key = court.send(court.honest(), "nope");
  CHECK(key.status == 401);
  CHECK(key.body.find("Unauthorized Key") != std::string::npos);
  court.token = "nope";
  const auto token = court.send(court.honest());
  CHECK(token.status == 401);
  CHECK(token.body.find("Unauthorized Token") != std::string::npos);
  CHECK(
      court.client.call("POST", "/1/tlm/send?api_key=sim-key", {{"Content-Encoding", "gzip"}}, "x")
          .status == 400);
  CHECK(court.client.call("GET", "/1/tlm/get_latest_telemetry").status == 404);
}

TEST_CASE("points come in bulk, by query and as JSON too") {
  CheckedSender court;
  const Json entry = {{"token", court.token}, {"tlm_list", Json::array({court.honest()})}};
  const Json bulk = {{"data", Json::array({entry})}};
  const auto json_type = base::HttpHeader{"Content-Type", "application/json"};
  auto reply = court.client.call("POST", "/1/tlm/bulk?api_key=sim-key", {json_type}, bulk.dump());
  CHECK(Json::parse(reply.body)["status"] == "ok");
  reply = court.client.call("GET", "/1/tlm/send?api_key=sim-key&token=" + court.token +
                                       "&tlm=" + base::percent_encode(court.honest().dump()));
  CHECK(Json::parse(reply.body)["status"] == "ok");
  const Json body = {{"tlm", court.honest()}};
  reply = court.client.call("POST", "/1/tlm/send?api_key=sim-key&token=" + court.token, {json_type},
                            body.dump());
  CHECK(Json::parse(reply.body)["status"] == "ok");
  CHECK(court.client.cloud.world().journal.violations.empty());
  CHECK(court.client.cloud.world().journal.abrp_points == 3);
}

TEST_CASE("the reading calls tell which car a token belongs to") {
  CheckedSender court;
  const auto path = "/1/oauth/me?access_token=" + court.token;
  const auto me = Json::parse(court.client.call("GET", path + "&api_key=sim-key").body);
  CHECK(me["vehicle_name"] == "Blitz");
  // The key is wanted as a parameter, as the real interface wants it.
  CHECK_FALSE(Json::parse(court.client.call("GET", path).body).contains("vehicle_name"));
  CHECK(Json::parse(
            court.client.call("GET", "/1/tlm/get_next_charge?api_key=sim-key&token=" + court.token)
                .body)["result"]["next_charge"] == 90.0);
}
