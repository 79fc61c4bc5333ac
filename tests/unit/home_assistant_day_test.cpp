#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/discovery_checker.hpp"
#include "support/in_process_cloud.hpp"
#include "support/outside.hpp"

/// One simulated day of all six cars, through the whole bridge. What is published and what ABRP
/// receives is compared with the simulator's record of what each car has reported and when.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr double kKmPerMile = 1.609344;
constexpr unsigned kFewestRequests = 150;  // a probe per quarter of an hour, and some more
constexpr unsigned kMostRequests = 600;    // what docs/schedule.md promises
constexpr unsigned kMostWakes = 12;        // of a car that does not say that it is locked

base::Time time_in(const json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_string()) return {};
  return base::parse_iso8601(found->get<std::string>()).value();
}

/// What a state or location document of one car may say: what the simulated car reported, at the
/// time that the document names, and not later than now.
class Judge {
 public:
  explicit Judge(simulator::Car& car) : car_(car) {}

  void state(const json& document, base::Time now) {
    ++states;
    const auto telemetry = reported(document, "telemetry_reported_at", simulator::kEnergy, now);
    const auto charge = reported(document, "charge_reported_at", simulator::kEnergy, now);
    const auto doors = reported(document, "doors_reported_at", simulator::kStatus, now);
    if (telemetry != base::Time{}) driven(document, car_.at(telemetry));
    if (car_.spec().usable_kwh > 0 && std::max(telemetry, charge) != base::Time{}) {
      battery(document, car_.at(std::max(telemetry, charge)), charge);
    }
    if (doors != base::Time{}) body(document, car_.at(doors));
  }

  void location(const json& document, base::Time now) {
    ++locations;
    const auto at = reported(document, "reported_at", simulator::kLocation, now);
    REQUIRE(at != base::Time{});
    const auto place = car_.at(at).place;
    CHECK(document["latitude"].get<double>() == Approx(place.lat).margin(2e-6));
    CHECK(document["longitude"].get<double>() == Approx(place.lon).margin(2e-6));
  }

  /// Nothing that the cloud has had for longer than the parked interval may be missing.
  void last_words(const json& document, base::Time now) {
    const auto newest = [&](unsigned group) {
      return car_.last_report(group, now - 17min).value_or(base::Time{});
    };
    INFO("state " << document.dump() << ", newest energy report "
                  << base::format_iso8601(newest(simulator::kEnergy)));
    CHECK(time_in(document, "telemetry_reported_at") >= newest(simulator::kEnergy));
    CHECK(time_in(document, "doors_reported_at") >= newest(simulator::kStatus));
    CHECK(time_in(document, "location_reported_at") >= newest(simulator::kLocation));
    CHECK(document["odometer"].is_number());
    CHECK(document["locked"].is_boolean());
    if (car_.spec().usable_kwh > 0) {
      CHECK(time_in(document, "charge_reported_at") >= newest(simulator::kEnergy));
      CHECK(document["battery_level"].is_number());
    }
    if (car_.spec().tank_l > 0) CHECK(document["fuel_level"].is_number());
  }

  int states = 0, locations = 0, charging = 0, unlocked = 0;
  std::set<double> odometers;

 private:
  base::Time reported(const json& document, const char* key, unsigned group, base::Time now) {
    const auto at = time_in(document, key);
    if (at == base::Time{}) return at;
    INFO(key << " " << base::format_iso8601(at) << " at " << base::format_iso8601(now));
    CHECK(at <= now);
    unsigned groups = 0;
    for (const auto& report : car_.reports(at, at + 999ms)) groups |= report.groups;
    CHECK((groups & group) != 0);
    return at;
  }

