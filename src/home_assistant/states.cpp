#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "home_assistant/command_components.hpp"
#include "home_assistant/json.hpp"
#include "home_assistant/text.hpp"
#include "toyota2mqtt/home_assistant/documents.hpp"
#include "toyota2mqtt/vehicle/entity_names.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

using vehicle::Row;
using vehicle::Topic;

base::MqttMessage availability(std::string topic, bool online) {
  return {.topic = std::move(topic),
          .payload = online ? "online" : "offline",
          .qos = 1,
          .retain = true};
}

/// A word that Home Assistant was not told of is unknown to it; sent anyway, it fills the log.
Json option(std::string_view options, const std::string& word) {
  const auto known = vehicle::option_list(options);
  return std::ranges::find(known, word) == known.end() ? Json() : Json(word);
}

Json value_of(const Row& row, const vehicle::Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && !row.options.empty()) return option(row.options, *text);
  return to_json(value);
}

std::string_view account_options() {
  const auto rows = vehicle::bridge_catalogue();
  return std::ranges::find(rows, "status", &vehicle::BridgeRow::id)->options;
}

Json attributes_of(const Row& row, const vehicle::Car& car) {
  Json attributes = Json::object();
  for (const auto& [name, text] : row.attributes(car)) {
    attributes[std::string(name)] = text.empty() ? Json() : Json(bounded(text));
  }
  return attributes;
}

Json values_of(const vehicle::Car& car, const base::Zone& zone, Topic topic) {
  Json values = Json::object();
  for (const Row& row : vehicle::catalogue()) {
    const bool value = row.topic == topic && row.read != nullptr;
    const bool attributes = row.attributes != nullptr && attributes_topic(row) == topic;
    if ((!value && !attributes) || !vehicle::applies(row, car)) continue;
    if (attributes) values[fmt::format("{}_attributes", row.id)] = attributes_of(row, car);
    if (!value) continue;
    const vehicle::Reading reading = row.read(car, zone);
    values[std::string(row.id)] = value_of(row, reading.value);
    if (row.has_last_reset)
      values[fmt::format("{}_last_reset", row.id)] = json_io::iso_or_null(reading.last_reset);
  }
  return values;
}

constexpr std::size_t kLongestText = 1000;

/// The remedy names the account's button; here it is called as in the owner's language.
std::string remedy_with_button(const Settings& settings, const AccountView& account) {
  constexpr std::string_view kButton = "\"Try again";
  auto remedy = account.remedy;
  if (const auto at = remedy.find(kButton); at != std::string::npos) {
    remedy.replace(at + 1, kButton.size() - 1,
                   vehicle::in_language("Try again", settings.language));
  }
  return remedy;
}

Json configuration_attributes(const BridgeView& bridge) {
  if (bridge.mistakes.empty()) {
    return Json{{"mistakes", Json()}, {"remedy", Json()}, {"since", Json()}};
  }
  return Json{
      {"mistakes", bounded(fmt::format("{}", fmt::join(bridge.mistakes, "\n")), kLongestText)},
      {"remedy", "Correct what is named. Until then the configuration before is in use."},
      {"since", json_io::iso_or_null(bridge.mistaken_since)}};
}

std::string event_type(const vehicle::Notification& notification) {
  const Row* row = vehicle::find_row("notification");
  const auto types = vehicle::option_list(row->options);
  const std::string said = snake_case(notification.category);
  const std::string type = said == "remote_control" ? "remote_command" : said;
  return std::ranges::find(types, type) == types.end() ? "other" : type;
}

}  // namespace

base::MqttMessage bridge_availability(const Settings& settings, bool online) {
  return availability(settings.base_topic + "/status", online);
}

base::MqttMessage car_availability(const Settings& settings, const vehicle::Car& car, bool online) {
  return availability(car_topic(settings, car, "availability"), online);
}

base::MqttMessage car_state(const Settings& settings, const vehicle::Car& car,
                            const base::Zone& zone) {
  Json values = values_of(car, zone, Topic::state);
  put_command_states(values, car);
  return retained(car_topic(settings, car, "state"), values);
}

base::MqttMessage car_diagnostics(const Settings& settings, const vehicle::Car& car,
                                  const base::Zone& zone) {
  Json values = values_of(car, zone, Topic::diagnostics);
  values["last_read"] = json_io::iso_or_null(car.diagnostics.last_read);
  values["installation"] = settings.installation;
  return retained(car_topic(settings, car, "diagnostics"), values);
}

