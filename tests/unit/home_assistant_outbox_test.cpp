#include <vector>

#include "support/catch.hpp"
#include "toyota2mqtt/fleet/notifications.hpp"
#include "toyota2mqtt/home_assistant/outbox.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using home_assistant::Outbox;
using home_assistant::Rank;

namespace {

base::MqttMessage message(std::string topic, std::string payload) {
  return {.topic = std::move(topic), .payload = std::move(payload), .qos = 1, .retain = true};
}

/// Sends everything, as a broker that accepts it all; returns "topic=payload" in order.
std::vector<std::string> drain(Outbox& outbox) {
  std::vector<std::string> sent;
  while (auto next = outbox.next()) {
    sent.push_back(next->topic + "=" + next->payload);
    outbox.delivered(*next);
  }
  return sent;
}

using Sent = std::vector<std::string>;

vehicle::Notification notification(std::string id, base::Time at) {
  return {.id = std::move(id),
          .at = at,
          .category = "VehicleStatusAlert",
          .message = "m",
          .type = "alert",
          .read = false};
}

const base::Time kNoon = base::parse_iso8601("2026-11-20T12:00:00Z").value();

}  // namespace

TEST_CASE("nothing is sent twice without a change") {
  Outbox outbox;
  outbox.set("a/1", Rank::state, message("t", "1"));
  CHECK(drain(outbox) == Sent{"t=1"});
  outbox.set("a/1", Rank::state, message("t", "1"));
  CHECK(outbox.idle());
  outbox.set("a/1", Rank::state, message("t", "2"));
  CHECK(drain(outbox) == Sent{"t=2"});
}

TEST_CASE("state goes out before discovery, and discovery before availability") {
  Outbox outbox;
  outbox.set("a/1", Rank::state, message("a_state", "s"));
  outbox.set("a/1", Rank::availability, message("b_availability", "online"));
  outbox.set("a/1", Rank::discovery, message("c_discovery", "d"));
  CHECK(drain(outbox) == Sent{"a_state=s", "c_discovery=d", "b_availability=online"});
}

TEST_CASE("everything wanted is sent again after a reconnect, and events are not") {
  Outbox outbox;
  outbox.set("a/1", Rank::state, message("t", "1"));
  outbox.send_once({.topic = "e", .payload = "x", .qos = 1, .retain = false});
  CHECK(drain(outbox) == Sent{"t=1", "e=x"});
  outbox.resend_all();
  CHECK(drain(outbox) == Sent{"t=1"});
}

TEST_CASE("a value that changes while it is under way is sent again") {
  Outbox outbox;
  outbox.set("a/1", Rank::state, message("t", "1"));
  const auto under_way = outbox.next();
  outbox.set("a/1", Rank::state, message("t", "2"));
  outbox.delivered(*under_way);
  CHECK(drain(outbox) == Sent{"t=2"});
}

TEST_CASE("what an earlier version published and nobody wants any more is removed") {
  Outbox earlier;
  earlier.set("a/1", Rank::state, message("old", "1"));
  earlier.set("a/1", Rank::state, message("kept", "1"));
  Outbox outbox;
  outbox.restore(earlier.serialize());
  outbox.set("a/1", Rank::state, message("kept", "2"));
  outbox.settle("a/1");
  CHECK(drain(outbox) == Sent{"old=", "kept=2"});
}

TEST_CASE("a car that could not be listed yet keeps its topics") {
  Outbox earlier;
  earlier.set("a/1", Rank::state, message("t1", "1"));
  earlier.set("a/2", Rank::state, message("t2", "1"));
  Outbox outbox;
  outbox.restore(earlier.serialize());
  outbox.settle("a/1");
  CHECK(drain(outbox) == Sent{"t1="});
}

TEST_CASE("a car that left the account takes its topics with it, once") {
  Outbox outbox;
  outbox.set("a/1", Rank::state, message("t1", "1"));
  outbox.set("a/2", Rank::state, message("t2", "1"));
  drain(outbox);
  outbox.keep([](const std::string& owner) { return owner == "a/1"; });
  CHECK(drain(outbox) == Sent{"t2="});
  CHECK(outbox.serialize() == R"({"t1":"a/1"})");
  outbox.resend_all();
  CHECK(drain(outbox) == Sent{"t1=1"});
}

