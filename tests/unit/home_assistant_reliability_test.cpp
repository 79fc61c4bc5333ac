#include <algorithm>

#include "support/simulated_home.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using test::SimulatedHome;
using vehicle::Source;

namespace {

const char* const kVin = SimulatedHome::kLexusVin;

/// A home with one car that was read, and what was published of its availability since.
class World {
 public:
  World() {
    home.options.fleet.accounts = {SimulatedHome::lexus()};
    home.start();
    home.loop.advance(1min);
    REQUIRE(available() == "online");
    begin_ = home.mqtt.published.size();
    requests_ = home.requests_about(kVin);
  }
  std::string available() { return home.mqtt.last(topic()).value_or(""); }
  bool was_offline() {
    return std::any_of(home.mqtt.published.begin() + static_cast<std::ptrdiff_t>(begin_),
                       home.mqtt.published.end(), [&](const base::MqttMessage& message) {
                         return message.topic == topic() && message.payload == "offline";
                       });
  }
  /// Requests about the car since the last call.
  int asked() {
    return home.requests_about(kVin) - std::exchange(requests_, home.requests_about(kVin));
  }
  void jump(std::chrono::milliseconds by) { home.loop.clock.set_now(home.loop.clock.now() + by); }

  SimulatedHome home;

 private:
  std::string topic() { return "toyota2mqtt/" + home.id(kVin) + "/availability"; }
  std::size_t begin_ = 0;
  int requests_ = 0;
};

}  // namespace

TEST_CASE("after a sleep every car is read within a minute, and none was called unavailable") {
  World world;
  world.jump(30h);  // longer than polling.availability_after: the steady clock stood still
  world.home.loop.advance(1min);
  CHECK(world.asked() > 3);
  world.home.loop.advance(10min);
  CHECK(world.available() == "online");
  CHECK_FALSE(world.was_offline());
  CHECK(world.home.cloud.world().journal.password_posts == 1);
}

TEST_CASE("a wall clock that jumps to and fro neither stops the reading nor makes a flood of it") {
  World world;
  for (const auto by : {-24h, 24h, -1h, 1h, -24h * 30, 24h * 30}) {
    world.jump(by);
    world.home.loop.advance(1h);
    const auto asked = world.asked();
    CHECK(asked >= 1);
    CHECK(asked < 120);
    CHECK(world.available() == "online");
  }
  CHECK(world.home.cloud.world().journal.password_posts == 1);
}

TEST_CASE("a clock that is put right by seconds wakes nobody") {
  World world;
  const auto lines = world.home.loop.log.lines.size();
  world.jump(30s);
  world.home.loop.advance(31s);
  CHECK_FALSE(std::any_of(world.home.loop.log.lines.begin() + static_cast<std::ptrdiff_t>(lines),
                          world.home.loop.log.lines.end(),
                          [](const auto& line) { return line.message.contains("run ahead"); }));
}

TEST_CASE("a route that fails rests longer and longer, is asked once more, and closes again") {
  fleet::ReadHistory history;
  auto now = base::parse_iso8601("2026-11-20T12:00:00Z").value();
  const auto state = [&] { return fleet::breaker(history.of(Source::status), now); };
  CHECK(fleet::resting_routes(history, now).empty());
  std::chrono::milliseconds last{0};
  for (int failures = 1; failures <= 12; ++failures) {
    fleet::note_failure(history, Source::status, now);
    const auto pause = *history.of(Source::status).retry_at - now;
    CHECK(pause >= last * 0.8);  // longer, but for the jitter
    CHECK(pause <= 6h);
    last = pause;
    CHECK((state() == fleet::Breaker::closed) == (failures < 3));
    now += pause;
    CHECK((state() == fleet::Breaker::half_open) == (failures >= 3));
  }
  fleet::note_answer(history, Source::status, {}, {}, now);
  CHECK(state() == fleet::Breaker::closed);
}

TEST_CASE("a route that is not there for a car is probed once a day") {
  fleet::ReadHistory history;
  const auto now = base::parse_iso8601("2026-11-20T12:00:00Z").value();
  fleet::note_dead(history, Source::trips, now);
  CHECK(fleet::breaker(history.of(Source::trips), now + 23h) == fleet::Breaker::open);
  CHECK(fleet::breaker(history.of(Source::trips), now + 24h) == fleet::Breaker::half_open);
  CHECK(fleet::failing_routes(history, now).empty());
  CHECK(fleet::resting_routes(history, now) ==
        std::vector<std::string>{"trips: not there, asked again at 2026-11-21T12:00:00Z"});
}

TEST_CASE("the owner's wish asks an open route at once, and a dead one not") {
  fleet::ReadHistory history;
  const auto now = base::parse_iso8601("2026-11-20T12:00:00Z").value();
  for (int i = 0; i < 5; ++i) fleet::note_failure(history, Source::status, now);
  fleet::note_dead(history, Source::trips, now);
  fleet::want_everything(history);
  CHECK(fleet::breaker(history.of(Source::trips), now) == fleet::Breaker::open);
  CHECK_FALSE(history.of(Source::status).retry_at);
  fleet::note_failure(history, Source::status, now);
  CHECK(fleet::breaker(history.of(Source::status), now) == fleet::Breaker::open);
}