std::optional<base::MqttMessage> car_location(const Settings& settings, const vehicle::Car& car) {
  if (!car.state.position) return std::nullopt;
  const auto& position = *car.state.position;
  // The cloud does not say how exact the place is; 0 is Home Assistant's own word for that.
  return retained(car_topic(settings, car, "location"),
                  Json{{"latitude", position.value.latitude},
                       {"longitude", position.value.longitude},
                       {"gps_accuracy", 0},
                       {"reported_at", json_io::iso_or_null(position.at)}});
}

std::optional<base::MqttMessage> car_picture(const Settings& settings, const vehicle::Car& car) {
  const Row* row = vehicle::find_row("picture");
  if (!vehicle::applies(*row, car)) return std::nullopt;
  const auto reading = row->read(car, base::Zone::utc());
  // An address, not a state: cutting it would break it.
  const auto* address = std::get_if<std::string>(&reading.value);
  if (address == nullptr) return std::nullopt;
  return base::MqttMessage{
      .topic = car_topic(settings, car, "picture"), .payload = *address, .qos = 1, .retain = true};
}

base::MqttMessage notification_event(const Settings& settings, const vehicle::Car& car,
                                     const vehicle::Notification& notification) {
  constexpr std::size_t kLongestMessage = 1000;
  base::MqttMessage message =
      retained(car_topic(settings, car, "event/notification"),
               Json{{"event_type", event_type(notification)},
                    {"message", bounded(notification.message, kLongestMessage)},
                    {"at", base::format_iso8601(notification.at)}});
  message.retain = false;  // a replayed event would fire again
  return message;
}

base::MqttMessage car_event(const Settings& settings, const vehicle::Car& car,
                            const vehicle::CarEvent& event) {
  Json payload{{"event_type", event.type}};
  for (const auto& [name, value] : event.facts) {
    const auto* text = std::get_if<std::string>(&value);
    payload[std::string(name)] =
        text == nullptr ? to_json(value) : Json(bounded(*text, kLongestText));
  }
  auto message = retained(car_topic(settings, car, fmt::format("event/{}", event.id)), payload);
  message.retain = false;  // a replayed event would fire again
  return message;
}

base::MqttMessage command_result_event(const Settings& settings, const vehicle::Car& car,
                                       const vehicle::CommandResult& result, base::Time at) {
  const auto text = [](const std::string& value) {
    return value.empty() ? Json() : Json(bounded(value, 1000));
  };
  base::MqttMessage message = retained(car_topic(settings, car, "event/command_result"),
                                       Json{{"event_type", vehicle::to_string(result.outcome)},
                                            {"command", text(result.command)},
                                            {"entity", text(result.entity)},
                                            {"reason", text(result.reason)},
                                            {"remedy", text(result.remedy)},
                                            {"confirmed_by", text(result.confirmed_by)},
                                            {"at", base::format_iso8601(at)}});
  message.retain = false;  // a replayed event would fire again
  return message;
}

base::MqttMessage removal(std::string topic) {
  return {.topic = std::move(topic), .payload = "", .qos = 1, .retain = true};
}

base::MqttMessage bridge_state(const Settings& settings, const BridgeView& bridge) {
  Json state = Json::object();
  for (const AccountView& account : bridge.accounts) {
    const std::string key = "status_" + slug(account.key);
    state[key] = option(account_options(), account.status);
    state[key + "_attributes"] =
        Json{{"account", bounded(account.masked)},
             {"cause", bounded(account.cause, kLongestText)},
             {"remedy", bounded(remedy_with_button(settings, account), kLongestText)},
             {"since", json_io::iso_or_null(account.since)},
             {"next_try", json_io::iso_or_null(account.next_try)}};
  }
  state["configuration"] = !bridge.mistakes.empty();
  state["configuration_attributes"] = configuration_attributes(bridge);
  state["cloud"] = bridge.cloud ? Json(*bridge.cloud) : Json();
  state["last_error"] = bridge.last_error.empty() ? Json() : Json(bounded(bridge.last_error));
  state["requests_today"] = bridge.requests_today;
  state["unknown_values"] = bridge.unknown_values;
  state["started"] = base::format_iso8601(bridge.started);
  state["installation"] = settings.installation;
  return retained(bridge_topic(settings, "state"), state);
}

}  // namespace toyota2mqtt::home_assistant
