#include "toyota2mqtt/bridge/publisher.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace toyota2mqtt::bridge {

namespace {

using std::chrono::milliseconds;

constexpr auto kShortestPause = milliseconds(1000);
constexpr auto kLongestPause = milliseconds(60000);
constexpr double kShortestBirthJitter = 1000;
constexpr double kLongestBirthJitter = 10000;
constexpr auto kHeld = std::chrono::seconds(10);
constexpr auto kForever = std::chrono::hours(24 * 365);
constexpr const char* kSpace = "mqtt";
constexpr const char* kTopicsKey = "topics";

milliseconds pause_after(int failures, base::Random& random) {
  const auto doubled = kShortestPause * (1LL << std::min(failures - 1, 6));
  const auto longest = std::min<milliseconds>(doubled, kLongestPause);
  return milliseconds(
      std::llround(static_cast<double>(longest.count()) * random.uniform(0.7, 1.0)));
}

}  // namespace

Publisher::Publisher(Services services, base::MqttConnection connection,
                     std::vector<std::string> subscriptions, OnMessage on_message)
    : services_(services),
      connection_(std::move(connection)),
      subscriptions_(std::move(subscriptions)),
      on_message_(std::move(on_message)) {}

base::Task<void> Publisher::load() {
  const auto topics = co_await services_.store.get(kSpace, kTopicsKey);
  if (topics && *topics) outbox_.restore(**topics);
}

base::Task<void> Publisher::save_topics() {
  if (!outbox_.changed()) co_return;
  outbox_.saved();
  const auto stored = co_await services_.store.put(kSpace, kTopicsKey, outbox_.serialize());
  if (!stored)
    services_.log.warning("mqtt", "cannot remember what was published: " + stored.error().message);
}

void Publisher::birth() {
  const auto jitter = services_.random.uniform(kShortestBirthJitter, kLongestBirthJitter);
  resend_at_ = services_.clock.steady() + milliseconds(std::llround(jitter));
  work_.notify();
}

void Publisher::note_trouble(const base::Error& error) {
  const bool first = !trouble_ || trouble_->code != error.code;
  trouble_ = error;
  ++failures_;
  if (!first) return;
  auto line =
      "broker " + connection_.host + ":" + std::to_string(connection_.port) + ": " + error.message;
  if (!error.remedy.empty()) line += " (" + error.remedy + ")";
  services_.log.warning("mqtt", line + "; trying again until it is back");
}

void Publisher::note_refusal(const base::MqttMessage& message, const base::Error& error) {
  outbox_.refused(message);
  const auto level = refusal_noted_ ? base::LogLevel::debug : base::LogLevel::warning;
  refusal_noted_ = true;
  auto line = message.topic + ": " + error.message;
  if (!error.remedy.empty()) line += " (" + error.remedy + ")";
  services_.log.write(level, "mqtt", line + "; tried again with the next connection");
}

base::Task<base::Result<void>> Publisher::connect_once() {
  if (auto connected = co_await services_.mqtt.connect(connection_); !connected) {
    co_return base::fail(connected.error());
  }
  co_return co_await services_.mqtt.subscribe(subscriptions_);
}

base::Task<void> Publisher::connect_and_listen() {
  while (true) {
    const auto connected = co_await connect_once();
    if (!connected) {
      if (connected.error().code == base::ErrorCode::cancelled) co_return;
      note_trouble(connected.error());
    } else {
      services_.log.info("mqtt", trouble_ ? "broker is back" : "connected to the broker");
      trouble_.reset();
      connected_ = true;
      refusal_noted_ = false;
      connected_at_ = services_.clock.steady();
      outbox_.resend_all();
      work_.notify();
    }
    while (connected_) {
      auto event = co_await services_.mqtt.next_event();
      if (!event) co_return;
      if (const auto* message = std::get_if<base::MqttReceived>(&*event)) {
        on_message_(*message);
      } else {
        connected_ = false;
        // Only a connection that held proves the broker well: one that is lost at once each time
        // (another client with our id) must be tried less and less often.
        if (services_.clock.steady() - connected_at_ >= kHeld) failures_ = 0;
        note_trouble(std::get<base::MqttDisconnected>(*event).reason);
      }
    }
    const auto pause = pause_after(std::max(failures_, 1), services_.random);
    if (!co_await base::sleep_for(services_.clock, pause)) co_return;
  }
}

base::Task<void> Publisher::send() {
  while (true) {
    if (resend_at_ && *resend_at_ <= services_.clock.steady()) {
      resend_at_.reset();
      outbox_.resend_all();
    }
    // The list is saved before its topics go out: a crash in between must not leave a topic on the
    // broker that nobody remembers.
    co_await save_topics();
    const auto message = connected_ ? outbox_.next() : std::nullopt;
    if (!message) {
      const auto until = resend_at_.value_or(services_.clock.steady() + kForever);
      if (!co_await work_.wait_until(services_.clock, until)) co_return;
      continue;
    }
    const auto sent = co_await services_.mqtt.publish(*message);
    if (sent) {
      outbox_.delivered(*message);
      continue;
    }
    if (sent.error().code == base::ErrorCode::cancelled) co_return;
    if (!connected_) continue;
    if (sent.error().code != base::ErrorCode::unreachable) {
      note_refusal(*message, sent.error());
      continue;
    }
    // The end of the connection is about to be told: do not spin meanwhile.
    if (!co_await base::sleep_for(services_.clock, kShortestPause)) co_return;
  }
}

base::Task<void> Publisher::leave(std::vector<base::MqttMessage> farewell) {
  if (!connected_) co_return;
  for (auto& message : farewell) (void)co_await services_.mqtt.publish(std::move(message));
  co_await services_.mqtt.disconnect();
  connected_ = false;
}

}  // namespace toyota2mqtt::bridge
