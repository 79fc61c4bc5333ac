#include "toyota2mqtt/home_assistant/broker_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "toyota2mqtt/home_assistant/published_entities.hpp"

namespace toyota2mqtt::home_assistant {

namespace {

using std::chrono::milliseconds;

constexpr auto kShortestReconnectPause = milliseconds(1000);
constexpr auto kLongestReconnectPause = milliseconds(60000);
constexpr double kShortestBirthJitter = 1000;
constexpr double kLongestBirthJitter = 10000;
constexpr auto kHeld = std::chrono::seconds(10);
constexpr int kLostYoung = 3;  // connections in a row that did not hold: not a coincidence
/// Without a memory of its own the program learns from the broker first what stands there: retained
/// messages come within milliseconds of the subscription.
constexpr auto kListening = milliseconds(500);
constexpr auto kUntilWoken = std::chrono::hours(24 * 365);
constexpr const char* kPublishedSpace = "mqtt";
constexpr const char* kTopicsKey = "topics";

std::string where(const base::MqttConnection& connection) {
  return connection.host + ":" + std::to_string(connection.port);
}

milliseconds pause_after(int failures, base::Random& random) {
  const auto doubled = kShortestReconnectPause * (1LL << std::min(failures - 1, 6));
  const auto longest = std::min<milliseconds>(doubled, kLongestReconnectPause);
  return milliseconds(
      std::llround(static_cast<double>(longest.count()) * random.uniform(0.7, 1.0)));
}

base::Error rival(const base::Error& reason) {
  return {.code = base::ErrorCode::action_required,
          .message = fmt::format("the connection was lost within {} s of connecting, {} times in a "
                                 "row: very likely another client uses the same mqtt.client_id",
                                 kHeld.count(), kLostYoung),
          .remedy = fmt::format("Stop the other program, or give each its own mqtt.client_id. Said "
                                "last: {}",
                                reason.message)};
}

}  // namespace

BrokerConnection::BrokerConnection(Services services, BrokerSource& source, base::MqttMessage will,
                                   std::vector<std::string> subscriptions, OnMessage on_message)
    : services_(services),
      source_(source),
      will_(std::move(will)),
      subscriptions_(std::move(subscriptions)),
      on_message_(std::move(on_message)) {}

BrokerConnection::~BrokerConnection() {
  if (holds_) services_.clock.cancel(*holds_);
}

base::Task<void> BrokerConnection::load() {
  const auto topics = co_await services_.store.get(kPublishedSpace, kTopicsKey);
  if (topics && *topics) outbox_.restore(**topics);
  nothing_known_ = outbox_.published().empty();
}

base::Task<void> BrokerConnection::save_topics() {
  if (!outbox_.changed()) co_return;
  outbox_.saved();
  const auto stored =
      co_await services_.store.put(kPublishedSpace, kTopicsKey, outbox_.serialize());
  if (!stored)
    services_.log.warning("mqtt", "cannot remember what was published: " + stored.error().message);
}

base::Task<void> BrokerConnection::record_published_entities(base::MqttMessage delivered) {
  const auto kept = co_await record_published(services_.store, std::move(delivered));
  if (!kept && kept.error().code != base::ErrorCode::cancelled) {
    services_.log.warning("mqtt", "cannot remember what was announced: " + kept.error().message);
  }
}

void BrokerConnection::birth() {
  if (resend_at_) return;  // soon anyway; a flood of births must not put it off for ever
  const auto jitter = services_.random.uniform(kShortestBirthJitter, kLongestBirthJitter);
  resend_at_ = services_.clock.steady() + milliseconds(std::llround(jitter));
  work_.notify();
}

void BrokerConnection::note_connected() {
  ++counters_.connections;
  if (lost_young_ < kLostYoung) {
    services_.log.info("mqtt", status_.trouble ? "broker is back" : "connected to the broker");
    status_.trouble.reset();
  }
  status_.connected = true;
  status_.since = services_.clock.now();
  refusal_noted_ = false;
  holds_ = services_.clock.call_at(services_.clock.steady() + kHeld, [this] { note_held(); });
  outbox_.resend_all();
  if (std::exchange(nothing_known_, false)) listen_until_ = services_.clock.steady() + kListening;
  work_.notify();
}

base::Task<void> BrokerConnection::also_subscribe(std::vector<std::string> filters) {
  further_.insert(further_.end(), filters.begin(), filters.end());
  // Without a connection the next one subscribes to everything.
  if (status_.connected) (void)co_await services_.mqtt.subscribe(std::move(filters));
}

// Only a connection that held proves the broker well: one that is lost at once each time must be
// tried less and less often.
void BrokerConnection::note_held() {
  holds_.reset();
  failures_ = 0;
  if (std::exchange(lost_young_, 0) < kLostYoung) return;
  status_.trouble.reset();
  services_.log.info("mqtt", "the connection to the broker holds again");
}

void BrokerConnection::note_lost(base::Error reason) {
  ++counters_.lost;
  if (holds_) {
    services_.clock.cancel(*holds_);
    holds_.reset();
    ++lost_young_;
  }
  note_trouble(lost_young_ >= kLostYoung ? rival(reason) : reason);
}

void BrokerConnection::note_trouble(const base::Error& error) {
  const bool first = !status_.trouble || status_.trouble->code != error.code;
  if (status_.connected || !status_.since) status_.since = services_.clock.now();
  status_.connected = false;
  status_.trouble = error;
  ++failures_;
  if (!first) return;
  auto line =
      (status_.where.empty() ? "broker: " : "broker " + status_.where + ": ") + error.message;
  if (!error.remedy.empty()) line += " (" + error.remedy + ")";
  services_.log.warning("mqtt", line + "; trying again until it is back");
}

void BrokerConnection::note_refusal(const base::MqttMessage& message, const base::Error& error) {
  ++counters_.refused;
  outbox_.refused(message);
  const auto level = refusal_noted_ ? base::LogLevel::debug : base::LogLevel::warning;
  refusal_noted_ = true;
  auto line = message.topic + ": " + error.message;
  if (!error.remedy.empty()) line += " (" + error.remedy + ")";
  services_.log.write(level, "mqtt", line + "; tried again with the next connection");
}

base::Task<base::Result<void>> BrokerConnection::connect_once() {
  status_.from_supervisor = source_.from_supervisor();
  auto connection = co_await source_.connection();
  // Where it was is of no help when nobody knows any more where it is.
  status_.where = connection ? where(*connection) : std::string();
  if (!connection) co_return base::fail(connection.error());
  connection->will = will_;
  if (auto connected = co_await services_.mqtt.connect(std::move(*connection)); !connected) {
    lost_young_ = 0;  // a broker that is away explains lost connections well enough
    co_return base::fail(connected.error());
  }
  auto subscribed = co_await services_.mqtt.subscribe(subscriptions_);
  if (subscribed && !further_.empty()) (void)co_await services_.mqtt.subscribe(further_);
  co_return subscribed;
}

base::Task<void> BrokerConnection::connect_and_listen() {
  while (true) {
    const auto connected = co_await connect_once();
    if (!connected) {
      if (connected.error().code == base::ErrorCode::cancelled) co_return;
      ++counters_.failed;
      note_trouble(connected.error());
    } else {
      note_connected();
    }
    while (status_.connected) {
      auto event = co_await services_.mqtt.next_event();
      if (!event) co_return;
      if (const auto* message = std::get_if<base::MqttReceived>(&*event)) {
        ++counters_.received;
        on_message_(*message);
      } else {
        note_lost(std::get<base::MqttDisconnected>(*event).reason);
      }
    }
    const auto pause = pause_after(std::max(failures_, 1), services_.random);
    if (!co_await base::sleep_for(services_.clock, pause)) co_return;
  }
}

base::Task<void> BrokerConnection::send() {
  while (true) {
    if (resend_at_ && *resend_at_ <= services_.clock.steady()) {
      resend_at_.reset();
      outbox_.resend_all();
    }
    // The list is saved before its topics go out: a crash in between must not leave a topic on the
    // broker that nobody remembers.
    co_await save_topics();
    if (listen_until_ && *listen_until_ <= services_.clock.steady()) listen_until_.reset();
    const auto last = listen_until_ ? Rank::state : Rank::availability;
    const auto message = status_.connected ? outbox_.next(last) : std::nullopt;
    if (!message) {
      const auto forever = services_.clock.steady() + kUntilWoken;
      const auto until = std::min(resend_at_.value_or(forever), listen_until_.value_or(forever));
      if (!co_await work_.wait_until(services_.clock, until)) co_return;
      continue;
    }
    const auto sent = co_await services_.mqtt.publish(*message);
    if (sent) {
      ++counters_.published;
      outbox_.delivered(*message);
      co_await record_published_entities(*message);
      continue;
    }
    if (sent.error().code == base::ErrorCode::cancelled) co_return;
    if (!status_.connected) continue;
    if (sent.error().code != base::ErrorCode::unreachable) {
      note_refusal(*message, sent.error());
      continue;
    }
    // The end of the connection is about to be told: do not spin meanwhile.
    if (!co_await base::sleep_for(services_.clock, kShortestReconnectPause)) co_return;
  }
}

base::Task<void> BrokerConnection::leave(std::vector<base::MqttMessage> farewell) {
  if (!status_.connected) co_return;
  for (auto& message : farewell) (void)co_await services_.mqtt.publish(std::move(message));
  co_await services_.mqtt.disconnect();
  status_.connected = false;
}

base::Task<base::Result<void>> BrokerConnection::connect_to_clear() {
  auto connection = co_await source_.connection();
  if (!connection) co_return base::fail(connection.error());
  status_.where = where(*connection);
  co_return co_await services_.mqtt.connect(std::move(*connection));
}

base::Task<base::Result<std::size_t>> BrokerConnection::remove_all() {
  outbox_.keep([](const std::string&) { return false; });
  std::size_t removed = 0;
  while (const auto removal = outbox_.next()) {
    // What is no removal is an event that nobody needs any more.
    const bool event = !removal->payload.empty();
    const auto sent = event ? base::Result<void>() : co_await services_.mqtt.publish(*removal);
    if (!sent) co_return base::fail(sent.error());
    outbox_.delivered(*removal);
    co_await record_published_entities(*removal);
    if (!event) ++removed;
  }
  co_return removed;
}

base::Task<base::Result<std::size_t>> BrokerConnection::clear() {
  if (!status_.connected) {
    if (auto connected = co_await connect_to_clear(); !connected) {
      co_return base::fail(connected.error());
    }
  }
  auto removed = co_await remove_all();
  co_await save_topics();
  // Politely, or the broker would publish the will.
  co_await services_.mqtt.disconnect();
  status_.connected = false;
  status_.since = services_.clock.now();
  status_.trouble = base::Error{.code = base::ErrorCode::action_required,
                                .message = "everything published was removed from the broker",
                                .remedy = "Restart the program to publish again."};
  co_return removed;
}

}  // namespace toyota2mqtt::home_assistant
