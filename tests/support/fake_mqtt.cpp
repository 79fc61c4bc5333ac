#include "support/fake_mqtt.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace toyota2mqtt::test {

namespace {

using base::ErrorCode;

base::Error no_connection() {
  return {.code = ErrorCode::unreachable, .message = "there is no connection to the MQTT broker"};
}

std::pair<std::string_view, std::string_view> split(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {text, {}};
  return {text.substr(0, slash), text.substr(slash)};
}

}  // namespace

bool topic_matches(const std::string& filter, const std::string& topic) {
  std::string_view wanted = filter;
  std::string_view found = topic;
  while (true) {
    const auto [level, wanted_rest] = split(wanted);
    const auto [name, found_rest] = split(found);
    if (level == "#") return true;
    if (level != "+" && level != name) return false;
    if (wanted_rest == "/#" && found_rest.empty()) return true;
    if (wanted_rest.empty() || found_rest.empty()) return wanted_rest.empty() && found_rest.empty();
    wanted = wanted_rest.substr(1);
    found = found_rest.substr(1);
  }
}

base::Task<base::Result<void>> FakeMqtt::connect(base::MqttConnection connection) {
  forget_connection();
  events_.clear();
  connections.push_back(connection);
  switch (broker) {
    case Broker::unreachable: co_return base::fail(ErrorCode::unreachable, "no connection");
    case Broker::refuses_password:
      co_return base::fail(ErrorCode::credentials_rejected, "the password is refused");
    case Broker::no_mqtt5:
      co_return base::fail(ErrorCode::not_supported, "the broker does not speak MQTT 5");
    case Broker::stalls: {
      base::Event never;
      const auto woken = co_await never.wait();
      co_return base::fail(woken.error());
    }
    case Broker::works: break;
  }
  connected_ = true;
  will_ = connection.will;
  co_return base::Result<void>();
}

base::Task<base::Result<void>> FakeMqtt::subscribe(std::vector<std::string> filters) {
  if (!connected_) co_return base::fail(no_connection());
  for (const auto& filter : filters) {
    subscriptions.push_back(filter);
    for (const auto& [topic, payload] : retained) {
      if (!topic_matches(filter, topic)) continue;
      events_.emplace_back(
          base::MqttReceived{.topic = topic, .payload = payload, .retained = true});
      event_arrived_.notify();
    }
  }
  co_return base::Result<void>();
}

base::Task<base::Result<void>> FakeMqtt::publish(base::MqttMessage message) {
  if (!connected_) co_return base::fail(no_connection());
  if (!forbidden_topic.empty() && message.topic == forbidden_topic) {
    ++refusals;
    co_return base::fail(ErrorCode::forbidden, "the broker does not allow this topic");
  }
  published.push_back(message);
  inject(message);
  if (!holds_acknowledgements) co_return base::Result<void>();
  const auto waiting = std::make_shared<Waiting>();
  unacknowledged_.push_back(waiting);
  const auto woken = co_await waiting->done.wait();
  if (!woken) co_return base::fail(woken.error());
  if (waiting->lost) co_return base::fail(no_connection());
  co_return base::Result<void>();
}

base::Task<base::Result<base::MqttEvent>> FakeMqtt::next_event() {
  while (events_.empty()) {
    const auto woken = co_await event_arrived_.wait();
    if (!woken) co_return base::fail(woken.error());
  }
  auto event = std::move(events_.front());
  events_.pop_front();
  co_return event;
}

base::Task<void> FakeMqtt::disconnect() {
  if (connected_) ++polite_disconnects;
  forget_connection();
  co_return;
}

void FakeMqtt::drop_connection() {
  if (!connected_) return;
  forget_connection();
  if (!will_.topic.empty()) inject(will_);
  events_.emplace_back(base::MqttDisconnected{.reason = no_connection()});
  event_arrived_.notify();
}

void FakeMqtt::release_acknowledgements() {
  for (const auto& waiting : std::exchange(unacknowledged_, {})) waiting->done.notify();
}

void FakeMqtt::inject(const base::MqttMessage& message) {
  if (message.retain) {
    retained[message.topic] = message.payload;
    if (message.payload.empty()) retained.erase(message.topic);
  }
  const bool wanted = std::ranges::any_of(
      subscriptions, [&](const auto& filter) { return topic_matches(filter, message.topic); });
  if (!connected_ || !wanted) return;
  events_.emplace_back(base::MqttReceived{.topic = message.topic, .payload = message.payload});
  event_arrived_.notify();
}

std::optional<std::string> FakeMqtt::last(const std::string& topic) const {
  const auto found = std::find_if(published.rbegin(), published.rend(),
                                  [&](const auto& message) { return message.topic == topic; });
  if (found == published.rend()) return std::nullopt;
  return found->payload;
}

void FakeMqtt::forget_connection() {
  connected_ = false;
  subscriptions.clear();
  for (const auto& waiting : std::exchange(unacknowledged_, {})) {
    waiting->lost = true;
    waiting->done.notify();
  }
}

}  // namespace toyota2mqtt::test