  void driven(const json& document, const simulator::CarState& truth) {
    const bool miles = car_.spec().odometer_in_miles;
    const double shown = document.at("odometer").get<double>();
    const double km = miles ? std::round(truth.odometer_km / kKmPerMile * 10) / 10 * kKmPerMile
                            : std::floor(truth.odometer_km);
    CHECK(shown == Approx(km).margin(0.06));
    odometers.insert(shown);
    if (car_.spec().tank_l > 0 && document.contains("fuel_level")) {
      CHECK(document["fuel_level"] == std::lround(truth.fuel_percent));
    }
  }

  void battery(const json& document, const simulator::CarState& newest, base::Time charge) {
    const bool hybrid = car_.spec().drive == simulator::Drive::phev;
    const auto level = document.value("battery_level", json());
    if (level.is_number() && !hybrid) CHECK(level == std::lround(newest.level));
    if (level.is_number() && hybrid) CHECK(level == std::lround(car_.at(charge).level));
    const auto gross = document.value("battery_level_gross", json());
    if (gross.is_number()) CHECK(gross == std::lround(newest.gross_level));
    if (document.at("charging").is_boolean()) CHECK(document["charging"] == newest.charging);
    if (document["charging"] == true) ++charging;
    if (document.at("activity") == "charging") CHECK(newest.charging);
  }

  void body(const json& document, const simulator::CarState& truth) {
    // A lock's entity is on when it is open.
    const bool locked = truth.locked && truth.trunk_locked && !truth.door_open;
    if (document.at("locked").is_boolean()) CHECK(document["locked"] == !locked);
    if (document["locked"] == true) ++unlocked;
    CHECK(document.at("any_open") == (truth.door_open || truth.window_open));
  }

  simulator::Car& car_;
};

/// The bridge between the simulator and a fake broker, under one clock that begins at midnight.
class Day : public test::Outside {
 public:
  Day() : cloud(at_midnight(), crypto) {
    cloud.latency = 300ms;
    options = test::one_driver("secret-password");
    options.fleet.policy.abrp = {.url = "http://127.0.0.1:1",
                                 .api_key = base::Secret(cloud.world().options.abrp_key),
                                 .token = {}};
    for (const auto& [token, vin] : cloud.world().options.abrp_tokens) {
      options.fleet.vehicles.push_back(
          {.vin = base::Vin::parse(vin).value(), .name = {}, .abrp_token = base::Secret(token)});
    }
    for (auto& car : cloud.world().cars) {
      const auto vin = base::Vin::parse(car->spec().vin).value();
      judges.emplace(base::car_id(vin, crypto).text, Judge(*car));
    }
    bridge = bridge_with(services_with(cloud, cloud), options);
  }

  void live() {
    bridge->start();
    for (auto passed = 0min; passed < 24h; passed += 1min) {
      loop.advance(1min);
      listen();
    }
    loop.run(bridge->stop());
    listen();
  }

  /// Newest payload of `<base>/<car>/<what>`.
  json newest(const std::string& car, const std::string& what) const {
    return json::parse(mqtt.retained.at("toyota2mqtt/" + car + "/" + what));
  }

  test::InProcessCloud cloud;
  test::BridgeOptions options;
  std::map<std::string, Judge> judges;
  std::map<std::string, std::size_t> messages;  ///< by last word of the topic
  std::unique_ptr<test::RunningBridge> bridge;

 private:
  base::Clock& at_midnight() {
    loop.clock.set_now(base::parse_iso8601("2026-11-20T00:00:00Z").value());
    return loop.clock;
  }

  void listen() {
    const auto now = loop.clock.now();
    for (; heard_ < mqtt.published.size(); ++heard_) {
      const auto& message = mqtt.published[heard_];
      INFO(base::format_iso8601(now) << " " << message.topic << " " << message.payload);
      ++messages[message.topic.substr(message.topic.rfind('/') + 1)];
      if (message.retain) {
        auto& last = last_[message.topic];
        CHECK(message.payload != last);
        last = message.payload;
      }
      judge(message, now);
    }
  }

