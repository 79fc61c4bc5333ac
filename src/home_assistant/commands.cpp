#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "home_assistant/car_request.hpp"
#include "home_assistant/text.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

using Kind = Command::Kind;

Command refused(std::string target, std::string reason) {
  return {.kind = Kind::refused, .target = std::move(target), .reason = std::move(reason)};
}

constexpr const char* kRetained = "a retained command is never carried out: it may be hours old";

bool is_account_key(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  return !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_';
  });
}

/// What stands between `<base>/` and `/set`: device and entity; nullopt for every other topic.
struct Address {
  std::string_view device;
  std::string_view entity;
};
std::optional<Address> address_of(const Settings& settings, std::string_view topic) {
  constexpr std::string_view kSet = "/set";
  if (!topic.starts_with(settings.base_topic)) return std::nullopt;
  topic.remove_prefix(settings.base_topic.size());
  if (!topic.starts_with('/') || !topic.ends_with(kSet)) return std::nullopt;
  topic.remove_prefix(1);
  if (topic.size() <= kSet.size()) return std::nullopt;
  topic.remove_suffix(kSet.size());
  const std::size_t slash = topic.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  return Address{.device = topic.substr(0, slash), .entity = topic.substr(slash + 1)};
}

Command reading(std::string car, std::string_view payload) {
  if (payload == "ON") return {.kind = Kind::reading_on, .target = std::move(car)};
  if (payload == "OFF") return {.kind = Kind::reading_off, .target = std::move(car)};
  return refused(std::move(car), "the switch `reading` takes ON or OFF only");
}

Command try_again(std::string account, std::string_view payload) {
  if (payload == "PRESS") return {.kind = Kind::try_again, .target = std::move(account)};
  return refused(std::move(account), "the button `try_again` takes PRESS only");
}

/// nullopt when no entity of a car listens there.
std::optional<Command> of_car(const Address& address, const base::MqttReceived& message) {
  if (!is_car_id(address.device)) return std::nullopt;
  const auto* row = row_of(address.entity);
  if (row == nullptr) return std::nullopt;
  std::string car(address.device);
  Command command;
  if (message.retained) {
    command = refused(std::move(car), kRetained);
  } else if (auto request = car_request(*row, address.entity, message.payload)) {
    command = {.kind = Kind::car, .target = std::move(car), .request = std::move(*request)};
  } else {
    command = refused(std::move(car), std::move(request.error()));
  }
  command.entity = row->id;
  return command;
}

}  // namespace

std::vector<std::string> subscriptions(const Settings& settings) {
  return {settings.base_topic + "/+/+/set", settings.base_topic + "/+/+/+/set",
          settings.discovery_prefix + "/status"};
}

Command decode_command(const Settings& settings, const base::MqttReceived& message) {
  if (message.topic == settings.discovery_prefix + "/status") {
    // A replay at subscription time tells nothing new: everything is published then anyway.
    const bool birth = message.payload == "online" && !message.retained;
    return {.kind = birth ? Kind::birth : Kind::ignored};
  }
  const auto address = address_of(settings, message.topic);
  // An empty payload is how a retained command is cleared, by us or by others.
  if (!address || message.payload.empty()) return {};
  if (auto command = of_car(*address, message)) return std::move(*command);

  constexpr std::string_view kTryAgain = "try_again_";
  const bool for_car = is_car_id(address->device) && address->entity == "reading";
  const bool for_account = address->device == "bridge" && address->entity.starts_with(kTryAgain) &&
                           is_account_key(address->entity.substr(kTryAgain.size()));
  if (!for_car && !for_account) return {};

  std::string target(for_car ? address->device : address->entity.substr(kTryAgain.size()));
  if (message.retained) {
    return refused(std::move(target), kRetained);
  }
  return for_car ? reading(std::move(target), message.payload)
                 : try_again(std::move(target), message.payload);
}

}  // namespace toyota2mqtt::home_assistant
