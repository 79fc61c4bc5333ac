#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "support/discovery_checker.hpp"
#include "support/fake_mqtt.hpp"
#include "support/fakes.hpp"
#include "support/in_process_cloud.hpp"
#include "support/loop.hpp"
#include "support/memory_point_queue.hpp"
#include "support/published_truth.hpp"
#include "toyota2mqtt/bridge/bridge.hpp"
#include "toyota2mqtt/platform/crypto.hpp"

/// One simulated day of all six cars, through the whole bridge. What is published and what ABRP is
/// told is compared with the simulator's record of what each car has reported and when.
using namespace toyota2mqtt;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr unsigned kFewestRequests = 150;  // a day: a probe per quarter of an hour, and some more
constexpr unsigned kMostRequests = 600;    // what docs/schedule.md promises
constexpr unsigned kMostWakes = 12;        // a day, of a car that does not say that it is locked

// A day decides as much as a week, which takes minutes: T2M_LONG=1 makes it a week.
std::chrono::hours length_of_life() { return std::getenv("T2M_LONG") != nullptr ? 7 * 24h : 24h; }

/// The bridge between the simulator and a fake broker, under one clock that begins at midnight.
class Day {
 public:
  Day() : cloud(at_midnight(), crypto) {
    cloud.latency = 300ms;
    options.accounts = {{.username = "driver@example.com",
                         .password = base::Secret("secret-password"),
                         .brand = vehicle::Brand::toyota}};
    options.endpoints = {.login_url = "http://127.0.0.1:1",
                         .api_url = "http://127.0.0.1:1",
                         .app_version = "2.23.0"};
    options.home_assistant.version = "1.2.3";
    options.home_assistant.support_url = "https://example.com";
    options.abrp = {.url = "http://127.0.0.1:1",
                    .api_key = base::Secret(cloud.world().options.abrp_key),
                    .token = {}};
    for (const auto& [token, vin] : cloud.world().options.abrp_tokens) {
      options.vehicles.push_back(
          {.vin = base::Vin::parse(vin).value(), .name = {}, .abrp_token = base::Secret(token)});
    }
    for (auto& car : cloud.world().cars) {
      const auto vin = base::Vin::parse(car->spec().vin).value();
      truths.emplace(base::car_id(vin, crypto).text, test::PublishedTruth(*car));
    }
    bridge = std::make_unique<bridge::Bridge>(services(), options);
  }

  void live() {
    bridge->start();
    for (auto passed = 0min; passed < length_of_life(); passed += 1min) {
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

  test::TestLoop loop;
  platform::OpenSslCrypto crypto;
  test::InProcessCloud cloud;
  test::FakeMqtt mqtt;
  test::MemoryStore store;
  test::MemoryTokenStore tokens;
  test::MemoryPointQueue points;
  base::Zone zone = base::Zone::utc();
  bridge::Options options;
  std::map<std::string, test::PublishedTruth> truths;
  std::map<std::string, std::size_t> messages;  ///< by last word of the topic
  std::unique_ptr<bridge::Bridge> bridge;

 private:
  base::Clock& at_midnight() {
    loop.clock.set_now(base::parse_iso8601("2026-11-20T00:00:00Z").value());
    return loop.clock;
  }

  bridge::Services services() {
    return {.executor = loop.io.get_executor(),
            .http = cloud,
            .abrp_http = cloud,
            .mqtt = mqtt,
            .clock = loop.clock,
            .random = loop.random,
            .crypto = crypto,
            .log = loop.log,
            .store = store,
            .tokens = tokens,
            .points = points,
            .zone = zone};
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
      compare(message, now);
    }
  }

  void compare(const base::MqttMessage& message, base::Time now) {
    const auto first = message.topic.find('/');
    const auto second = message.topic.find('/', first + 1);
    if (second == std::string::npos) return;
    const auto found = truths.find(message.topic.substr(first + 1, second - first - 1));
    if (found == truths.end()) return;
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

TEST_CASE(
    "over a day of every car, nothing is published or sent that no car reported at that time") {
  Day day;
  day.live();
  const auto& journal = day.cloud.world().journal;
  const auto days = static_cast<unsigned>(length_of_life() / 24h);

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
    CHECK(count <= static_cast<int>(days * day.cloud.world().cars.size()));
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
    const auto& seen = day.truths.at(id);
    unsigned requests = 0;
    for (const auto& [route, count] : journal.by_car.at(spec.vin)) {
      requests += static_cast<unsigned>(count);
    }
    const auto accepted = journal.abrp_by_car.find(spec.vin);
    const int points = accepted == journal.abrp_by_car.end() ? 0 : accepted->second;
    table << spec.model_name << ": " << requests << " requests, " << points << " ABRP points, "
          << seen.states << " states, " << seen.locations << " places, " << seen.values
          << " values and times compared\n";
    CHECK(requests >= kFewestRequests * days);
    CHECK(requests <= kMostRequests * days);
    const auto wakes = journal.wakes_by_car.find(spec.vin);
    CHECK((wakes == journal.wakes_by_car.end() ? 0U : static_cast<unsigned>(wakes->second)) <=
          kMostWakes * days);
    unlocked += seen.unlocked;
    CHECK((points > 0) == (spec.usable_kwh > 0));
    CHECK(test::check_all(about(id, day.mqtt.published)) == test::Problems{});
    CHECK(seen.states > 0);
    CHECK(seen.locations > 0);
    CHECK(seen.odometers.size() > 1);
    seen.last_words(day.newest(id, "state"), day.loop.clock.now());
  }
  CHECK(unlocked > 0);
  CHECK(test::check_discoveries(day.mqtt.published) == test::Problems{});
  CHECK(test::check_all(about("bridge", day.mqtt.published)) == test::Problems{});
  WARN(table.str());
}
