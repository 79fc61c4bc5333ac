#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "toyota2mqtt/base/mqtt_client.hpp"

namespace toyota2mqtt::home_assistant {

/// In which order messages go out. All of them are retained, so what Home Assistant learns of later
/// it finds on the broker: the state goes first, because a new entity whose key is missing in an
/// older state would be an error in Home Assistant's log. The document of the bridge goes before
/// those of the cars: a car whose `via_device` is not known yet makes an "Unnamed device" of it.
enum class Rank : std::uint8_t { state, bridge, discovery, availability };

/// What should stand on the broker, and what of it still has to be sent. Pure data, no I/O: the
/// publisher asks for the next message, sends it, and reports delivery. Loop thread only.
///
/// Every retained topic has an owner ("bridge", or "<account>/<car>"), so that what an owner no
/// longer publishes can be removed from the broker, also by a later run or version.
class Outbox {
 public:
  /// Wants `message` on the broker. Nothing happens when it already is there unchanged.
  void set(std::string owner, Rank rank, base::MqttMessage message);
  /// Removes what `owner` once published, in this run or an earlier one, and does not want any
  /// more. Call it when the owner has said all it wants, never before.
  void settle(const std::string& owner);
  /// Removes everything of the owners for which `stays` is false.
  void keep(const std::function<bool(const std::string& owner)>& stays);
  /// Removes a topic that another client, or a run before the store, published; nothing happens
  /// when something is wanted there.
  void remove(const std::string& topic);
  /// One message that is not retained (an event). At most 100 wait; the oldest go first.
  void send_once(base::MqttMessage message);

  /// The next message to send, or nullopt. Nothing of a rank behind `last` is sent.
  [[nodiscard]] std::optional<base::MqttMessage> next(Rank last = Rank::availability) const;
  /// `message`, as next() gave it, was acknowledged.
  void delivered(const base::MqttMessage& message);
  /// The broker takes everything but `message`, as next() gave it (an access control list, a limit
  /// of size): its topic waits for resend_all(), so that it does not hold up the others.
  void refused(const base::MqttMessage& message);
  /// A new connection, or Home Assistant's birth: everything wanted has to be sent again.
  void resend_all();
  /// Everything was delivered or refused.
  [[nodiscard]] bool idle() const { return !next(); }

  /// How many messages are still to be sent, those that the broker refused left out.
  [[nodiscard]] std::size_t waiting() const;

  /// Every topic that may stand on the broker, from this run or an earlier one, with its owner.
  [[nodiscard]] const std::map<std::string, std::string>& published() const { return published_; }

  /// The list of topics on the broker with their owners, for the store; and back at start.
  [[nodiscard]] std::string serialize() const;
  void restore(std::string_view text);
  /// Whether serialize() would differ from the last call of serialize() or restore().
  [[nodiscard]] bool changed() const { return changed_; }
  void saved() { changed_ = false; }

 private:
  struct Wanted {
    std::string owner;
    Rank rank = Rank::state;
    base::MqttMessage message;
    bool delivered = false;
  };

  void note(const std::string& topic, const std::string& owner);

  std::map<std::string, Wanted> wanted_;
  std::map<std::string, std::string> published_;  // topic -> owner: may stand on the broker
  std::set<std::string> unwanted_;                // to be removed from the broker
  std::set<std::string> refused_;                 // topics that the broker does not let us write
  std::deque<base::MqttMessage> once_;
  bool changed_ = false;
};

}  // namespace toyota2mqtt::home_assistant
