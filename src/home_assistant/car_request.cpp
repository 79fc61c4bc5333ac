#include "home_assistant/car_request.hpp"

#include "json/json_io.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "toyota2mqtt/vehicle/command_input.hpp"

namespace toyota2mqtt::home_assistant {
namespace {

using vehicle::Action;
using vehicle::ClimateOptions;
using vehicle::CommandRequest;
using vehicle::CommandRow;
using vehicle::Platform;
using Understood = std::expected<CommandRequest, std::string>;

constexpr std::string_view kClimate = "climate/";
constexpr std::size_t kLongestPayload = 256;

std::unexpected<std::string> not_understood(std::string_view entity, std::string_view takes) {
  return std::unexpected(fmt::format("`{}` takes {} only", entity, takes));
}

/// The whole text as a number; nullopt for anything else.
std::optional<double> whole_number(std::string_view text) {
  double value = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto read = std::from_chars(begin, end, value);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

std::optional<bool> on_off(std::string_view text) {
  if (text == "ON") return true;
  if (text == "OFF") return false;
  return std::nullopt;
}

bool set_temperature(ClimateOptions& options, std::string_view text) {
  const auto value = whole_number(text);
  if (!value || !std::isfinite(*value)) return false;
  // Whether the car's climate control goes so far, the car's desk knows.
  options.temperature = vehicle::Celsius{*value};
  return true;
}

bool set_duration(ClimateOptions& options, std::string_view text) {
  const auto value = whole_number(text);
  const auto wanted = value ? vehicle::wanted_duration(*value) : std::nullopt;
  if (wanted) options.duration = wanted;
  return wanted.has_value();
}

bool set_preset(ClimateOptions& options, std::string_view text) {
  const bool front = text == "front_defrost" || text == "both_defrost";
  const bool rear = text == "rear_defrost" || text == "both_defrost";
  if (!front && !rear && text != "none") return false;
  options.front_defroster = front;
  options.rear_defogger = rear;
  return true;
}

bool set_switch(std::optional<bool>& option, std::string_view text) {
  const auto on = on_off(text);
  if (on) option = on;
  return on.has_value();
}

template <vehicle::Seat seat>
bool set_seat(ClimateOptions& options, std::string_view text) {
  options.seat(seat) = vehicle::parse_seat_heat(text);
  return options.seat(seat).has_value();
}

struct Attribute {
  std::string_view name;
  std::string_view takes;
  bool (*set)(ClimateOptions&, std::string_view);
};

constexpr std::string_view kHeats = "off, low, medium and high";
// clang-format off
constexpr auto kAttributes = std::to_array<Attribute>({
    {"temperature", "a number (°C)", set_temperature},
    {"duration", "whole minutes from 1 to 20", set_duration},
    {"preset", "none, front_defrost, rear_defrost and both_defrost", set_preset},
    {"front_defroster", "ON and OFF",
     [](ClimateOptions& o, std::string_view text) { return set_switch(o.front_defroster, text); }},
    {"rear_defogger", "ON and OFF",
     [](ClimateOptions& o, std::string_view text) { return set_switch(o.rear_defogger, text); }},
    {"steering_heater", "ON and OFF",
     [](ClimateOptions& o, std::string_view text) { return set_switch(o.steering_heater, text); }},
    {"seat_driver", kHeats, set_seat<vehicle::Seat::driver>},
    {"seat_passenger", kHeats, set_seat<vehicle::Seat::passenger>},
    {"seat_rear_driver", kHeats, set_seat<vehicle::Seat::rear_driver>},
    {"seat_rear_passenger", kHeats, set_seat<vehicle::Seat::rear_passenger>},
});
// clang-format on

const Attribute* find_attribute(std::string_view name) {
  const auto* found = std::ranges::find(kAttributes, name, &Attribute::name);
  return found == kAttributes.end() ? nullptr : found;
}

/// One of the words that the entity takes.
Understood word(const CommandRow& row, std::string_view entity, std::string_view payload) {
  std::string takes;
  for (const auto& ask : row.taken()) {
    if (ask.payload == payload) {
      return CommandRequest{.action = ask.action, .entity = std::string(row.id)};
    }
    takes += fmt::format("{}{}", takes.empty() ? "" : " and ", ask.payload);
  }
  return not_understood(entity, takes);
}

/// With a code set, Home Assistant sends `{"action": "UNLOCK", "code": "1234"}`.
Understood lock_word(const CommandRow& row, std::string_view payload) {
  if (!payload.starts_with('{')) return word(row, row.id, payload);
  const auto read = json_io::parse_object(payload);
  if (!read) return not_understood(row.id, "LOCK and UNLOCK");
  const auto text = [&read](const char* key) {
    return json_io::text_member(*read, key).value_or("");
  };
  auto request = word(row, row.id, text("action"));
  if (request) request->code = base::Secret(text("code"));
  return request;
}

Understood time_of_day(const CommandRow& row, std::string_view payload) {
  const auto time = vehicle::parse_time_of_day(payload);
  if (!time) return not_understood(row.id, "a time such as 06:30");
  return CommandRequest{
      .action = row.asks.front().action, .entity = std::string(row.id), .time = time};
}

Understood climate(const CommandRow& row, std::string_view name, std::string_view payload) {
  if (name == "mode") return word(row, "climate/mode", payload);
  const Attribute* attribute = find_attribute(name);
  CommandRequest request{.action = Action::climate_set, .entity = std::string(row.id)};
  if (!attribute->set(request.climate, payload)) {
    return not_understood(fmt::format("climate/{}", name), attribute->takes);
  }
  return request;
}

}  // namespace

const CommandRow* row_of(std::string_view path) {
  if (path.starts_with(kClimate)) {
    const auto name = path.substr(kClimate.size());
    const bool known = name == "mode" || find_attribute(name) != nullptr;
    return known ? vehicle::find_command_row("climate") : nullptr;
  }
  const CommandRow* row = vehicle::find_command_row(path);
  return row != nullptr && row->platform != Platform::climate ? row : nullptr;
}

std::expected<CommandRequest, std::string> car_request(const CommandRow& row, std::string_view path,
                                                       std::string_view payload) {
  if (payload.size() > kLongestPayload) return not_understood(path, "short texts");
  switch (row.platform) {
    case Platform::lock: return lock_word(row, payload);
    case Platform::climate: return climate(row, path.substr(kClimate.size()), payload);
    case Platform::time: return time_of_day(row, payload);
    default: return word(row, row.id, payload);
  }
}

}  // namespace toyota2mqtt::home_assistant