TEST_CASE("a topic that is wanted again before its removal went out stays") {
  Outbox outbox;
  outbox.set("a/1", Rank::state, message("t", "1"));
  drain(outbox);
  outbox.keep([](const std::string&) { return false; });
  outbox.set("a/1", Rank::state, message("t", "2"));
  CHECK(drain(outbox) == Sent{"t=2"});
}

TEST_CASE("a topic that is removed while its last value is under way is removed all the same") {
  Outbox outbox;
  outbox.set("a/1", Rank::state, message("t", "1"));
  const auto under_way = outbox.next();
  outbox.keep([](const std::string&) { return false; });
  outbox.delivered(*under_way);
  CHECK(drain(outbox) == Sent{"t="});
}

TEST_CASE("a topic that the broker refuses holds up no other, and is tried again later") {
  Outbox outbox;
  outbox.set("a/1", Rank::state, message("forbidden", "1"));
  outbox.set("a/1", Rank::state, message("t", "1"));
  outbox.refused(*outbox.next());
  CHECK(drain(outbox) == Sent{"t=1"});
  outbox.set("a/1", Rank::state, message("forbidden", "2"));
  CHECK(outbox.idle());
  outbox.resend_all();
  CHECK(drain(outbox) == Sent{"forbidden=2", "t=1"});
}

TEST_CASE("an event that the broker refuses is dropped") {
  Outbox outbox;
  outbox.send_once({.topic = "e", .payload = "1", .qos = 1, .retain = false});
  outbox.send_once({.topic = "e", .payload = "2", .qos = 1, .retain = false});
  outbox.refused(*outbox.next());
  CHECK(drain(outbox) == Sent{"e=2"});
}

TEST_CASE("a broken list of published topics is no reason to stop") {
  Outbox outbox;
  outbox.restore("{\"t\":");
  outbox.restore("[1,2]");
  outbox.restore(R"({"t":5,"u":"a/1"})");
  CHECK(outbox.serialize() == R"({"u":"a/1"})");
}

TEST_CASE("events waiting for the broker are bounded, the oldest go first") {
  Outbox outbox;
  for (int i = 0; i < 150; ++i) {
    outbox.send_once({.topic = "e", .payload = std::to_string(i), .qos = 1, .retain = false});
  }
  const auto sent = drain(outbox);
  REQUIRE(sent.size() == 100);
  CHECK(sent.front() == "e=50");
  CHECK(sent.back() == "e=149");
}

TEST_CASE("the first list of notifications seeds silently") {
  const auto fresh = fleet::new_notifications({notification("b", kNoon)}, std::nullopt);
  CHECK(fresh.events.empty());
  CHECK(fresh.seen == fleet::Seen{"b", kNoon});
}

TEST_CASE("an empty first list is a seed, too") {
  const auto seed = fleet::new_notifications({}, std::nullopt);
  REQUIRE(seed.seen);
  CHECK(fleet::new_notifications({notification("b", kNoon)}, seed.seen).events.size() == 1);
}

TEST_CASE("each notification fires once, the oldest first") {
  const auto seed = fleet::new_notifications({notification("a", kNoon)}, std::nullopt);
  const std::vector list{notification("c", kNoon + 2min), notification("b", kNoon + 1min),
                         notification("a", kNoon)};
  const auto fresh = fleet::new_notifications(list, seed.seen);
  REQUIRE(fresh.events.size() == 2);
  CHECK(fresh.events[0].id == "b");
  CHECK(fresh.events[1].id == "c");
  CHECK(fleet::new_notifications(list, fresh.seen).events.empty());
}

TEST_CASE("an old notification does not fire when the cloud has forgotten the newest one") {
  const fleet::Seen seen{"z", kNoon + 5min};
  CHECK(fleet::new_notifications({notification("a", kNoon)}, seen).events.empty());
}

TEST_CASE("the last notification seen survives being written and read") {
  const fleet::Seen seen{"id-1", kNoon};
  CHECK(fleet::parse_seen(fleet::serialize(seen)) == seen);
  CHECK_FALSE(fleet::parse_seen("{\"id\":1}"));
  CHECK_FALSE(fleet::parse_seen("nonsense"));
}