  void judge(const base::MqttMessage& message, base::Time now) {
    const auto first = message.topic.find('/');
    const auto second = message.topic.find('/', first + 1);
    if (second == std::string::npos) return;
    const auto found = judges.find(message.topic.substr(first + 1, second - first - 1));
    if (found == judges.end()) return;
    const auto what = message.topic.substr(second + 1);
    if (what == "state") found->second.state(json::parse(message.payload), now);
    if (what == "location") found->second.location(json::parse(message.payload), now);
  }

  std::size_t heard_ = 0;
  std::map<std::string, std::string> last_;
};

/// What concerns one device. Of messages that say the same, one is enough.
std::vector<base::MqttMessage> about(const std::string& device,
                                     const std::vector<base::MqttMessage>& published) {
  std::set<std::pair<std::string, std::string>> seen;
  std::vector<base::MqttMessage> list;
  for (const auto& message : published) {
    if (message.topic.find(device) == std::string::npos) continue;
    if (seen.emplace(message.topic, message.payload).second) list.push_back(message);
  }
  return list;
}

}  // namespace

TEST_CASE("over a day of every car, nothing is published or sent that no car reported") {
  Day day;
  day.live();
  const auto& journal = day.cloud.world().journal;

  CHECK(journal.sign_ins == 1);
  CHECK(journal.password_posts == 1);
  CHECK(journal.refreshes >= 23);
  CHECK(journal.refreshes_refused == 0);
  CHECK(day.tokens.saves == 1 + journal.refreshes);
  CHECK(journal.wakes_while_driving == 0);
  CHECK(journal.wakes_unanswered == 0);
  CHECK(journal.commands == 0);
  for (const auto& [reason, count] : journal.refused) {
    INFO(reason);
    CHECK(reason == "retired route");  // asked once, where the current one answered nothing
    CHECK(count <= static_cast<int>(day.cloud.world().cars.size()));
  }
  for (const auto& violation : journal.violations) {
    FAIL_CHECK(base::format_iso8601(violation.at)
               << " " << violation.kind << ": " << violation.text);
  }

  int unlocked = 0;
  std::ostringstream table;
  for (const auto& [topic, count] : day.messages) table << count << " x " << topic << "\n";
  for (const auto& car : day.cloud.world().cars) {
    const auto& spec = car->spec();
    INFO(spec.model_name);
    const auto id = base::car_id(base::Vin::parse(spec.vin).value(), day.crypto).text;
    const auto& judge = day.judges.at(id);
    unsigned requests = 0;
    for (const auto& [route, count] : journal.by_car.at(spec.vin)) {
      requests += static_cast<unsigned>(count);
    }
    const auto accepted = journal.abrp_by_car.find(spec.vin);
    const int points = accepted == journal.abrp_by_car.end() ? 0 : accepted->second;
    table << spec.model_name << ": " << requests << " requests, " << points << " ABRP points, "
          << judge.states << " states, " << judge.locations << " places\n";
    CHECK(requests >= kFewestRequests);
    CHECK(requests <= kMostRequests);
    const auto wakes = journal.wakes_by_car.find(spec.vin);
    CHECK((wakes == journal.wakes_by_car.end() ? 0U : static_cast<unsigned>(wakes->second)) <=
          kMostWakes);
    unlocked += judge.unlocked;
    CHECK((points > 0) == (spec.usable_kwh > 0));
    CHECK(test::check_all(about(id, day.mqtt.published)) == test::Problems{});
    CHECK(judge.states > 0);
    CHECK(judge.locations > 0);
    CHECK(judge.odometers.size() > 1);
    day.judges.at(id).last_words(day.newest(id, "state"), day.loop.clock.now());
  }
  CHECK(unlocked > 0);
  CHECK(test::check_discoveries(day.mqtt.published) == test::Problems{});
  CHECK(test::check_all(about("bridge", day.mqtt.published)) == test::Problems{});
  WARN(table.str());
}
