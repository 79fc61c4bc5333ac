#include "toyota2mqtt/home_assistant/outbox.hpp"

#include "json/json_io.hpp"

#include <algorithm>
#include <utility>

namespace toyota2mqtt::home_assistant {

namespace {
constexpr std::size_t kMostEvents = 100;
constexpr const char* kLeftover = "leftover";
}  // namespace

void Outbox::note(const std::string& topic, const std::string& owner) {
  auto& held = published_[topic];
  if (held == owner) return;
  held = owner;
  changed_ = true;
}

void Outbox::set(std::string owner, Rank rank, base::MqttMessage message) {
  note(message.topic, owner);
  unwanted_.erase(message.topic);
  auto& wanted = wanted_[message.topic];
  const bool same = wanted.message == message;
  const bool delivered = same && wanted.delivered;
  wanted = Wanted{.owner = std::move(owner),
                  .rank = rank,
                  .message = std::move(message),
                  .delivered = delivered};
}

void Outbox::settle(const std::string& owner) {
  for (const auto& [topic, its_owner] : published_) {
    if (its_owner == owner && !wanted_.contains(topic)) unwanted_.insert(topic);
  }
}

void Outbox::keep(const std::function<bool(const std::string&)>& stays) {
  for (const auto& [topic, owner] : published_) {
    if (stays(owner)) continue;
    wanted_.erase(topic);
    unwanted_.insert(topic);
  }
}

void Outbox::remove(const std::string& topic) {
  if (wanted_.contains(topic)) return;
  note(topic, kLeftover);
  unwanted_.insert(topic);
}

void Outbox::send_once(base::MqttMessage message) {
  if (once_.size() >= kMostEvents) once_.pop_front();
  once_.push_back(std::move(message));
}

std::optional<base::MqttMessage> Outbox::next(Rank last) const {
  // Removals go first: a topic must not linger because a long burst is under way.
  for (const auto& topic : unwanted_) {
    if (refused_.contains(topic)) continue;
    return base::MqttMessage{.topic = topic, .payload = {}, .qos = 1, .retain = true};
  }
  const Wanted* first = nullptr;
  for (const auto& [topic, wanted] : wanted_) {
    if (wanted.rank <= last && !wanted.delivered && !refused_.contains(topic) &&
        (first == nullptr || wanted.rank < first->rank))
      first = &wanted;
  }
  if (first != nullptr) return first->message;
  if (!once_.empty()) return once_.front();
  return std::nullopt;
}

std::size_t Outbox::waiting() const {
  const auto sent_soon = [this](const std::string& topic) { return !refused_.contains(topic); };
  const auto removals = std::ranges::count_if(unwanted_, sent_soon);
  const auto values = std::ranges::count_if(wanted_, [&](const auto& entry) {
    return !entry.second.delivered && sent_soon(entry.first);
  });
  return static_cast<std::size_t>(removals + values) + once_.size();
}

void Outbox::delivered(const base::MqttMessage& message) {
  if (const auto wanted = wanted_.find(message.topic); wanted != wanted_.end()) {
    // While it was under way, something newer may have been wanted; that is still to be sent.
    if (wanted->second.message == message) wanted->second.delivered = true;
    return;
  }
  // What was under way may be the last value of a topic that is to be removed since.
  const bool removal = message.retain && message.payload.empty();
  if (removal && unwanted_.erase(message.topic) != 0) {
    published_.erase(message.topic);
    changed_ = true;
    return;
  }
  if (!once_.empty() && once_.front() == message) once_.pop_front();
}

void Outbox::refused(const base::MqttMessage& message) {
  if (!once_.empty() && once_.front() == message) {
    once_.pop_front();
    return;
  }
  const auto wanted = wanted_.find(message.topic);
  const bool stale = wanted != wanted_.end() && wanted->second.message != message;
  if (!stale) refused_.insert(message.topic);
}

void Outbox::resend_all() {
  refused_.clear();
  for (auto& [topic, wanted] : wanted_) wanted.delivered = false;
}

std::string Outbox::serialize() const { return json_io::to_text(json_io::Json(published_)); }

void Outbox::restore(std::string_view text) {
  const auto stored = json_io::parse_object(text);
  if (!stored) return;
  for (const auto& [topic, owner] : stored->items()) {
    if (owner.is_string()) published_.try_emplace(topic, owner.get<std::string>());
  }
}

}  // namespace toyota2mqtt::home_assistant
